// The server's clock as this page knows it. It alone decides what a countdown shows; the reader's own clock
// may be wrong or jump, so only its monotonic counter is used.
// @ts-check
import { signal } from "@preact/signals";

/** Samples remembered; the one with the shortest round trip is the most exact. */
const SAMPLES_MAX = 8;

/** @typedef {{ offsetUs: number, rttUs: number }} Sample */

/** @type {Sample[]} */
let samples = [];
let offsetUs = Date.now() * 1000 - counterUs(); // Until the server has spoken.

/** Round trip of the last sample in milliseconds, null before the first. */
export const rttMs = signal(/** @type {number|null} */ (null));

/** Server time, renewed a few times a second for whatever counts down. */
export const now = signal(serverNow());

/** Returns microseconds of a counter that never goes back. */
export function counterUs() {
  return Math.round(performance.now() * 1000);
}

/** Returns the server's time now, in microseconds UTC. */
export function serverNow() {
  return counterUs() + offsetUs;
}

/**
 * Takes one exchange with the server into account.
 * @param {number} askedUs counter when the question left
 * @param {number} serverUs what the server answered
 * @param {number} answeredUs counter when the answer came
 */
export function learn(askedUs, serverUs, answeredUs) {
  const rttUs = answeredUs - askedUs;
  samples = [...samples.slice(1 - SAMPLES_MAX), { offsetUs: serverUs - (askedUs + answeredUs) / 2, rttUs }];
  offsetUs = Math.round(best(samples).offsetUs);
  rttMs.value = Math.max(1, Math.round(rttUs / 1000));
  now.value = serverNow();
}

/** Forgets what was learnt: after the machine slept, the counter may have stood still. */
export function forget() {
  samples = [];
}

/** @param {Sample[]} known */
export function best(known) {
  return known.reduce((a, b) => (b.rttUs < a.rttUs ? b : a));
}

/**
 * Returns a countdown's text: "04:05", with hours "1:04:05", with days "2 d 01:04:05". It counts whole seconds
 * up, so that 00:00 is shown only when nothing is left.
 * @param {number} leftUs
 * @param {string} dayUnit
 */
export function countdown(leftUs, dayUnit) {
  const seconds = Math.max(0, Math.ceil(leftUs / 1_000_000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600) % 24;
  const days = Math.floor(seconds / 86_400);
  if (days) return `${days} ${dayUnit} ${two(hours)}:${clock}`;
  return hours ? `${hours}:${clock}` : clock;
}

const TICK_MS = 100;

/** Keeps `now` moving. */
export function startTicking() {
  setInterval(() => {
    now.value = serverNow();
  }, TICK_MS);
}
