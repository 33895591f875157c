// Small pieces that every page uses: badges, money, countdowns, empty and error states, announcements.
// @ts-check
import { short } from "../amounts.js";
import { computed, useComputed } from "@preact/signals";
import { countdown, now } from "../clock.js";
import { html } from "../html.js";
import { language, maybe, say, t } from "../i18n.js";
import { badgeOf, clockOf, groupOf } from "../lot.js";
import { premiumPercent, yuan } from "../money.js";

/** @typedef {import("../wire.js").LotState} LotState */
/** @typedef {import("../wire.js").LotNotice} LotNotice */

const dayUnit = computed(() => (language.value === "zh" ? "天" : "d"));

/** The lot's phase or status; shape and words say it, colour only repeats it. @param {{ state: LotState }} props */
export function StatusBadge({ state }) {
  const tone = state.status === "sold" ? "sold" : groupOf(state);
  return html`<span class="badge ${tone}">${maybe(badgeOf(state), state.status)}</span>`;
}

/** @param {{ notice: LotNotice }} props */
export function ClassBadge({ notice }) {
  return html`<span class="badge">${maybe(`class.${notice.asset_class}`, notice.asset_class)}</span>`;
}

/** What a demonstration must admit to. @param {{ notice: LotNotice }} props */
export function DemoBadges({ notice }) {
  return html`${notice.speed !== 1 && html`<span class="badge demo">${t("demo.speed", { n: notice.speed })}</span>`}
  ${notice.bidders_invented && html`<span class="badge demo">${t("demo.bidders")}</span>`}`;
}

/** An amount in yuan, and in 万元 where that says more. @param {{ fen: number, both?: boolean }} props */
export function Money({ fen, both = false }) {
  return html`<span class="money">¥${yuan(fen)}</span
    >${both && fen >= 1_000_000 && html`<small class="wan">${short(fen)}</small>`}`;
}

/** How far the price lies above the start. @param {{ price: number, start: number }} props */
export function Premium({ price, start }) {
  return html`<span class="premium">${t("price.premium", { percent: premiumPercent(price, start) })}</span>`;
}

/** A countdown by the server's clock. @param {{ state: LotState, notice: LotNotice }} props */
export function Countdown({ state, notice }) {
  // A computed keeps the props it was made with: the key makes a new one when they change.
  const key = [state.status, state.closes_at_us, state.resumes_at_us, state.remaining_us].join();
  return html`<${Ticking} key=${key} state=${state} notice=${notice} />`;
}

/** Redraws when its text changes, not with every tick. @param {{ state: LotState, notice: LotNotice }} props */
function Ticking({ state, notice }) {
  const text = useComputed(() => {
    const clock = clockOf(state, notice, now.value);
    return clock ? countdown(clock.leftUs, dayUnit.value) : "";
  });
  return html`<span class="ticking" role="timer">${text.value}</span>`;
}

/** @param {{ title: string, children?: any }} props */
export function Empty({ title, children }) {
  return html`<div class="empty">
    <p><b>${title}</b></p>
    ${children && html`<p>${children}</p>`}
  </div>`;
}

/**
 * Says what went wrong and what to do next.
 * @param {{ problem: import("../api.js").Problem, onRetry?: () => void }} props
 */
export function Failure({ problem, onRetry }) {
  return html`<div class="failure" role="alert">
    <p><b>${explain(problem)}</b></p>
    ${onRetry && html`<button onClick=${onRetry}>${t("retry")}</button>`}
  </div>`;
}

/**
 * Returns the words for a refusal: ours by its code, else the server's, else the code itself; and the bounds
 * within which the next attempt can succeed.
 * @param {import("../wire.js").Refusal} refusal
 */
export function explain(refusal) {
  const words =
    maybe(`code.${refusal.code}`) || say(refusal.text) || t("code.unknown", { code: refusal.code });
  const bounds = [];
  if (refusal.amount_min_fen != null) bounds.push(t("code.min", { amount: yuan(refusal.amount_min_fen) }));
  if (refusal.amount_max_fen != null) bounds.push(t("code.max", { amount: yuan(refusal.amount_max_fen) }));
  return [words, ...bounds].join(" ");
}
