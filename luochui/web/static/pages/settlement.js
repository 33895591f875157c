// The settlement desk: deposits, receipts, confirmation by a second person. No bids are shown here.
// @ts-check
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, Problem } from "../api.js";
import { Empty, Failure } from "../components/basics.js";
import { ConfirmDialog, ReceiptDialog } from "../components/receipt_dialog.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { say, t, when } from "../i18n.js";
import { yuan } from "../money.js";
import { session } from "../session.js";

/** @typedef {import("../wire.js").Deposit} Deposit */

const STATUSES = /** @type {const} */ (["awaiting", "recorded", "confirmed"]);
const REFRESH_MS = 10_000;

const deposits = signal(/** @type {Deposit[]|null} */ (null));
const problem = signal(/** @type {Problem|null} */ (null));
const status = signal("");
const lot = signal("");
const search = signal("");
const dialog = signal(/** @type {{ kind: "receipt"|"confirm", id: string }|null} */ (null));
const done = signal("");

const found = computed(() => {
  const word = search.value.trim().toLowerCase();
  return (deposits.value ?? []).filter((deposit) => {
    const text = [
      deposit.bidder_name,
      deposit.account_no,
      ...deposit.receipts.flatMap((r) => [r.payer, r.bank_reference]),
    ]
      .join(" ")
      .toLowerCase();
    return (
      (!status.value || deposit.status === status.value) &&
      (!lot.value || deposit.lot_id === lot.value) &&
      text.includes(word)
    );
  });
});

async function load() {
  try {
    deposits.value = (await get("/deposits")).deposits;
    problem.value = null;
  } catch (error) {
    problem.value = /** @type {Problem} */ (error);
  }
}

/** @param {Deposit} changed */
function take(changed) {
  const key = dialog.value?.kind === "confirm" ? "deposits.confirmed_now" : "deposits.recorded_now";
  done.value = t(key, { name: changed.bidder_name });
  dialog.value = null;
  void load();
}

function Settlement() {
  useEffect(() => {
    void load();
    const timer = setInterval(() => document.hidden || dialog.value || void load(), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const asked = deposits.value?.find((deposit) => deposit.deposit_id === dialog.value?.id);
  return html`<div class="page-head">
      <div>
        <h1>${t("deposits.title")}</h1>
        <p class="muted">${t("deposits.sub")}</p>
      </div>
    </div>
    <${Filters} />
    <div aria-live="polite">${done.value && html`<p class="answer good"><b>✓ ${done.value}</b></p>`}</div>
    ${problem.value && html`<${Failure} problem=${problem.value} onRetry=${() => void load()} />`}
    <section class="card">
      ${deposits.value === null ? !problem.value && html`<p class="boot">${t("loading")}</p>` : html`<${Table} />`}
    </section>
    ${asked && dialog.value?.kind === "receipt" && html`<${ReceiptDialog} deposit=${asked} onDone=${take} onClose=${() => (dialog.value = null)} />`}
    ${asked && dialog.value?.kind === "confirm" && html`<${ConfirmDialog} deposit=${asked} onDone=${take} onClose=${() => (dialog.value = null)} />`}`;
}

function Filters() {
  const all = deposits.value ?? [];
  const lots = new Map(all.map((deposit) => [deposit.lot_id, say(deposit.lot_title)]));
  const count = (/** @type {string} */ wanted) =>
    all.filter((deposit) => !wanted || deposit.status === wanted).length;
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="chips" role="group" aria-label=${t("table.status")}>
      ${["", ...STATUSES].map(
        (wanted) =>
          html`<button
            type="button"
            key=${wanted}
            aria-pressed=${status.value === wanted}
            onClick=${() => (status.value = wanted)}
          >
            ${wanted ? t(`deposits.${/** @type {"awaiting"} */ (wanted)}`) : t("all")}
            <small>${count(wanted)}</small>
          </button>`,
      )}
    </div>
    <label
      >${t("table.lot")}<select onChange=${(/** @type {any} */ e) => (lot.value = e.currentTarget.value)}>
        <option value="">${t("all")}</option>
        ${[...lots].map(([id, title]) => html`<option key=${id} value=${id} selected=${lot.value === id}>${title}</option>`)}
      </select></label
    >
    <label class="grow"
      >${t("deposits.search")}<input
        type="search"
        value=${search.value}
        onInput=${(/** @type {any} */ e) => (search.value = e.currentTarget.value)}
    /></label>
  </form>`;
}

function Table() {
  if (!deposits.value?.length)
    return html`<${Empty} title=${t("deposits.none")}>${t("deposits.none_hint")}<//>`;
  if (!found.value.length) return html`<${Empty} title=${t("deposits.not_found")} />`;
  return html`<table class="stack">
    <caption class="unseen">
      ${t("deposits.title")}
    </caption>
    <thead>
      <tr>
        <th scope="col">${t("deposits.bidder")}</th>
        <th scope="col">${t("table.lot")}</th>
        <th scope="col" class="num">${t("deposit.due")}</th>
        <th scope="col" class="num">${t("deposit.received")}</th>
        <th scope="col">${t("table.status")}</th>
        <th scope="col"><span class="unseen">${t("table.actions")}</span></th>
      </tr>
    </thead>
    <tbody>
      ${found.value.map((deposit) => html`<${Row} key=${deposit.deposit_id} deposit=${deposit} />`)}
    </tbody>
  </table>`;
}

/** @param {{ deposit: Deposit }} props */
function Row({ deposit }) {
  return html`<tr>
    <td class="wide"><b>${deposit.bidder_name}</b><small class="code">${deposit.account_no}</small></td>
    <td data-label=${t("table.lot")}>
      ${say(deposit.lot_title)}<small
        >${t("deposits.due_at", { time: when("moment", deposit.due_at_us) })}</small
      >
    </td>
    <td class="num" data-label=${t("deposit.due")}>¥${yuan(deposit.due_fen)}</td>
    <td class="num" data-label=${t("deposit.received")}>¥${yuan(deposit.received_fen)}</td>
    <td data-label=${t("table.status")}>
      <span class="badge deposit-${deposit.status}">${t(`deposits.${deposit.status}`)}</span>
      ${deposit.receipts.map((receipt) => html`<small key=${receipt.receipt_id}>${t("receipt.short", { amount: yuan(receipt.amount_fen), who: receipt.recorded_by_name })}</small>`)}
      ${deposit.confirmed_by_name && html`<small>${t("deposits.confirmed_by", { who: deposit.confirmed_by_name })}</small>`}
    </td>
    <td class="end"><${Actions} deposit=${deposit} /></td>
  </tr>`;
}

/** @param {{ deposit: Deposit }} props */
function Actions({ deposit }) {
  if (deposit.status === "confirmed") return null;
  const open = (/** @type {"receipt"|"confirm"} */ kind) => {
    done.value = "";
    dialog.value = { kind, id: deposit.deposit_id };
  };
  const own = deposit.receipts.some((receipt) => receipt.recorded_by === session.value?.account_id);
  const why = deposit.status !== "recorded" ? "" : own ? t("deposits.own") : "";
  return html`<div class="row-actions">
    <button class="small" onClick=${() => open("receipt")}>
      ${t("receipt.record")}<span class="unseen"> ${deposit.bidder_name}</span>
    </button>
    ${deposit.status === "recorded" && html`<button class="small primary" disabled=${own} onClick=${() => open("confirm")}>${t("confirmation.confirm")}<span class="unseen"> ${deposit.bidder_name}</span></button>`}
    ${why && html`<small>${why}</small>`}
  </div>`;
}

mount(Settlement, { title: "title.settlement", needs: "settlement" });
