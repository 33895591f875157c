// The owner's own lots: state, result, premium.
// @ts-check
import { short } from "../amounts.js";
import { Empty, Failure } from "../components/basics.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { LotTable } from "../components/lot_table.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { followLots, loadLots, lots, lotsProblem, soonestFirst } from "../lots_model.js";
import { has, loadSession } from "../session.js";

const PATH = "/owner/lots";

function Owner() {
  const cards = [...(lots.value ?? [])].sort(soonestFirst);
  const sold = cards.filter(({ state }) => state.status === "sold");
  const total = sold.reduce((sum, { state }) => sum + BigInt(state.result?.price_fen ?? 0), 0n);
  return html`<${LinkBanner} />
    <div class="page-head">
      <div>
        <h1>${t("owner.title")}</h1>
        <p class="muted">${t("owner.sub")}</p>
      </div>
      <${LinkLight} />
    </div>
    ${lotsProblem.value && html`<${Failure} problem=${lotsProblem.value} onRetry=${() => void loadLots(PATH)} />`}
    <dl class="counters">
      <div>
        <dt>${t("owner.lots")}</dt>
        <dd>${cards.length}</dd>
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
    <section class="card">
      ${lots.value && !cards.length ? html`<${Empty} title=${t("owner.none")}>${t("owner.none_hint")}<//>` : html`<${LotTable} cards=${cards} caption=${t("owner.title")} action=${t("owner.view")} address=${(/** @type {string} */ id) => `/lots/${encodeURIComponent(id)}`} />`}
    </section>`;
}

void loadSession().then(() => {
  if (has("owner")) followLots(PATH);
});
mount(Owner, { title: "title.owner", needs: "owner" });
