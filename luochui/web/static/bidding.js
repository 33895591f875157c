// Placing one bid: one id per intended bid, whatever happens to the answer.
// @ts-check
import { ask, get, isUnanswered, leavesUnknown, lotPath, Problem } from "./api.js";
import { link, request } from "./live.js";

/**
 * @typedef {{ kind: "accepted", answer: import("./wire.js").BidAnswer }
 *   | { kind: "refused", refusal: import("./wire.js").Refusal }
 *   | { kind: "unknown" }} Outcome
 */
/** @typedef {{ lotId: string, bidId: string, amountFen: number }} IntendedBid */

const ATTEMPTS_MAX = 4;
const ANSWER_MS = 5000;
const PAUSES_MS = [0, 500, 1500, 3000];
const KEY = "luochui.bid";

/**
 * Sends the bid until somebody says what became of it. After a lost answer the server is asked by the bid's id;
 * only if it never saw the bid, the same bid is sent again.
 * @param {IntendedBid} bid
 * @returns {Promise<Outcome>}
 */
export async function place(bid) {
  remember(bid);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[attempt]));
    const overSocket = attempt === 0 && link.value === "up";
    const outcome = (await send(bid, overSocket)) ?? (await becameOf(bid));
    if (outcome && outcome !== "never_seen") {
      remember(null);
      return outcome;
    }
  }
  return { kind: "unknown" };
}

/**
 * Asks what became of a bid: null when no answer came.
 * @param {IntendedBid} bid
 * @returns {Promise<Outcome|"never_seen"|null>}
 */
export async function becameOf(bid) {
  try {
    const known = await get(`${lotPath(bid.lotId)}/bids/${encodeURIComponent(bid.bidId)}`);
    if (known.status === "accepted") return { kind: "accepted", answer: known.answer };
    if (known.status === "refused") return { kind: "refused", refusal: known };
    return "never_seen";
  } catch {
    return null;
  }
}

/** Returns the bid whose answer this browser tab never got, if there is one for the lot. @param {string} lotId */
export function unanswered(lotId) {
  try {
    const bid = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return bid?.lotId === lotId ? /** @type {IntendedBid} */ (bid) : null;
  } catch {
    return null;
  }
}

/** @param {IntendedBid|null} bid */
export function remember(bid) {
  try {
    if (bid) sessionStorage.setItem(KEY, JSON.stringify(bid));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage a reload cannot ask; the bid itself is not touched by that.
  }
}

/**
 * Sends once: over the socket first, which is quicker; over HTTP when that failed. Null: no answer.
 * @param {IntendedBid} bid
 * @param {boolean} overSocket
 * @returns {Promise<Outcome|null>}
 */
async function send(bid, overSocket) {
  const body = { bid_id: bid.bidId, amount_fen: bid.amountFen };
  if (overSocket) {
    const answer = await request("bid", { lot_id: bid.lotId, ...body });
    if (answer?.ok) return { kind: "accepted", answer };
    return !answer || leavesUnknown(answer.code) ? null : { kind: "refused", refusal: answer };
  }
  try {
    return { kind: "accepted", answer: await ask("POST", `${lotPath(bid.lotId)}/bids`, body, ANSWER_MS) };
  } catch (error) {
    return error instanceof Problem && !isUnanswered(error) ? { kind: "refused", refusal: error } : null;
  }
}
