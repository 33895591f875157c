// The catalogue: every lot, the live ones first, with search and filters.
// @ts-check
import { computed, signal } from "@preact/signals";
import { Empty, Failure } from "../components/basics.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { LotTile } from "../components/lot_tile.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { maybe, say, t } from "../i18n.js";
import { groupOf } from "../lot.js";
import { followLots, loadLots, lots, lotsProblem, soonestFirst } from "../lots_model.js";

const GROUPS = /** @type {const} */ (["live", "paused", "next", "finished"]);

const search = signal("");
const assetClass = signal("");
const place = signal("");

const found = computed(() => {
  const words = search.value.trim().toLowerCase().split(/\s+/);
  return (lots.value ?? []).filter(({ notice }) => {
    const text = [
      notice.lot_id,
      notice.title.zh,
      notice.title.en,
      notice.seller.zh,
      notice.seller.en,
      notice.place.zh,
      notice.place.en,
    ]
      .join(" ")
      .toLowerCase();
    const fits = words.every((word) => text.includes(word));
    return (
      fits &&
      (!assetClass.value || notice.asset_class === assetClass.value) &&
      (!place.value || notice.place.zh === place.value)
    );
  });
});

function Catalogue() {
  return html`<${LinkBanner} />
    <div class="page-head">
      <div>
        <h1>${t("catalogue.title")}</h1>
        <p class="muted">${t("catalogue.sub")}</p>
      </div>
      <${LinkLight} />
    </div>
    <${Filters} />
    ${lotsProblem.value && html`<${Failure} problem=${lotsProblem.value} onRetry=${() => void loadLots()} />`}
    ${lots.value === null ? !lotsProblem.value && html`<p class="boot">${t("loading")}</p>` : html`<${Groups} />`}`;
}

function Filters() {
  const all = lots.value ?? [];
  const classes = [...new Set(all.map(({ notice }) => notice.asset_class))];
  const places = new Map(all.map(({ notice }) => [notice.place.zh, say(notice.place)]));
  return html`<form
    class="filters"
    role="search"
    onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}
  >
    <label class="grow"
      >${t("catalogue.search")}<input
        type="search"
        value=${search.value}
        placeholder=${t("catalogue.search_hint")}
        onInput=${(/** @type {any} */ e) => (search.value = e.currentTarget.value)}
    /></label>
    <label
      >${t("catalogue.class")}<select
        onChange=${(/** @type {any} */ e) => (assetClass.value = e.currentTarget.value)}
      >
        <option value="">${t("all")}</option>
        ${classes.map((name) => html`<option key=${name} value=${name} selected=${assetClass.value === name}>${maybe(`class.${name}`, name)}</option>`)}
      </select></label
    >
    <label
      >${t("catalogue.place")}<select
        onChange=${(/** @type {any} */ e) => (place.value = e.currentTarget.value)}
      >
        <option value="">${t("all")}</option>
        ${[...places].map(([zh, words]) => html`<option key=${zh} value=${zh} selected=${place.value === zh}>${words}</option>`)}
      </select></label
    >
  </form>`;
}

function Groups() {
  if (!lots.value?.length)
    return html`<${Empty} title=${t("catalogue.none")}>${t("catalogue.none_hint")}<//>`;
  if (!found.value.length) {
    return html`<${Empty} title=${t("catalogue.not_found")}
      ><button onClick=${clear}>${t("catalogue.clear")}</button><//
    >`;
  }
  return GROUPS.map((group) => {
    const cards = found.value.filter(({ state }) => groupOf(state) === group).sort(soonestFirst);
    if (!cards.length && group !== "live") return null;
    return html`<section key=${group} class="group" aria-labelledby=${`group-${group}`}>
      <h2 id=${`group-${group}`} class="group-title ${group}">
        ${t(`group.${group}`)} <small>${cards.length}</small>
      </h2>
      ${
        cards.length
          ? html`<div class="tiles">
              ${cards.map((card) => html`<${LotTile} key=${card.notice.lot_id} card=${card} href=${`/lots/${encodeURIComponent(card.notice.lot_id)}`} />`)}
            </div>`
          : html`<p class="muted quiet-empty">${t("catalogue.none_live")}</p>`
      }
    </section>`;
  });
}

function clear() {
  search.value = assetClass.value = place.value = "";
}

followLots();
mount(Catalogue, { title: "title.catalogue" });
