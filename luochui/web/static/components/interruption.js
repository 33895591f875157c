// Suspended, resuming, called: what the room must know at once, with the reason.
// @ts-check
import { html } from "../html.js";
import { maybe, span, t, when } from "../i18n.js";
import { Countdown } from "./basics.js";

/** @param {{ state: import("../wire.js").LotState, notice: import("../wire.js").LotNotice }} props */
export function Interruption({ state, notice }) {
  if (state.status === "suspended") {
    return html`<section class="interruption suspended" role="alert">
      <h2><i aria-hidden="true">❚❚</i> ${t("suspended.title")}</h2>
      <${Told} last=${state.notice} />
      <p>${t("suspended.kept", { span: span(wholeSeconds(state.remaining_us ?? 0)) })}</p>
    </section>`;
  }
  if (state.status === "resuming") {
    return html`<section class="interruption resuming" role="alert">
      <h2>
        <i aria-hidden="true">▶</i> ${t("resuming.title")} <${Countdown} state=${state} notice=${notice} />
      </h2>
      <${Told} last=${state.notice} />
    </section>`;
  }
  if (state.status === "withdrawn") {
    return html`<section class="interruption withdrawn" role="alert">
      <h2>${t("withdrawn.title")}</h2>
      <${Told} last=${state.notice} />
    </section>`;
  }
  return null;
}

/** Counted up like the countdown beside it. @param {number} us */
const wholeSeconds = (us) => Math.ceil(us / 1_000_000) * 1_000_000;

/** Who did what, when and why, in a sentence. @param {{ last: import("../wire.js").RoomNotice|null }} props */
function Told({ last }) {
  if (!last) return null;
  const [said, reason] = [toldOf(last), reasonOf(last)];
  return html`<p>${said}</p>
    ${reason && html`<p class="reason"><b>${t("reason")}</b> ${reason}</p>`}`;
}

/** @param {import("../wire.js").RoomNotice} last */
export function toldOf(last) {
  return maybe(`notice.${last.kind}`, last.kind, {
    who: t(last.cause === "auctioneer" ? "notice.auctioneer" : "notice.system"),
    at: when("time", last.at_us),
    span: span(last.by_us ?? 0),
    resumes: when("time", last.resumes_at_us ?? 0),
    close: when("time", last.closes_at_us ?? 0),
  });
}

/** The auctioneer's own words; for what the system did, ours. @param {import("../wire.js").RoomNotice} last */
export function reasonOf(last) {
  if (last.kind === "resumed") return "";
  return last.cause === "auctioneer" ? last.text : maybe(`cause.${last.cause}`, last.text);
}

/** The auctioneer's calls while they stand. @param {{ state: import("../wire.js").LotState, needed: number|null }} props */
export function Calls({ state, needed }) {
  if (state.status !== "open" || !state.calls) return null;
  return html`<p class="calls" role="alert"><b>${callName(state.calls, needed)}</b> ${t("calls.hint")}</p>`;
}

/** What the auctioneer did last, while bidding goes on. @param {{ state: import("../wire.js").LotState }} props */
export function LastNotice({ state }) {
  if (!state.notice || state.status !== "open") return null;
  return html`<div class="banner told" role="status"><${Told} last=${state.notice} /></div>`;
}

/**
 * Returns what a call is called: the last one needed is 最后一次.
 * @param {number} call from 1
 * @param {number|null} needed
 */
export function callName(call, needed) {
  if (needed !== null && needed > 1 && call >= needed) return t("call.last");
  return maybe(`call.${call}`, t("call.n", { n: call }));
}
