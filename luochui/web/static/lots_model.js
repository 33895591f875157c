// Every lot as it stands, kept moving: loaded once, then changed by the catalogue's live link.
// @ts-check
import { effect, signal } from "@preact/signals";
import { get, Problem } from "./api.js";
import { link, watchCatalogue } from "./live.js";

/** @typedef {import("./wire.js").LotCard} LotCard */

const RELOAD_MS = 60_000;

/** All lots, null before the first answer. */
export const lots = signal(/** @type {LotCard[]|null} */ (null));
/** Why the lots could not be loaded, if they could not. */
export const lotsProblem = signal(/** @type {Problem|null} */ (null));

/** Asks for the lots; `path` narrows them to somebody's own. */
export async function loadLots(path = "/lots") {
  try {
    lots.value = (await get(path)).lots;
    lotsProblem.value = null;
  } catch (error) {
    lotsProblem.value = /** @type {Problem} */ (error);
  }
}

/** Loads the lots and follows them for as long as the page lives. */
export function followLots(path = "/lots") {
  watchCatalogue((state) => {
    const known = lots.value;
    if (!known) return;
    if (!known.some((card) => card.state.lot_id === state.lot_id)) {
      if (path === "/lots") void loadLots(path); // A new lot: its notice is not known here.
      return;
    }
    lots.value = known.map((card) =>
      card.state.lot_id === state.lot_id && state.seq >= card.state.seq ? { ...card, state } : card,
    );
  });
  effect(() => {
    if (link.value !== "connecting" || lots.peek() === null) void loadLots(path);
  });
  setInterval(() => void loadLots(path), RELOAD_MS);
}

/** The one that closes or opens first comes first. @param {LotCard} a @param {LotCard} b */
export function soonestFirst(a, b) {
  return due(a) - due(b) || a.notice.lot_id.localeCompare(b.notice.lot_id);
}

/** @param {LotCard} card */
function due({ notice, state }) {
  if (state.status === "suspended") return Number.MAX_SAFE_INTEGER; // Nobody knows yet.
  return state.result
    ? -state.result.at_us
    : (state.closes_at_us ?? state.resumes_at_us ?? notice.opens_at_us);
}
