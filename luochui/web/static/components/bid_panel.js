// Choosing an amount: the lowest valid bid, steps above it, or an amount of one's own.
// @ts-check
import { brief } from "../amounts.js";
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { language, maybe, t } from "../i18n.js";
import { increment, ladder, neighbours, stepped } from "../lot.js";
import { capitals, parseAmount, wan, yuan } from "../money.js";
import { whyNoBid } from "../room_model.js";

/** @typedef {import("../room_model.js").Room} Room */

/** What stands in the amount's box, null while it follows the lowest valid bid. */
const typed = signal(/** @type {string|null} */ (null));
const unit = signal(/** @type {"wan"|"yuan"} */ (language.peek() === "zh" ? "wan" : "yuan"));

/** Lets the box follow the lowest valid bid again. */
export function resetAmount() {
  typed.value = null;
}

/** @param {{ room: Room, onBid: (amountFen: number) => void, busy: boolean }} props */
export function BidPanel({ room, onBid, busy }) {
  const state = room.feed.state.value;
  const notice = room.notice.value;
  if (!state || !notice) return null;
  const why = whyNoBid(room);
  const amount = chosen(state.amount_min_fen);
  const unfit = unfitness(amount, state.amount_min_fen, notice);
  const hint = unfit ?? offGrid(amount, state, notice);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (!why && !busy && amount !== null && !unfit) onBid(amount);
  };
  return html`<form class="bid-form" onSubmit=${submit} aria-describedby=${why ? "why-no-bid" : undefined}>
    <div class="bid-min">
      <small>${t("bid.minimum")}</small>
      <b>${state.amount_min_fen === null ? "—" : `¥${yuan(state.amount_min_fen)}`}</b>
      <small>${t("bid.increment", { amount: yuan(increment(state, notice)) })}</small>
    </div>
    <${AmountBox} state=${state} notice=${notice} amount=${amount} disabled=${why !== null} />
    ${amount !== null && html`<p class="amount-words"><b>¥${yuan(amount)}</b> <span>${capitals(amount)}</span></p>`}
    ${!why && hint && html`<p class="unfit" role="alert">${hint} ${typed.value !== null && html`<button type="button" class="quiet" onClick=${resetAmount}>${t("bid.use_minimum")}</button>`}</p>`}
    <button class="primary bid-button" disabled=${why !== null || busy || amount === null || Boolean(unfit)}>
      ${busy ? t("bid.sending") : t("bid.place")}
    </button>
    <div class="ladder" role="group" aria-label=${t("bid.ladder")}>
      ${ladder(state, notice).map(
        (rung) =>
          html`<button
            type="button"
            key=${rung}
            disabled=${why !== null || busy}
            onClick=${() => onBid(rung)}
          >
            <b>${brief(rung)}</b><small>${rise(rung, state, notice)}</small>
          </button>`,
      )}
    </div>
    ${why && html`<p class="why" id="why-no-bid">${maybe(`why.${why}`)}</p>`}
  </form>`;
}

/** @param {{ state: import("../wire.js").LotState, notice: import("../wire.js").LotNotice, amount: number|null, disabled: boolean }} props */
function AmountBox({ state, notice, amount, disabled }) {
  const lowest = state.amount_min_fen;
  const shown = typed.value ?? (amount === null ? "" : written(amount));
  /** @param {1|-1} direction */
  const step = (direction) => {
    if (lowest === null) return;
    typed.value = written(stepped(amount ?? lowest, direction, state, notice));
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    step(event.key === "ArrowUp" ? 1 : -1);
  };
  return html`<div class="amount-box">
    <button
      type="button"
      class="step"
      disabled=${disabled || amount === null || amount <= (lowest ?? 0)}
      aria-label=${t("bid.step_down")}
      onClick=${() => step(-1)}
    >
      −
    </button>
    <label
      ><span class="unseen">${t("bid.amount", { unit: t(`unit.${unit.value}`) })}</span>
      <input
        name="amount"
        inputmode="decimal"
        autocomplete="off"
        value=${shown}
        disabled=${disabled}
        onKeyDown=${key}
        onInput=${(/** @type {any} */ event) => (typed.value = event.currentTarget.value)}
    /></label>
    <button
      type="button"
      class="unit"
      disabled=${disabled}
      onClick=${() => switchUnit(amount)}
      aria-label=${t("bid.unit", { unit: t(`unit.${unit.value}`) })}
    >
      ${t(`unit.${unit.value}`)} ⇄
    </button>
    <button
      type="button"
      class="step"
      disabled=${disabled || amount === null}
      aria-label=${t("bid.step_up")}
      onClick=${() => step(1)}
    >
      +
    </button>
  </div>`;
}

/** @param {number|null} lowest */
function chosen(lowest) {
  return typed.value === null ? lowest : parseAmount(typed.value, unit.value);
}

/** @param {number} amount */
function written(amount) {
  return (unit.value === "wan" ? wan(amount) : yuan(amount)).replaceAll(",", "");
}

/** @param {number|null} amount kept across the switch */
function switchUnit(amount) {
  unit.value = unit.value === "wan" ? "yuan" : "wan";
  if (typed.value !== null && amount !== null) typed.value = written(amount);
}

/**
 * Returns why the amount in the box would be refused, or null.
 * @param {number|null} amount
 * @param {number|null} lowest
 * @param {import("../wire.js").LotNotice} notice
 */
function unfitness(amount, lowest, notice) {
  if (lowest === null) return null;
  if (amount === null) return t("bid.not_an_amount");
  if (amount < lowest) return t("bid.below", { amount: yuan(lowest) });
  if (notice.cap_fen !== null && amount > notice.cap_fen)
    return t("bid.above", { amount: yuan(notice.cap_fen) });
  return null;
}

/**
 * Returns a warning for an amount between two steps. The server decides; a ladder of steps is not known here.
 * @param {number|null} amount
 * @param {import("../wire.js").LotState} state
 * @param {import("../wire.js").LotNotice} notice
 */
function offGrid(amount, state, notice) {
  if (amount === null || state.amount_min_fen === null) return null;
  const near = neighbours(amount, state.amount_min_fen, increment(state, notice));
  return near && t("bid.off_grid", { below: yuan(near.below), above: yuan(near.above) });
}

/** @param {number} rung @param {import("../wire.js").LotState} state @param {import("../wire.js").LotNotice} notice */
function rise(rung, state, notice) {
  const over = rung - (state.price_fen ?? notice.start_fen);
  return over ? `+${brief(over)}` : t("price.start");
}
