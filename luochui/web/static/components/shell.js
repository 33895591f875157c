// What every page stands in: head with places, language, theme and account; the page; foot with the time.
// @ts-check
import { effect } from "@preact/signals";
import { render } from "preact";
import { now, startTicking } from "../clock.js";
import { html } from "../html.js";
import { choose, language, maybe, t, when } from "../i18n.js";
import { has, HOMES, loadSession, session, signInAddress, signOut } from "../session.js";
import { nextTheme, theme } from "../theme.js";

/** @typedef {import("../i18n.js").TextKey} TextKey */

/**
 * Draws `page` into the document.
 * @param {any} page component
 * @param {{ title: TextKey, needs?: import("../wire.js").Role, bare?: boolean }} options
 *   `needs`: the role without which the page is of no use; `bare`: no head and foot, for a hall's screen
 */
export function mount(page, { title, needs, bare = false }) {
  effect(() => {
    document.title = `${t(title)} · ${t("brand")}`;
  });
  startTicking();
  void loadSession();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  root.replaceChildren();
  render(html`<${Frame} page=${page} needs=${needs} bare=${bare} />`, root);
}

/** @param {{ page: any, needs?: import("../wire.js").Role, bare: boolean }} props */
function Frame({ page, needs, bare }) {
  const inside = html`<${Gate} page=${page} needs=${needs} />`;
  if (bare) return html`<main id="main" class="bare">${inside}</main>`;
  return html`<a class="skip" href="#main">${t("skip")}</a><${Head} />
    <main id="main" tabindex="-1">${inside}</main>
    <${Foot} />`;
}

/** Lets in who has the role; tells the others what to do. @param {{ page: any, needs?: import("../wire.js").Role }} props */
function Gate({ page: Page, needs }) {
  if (!needs || has(needs)) return html`<${Page} />`;
  if (session.value === undefined) return html`<p class="boot">${t("loading")}</p>`;
  const role = maybe(`role.${needs}`);
  return html`<section class="card notice-page">
    <h1>${session.value ? t("gate.other_role", { role }) : t("gate.sign_in", { role })}</h1>
    <p>${session.value ? t("gate.other_role_hint", { name: session.value.name }) : t("gate.sign_in_hint")}</p>
    <p class="row">
      ${
        session.value
          ? html`<button class="primary" onClick=${signOut}>${t("session.sign_out")}</button>`
          : html`<a class="button primary" href=${signInAddress()}>${t("session.sign_in")}</a>`
      } <a class="button" href="/">${t("nav.catalogue")}</a>
    </p>
  </section>`;
}

function Head() {
  return html`<header class="head">
    <div class="head-inner">
      <a class="brand" href="/"
        ><span class="seal" aria-hidden="true">落<br />槌</span
        ><span>${t("brand")}<small>${t("brand.sub")}</small></span></a
      >
      <nav aria-label=${t("nav.label")}><${Places} /></nav>
      <div class="tools">
        <button
          class="quiet"
          lang=${language.value === "zh" ? "en" : "zh-CN"}
          onClick=${() => choose(language.value === "zh" ? "en" : "zh")}
        >
          ${language.value === "zh" ? "English" : "中文"}
        </button>
        <button class="quiet" onClick=${nextTheme} title=${t("theme.hint")}>
          ${t(`theme.${theme.value}`)}
        </button>
        <${Account} />
      </div>
    </div>
  </header>`;
}

function Places() {
  const places = [
    ["/", "nav.catalogue"],
    ["/board", "nav.board"],
  ];
  for (const role of session.value?.roles ?? []) {
    if (HOMES[role] && HOMES[role] !== "/") places.push([HOMES[role], `nav.${role}`]);
  }
  return places.map(
    ([address, key]) =>
      html`<a key=${address} href=${address} aria-current=${isHere(address) ? "page" : undefined}
        >${maybe(key)}</a
      >`,
  );
}

/** @param {string} address */
function isHere(address) {
  return address === "/" ? location.pathname === "/" : location.pathname.startsWith(address);
}

function Account() {
  const known = session.value;
  if (known === undefined) return null;
  if (!known) {
    if (location.pathname === "/login") return null;
    return html`<a class="button primary small" href=${signInAddress()}>${t("session.sign_in")}</a>`;
  }
  return html`<span class="account"
      ><b>${known.name}</b><small>${known.roles.map((role) => maybe(`role.${role}`)).join(" ")}</small></span
    >
    <button class="quiet" onClick=${signOut}>${t("session.sign_out")}</button>`;
}

function Foot() {
  return html`<footer class="foot">
    <span>${t("foot.motto")}</span>
    <span>${t("foot.time")} <time>${when("time", Math.floor(now.value / 1_000_000) * 1_000_000)}</time></span>
  </footer>`;
}
