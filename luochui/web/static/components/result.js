// How the lot ended.
// @ts-check
import { short } from "../amounts.js";
import { html } from "../html.js";
import { maybe, t, when } from "../i18n.js";
import { capitals, premiumPercent, yuan } from "../money.js";

/** @param {{ state: import("../wire.js").LotState, notice: import("../wire.js").LotNotice, mine?: string|null }} props */
export function Result({ state, notice, mine = null }) {
  const result = state.result;
  if (!result) return null;
  const sold = result.outcome === "sold" && result.price_fen !== null;
  return html`<section class="card result ${sold ? "sold" : "unsold"}" aria-label=${t("result.label")}>
    <p class="stamp" aria-hidden="true">${t(sold ? "result.stamp_sold" : "result.stamp_unsold")}</p>
    <div>
      <h2>${t(sold ? "result.sold" : "result.unsold")}</h2>
      ${
        sold && result.price_fen !== null
          ? html`<p class="result-price">
                ¥${yuan(result.price_fen)} <small>${short(result.price_fen)}</small>
              </p>
              <p lang="zh-CN" class="muted">${capitals(result.price_fen)}</p>
              <p>
                ${t("result.winner", { number: result.winner ?? "—" })}${result.winner === mine && html` <b class="badge mine">${t("mine")}</b>`}
                ${" · "}${t("price.premium", { percent: premiumPercent(result.price_fen, notice.start_fen) })}
              </p>`
          : html`<p>${maybe(`outcome.${result.outcome}`, result.outcome)}</p>`
      }
      ${result.reserve_met !== null && html`<p>${t(result.reserve_met ? "reserve.met" : "reserve.not_met")}</p>`}
      <p class="muted">${t("result.at", { time: when("moment", result.at_us) })}</p>
    </div>
  </section>`;
}
