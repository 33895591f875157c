// Signing in; ?next= says where to go afterwards.
// @ts-check
import { useState } from "preact/hooks";
import { post, Problem } from "../api.js";
import { Failure } from "../components/basics.js";
import { Field } from "../components/dialog.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { afterSignIn, session } from "../session.js";

const next = new URLSearchParams(location.search).get("next");

function Login() {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem|null} */ (null));
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const { roles } = await post("/session", { login: login.trim(), password });
      location.assign(afterSignIn(next, roles));
    } catch (error) {
      setProblem(/** @type {Problem} */ (error));
      setBusy(false);
    }
  };
  return html`<section class="card login">
    <span class="seal large" aria-hidden="true">落<br />槌</span>
    <h1>${t("login.title")}</h1>
    <p class="muted">${t("login.sub")}</p>
    ${session.value && html`<p class="banner">${t("login.already", { name: session.value.name })} <a href=${afterSignIn(next, session.value.roles)}>${t("login.go_on")}</a></p>`}
    <form onSubmit=${submit}>
      <${Field}
        label=${t("login.name")}
        name="login"
        value=${login}
        onInput=${setLogin}
        input=${{ autocomplete: "username", required: true, autofocus: true, autocapitalize: "none", spellcheck: false }}
      />
      <${Field}
        label=${t("login.password")}
        name="password"
        value=${password}
        onInput=${setPassword}
        input=${{ type: "password", autocomplete: "current-password", required: true }}
      />
      ${problem && html`<${Failure} problem=${problem} />`}
      <button class="primary" disabled=${busy || !login || !password}>
        ${busy ? t("working") : t("session.sign_in")}
      </button>
    </form>
    <p class="muted">${t("login.observer")} <a href="/">${t("nav.catalogue")}</a></p>
  </section>`;
}

mount(Login, { title: "title.login" });
