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
      ${state.notice && html`<p class="reason"><b>${t("reason")}</b> ${state.notice.text}</p>`}
      <p>${t("suspended.kept", { span: span(state.remaining_us ?? 0) })}</p>
    </section>`;
  }
  if (state.status === "resuming") {
    return html`<section class="interruption resuming" role="alert">
      <h2>
        <i aria-hidden="true">▶</i> ${t("resuming.title")} <${Countdown} state=${state} notice=${notice} />
      </h2>
      <p>
        ${t("resuming.at", { time: when("time", state.resumes_at_us ?? 0), close: when("time", state.closes_at_us ?? 0) })}
      </p>
    </section>`;
  }
  if (state.status === "withdrawn") {
    return html`<section class="interruption withdrawn" role="alert">
      <h2>${t("withdrawn.title")}</h2>
      ${state.notice && html`<p class="reason"><b>${t("reason")}</b> ${state.notice.text}</p>`}
    </section>`;
  }
  return null;
}

/** The auctioneer's calls while they stand. @param {{ state: import("../wire.js").LotState, needed: number|null }} props */
export function Calls({ state, needed }) {
  if (state.status !== "open" || !state.calls) return null;
  return html`<p class="calls" role="alert"><b>${callName(state.calls, needed)}</b> ${t("calls.hint")}</p>`;
}

/** The last room notice of another kind, such as an extension by the auctioneer.
 * @param {{ state: import("../wire.js").LotState }} props */
export function LastNotice({ state }) {
  const last = state.notice;
  if (!last || state.status !== "open") return null;
  return html`<p class="banner" role="status">
    <b>${maybe(`notice.${last.kind}`, last.kind)}</b> ${last.text} <small>${when("time", last.at_us)}</small>
  </p>`;
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
