// Asking the server over HTTP. What it refuses comes back as a Problem with its stable code.
// @ts-check

export class Problem extends Error {
  /**
   * @param {number} status 0: no answer came
   * @param {Record<string, any>} body
   */
  constructor(status, body) {
    super(body.detail ?? body.title ?? body.code ?? `HTTP ${status}`);
    this.status = status;
    /** @type {string} */
    this.code = body.code ?? (status === 0 ? "no_answer" : "http_error");
    /** @type {import("./wire.js").Text|undefined} */
    this.text = body.text;
    /** @type {number|undefined} */
    this.amount_min_fen = body.amount_min_fen;
    /** @type {number|undefined} */
    this.amount_max_fen = body.amount_max_fen;
  }
}

const TIMEOUT_MS = 10_000;

/**
 * Sends one request and returns its JSON, or throws a Problem.
 * @param {string} method
 * @param {string} path below /api
 * @param {object} [body]
 * @param {number} [timeoutMs]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, timeoutMs = TIMEOUT_MS) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      credentials: "same-origin",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 204) return null;
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Problem(response.status, answer);
  } catch (error) {
    if (error instanceof Problem) throw error;
    // Not JSON: something between us and the server answered. No answer at all: status 0.
    throw new Problem(response?.status ?? 0, {});
  }
}

/** @param {string} path */
export const get = (path) => ask("GET", path);

/**
 * @param {string} path
 * @param {object} [body]
 */
export const post = (path, body = {}) => ask("POST", path, body);

/** @param {string} lotId */
export const lotPath = (lotId) => `/lots/${encodeURIComponent(lotId)}`;

const RETRY_MS = [300, 1000, 2500];

/**
 * Sends what must take effect once: after a lost answer it is sent again with the same id, which the server
 * then answers as it did the first time.
 * @param {string} path
 * @param {object} body carries the id
 */
export async function postOnce(path, body) {
  for (const pause of RETRY_MS) {
    try {
      return await post(path, body);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return post(path, body);
}

/** Codes with which the server, or something before it, says that it does not know either. */
const UNANSWERED = new Set(["answer_unknown", "internal_error", "not_ready", "http_error"]);

/** @param {string} code */
export const leavesUnknown = (code) => UNANSWERED.has(code);

/** @param {unknown} error whether nobody knows what became of the request */
export function isUnanswered(error) {
  return error instanceof Problem && (error.status === 0 || leavesUnknown(error.code));
}

/** Returns an id for one intended action. */
export function newId() {
  // randomUUID exists in secure contexts only; a hall's plain-HTTP network is none.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
