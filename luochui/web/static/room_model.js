// The bidding room's facts, gathered: notice, live state, who the reader is here and where he stands.
// @ts-check
import { computed, effect, signal } from "@preact/signals";
import { get, lotPath, post, postOnce, Problem } from "./api.js";
import { isLive, onPrivate, watchLot } from "./live.js";
import { has, loadSession, session } from "./session.js";

/** @typedef {ReturnType<typeof openRoom>} Room */
/** @typedef {"observer"|"not_admitted"|"idle"|"leading"|"outbid"|"won"|"lost"|"over"} Standing */

const REFRESH_MS = 5000;

/**
 * Opens the room of a lot; once per page.
 * @param {string} lotId
 */
export function openRoom(lotId) {
  const notice = signal(/** @type {import("./wire.js").LotNotice|null} */ (null));
  const problem = signal(/** @type {Problem|null} */ (null));
  const application = signal(/** @type {import("./wire.js").Application|null} */ (null));
  const feed = watchLot(lotId);
  const number = computed(() => application.value?.number ?? null);
  const hasBid = computed(() => feed.history.value.some((bid) => bid.number === number.value));
  const standing = computed(() => standingOf(application.value, feed.state.value, hasBid.value));

  async function loadNotice() {
    try {
      const card = await get(lotPath(lotId));
      notice.value = card.notice;
      feed.takePrice(card.state);
      problem.value = null;
    } catch (error) {
      problem.value = /** @type {Problem} */ (error);
      if (problem.value.status !== 404) setTimeout(loadNotice, REFRESH_MS);
    }
  }

  async function loadApplication() {
    await loadSession();
    if (!has("bidder")) return;
    application.value = await get(`${lotPath(lotId)}/application`).catch(() => application.value);
  }

  async function apply() {
    application.value = await post(`${lotPath(lotId)}/application`);
  }

  /** @param {string} commandId the same for every repeat of one intention */
  async function confirmParticipation(commandId) {
    await postOnce(`${lotPath(lotId)}/participation`, { command_id: commandId });
    if (application.value) application.value = { ...application.value, goes_on: true };
  }

  void loadNotice();
  effect(() => {
    if (isLive()) void loadApplication();
  });
  onPrivate((message) => {
    if (message.lot_id === lotId && message.kind === "admitted") void loadApplication();
  });
  // A deposit is confirmed at the settlement desk, minutes or days later: look again until it is.
  setInterval(() => {
    const status = application.value?.status;
    if (status === "awaiting_deposit" || status === "deposit_recorded") void loadApplication();
  }, REFRESH_MS);

  return { lotId, notice, problem, application, feed, number, standing, apply, confirmParticipation };
}

/**
 * @param {import("./wire.js").Application|null} application
 * @param {import("./wire.js").LotState|null} state
 * @param {boolean} hasBid
 * @returns {Standing}
 */
export function standingOf(application, state, hasBid) {
  if (!application || !state) return "observer";
  if (state.status === "withdrawn") return "over";
  if (state.result) {
    if (application.status !== "admitted") return "over";
    if (state.result.winner && state.result.winner === application.number) return "won";
    return hasBid ? "lost" : "over";
  }
  if (application.status !== "admitted") return "not_admitted";
  if (state.leader && state.leader === application.number) return "leading";
  return hasBid ? "outbid" : "idle";
}

/** Whether the inquiry is being made now. @param {import("./wire.js").LotState} state */
export const isAsked = (state) => state.status === "open" && state.phase === "inquiry";

/**
 * Returns why no bid can be placed now, as the end of a text key, or null when one can.
 * @param {Room} room
 * @returns {string|null}
 */
export function whyNoBid(room) {
  const state = room.feed.state.value;
  if (!state) return "loading";
  if (state.result || ["sold", "unsold", "withdrawn"].includes(state.status)) return "over";
  if (session.value === null) return "signed_out";
  if (!has("bidder")) return "no_bidder";
  if (room.application.value?.status !== "admitted") return "not_admitted";
  if (!isLive()) return "offline";
  if (state.status !== "open") return state.status;
  if (isAsked(state)) return "inquiry";
  if (state.phase === "limited" && room.notice.value?.must_confirm && !room.application.value.goes_on) {
    return "not_confirmed";
  }
  if (room.standing.value === "leading") return "leading";
  return state.amount_min_fen === null ? "cap" : null;
}
