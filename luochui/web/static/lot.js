// What a lot's figures mean on the screen. Pure: state and notice in, words and numbers out.
// @ts-check

/** @typedef {import("./wire.js").LotState} LotState */
/** @typedef {import("./wire.js").LotNotice} LotNotice */

/** @typedef {"live"|"next"|"paused"|"finished"} Group */

/** Steps above the lowest valid bid that the ladder offers. */
const RUNGS = [0, 1, 2, 4];

/** @param {LotState} state @returns {Group} */
export function groupOf(state) {
  if (state.status === "open") return "live";
  if (state.status === "announced") return "next";
  return state.status === "suspended" || state.status === "resuming" ? "paused" : "finished";
}

/** @param {LotState} state what the badge says: the phase while bids are taken, else the status */
export function badgeOf(state) {
  return state.status === "open" && state.phase ? `phase.${state.phase}` : `status.${state.status}`;
}

/**
 * Returns what the price shown is called.
 * @param {LotState} state
 * @returns {"price.sold"|"price.top"|"price.start"|"price.now"}
 */
export function priceLabel(state) {
  if (state.status === "sold") return "price.sold";
  if (state.price_fen === null) return "price.start";
  return groupOf(state) === "finished" ? "price.top" : "price.now";
}

/**
 * Returns which instant the countdown runs to and what it means; null when there is none to show.
 * @param {LotState} state
 * @param {LotNotice} notice
 * @param {number} nowUs
 * @returns {{ label: "clock.opens"|"clock.closes"|"clock.resumes"|"clock.kept", leftUs: number }|null}
 */
export function clockOf(state, notice, nowUs) {
  if (state.status === "announced") return { label: "clock.opens", leftUs: notice.opens_at_us - nowUs };
  if (state.status === "suspended" && state.remaining_us !== null) {
    return { label: "clock.kept", leftUs: state.remaining_us };
  }
  if (state.status === "resuming" && state.resumes_at_us !== null) {
    return { label: "clock.resumes", leftUs: state.resumes_at_us - nowUs };
  }
  if (state.status === "open" && state.closes_at_us !== null) {
    return { label: "clock.closes", leftUs: state.closes_at_us - nowUs };
  }
  return null;
}

/**
 * Returns the step in force: a ladder of increments may have a longer one now than at the start.
 * @param {LotState} state
 * @param {LotNotice} notice
 */
export function increment(state, notice) {
  if (state.price_fen === null || state.amount_min_fen === null) return notice.increment_fen;
  return Math.max(1, state.amount_min_fen - state.price_fen);
}

/**
 * Returns the amounts of the ladder: the lowest valid bid and some steps above it, none over the cap.
 * @param {LotState} state
 * @param {LotNotice} notice
 */
export function ladder(state, notice) {
  const lowest = state.amount_min_fen;
  if (lowest === null) return [];
  return RUNGS.map((steps) => lowest + steps * increment(state, notice)).filter((amount) =>
    isUnderCap(amount, notice),
  );
}

/**
 * Returns the amount one step away, never under the lowest valid bid nor over the cap.
 * @param {number} amount
 * @param {1|-1} direction
 * @param {LotState} state
 * @param {LotNotice} notice
 */
export function stepped(amount, direction, state, notice) {
  const next = Math.max(state.amount_min_fen ?? 0, amount + direction * increment(state, notice));
  return isUnderCap(next, notice) ? next : amount;
}

/**
 * Returns the valid amounts around one that is not a whole number of steps above the lowest, else null.
 * @param {number} amount
 * @param {number} lowest
 * @param {number} step
 */
export function neighbours(amount, lowest, step) {
  const over = (amount - lowest) % step;
  return amount < lowest || over === 0 ? null : { below: amount - over, above: amount - over + step };
}

/** @param {number} amount @param {LotNotice} notice */
function isUnderCap(amount, notice) {
  return notice.cap_fen === null || amount <= notice.cap_fen;
}

/** The names under which a notice calls its fields "assumed", whatever unit they end in. @param {string} name */
export function bareName(name) {
  return name.replace(/_(fen|us|s|at_us)$/, "").replace(/_at$/, "");
}

/** @param {LotNotice} notice @param {string} name */
export function isAssumed(notice, name) {
  return notice.assumed.some((assumed) => bareName(assumed) === bareName(name));
}
