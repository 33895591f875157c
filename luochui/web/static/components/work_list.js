// A page that lists the lots for one kind of work.
// @ts-check
import { html } from "../html.js";
import { t } from "../i18n.js";
import { groupOf } from "../lot.js";
import { followLots, loadLots, lots, lotsProblem, soonestFirst } from "../lots_model.js";
import { Empty, Failure } from "./basics.js";
import { LinkBanner, LinkLight } from "./link.js";
import { LotTable } from "./lot_table.js";
import { mount } from "./shell.js";

const ORDER = ["live", "paused", "next", "finished"];

/**
 * Mounts the list; `work` is also the folder of the lots' own pages.
 * @param {"console"|"supervision"} work
 * @param {import("../wire.js").Role} role
 */
export function mountWorkList(work, role) {
  const WorkList = () => {
    const cards = [...(lots.value ?? [])].sort(
      (a, b) => ORDER.indexOf(groupOf(a.state)) - ORDER.indexOf(groupOf(b.state)) || soonestFirst(a, b),
    );
    const address = (/** @type {string} */ lotId) => `/${work}/${encodeURIComponent(lotId)}`;
    return html`<${LinkBanner} />
      <div class="page-head">
        <div>
          <h1>${t(`${work}.title`)}</h1>
          <p class="muted">${t(`${work}.sub`)}</p>
        </div>
        <${LinkLight} />
      </div>
      ${lotsProblem.value && html`<${Failure} problem=${lotsProblem.value} onRetry=${() => void loadLots()} />`}
      <section class="card">
        ${
          lots.value && !cards.length
            ? html`<${Empty} title=${t("catalogue.none")} />`
            : html`<${LotTable}
                cards=${cards}
                caption=${t(`${work}.title`)}
                action=${t(`${work}.open`)}
                address=${address}
              />`
        }
      </section>`;
  };
  followLots();
  mount(WorkList, { title: `title.${work}`, needs: role });
}
