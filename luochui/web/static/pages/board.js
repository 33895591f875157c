// The big board: every lot that is bid for now, and what opens next.
// @ts-check
import { short } from "../amounts.js";
import { Empty, Failure } from "../components/basics.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { LotTile } from "../components/lot_tile.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { groupOf } from "../lot.js";
import { followLots, loadLots, lots, lotsProblem, soonestFirst } from "../lots_model.js";

const NEXT_MAX = 6;

function Board() {
  const cards = [...(lots.value ?? [])].sort(soonestFirst);
  const live = cards.filter(({ state }) => groupOf(state) === "live" || groupOf(state) === "paused");
  const next = cards.filter(({ state }) => groupOf(state) === "next").slice(0, NEXT_MAX);
  const sold = cards.filter(({ state }) => state.status === "sold");
  const total = sold.reduce((sum, { state }) => sum + BigInt(state.result?.price_fen ?? 0), 0n);
  return html`<${LinkBanner} />
    <div class="page-head">
      <div>
        <h1>${t("board.title")}</h1>
        <p class="muted">${t("board.sub")}</p>
      </div>
      <${LinkLight} />
    </div>
    ${lotsProblem.value && html`<${Failure} problem=${lotsProblem.value} onRetry=${() => void loadLots()} />`}
    <dl class="counters">
      <div>
        <dt>${t("board.live")}</dt>
        <dd>${live.length}</dd>
      </div>
      <div>
        <dt>${t("board.sold")}</dt>
        <dd>${sold.length}</dd>
      </div>
      <div>
        <dt>${t("board.turnover")}</dt>
        <dd>${short(total)}</dd>
      </div>
    </dl>
    ${
      lots.value !== null &&
      html`<section class="group">
          <h2 class="group-title live">${t("group.live")} <small>${live.length}</small></h2>
          ${live.length ? html`<div class="tiles big">${live.map(tile)}</div>` : html`<${Empty} title=${t("catalogue.none_live")} />`}
        </section>
        ${
          next.length > 0 &&
          html`<section class="group">
            <h2 class="group-title next">${t("group.next")} <small>${next.length}</small></h2>
            <div class="tiles">${next.map(tile)}</div>
          </section>`
        }`
    }`;
}

/** @param {import("../wire.js").LotCard} card */
function tile(card) {
  return html`<${LotTile}
    key=${card.notice.lot_id}
    card=${card}
    href=${`/watch/${encodeURIComponent(card.notice.lot_id)}`}
  />`;
}

followLots();
mount(Board, { title: "title.board" });
