// One watched lot: its absolute state, its bids, and the check that no event was missed.
// @ts-check
import { signal } from "@preact/signals";
import { Following } from "./feed.js";

/** @typedef {import("./wire.js").LotState} LotState */
/** @typedef {import("./wire.js").LotEvent} LotEvent */

const HISTORY_MAX = 500;
/** A price may come before its events, but not for long: after this the events count as missed. */
const LAG_MS = 2000;

export class LotFeed {
  /**
   * @param {string} lotId
   * @param {() => void} watchAgain called when an event was missed
   */
  constructor(lotId, watchAgain) {
    this.lotId = lotId;
    /** The lot as it stands, null before the first answer. */
    this.state = signal(/** @type {LotState|null} */ (null));
    /** Accepted bids, oldest first. */
    this.history = signal(/** @type {LotEvent[]} */ ([]));
    /** The code with which the server refused to be watched, if it did. */
    this.refused = signal(/** @type {string|null} */ (null));
    /** The last event, whatever its kind. */
    this.lastEvent = signal(/** @type {LotEvent|null} */ (null));
    this._watchAgain = watchAgain;
    this._watching = false;
    this._following = new Following(lotId);
    /** @type {LotEvent[]} Events that came while the answer to "watch" was on its way. */
    this._early = [];
    this._lagTimer = 0;
  }

  /** The body of "watch": with the place that we have got to. */
  question() {
    return this._following.question();
  }

  /** Returns false when an answer is already awaited. */
  beginWatching() {
    if (this._watching) return false;
    this._watching = true;
    this._early = [];
    return true;
  }

  /** @param {import("./feed.js").WatchAnswer|null} answer */
  endWatching(answer) {
    this._watching = false;
    if (!answer) return;
    if (!answer.ok) {
      this.refused.value = answer.code ?? "lot_unknown";
      return;
    }
    this.refused.value = null;
    const missed = this._following.answered(answer);
    this.takePrice(answer.state);
    if (answer.history) this.history.value = answer.history;
    missed.forEach((event) => this._keep(event));
    const early = this._early;
    this._early = [];
    early.forEach((event) => this.takeEvent(event));
  }

  /** @param {LotState} state absolute; an older one than ours is dropped */
  takePrice(state) {
    const known = this.state.value;
    if (known && state.seq < known.seq) return;
    this.state.value = state;
    if (state.seq > this._following.seq && !this._watching && !this._lagTimer) {
      this._lagTimer = window.setTimeout(() => {
        this._lagTimer = 0;
        if ((this.state.value?.seq ?? 0) > this._following.seq) this._watchAgain();
      }, LAG_MS);
    }
  }

  /** @param {LotEvent} event */
  takeEvent(event) {
    if (this._watching) {
      this._early.push(event);
      return;
    }
    const found = this._following.takes(event);
    if (found === "missing") this._watchAgain();
    if (found === "new") this._keep(event);
  }

  /** @param {{ epoch: string, seq: number }} beat */
  takeBeat(beat) {
    if (!this._watching && this._following.isBehind(beat)) this._watchAgain();
  }

  /** @param {LotEvent} event */
  _keep(event) {
    this.lastEvent.value = event;
    if (event.number && event.amount_fen !== undefined) {
      this.history.value = [...this.history.value.slice(1 - HISTORY_MAX), event];
    }
  }
}
