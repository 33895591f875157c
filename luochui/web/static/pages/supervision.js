// A supervisor's view of one lot: the whole journal, filtered, and the independent recomputation.
// @ts-check
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { lotIdHere } from "../address.js";
import { get, lotPath, Problem } from "../api.js";
import { Empty, Failure, StatusBadge } from "../components/basics.js";
import { Journal, senderOf } from "../components/journal.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { maybe, say, t } from "../i18n.js";

/** @typedef {import("../wire.js").JournalEntry} JournalEntry */

const PAGE = 200;
const LOT = lotPath(lotIdHere());

const card = signal(/** @type {import("../wire.js").LotCard|null} */ (null));
const entries = signal(/** @type {JournalEntry[]} */ ([]));
const lastEntry = signal(0);
const check = signal(/** @type {import("../wire.js").Verification|null} */ (null));
const problem = signal(/** @type {Problem|null} */ (null));
const busy = signal(false);
const outcome = signal("");
const kind = signal("");
const who = signal("");

const found = computed(() =>
  entries.value.filter((entry) => {
    const fits = !outcome.value || (outcome.value === "refused") === Boolean(entry.rejection);
    return fits && (!kind.value || entry.command.kind === kind.value) && senderOf(entry).toLowerCase().includes(who.value.trim().toLowerCase());
  }),
);

/** Reads on from where the page stands. */
async function more() {
  busy.value = true;
  try {
    const after = entries.value.at(-1)?.entry ?? 0;
    const page = await get(`/supervision${LOT}/journal?after=${after}&limit=${PAGE}`);
    entries.value = [...entries.value, ...page.entries];
    lastEntry.value = page.last_entry;
    problem.value = null;
  } catch (error) {
    problem.value = /** @type {Problem} */ (error);
  }
  busy.value = false;
}

async function verify() {
  check.value = null;
  try {
    check.value = await get(`/supervision${LOT}/verification`);
  } catch (error) {
    problem.value = /** @type {Problem} */ (error);
  }
}

function Supervision() {
  useEffect(() => {
    get(LOT).then(
      (known) => (card.value = known),
      (error) => (problem.value = error),
    );
    void more();
    void verify();
  }, []);
  const known = card.value;
  return html`<div class="lot-head">${known && html`<p class="badges"><${StatusBadge} state=${known.state} /><code>${known.notice.lot_id}</code></p>`}
      <h1>${known ? say(known.notice.title) : t("supervision.title")}</h1><p class="muted">${t("supervision.readonly")} · <a href="/supervision">${t("console.all")}</a></p></div>
    ${problem.value && html`<${Failure} problem=${problem.value} onRetry=${() => void more()} />`}
    <${Verdict} />
    <${Filters} />
    <section class="card"><h2>${t("journal.title")} <small>${t("journal.count", { n: found.value.length, total: lastEntry.value })}</small></h2>
      ${found.value.length ? html`<${Journal} entries=${found.value} />` : html`<${Empty} title=${t(entries.value.length ? "journal.not_found" : "journal.none")} />`}
      <p class="row"><button disabled=${busy.value} onClick=${() => void more()}>${t((entries.value.at(-1)?.entry ?? 0) < lastEntry.value ? "journal.more" : "journal.newer")}</button></p></section>`;
}

/** What the independent recomputation says. */
function Verdict() {
  const result = check.value;
  if (!result) return html`<section class="card verdict"><p>${t("verdict.working")}</p></section>`;
  return html`<section class="card verdict ${result.agrees ? "good" : "bad"}" role="status"><h2><i aria-hidden="true">${result.agrees ? "✓" : "✕"}</i> ${t(result.agrees ? "verdict.agrees" : "verdict.differs")}</h2>
    <p>${t("verdict.about", { n: result.entries })}</p>
    <details><summary>${t("verdict.figures")}</summary><div class="compare"><div><h3>${t("verdict.recorded")}</h3><pre tabindex="0">${JSON.stringify(result.recorded, null, 2)}</pre></div><div><h3>${t("verdict.recomputed")}</h3><pre tabindex="0">${JSON.stringify(result.recomputed, null, 2)}</pre></div></div></details>
    <p><button class="small" onClick=${() => void verify()}>${t("verdict.again")}</button></p></section>`;
}

function Filters() {
  const kinds = [...new Set(entries.value.map((entry) => entry.command.kind))];
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <label>${t("journal.outcome")}<select onChange=${(/** @type {any} */ e) => (outcome.value = e.currentTarget.value)}><option value="">${t("all")}</option><option value="accepted">${t("journal.accepted")}</option><option value="refused">${t("journal.refused")}</option></select></label>
    <label>${t("journal.command")}<select onChange=${(/** @type {any} */ e) => (kind.value = e.currentTarget.value)}><option value="">${t("all")}</option>${kinds.map((name) => html`<option key=${name} value=${name}>${maybe(`kind.${name}`, name)}</option>`)}</select></label>
    <label class="grow">${t("journal.who")}<input type="search" value=${who.value} onInput=${(/** @type {any} */ e) => (who.value = e.currentTarget.value)} /></label></form>`;
}

mount(Supervision, { title: "title.supervision", needs: "supervisor" });
