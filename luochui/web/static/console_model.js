// The console's facts: the live lot, and what only the auctioneer sees of it.
// @ts-check
import { effect, signal } from "@preact/signals";
import { get, lotPath, newId, postOnce, Problem } from "./api.js";
import { watchLot } from "./live.js";
import { has, loadSession } from "./session.js";

/** @typedef {ReturnType<typeof openConsole>} Console */
/** @typedef {"pause"|"resume"|"extend"|"call"|"hammer"|"withdraw"} Action */

const REFRESH_MS = 2000;

/** Where each action is sent. */
const PATHS = /** @type {Record<Action, string>} */ ({
  pause: "suspension",
  resume: "resumption",
  extend: "extension",
  call: "warning",
  hammer: "hammer",
  withdraw: "withdrawal",
});

/** @param {string} lotId */
export function openConsole(lotId) {
  const view = signal(/** @type {import("./wire.js").ConsoleView|null} */ (null));
  const problem = signal(/** @type {Problem|null} */ (null));
  const feed = watchLot(lotId);

  async function refresh() {
    try {
      view.value = await get(`/console${lotPath(lotId)}`);
      problem.value = null;
      if (view.value) feed.takePrice(view.value.card.state);
    } catch (error) {
      problem.value = /** @type {Problem} */ (error);
    }
  }

  /**
   * Sends one command; a repeat after a lost answer carries the same id and so has no second effect.
   * @param {Action} action
   * @param {object} [body]
   */
  async function send(action, body = {}) {
    const answer = await postOnce(`${lotPath(lotId)}/${PATHS[action]}`, { command_id: newId(), ...body });
    void refresh();
    return answer;
  }

  void loadSession().then(() => {
    if (!has("auctioneer")) return;
    setInterval(() => document.hidden || void refresh(), REFRESH_MS);
    effect(() => {
      void feed.lastEvent.value; // Every event may change what only the auctioneer sees.
      void refresh();
    });
  });
  return { lotId, view, problem, feed, send, refresh };
}

/**
 * Returns why an action cannot be taken now, as the end of a text key, or null when it can.
 * @param {Action} action
 * @param {import("./wire.js").LotState} state
 * @param {import("./wire.js").ConsoleView} view
 */
export function whyNot(action, state, view) {
  const ended = ["sold", "unsold", "withdrawn"].includes(state.status);
  if (ended) return "over";
  switch (action) {
    case "pause":
      return state.status === "open" || state.status === "resuming" ? null : "not_open";
    case "resume":
      return state.status === "suspended" ? null : "not_suspended";
    case "extend":
      return state.status === "open" ? null : "not_open";
    case "call":
      if (view.calls_needed === null) return "by_clock";
      if (state.status !== "open") return "not_open";
      if (state.price_fen === null) return "no_bid";
      if (state.phase !== "limited" && state.phase !== "floor") return "not_limited";
      return state.calls >= view.calls_needed ? "calls_done" : null;
    case "hammer":
      if (view.calls_needed === null) return "by_clock";
      if (state.status !== "open") return "not_open";
      if (state.price_fen === null) return "no_bid";
      if (state.phase !== "limited" && state.phase !== "floor") return "not_limited";
      return state.calls < view.calls_needed ? "calls_missing" : null;
    case "withdraw":
      return null;
  }
}
