// The journal as a supervisor reads it: every command, who sent it, what came of it.
// @ts-check
import { html } from "../html.js";
import { maybe, t, when } from "../i18n.js";
import { yuan } from "../money.js";

/** @typedef {import("../wire.js").JournalEntry} JournalEntry */

/** @typedef {{ number: string, name: string, account: string }} Sender */

/**
 * @param {object} props
 * @param {JournalEntry[]} props.entries
 * @param {(entry: JournalEntry) => Sender} props.senderOf
 */
export function Journal({ entries, senderOf }) {
  return html`<table class="stack journal">
    <caption class="unseen">
      ${t("journal.title")}
    </caption>
    <thead>
      <tr>
        <th scope="col" class="num">${t("journal.entry")}</th>
        <th scope="col">${t("journal.arrived")}</th>
        <th scope="col">${t("journal.who")}</th>
        <th scope="col">${t("journal.command")}</th>
        <th scope="col">${t("journal.outcome")}</th>
      </tr>
    </thead>
    <tbody>
      ${entries.map((entry) => html`<${Row} key=${entry.entry} entry=${entry} sender=${senderOf(entry)} />`)}
    </tbody>
  </table>`;
}

/** @param {{ entry: JournalEntry, sender: Sender }} props */
function Row({ entry, sender }) {
  const { command, rejection } = entry;
  const amount = command.amount ?? command.amount_fen;
  return html`<tr class=${rejection ? "refused" : ""}>
    <td class="num" data-label=${t("journal.entry")}>
      <b>${entry.entry}</b><small>${t("journal.epoch", { n: entry.epoch })}</small>
    </td>
    <td data-label=${t("journal.arrived")}>
      <time>${when("moment", entry.arrived_at_us)}</time><small class="code">${entry.stream_id}</small>
    </td>
    <td data-label=${t("journal.who")}>
      ${sender.number && html`<b class="number">${sender.number}</b> `}${sender.name || t("journal.system")}${sender.account && html`<small class="code">${sender.account}</small>`}
    </td>
    <td data-label=${t("journal.command")}>
      <b>${maybe(`kind.${command.kind}`, command.kind)}</b
      >${typeof amount === "number" && html`<small>¥${yuan(amount)}</small>`}${command.reason && html`<small>${command.reason}</small>`}
    </td>
    <td data-label=${t("journal.outcome")}>
      ${
        rejection
          ? html`<span class="badge bad">✕ ${t("journal.refused")}</span
              ><small
                >${maybe(`code.${rejection.code}`, rejection.code)} <code>${rejection.code}</code></small
              >`
          : entry.events.map(
              (event, index) =>
                html`<span key=${index} class="badge ok"
                  >✓ ${maybe(`kind.${event.kind}`, event.kind)}</span
                > `,
            )
      }
      <details>
        <summary>${t("journal.raw")}</summary>
        <pre tabindex="0">${JSON.stringify(entry, null, 2)}</pre>
      </details>
    </td>
  </tr>`;
}

/** Returns which account holds which number, as the journal registered them. @param {JournalEntry[]} entries */
export function numbersIn(entries) {
  const registered = entries.filter(({ command }) => command.kind === "register_bidder");
  return new Map(registered.map(({ command }) => [command.bidder_id, command.number]));
}
