// A lot in a list: what it is, where it stands, how long it still runs.
// @ts-check
import { short } from "../amounts.js";
import { now } from "../clock.js";
import { html } from "../html.js";
import { maybe, say, t, when } from "../i18n.js";
import { clockOf, priceLabel } from "../lot.js";
import { yuan } from "../money.js";
import { ClassBadge, Countdown, DemoBadges, Premium, StatusBadge } from "./basics.js";

/** @param {{ card: import("../wire.js").LotCard, href: string }} props */
export function LotTile({ card: { notice, state }, href }) {
  const price = state.result?.price_fen ?? state.price_fen;
  return html`<article class="tile ${state.status}">
    <p class="badges"><${StatusBadge} state=${state} /><${ClassBadge} notice=${notice} /></p>
    <h3><a href=${href}>${say(notice.title)}</a></h3>
    <p class="muted">${say(notice.place)} · <code>${notice.lot_id}</code></p>
    <div class="tile-figures">
      <div>
        <small>${t(priceLabel(state))}</small>
        <b class="tile-price"><span class="flash" key=${price}>¥${yuan(price ?? notice.start_fen)}</span></b>
        <small
          >${short(price ?? notice.start_fen)}${price !== null && html` · <${Premium} price=${price} start=${notice.start_fen} />`}</small
        >
      </div>
      <${TileClock} notice=${notice} state=${state} />
    </div>
    <p class="badges"><${DemoBadges} notice=${notice} /></p>
  </article>`;
}

/** @param {import("../wire.js").LotCard} props */
function TileClock({ notice, state }) {
  const clock = clockOf(state, notice, now.peek());
  if (clock) {
    return html`<div class="tile-clock">
      <small>${t(clock.label)}</small><b><${Countdown} state=${state} notice=${notice} /></b>
      <small
        >${state.status === "announced" ? when("moment", notice.opens_at_us) : t("hero.bids", { n: state.bids })}</small
      >
    </div>`;
  }
  if (!state.result) return null;
  return html`<div class="tile-clock">
    <small>${t("tile.ended")}</small><b class="small">${when("moment", state.result.at_us)}</b>
    <small
      >${state.result.winner ? t("result.winner", { number: state.result.winner }) : maybe(`outcome.${state.result.outcome}`)}</small
    >
  </div>`;
}
