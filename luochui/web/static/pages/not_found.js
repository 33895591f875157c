// No page has this address.
// @ts-check
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { t } from "../i18n.js";

function NotFound() {
  return html`<section class="card notice-page">
    <p class="huge" aria-hidden="true">404</p>
    <h1>${t("not_found.title")}</h1>
    <p>${t("not_found.hint", { path: location.pathname })}</p>
    <p class="row">
      <a class="button primary" href="/">${t("nav.catalogue")}</a
      ><button onClick=${() => history.back()}>${t("not_found.back")}</button>
    </p>
  </section>`;
}

mount(NotFound, { title: "title.not_found" });
