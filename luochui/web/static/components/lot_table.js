// The lots as a table, for those who work with them.
// @ts-check
import { short } from "../amounts.js";
import { html } from "../html.js";
import { maybe, say, t } from "../i18n.js";
import { clockOf } from "../lot.js";
import { now } from "../clock.js";
import { premiumPercent, yuan } from "../money.js";
import { Countdown, StatusBadge } from "./basics.js";

/** @typedef {import("../wire.js").LotCard} LotCard */

/** @param {{ cards: LotCard[], address: (lotId: string) => string, action: string, caption: string }} props */
export function LotTable({ cards, address, action, caption }) {
  return html`<table class="stack">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">${t("table.lot")}</th>
        <th scope="col">${t("table.status")}</th>
        <th scope="col" class="num">${t("table.price")}</th>
        <th scope="col" class="num">${t("table.premium")}</th>
        <th scope="col" class="num">${t("table.bids")}</th>
        <th scope="col" class="num">${t("table.left")}</th>
        <th scope="col"><span class="unseen">${action}</span></th>
      </tr>
    </thead>
    <tbody>
      ${cards.map((card) => html`<${Row} key=${card.notice.lot_id} card=${card} href=${address(card.notice.lot_id)} action=${action} />`)}
    </tbody>
  </table>`;
}

/** @param {{ card: LotCard, href: string, action: string }} props */
function Row({ card: { notice, state }, href, action }) {
  const price = state.result?.price_fen ?? state.price_fen;
  const unsold =
    state.result && state.result.outcome !== "sold" ? maybe(`outcome.${state.result.outcome}`) : "";
  return html`<tr>
    <td class="wide">
      <a href=${href}><b>${say(notice.title)}</b></a
      ><small><code>${notice.lot_id}</code> · ${say(notice.place)}</small>
    </td>
    <td data-label=${t("table.status")}>
      <${StatusBadge} state=${state} />${unsold && html`<small>${unsold}</small>`}
    </td>
    <td class="num" data-label=${t("table.price")}>
      ${price === null ? html`<span class="muted">${t("table.no_bid")}</span>` : html`¥${yuan(price)}<small>${short(price)}</small>`}
    </td>
    <td class="num" data-label=${t("table.premium")}>
      ${price === null ? "—" : `${premiumPercent(price, notice.start_fen)}%`}
    </td>
    <td class="num" data-label=${t("table.bids")}>${state.bids}</td>
    <td class="num" data-label=${t("table.left")}>
      ${clockOf(state, notice, now.peek()) ? html`<${Countdown} state=${state} notice=${notice} />` : "—"}
    </td>
    <td class="end">
      <a class="button small" href=${href}>${action}<span class="unseen"> ${say(notice.title)}</span></a>
    </td>
  </tr>`;
}
