// A supervisor's view of one lot: the whole journal, filtered, and the independent recomputation.
// @ts-check
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { lotIdHere } from "../address.js";
import { get, lotPath, Problem } from "../api.js";
import { Empty, Failure, StatusBadge } from "../components/basics.js";
import { Journal, numbersIn } from "../components/journal.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { maybe, say, t } from "../i18n.js";

/** @typedef {import("../wire.js").JournalEntry} JournalEntry */

const PAGE = 200;
const LOT = lotPath(lotIdHere());

const card = signal(/** @type {import("../wire.js").LotCard|null} */ (null));
const entries = signal(/** @type {JournalEntry[]} */ ([]));
/** Names behind the accounts. */
const people = signal(/** @type {Record<string, string>} */ ({}));
/** Whether the last page read was full, so that more may follow. */
const isFull = signal(false);
const check = signal(/** @type {import("../wire.js").Verification|null} */ (null));
const problem = signal(/** @type {Problem|null} */ (null));
const busy = signal(false);
const outcome = signal("");
const kind = signal("");
const who = signal("");

const numbers = computed(() => numbersIn(entries.value));
const found = computed(() =>
  entries.value.filter((entry) => {
    const fits = !outcome.value || (outcome.value === "refused") === Boolean(entry.rejection);
    return (
      fits &&
      (!kind.value || entry.command.kind === kind.value) &&
      Object.values(senderOf(entry)).join(" ").toLowerCase().includes(who.value.trim().toLowerCase())
    );
  }),
);

/**
 * Returns who sent an entry; all empty for the engine itself.
 * @param {JournalEntry} entry
 */
function senderOf({ command }) {
  const account = command.actor ?? "";
  return { number: numbers.value.get(account) ?? "", name: people.value[account] ?? account, account };
}

/** Reads on from where the page stands. */
async function more() {
  busy.value = true;
  try {
    const after = entries.value.at(-1)?.entry ?? 0;
    const page = await get(`/supervision${LOT}/journal?after=${after}&limit=${PAGE}`);
    entries.value = [...entries.value, ...page.entries];
    people.value = { ...people.value, ...page.people };
    isFull.value = page.entries.length === PAGE;
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
  return html`<div class="lot-head">
      ${known && html`<p class="badges"><${StatusBadge} state=${known.state} /><code>${known.notice.lot_id}</code></p>`}
      <h1>${known ? say(known.notice.title) : t("supervision.title")}</h1>
      <p class="muted">${t("supervision.readonly")} · <a href="/supervision">${t("console.all")}</a></p>
    </div>
    ${problem.value && html`<${Failure} problem=${problem.value} onRetry=${() => void more()} />`}
    <${Verdict} />
    <${Filters} />
    <section class="card">
      <h2>
        ${t("journal.title")}${" "}
        <small>${t("journal.count", { n: found.value.length, total: entries.value.length })}</small>
      </h2>
      ${found.value.length ? html`<${Journal} entries=${found.value} senderOf=${senderOf} />` : html`<${Empty} title=${t(entries.value.length ? "journal.not_found" : "journal.none")} />`}
      <p class="row">
        <button disabled=${busy.value} onClick=${() => void more()}>
          ${t(isFull.value ? "journal.more" : "journal.newer")}
        </button>
      </p>
    </section>`;
}

/** What the independent recomputation says. */
function Verdict() {
  const result = check.value;
  if (!result) return html`<section class="card verdict"><p>${t("verdict.working")}</p></section>`;
  return html`<section class="card verdict ${result.agrees ? "good" : "bad"}" role="status">
    <h2>
      <i aria-hidden="true">${result.agrees ? "✓" : "✕"}</i>
      ${" "}${t(result.agrees ? "verdict.agrees" : "verdict.differs")}
    </h2>
    <p>${t("verdict.about", { n: result.entries })}</p>
    ${
      result.differences.length > 0 &&
      html`<h3>${t("verdict.differences")}</h3>
        <ul>
          ${result.differences.map((one) => html`<li key=${one}>${one}</li>`)}
        </ul>`
    }
    <details>
      <summary>${t("verdict.figures")}</summary>
      <div class="compare">
        <div>
          <h3>${t("verdict.recorded")}</h3>
          <pre tabindex="0">${JSON.stringify(result.recorded, null, 2)}</pre>
        </div>
        <div>
          <h3>${t("verdict.recomputed")}</h3>
          <pre tabindex="0">${JSON.stringify(result.recomputed, null, 2)}</pre>
        </div>
      </div>
    </details>
    <p><button class="small" onClick=${() => void verify()}>${t("verdict.again")}</button></p>
  </section>`;
}

function Filters() {
  const kinds = [...new Set(entries.value.map((entry) => entry.command.kind))];
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <label
      >${t("journal.outcome")}<select
        onChange=${(/** @type {any} */ e) => (outcome.value = e.currentTarget.value)}
      >
        <option value="">${t("all")}</option>
        <option value="accepted">${t("journal.accepted")}</option>
        <option value="refused">${t("journal.refused")}</option>
      </select></label
    >
    <label
      >${t("journal.command")}<select
        onChange=${(/** @type {any} */ e) => (kind.value = e.currentTarget.value)}
      >
        <option value="">${t("all")}</option>
        ${kinds.map((name) => html`<option key=${name} value=${name}>${maybe(`kind.${name}`, name)}</option>`)}
      </select></label
    >
    <label class="grow"
      >${t("journal.who")}<input
        type="search"
        value=${who.value}
        onInput=${(/** @type {any} */ e) => (who.value = e.currentTarget.value)}
    /></label>
  </form>`;
}

mount(Supervision, { title: "title.supervision", needs: "supervisor" });
