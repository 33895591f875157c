// The page's link to the live feed: one connection, watched lots as signals, the clock's exchange.
// @ts-check
import { signal } from "@preact/signals";
import { get, post, Problem } from "./api.js";
import { counterUs, forget, learn } from "./clock.js";
import { Feed } from "./feed.js";
import { LotFeed } from "./lot_feed.js";
import { loadSession, session } from "./session.js";

const AGAIN_MS = 2000;
const CLOCK_EVERY_MS = 5000;
const CLOCK_BURST = 3;

/** What the connection light shows; "streaming": prices come by event streams, everything else by requests. */
export const link = signal(/** @type {"connecting"|"up"|"streaming"|"down"} */ ("connecting"));

/** Whether the screen is live and bids get through; components that read it follow it. */
export const isLive = () => link.value === "up" || link.value === "streaming";

/** @type {Map<string, LotFeed>} */
const watched = new Map();
/** @type {((state: import("./wire.js").LotState) => void)[]} */
const catalogueListeners = [];
/** @type {((message: any) => void)[]} */
const privateListeners = [];

const feed = new Feed({
  token: freshToken,
  onUp: () => {
    link.value = "up";
    forget();
    void burst();
    for (const lot of watched.values()) void watchAgain(lot);
    if (catalogueListeners.length) void request("watch_catalogue", {});
  },
  onDown: () => {
    link.value = "down";
  },
  onStreams: () => {
    link.value = "streaming";
    forget();
    void burst();
  },
  onMessage: hear,
  lots: () => [...watched.keys()],
  catalogue: () => catalogueListeners.length > 0,
});

/**
 * Returns a fresh one-time token, or null for somebody who is not signed in. A signed-in bidder must never be
 * connected as nobody: without a token we wait and ask again.
 */
async function freshToken() {
  await loadSession();
  while (session.value === undefined) await pause(AGAIN_MS / 4);
  while (session.value) {
    try {
      return (await post("/socket-tokens")).token;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) session.value = null;
      else await pause(AGAIN_MS);
    }
  }
  return null;
}

/** @param {string} name @param {any} body */
function hear(name, body) {
  const lot = watched.get(body.lot_id);
  if (name === "price") lot?.takePrice(body);
  else if (name === "event") lot?.takeEvent(body);
  else if (name === "heartbeat") lot?.takeBeat(body);
  else if (name === "snapshot") lot?.endWatching(body.answer);
  else if (name === "catalogue") catalogueListeners.forEach((listen) => listen(body));
  else if (name === "private") privateListeners.forEach((listen) => listen(body));
}

/**
 * Asks over the connection; null when no answer came in time or there is none.
 * @param {string} name
 * @param {object} body
 * @returns {Promise<any>}
 */
export function request(name, body) {
  return feed.request(name, body);
}

/**
 * Watches a lot until the page goes. The feed's signals follow it.
 * @param {string} lotId
 */
export function watchLot(lotId) {
  let lot = watched.get(lotId);
  if (!lot) {
    const fresh = new LotFeed(lotId, () => void watchAgain(fresh));
    lot = fresh;
    watched.set(lotId, fresh);
    if (feed.connected) void watchAgain(fresh);
    else feed.connect();
  }
  return lot;
}

/** @param {LotFeed} lot */
async function watchAgain(lot) {
  if (!lot.beginWatching()) return; // One question at a time.
  const answer = await request("watch", lot.question());
  lot.endWatching(answer);
  if (!answer && feed.connected) setTimeout(() => void watchAgain(lot), AGAIN_MS);
}

/**
 * Hears every lot's state for the catalogue.
 * @param {(state: import("./wire.js").LotState) => void} listen
 */
export function watchCatalogue(listen) {
  catalogueListeners.push(listen);
  if (feed.connected) void request("watch_catalogue", {});
  else feed.connect();
}

/**
 * Hears what is meant for the person signed in only.
 * @param {(message: { lot_id: string, kind: string, number?: string, price_fen?: number }) => void} listen
 */
export function onPrivate(listen) {
  privateListeners.push(listen);
}

async function askTime() {
  const asked = counterUs();
  const streaming = link.peek() === "streaming";
  const answer = streaming ? await get("/time").catch(() => null) : await request("clock", {});
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
