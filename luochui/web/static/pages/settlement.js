// The settlement desk: deposits, receipts, confirmation by a second person. No bids are shown here.
// @ts-check
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, Problem } from "../api.js";
import { Empty, Failure } from "../components/basics.js";
import { ConfirmDialog, ReceiptDialog } from "../components/receipt_dialog.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { say, t, when } from "../i18n.js";
import { yuan } from "../money.js";
import { loadLots, lots } from "../lots_model.js";
import { session } from "../session.js";

/** @typedef {import("../wire.js").Deposit} Deposit */

/** @typedef {{ awaiting: number, recorded: number, confirmed: number }} Counts */

const STATUSES = /** @type {const} */ (["awaiting", "recorded", "confirmed"]);
const REFRESH_MS = 10_000;
const PAGE = 50;
const TYPING_MS = 250;

const deposits = signal(/** @type {Deposit[]|null} */ (null));
const counts = signal(/** @type {Counts|null} */ (null));
/** Where the book goes on behind what is shown; null at its end. */
const next = signal(/** @type {string|null} */ (null));
const problem = signal(/** @type {Problem|null} */ (null));
const status = signal("");
const lot = signal("");
const search = signal("");
const dialog = signal(/** @type {{ kind: "receipt"|"confirm", id: string }|null} */ (null));
const done = signal("");
let asked = 0;

/** What is asked for, but for the page. */
function wish() {
  const fields = { status: status.value, lot_id: lot.value, words: search.value.trim() };
  return Object.entries(fields).filter(([, value]) => value);
}

/**
 * Reads the book from its beginning until as many are shown as before, or one page.
 * @param {number} wanted
 */
async function load(wanted = PAGE) {
  asked += 1;
  const mine = asked; // A slower answer to an older question must not replace a newer one.
  /** @type {Deposit[]} */
  let read = [];
  let after = /** @type {string|null} */ (null);
  try {
    do {
      const page = await get(`/deposits?${new URLSearchParams([...wish(), ...place(after)])}`);
      if (mine !== asked) return;
      counts.value = page.counts ?? counts.value;
      read = [...read, ...page.deposits];
      after = page.next;
    } while (after && read.length < wanted);
    deposits.value = read;
    next.value = after;
    problem.value = null;
  } catch (error) {
    if (mine === asked) problem.value = /** @type {Problem} */ (error);
  }
}

/** @param {string|null} after @returns {[string, string][]} */
function place(after) {
  return [["limit", String(PAGE)], ...(after ? [/** @type {[string, string]} */ (["after", after])] : [])];
}

const reload = () => load(Math.max(PAGE, deposits.value?.length ?? 0));
const more = () => load((deposits.value?.length ?? 0) + PAGE);

/** @param {Deposit} changed */
function take(changed) {
  const key = dialog.value?.kind === "confirm" ? "deposits.confirmed_now" : "deposits.recorded_now";
  done.value = t(key, { name: changed.bidder_name });
  dialog.value = null;
  void reload();
}

function Settlement() {
  useEffect(() => {
    void load();
    void loadLots();
    const timer = setInterval(() => document.hidden || dialog.value || void reload(), REFRESH_MS);
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
    ${problem.value && html`<${Failure} problem=${problem.value} onRetry=${() => void reload()} />`}
    <section class="card">
      ${deposits.value === null ? !problem.value && html`<p class="boot">${t("loading")}</p>` : html`<${Table} />`}
    </section>
    ${asked && dialog.value?.kind === "receipt" && html`<${ReceiptDialog} deposit=${asked} onDone=${take} onClose=${() => (dialog.value = null)} />`}
    ${asked && dialog.value?.kind === "confirm" && html`<${ConfirmDialog} deposit=${asked} onDone=${take} onClose=${() => (dialog.value = null)} />`}`;
}

/** @param {import("@preact/signals").Signal<string>} filter @param {string} value */
function choose(filter, value) {
  filter.value = value;
  void load();
}

let typing = 0;
/** @param {string} words */
function type(words) {
  search.value = words;
  clearTimeout(typing);
  typing = window.setTimeout(() => void load(), TYPING_MS);
}

function Filters() {
  const known = counts.value;
  const count = (/** @type {""|keyof Counts} */ wanted) =>
    known && (wanted ? known[wanted] : known.awaiting + known.recorded + known.confirmed);
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="chips" role="group" aria-label=${t("table.status")}>
      ${["", ...STATUSES].map(
        (wanted) =>
          html`<button
            type="button"
            key=${wanted}
            aria-pressed=${status.value === wanted}
            onClick=${() => choose(status, wanted)}
          >
            ${wanted ? t(`deposits.${/** @type {"awaiting"} */ (wanted)}`) : t("all")}
            <small>${count(wanted)}</small>
          </button>`,
      )}
    </div>
    <label
      >${t("table.lot")}<select onChange=${(/** @type {any} */ e) => choose(lot, e.currentTarget.value)}>
        <option value="">${t("all")}</option>
        ${(lots.value ?? []).map(({ notice }) => html`<option key=${notice.lot_id} value=${notice.lot_id} selected=${lot.value === notice.lot_id}>${say(notice.title)}</option>`)}
      </select></label
    >
    <label class="grow"
      >${t("deposits.search")}<input
        type="search"
        value=${search.value}
        maxlength="100"
        onInput=${(/** @type {any} */ e) => type(e.currentTarget.value)}
    /></label>
  </form>`;
}

function Table() {
  if (!deposits.value?.length) {
    return wish().length
      ? html`<${Empty} title=${t("deposits.not_found")} />`
      : html`<${Empty} title=${t("deposits.none")}>${t("deposits.none_hint")}<//>`;
  }
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
      ${deposits.value.map((deposit) => html`<${Row} key=${deposit.deposit_id} deposit=${deposit} />`)}
      </tbody>
    </table>
    ${next.value && html`<p class="more"><button onClick=${() => void more()}>${t("deposits.more")}</button></p>`}`;
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
