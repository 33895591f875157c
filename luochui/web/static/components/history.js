// The bids, newest first: numbers only, never names.
// @ts-check
import { short } from "../amounts.js";
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t, when } from "../i18n.js";
import { yuan } from "../money.js";
import { Empty } from "./basics.js";

const SHORT = 12;

/** @param {{ bids: import("../wire.js").LotEvent[], total: number, mine?: string|null, sold?: boolean }} props */
export function History({ bids, total, mine = null, sold = false }) {
  const [all, setAll] = useState(false);
  const newest = [...bids].reverse();
  const rows = all ? newest : newest.slice(0, SHORT);
  return html`<section class="card history">
    <h2>${t("history.title")} <small>${t("history.count", { n: total })}</small></h2>
    ${
      !rows.length
        ? html`<${Empty} title=${t("history.empty")} />`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">${t("history.number")}</th>
                <th scope="col" class="num">${t("history.amount")}</th>
                <th scope="col" class="num">${t("history.time")}</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (bid, index) =>
                  html`<tr
                    key=${bid.seq}
                    class=${`${index ? "" : "top"} ${bid.number === mine ? "own" : ""}`}
                  >
                    <td>
                      <b class="number">${bid.number}</b
                      >${index === 0 && html` <span class="badge leading">${t(sold ? "history.won" : "history.leading")}</span>`}${mine !== null && bid.number === mine && html` <span class="badge mine">${t("mine")}</span>`}
                    </td>
                    <td class="num">
                      ¥${yuan(bid.amount_fen ?? 0)} <small>${short(bid.amount_fen ?? 0)}</small>
                    </td>
                    <td class="num"><time>${when("exact", bid.at_us)}</time></td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${newest.length > SHORT && html`<button class="quiet" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? t("history.less") : t("history.more", { n: newest.length - SHORT })}</button>`}
  </section>`;
}
