// Price and clock, as large as the screen allows; the last minute has a bar.
// @ts-check
import { short } from "../amounts.js";
import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { clockOf, priceLabel } from "../lot.js";
import { yuan } from "../money.js";
import { Countdown, Premium } from "./basics.js";

/** @typedef {import("../wire.js").LotState} LotState */
/** @typedef {import("../wire.js").LotNotice} LotNotice */

const LAST_MINUTE_US = 60_000_000;
const SAY_EVERY_MS = 3000;
const FLASH_MS = 4000;

/** @param {{ state: LotState, notice: LotNotice, mine?: string|null }} props */
export function Hero({ state, notice, mine = null }) {
  const price = state.result?.price_fen ?? state.price_fen;
  return html`<section class="card hero" aria-label=${t("hero.label")}>
    <div class="hero-price">
      <small>${t(priceLabel(state))}</small>
      <p class="price"><span class="flash" key=${price}>¥${yuan(price ?? notice.start_fen)}</span></p>
      <p class="price-more">
        <span class="wan">${short(price ?? notice.start_fen)}</span>
        ${price !== null && html`<${Premium} price=${price} start=${notice.start_fen} />`}
        <span>${t("hero.bids", { n: state.bids })}</span>
        ${state.leader && html`<span>${t("hero.leader", { number: state.leader })}${state.leader === mine && html` <b class="mine">${t("mine")}</b>`}</span>`}
      </p>
    </div>
    <${HeroClock} state=${state} notice=${notice} />
    <${LastMinute} state=${state} notice=${notice} />
    <${Spoken} state=${state} notice=${notice} />
  </section>`;
}

/** @param {{ state: LotState, notice: LotNotice }} props */
export function HeroClock({ state, notice }) {
  const clock = clockOf(state, notice, now.peek());
  if (!clock) return null;
  return html`<div class="hero-clock">
    <small>${t(clock.label)}</small>
    <b><${Countdown} state=${state} notice=${notice} /></b>
    <${Extensions} count=${state.extensions} />
  </div>`;
}

/** The number of extensions; it flashes when it grows. @param {{ count: number }} props */
function Extensions({ count }) {
  const before = useRef(count);
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    if (count <= before.current) return undefined;
    before.current = count;
    setFresh(true);
    const timer = setTimeout(() => setFresh(false), FLASH_MS);
    return () => clearTimeout(timer);
  }, [count]);
  if (!count) return html`<small>${t("clock.not_extended")}</small>`;
  return html`<small class=${fresh ? "extended fresh" : "extended"}
    >${t("clock.extended", { n: count })}</small
  >`;
}

/** The red bar of the last minute. @param {{ state: LotState, notice: LotNotice }} props */
export function LastMinute({ state, notice }) {
  if (state.status !== "open") return null;
  const left = clockOf(state, notice, now.value)?.leftUs ?? Infinity;
  if (left > LAST_MINUTE_US) return null;
  if (left <= 0) return html`<p class="last-minute">${t("clock.waiting")}</p>`;
  const goesOn = state.phase === "free" && notice.limited_us !== null;
  const words = t(goesOn ? "clock.last_minute_free" : "clock.last_minute");
  return html`<div class="last-minute">
    <progress max=${LAST_MINUTE_US} value=${left} aria-label=${words}></progress>
    <span>${words}</span>
  </div>`;
}

/**
 * What a screen reader says: price and leader, and the notices of the last minute; not more often than one can listen.
 * @param {{ state: LotState, notice: LotNotice }} props
 */
function Spoken({ state, notice }) {
  const [words, setWords] = useState("");
  const said = useRef(0);
  const mark = state.status === "open" ? minuteMark(clockOf(state, notice, now.value)?.leftUs) : "";
  const price = state.price_fen;
  useEffect(() => {
    const text = [
      price !== null && t("spoken.price", { price: yuan(price), number: state.leader ?? "" }),
      mark && t("spoken.left", { n: mark }),
    ];
    const timer = setTimeout(
      () => {
        said.current = Date.now();
        setWords(text.filter(Boolean).join(" "));
      },
      Math.max(0, said.current + SAY_EVERY_MS - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [price, mark]);
  return html`<p class="unseen" aria-live="polite">${words}</p>`;
}

/** @param {number|undefined} leftUs which of the last minute's notices is due */
function minuteMark(leftUs) {
  const seconds = (leftUs ?? Infinity) / 1_000_000;
  if (seconds <= 0) return "";
  return ["10", "30", "60"].find((mark) => seconds <= Number(mark)) ?? "";
}
