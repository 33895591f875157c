// The live link to the server: one socket per page, watched lots that notice gaps, and the clock's exchange.
// @ts-check
import { signal } from "@preact/signals";
import { io } from "socket.io-client";
import { post, Problem } from "./api.js";
import { counterUs, forget, learn } from "./clock.js";
import { LotFeed } from "./lot_feed.js";
import { loadSession, session } from "./session.js";

const ANSWER_MS = 5000;
const AGAIN_MS = 2000;
const CLOCK_EVERY_MS = 5000;
const CLOCK_BURST = 3;

/** What the connection light shows. */
export const link = signal(/** @type {"connecting"|"up"|"down"} */ ("connecting"));

/** @type {Map<string, LotFeed>} */
const watched = new Map();
/** @type {((state: import("./wire.js").LotState) => void)[]} */
const catalogueListeners = [];
/** @type {((message: any) => void)[]} */
const privateListeners = [];

const socket = io({
  autoConnect: false,
  transports: ["websocket", "polling"],
  tryAllTransports: true,
  reconnectionDelay: 500,
  reconnectionDelayMax: 4000,
  auth: (answer) => void authenticate(answer),
});

/**
 * Gives the handshake a fresh one-time token, or none for somebody who is not signed in. A signed-in bidder
 * must never be connected as nobody: without a token we wait and ask again.
 * @param {(auth: object) => void} answer
 */
async function authenticate(answer) {
  await loadSession();
  while (session.value === undefined) await pause(AGAIN_MS / 4);
  while (session.value) {
    try {
      const { token } = await post("/socket-tokens");
      return answer({ token });
    } catch (error) {
      if (error instanceof Problem && error.status === 401) session.value = null;
      else await pause(AGAIN_MS);
    }
  }
  answer({});
}

socket.on("connect", () => {
  link.value = "up";
  forget();
  void burst();
  for (const feed of watched.values()) void watchAgain(feed);
  if (catalogueListeners.length) void request("watch_catalogue", {});
});
socket.on("disconnect", (reason) => {
  link.value = "down";
  // The library comes back by itself, except when the server was the one who hung up.
  if (reason === "io server disconnect") setTimeout(() => socket.connect(), AGAIN_MS);
});
socket.on("connect_error", () => {
  link.value = "down";
  if (!socket.active) setTimeout(() => socket.connect(), AGAIN_MS);
});
socket.on("price", (state) => watched.get(state.lot_id)?.takePrice(state));
socket.on("event", (event) => watched.get(event.lot_id)?.takeEvent(event));
socket.on("catalogue", (state) => catalogueListeners.forEach((listen) => listen(state)));
socket.on("private", (message) => privateListeners.forEach((listen) => listen(message)));

/** Connects; harmless when that has been done. */
function connect() {
  if (!socket.connected && !socket.active) socket.connect();
}

/**
 * Asks over the socket; null when no answer came in time or there is no connection.
 * @param {string} event
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function request(event, body) {
  if (!socket.connected) return null; // The library would keep the message and send it much later.
  try {
    return await socket.timeout(ANSWER_MS).emitWithAck(event, body);
  } catch {
    return null;
  }
}

/**
 * Watches a lot until the page goes. The feed's signals follow it.
 * @param {string} lotId
 */
export function watchLot(lotId) {
  let feed = watched.get(lotId);
  if (!feed) {
    const fresh = new LotFeed(lotId, () => void watchAgain(fresh));
    feed = fresh;
    watched.set(lotId, fresh);
    if (socket.connected) void watchAgain(fresh);
    else connect();
  }
  return feed;
}

/** @param {LotFeed} feed */
async function watchAgain(feed) {
  if (!feed.beginWatching()) return; // One question at a time.
  const answer = await request("watch", { lot_id: feed.lotId });
  feed.endWatching(answer);
  if (!answer && socket.connected) setTimeout(() => void watchAgain(feed), AGAIN_MS);
}

/**
 * Hears every lot's state for the catalogue.
 * @param {(state: import("./wire.js").LotState) => void} listen
 */
export function watchCatalogue(listen) {
  catalogueListeners.push(listen);
  if (socket.connected) void request("watch_catalogue", {});
  else connect();
}

/**
 * Hears what is meant for the person signed in only.
 * @param {(message: { lot_id: string, kind: "admitted"|"outbid", number?: string, price_fen?: number }) => void} listen
 */
export function onPrivate(listen) {
  privateListeners.push(listen);
}

async function askTime() {
  const asked = counterUs();
  const answer = await request("clock", {});
  if (answer) learn(asked, answer.now_us, counterUs());
}

async function burst() {
  for (let i = 0; i < CLOCK_BURST; i += 1) await askTime();
}

setInterval(() => void askTime(), CLOCK_EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  forget(); // The machine may have slept.
  void burst();
});

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
