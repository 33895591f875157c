// The auctioneer's buttons. Each says why it cannot be pressed; each that cannot be taken back asks first.
// @ts-check
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../api.js";
import { whyNot } from "../console_model.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { explain } from "./basics.js";
import { CommandDialog } from "./command_dialog.js";
import { callName } from "./interruption.js";

/** @typedef {import("../console_model.js").Action} Action */
/** @typedef {import("../console_model.js").Console} Console */

const KEYS = /** @type {Record<string, Action>} */ ({
  c: "call",
  h: "hammer",
  p: "pause",
  r: "resume",
  e: "extend",
  w: "withdraw",
});
const ORDER = /** @type {Action[]} */ (Object.values(KEYS));
const STORED = "luochui.shortcuts";

/** @param {{ desk: Console }} props */
export function CommandBar({ desk }) {
  const [asked, setAsked] = useState(/** @type {Action|null} */ (null));
  const [answer, setAnswer] = useState(/** @type {{ action: Action, problem: Problem|null }|null} */ (null));
  const [busy, setBusy] = useState(false);
  const sending = useRef(false); // State is set later than a double click comes.
  const [keysOn, setKeysOn] = useState(localStorage.getItem(STORED) !== "off");
  const state = desk.feed.state.value;
  const view = desk.view.value;

  /** @param {Action} action @param {object} [body] */
  const send = async (action, body) => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    const problem = await desk.send(action, body).then(
      () => null,
      (error) => error,
    );
    sending.current = false;
    setBusy(false);
    setAsked(null);
    setAnswer({ action, problem });
  };
  /** @param {Action} action */
  const start = (action) => {
    if (!state || !view || whyNot(action, state, view)) return;
    if (action === "call")
      void send("call"); // A call takes nothing away: the next bid cancels it.
    else setAsked(action);
  };
  useEffect(() => {
    if (!keysOn) return undefined;
    /** @param {KeyboardEvent} event */
    const listen = (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog"))
        return;
      const action = KEYS[event.key.toLowerCase()];
      if (action) start(action);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  });
  if (!state || !view) return null;
  return html`<section class="card commands" aria-label=${t("command.label")}>
    <div class="command-grid">
      ${ORDER.map((action) => {
        const why = whyNot(action, state, view);
        return html`<div key=${action} class="command ${action}">
          <button
            class=${action === "hammer" ? "primary" : ""}
            disabled=${why !== null || busy}
            aria-describedby=${why ? `why-${action}` : undefined}
            onClick=${() => start(action)}
          >
            ${action === "call" ? callName(state.calls + 1, view.calls_needed) : t(`command.${action}`)}
            ${keysOn && html`<kbd>${keyOf(action)}</kbd>`}
          </button>
          <small id=${`why-${action}`}
            >${why ? t(`command.why_${why}`) : t(`command.${action}_hint`, { n: state.calls, needed: view.calls_needed ?? 0 })}</small
          >
        </div>`;
      })}
    </div>
    <div aria-live="assertive">
      ${
        answer &&
        html`<p class="answer ${answer.problem ? "bad" : "good"}">
          <b
            >${t(`command.${answer.action}`)}：${answer.problem ? t("command.refused") : t("command.done")}</b
          >
          ${answer.problem && html`<span>${explain(answer.problem)}</span>`}
        </p>`
      }
    </div>
    <p class="shortcut-switch">
      <label
        ><input type="checkbox" checked=${keysOn} onChange=${() => toggle(keysOn, setKeysOn)} />
        ${t("command.shortcuts")}</label
      >
    </p>
    ${asked && html`<${CommandDialog} action=${asked} state=${state} view=${view} busy=${busy} onClose=${() => setAsked(null)} onConfirm=${(/** @type {object} */ body) => void send(asked, body)} />`}
  </section>`;
}

/** @param {Action} action */
function keyOf(action) {
  return Object.entries(KEYS)
    .find(([, named]) => named === action)?.[0]
    .toUpperCase();
}

/** @param {boolean} on @param {(on: boolean) => void} set */
function toggle(on, set) {
  localStorage.setItem(STORED, on ? "off" : "on");
  set(!on);
}
