// A modal question. Esc and the cancel button close it, Enter confirms; nothing closes it while it works.
// @ts-check
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";

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
    if (busy || blocked) return;
    onConfirm();
    // What is wrong is drawn by now or never: the first of it is where to go on typing.
    setTimeout(() => {
      const wrong = box.current?.querySelector('[aria-invalid="true"]');
      /** @type {HTMLElement|null|undefined} */ (wrong)?.focus();
    });
  };
  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault(); // The page decides; it takes the dialog away by not drawing it.
    if (!busy) onClose();
  };
  /** The second click of a double click must not confirm what the first one asked. @param {MouseEvent} event */
  const click = (event) => {
    if (event.detail > 1) event.preventDefault();
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
