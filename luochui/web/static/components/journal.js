// The journal as a supervisor reads it: every command, who sent it, what came of it.
// @ts-check
import { html } from "../html.js";
import { maybe, t, when } from "../i18n.js";
import { yuan } from "../money.js";

/** @typedef {import("../wire.js").JournalEntry} JournalEntry */

/** Where a command's sender stands, whatever kind of command it is. */
const SENDERS = ["number", "bidder", "bidder_id", "auctioneer_id", "actor_id", "actor", "by", "account_id"];

/** @param {{ entries: JournalEntry[] }} props */
export function Journal({ entries }) {
  return html`<table class="stack journal"><caption class="unseen">${t("journal.title")}</caption><thead><tr><th scope="col" class="num">${t("journal.entry")}</th><th scope="col">${t("journal.arrived")}</th>
    <th scope="col">${t("journal.who")}</th><th scope="col">${t("journal.command")}</th><th scope="col">${t("journal.outcome")}</th></tr></thead>
    <tbody>${entries.map((entry) => html`<${Row} key=${entry.entry} entry=${entry} />`)}</tbody></table>`;
}

/** @param {{ entry: JournalEntry }} props */
function Row({ entry }) {
  const { command, rejection } = entry;
  const amount = command.amount ?? command.amount_fen;
  return html`<tr class=${rejection ? "refused" : ""}><td class="num" data-label=${t("journal.entry")}><b>${entry.entry}</b><small>${t("journal.epoch", { n: entry.epoch })}</small></td>
    <td data-label=${t("journal.arrived")}><time>${when("moment", entry.arrived_at_us)}</time><small class="code">${entry.stream_id}</small></td>
    <td data-label=${t("journal.who")}>${senderOf(entry)}</td>
    <td data-label=${t("journal.command")}><b>${maybe(`kind.${command.kind}`, command.kind)}</b>${typeof amount === "number" && html`<small>¥${yuan(amount)}</small>`}${command.reason && html`<small>${command.reason}</small>`}</td>
    <td data-label=${t("journal.outcome")}>${rejection
      ? html`<span class="badge bad">✕ ${t("journal.refused")}</span><small>${maybe(`code.${rejection.code}`, rejection.code)} <code>${rejection.code}</code></small>`
      : entry.events.map((event, index) => html`<span key=${index} class="badge ok">✓ ${maybe(`kind.${event.kind}`, event.kind)}</span> `)}
      <details><summary>${t("journal.raw")}</summary><pre tabindex="0">${JSON.stringify(entry, null, 2)}</pre></details></td></tr>`;
}

/** @param {JournalEntry} entry */
export function senderOf({ command, events }) {
  for (const source of [command, ...events]) {
    const name = SENDERS.find((candidate) => typeof source[candidate] === "string");
    if (name) return source[name];
  }
  return t("journal.system");
}
