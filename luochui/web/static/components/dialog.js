// A modal question. Esc and the cancel button close it, Enter confirms; nothing closes it while it works.
// @ts-check
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";

/** The second click of a double click must not confirm what the first one asked. */
const SETTLING_MS = 400;
let nextId = 0;

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.confirm what the confirming button says
 * @param {() => void} props.onConfirm
 * @param {() => void} props.onClose
 * @param {boolean} [props.busy] the answer is on its way
 * @param {string|null} [props.blocked] why it cannot be confirmed now
 * @param {"danger"|"plain"} [props.tone]
 * @param {any} [props.children]
 */
export function Dialog({
  title,
  confirm,
  onConfirm,
  onClose,
  busy = false,
  blocked = null,
  tone = "plain",
  children,
}) {
  const box = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const id = useRef(`dialog-${(nextId += 1)}`).current;
  const openedAt = useRef(performance.now()).current;
  useEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (box.current);
    dialog.showModal();
    const first =
      dialog.querySelector("input, textarea, select") ?? dialog.querySelector("button[type=submit]");
    /** @type {HTMLElement|null} */ (first)?.focus();
    return () => dialog.close();
  }, []);
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (!busy && !blocked) onConfirm();
  };
  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault(); // The page decides; it takes the dialog away by not drawing it.
    if (!busy) onClose();
  };
  /** @param {MouseEvent} event `detail` counts clicks of a pointer; keys have none */
  const click = (event) => {
    if (event.detail && performance.now() - openedAt < SETTLING_MS) event.preventDefault();
  };
  /** @param {KeyboardEvent} event a key held down asks once */
  const key = (event) => {
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  };
  return html`<dialog ref=${box} class=${tone} aria-labelledby=${id} onCancel=${cancel}>
    <form onSubmit=${submit} onKeyDown=${key} novalidate>
      <h2 id=${id}>${title}</h2>
      ${children} ${blocked && html`<p class="blocked" role="alert">${blocked}</p>`}
      <div class="dialog-buttons">
        <button type="button" onClick=${cancel} disabled=${busy}>${t("cancel")}</button>
        <button type="submit" class="primary" disabled=${busy || blocked !== null} onClick=${click}>
          ${busy ? t("working") : confirm}
        </button>
      </div>
    </form>
  </dialog>`;
}

/**
 * A labelled input with its hint and its error.
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.name
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {string} [props.hint]
 * @param {string|null} [props.error]
 * @param {Record<string, any>} [props.input] further attributes
 */
export function Field({ label, name, value, onInput, hint, error, input = {} }) {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return html`<p class="field">
    <label for=${name}>${label}</label>
    <input
      id=${name}
      name=${name}
      value=${value}
      autocomplete="off"
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${described || undefined}
      onInput=${(/** @type {any} */ e) => onInput(e.currentTarget.value)}
      ...${input}
    />
    ${hint && html`<small id=${`${name}-hint`}>${hint}</small>`}
    ${error && html`<small class="error" id=${`${name}-error`}>${error}</small>`}
  </p>`;
}
