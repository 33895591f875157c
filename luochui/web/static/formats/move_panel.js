// The moves that a lot's format offers now, each with its form: for bidders, and for those who run the sale.
// @ts-check
import { useRef, useState } from "preact/hooks";
import { explain } from "../components/basics.js";
import { html } from "../html.js";
import { maybe, t, when } from "../i18n.js";
import { yuan } from "../money.js";
import { ownEnvelope, read, sendForm } from "./sending.js";

/** @typedef {import("./forms.js").Form} Form */
/** @typedef {import("./forms.js").Input} Input */
/** @typedef {import("../wire.js").LotState} LotState */

/**
 * @param {object} props
 * @param {string} props.lotId
 * @param {LotState} props.state
 * @param {Form[]} props.forms
 * @param {string} props.title
 * @param {string} [props.number]
 */
export function MovePanel({ lotId, state, forms, title, number = "" }) {
  // Kept here: a move that is done may take its own form away.
  const [answer, setAnswer] = useState(/** @type {{ kind: string, problem: any }|null} */ (null));
  const offered = forms.filter((form) => !form.when || form.when(state));
  if (!offered.length || state.result || state.status === "withdrawn") return null;
  return html`<section class="card moves" aria-label=${title}>
    <h2>${title}</h2>
    ${offered.map(
      (form) =>
        html`<${MoveForm} key=${form.kind} lotId=${lotId} state=${state} form=${form} number=${number} onAnswer=${setAnswer} />`,
    )}
    <div aria-live="polite">
      ${answer && html`<p class="answer ${answer.problem ? "bad" : "good"}" data-move=${answer.kind}><b>${maybe(`move.${answer.kind}`, answer.kind)}：${t(answer.problem ? "move.refused" : "move.done")}</b>${answer.problem && html` <span>${explain(answer.problem)}</span>`}</p>`}
    </div>
  </section>`;
}

/**
 * @param {object} props
 * @param {string} props.lotId
 * @param {LotState} props.state
 * @param {Form} props.form
 * @param {string} props.number
 * @param {(answer: { kind: string, problem: any }) => void} props.onAnswer
 */
function MoveForm({ lotId, state, form, number, onAnswer }) {
  const [typed, setTyped] = useState(/** @type {Record<string, string>} */ ({}));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false); // State is set later than a double click comes.
  const startOf = (/** @type {Input} */ input) => kept(lotId, form, input, state) ?? input.start?.(state) ?? "";
  const valueOf = (/** @type {Input} */ input) =>
    typed[input.name] ?? (input.type === "choice" ? (input.choices?.[0] ?? "") : startOf(input));

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    const values = Object.fromEntries(form.inputs.map((input) => [input.name, read(input, valueOf(input))]));
    if (sending.current || Object.values(values).includes(undefined)) return;
    sending.current = true;
    setBusy(true);
    const problem = await sendForm(lotId, form, values, state, number).then(
      () => null,
      (error) => error,
    );
    sending.current = false;
    setBusy(false);
    setTried(false);
    if (!problem) setTyped({});
    onAnswer({ kind: form.kind, problem });
  };
  return html`<form class="move" onSubmit=${submit} novalidate>
    ${form.inputs.map((input) => html`<${MoveField} key=${input.name} form=${form} input=${input} value=${valueOf(input)} wrong=${tried && read(input, valueOf(input)) === undefined} onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [input.name]: value })} />`)}
    <button type="submit" name=${form.kind} disabled=${busy || state.status !== "open"}>
      ${busy ? t("working") : maybe(`move.${form.kind}`, form.kind)}
    </button>
    <small>${maybe(`move_hint.${form.kind}`)}</small>
  </form>`;
}

/** @param {string} lotId @param {Form} form @param {Input} input @param {LotState} state */
function kept(lotId, form, input, state) {
  if (form.kind !== "open_envelope") return undefined;
  const own = ownEnvelope(lotId, state);
  return own ? (input.name === "nonce" ? own.nonce : (own.amount_fen / 100).toFixed(2)) : undefined;
}

/** @param {{ form: Form, input: Input, value: string, wrong: boolean, onInput: (value: string) => void }} props */
function MoveField({ form, input, value, wrong, onInput }) {
  const id = `${form.kind}-${input.name}`;
  const change = (/** @type {any} */ event) => onInput(event.target.value);
  return html`<p class="field">
    <label for=${id}>${maybe(`field_name.${input.name}`, input.name)}</label>
    ${
      input.type === "choice"
        ? html`<select id=${id} value=${value} onChange=${change}>
            ${input.choices?.map((one) => html`<option key=${one} value=${one}>${maybe(`choice.${one}`, one)}</option>`)}
          </select>`
        : html`<input
            id=${id}
            value=${value}
            onInput=${change}
            autocomplete="off"
            inputmode=${input.type === "text" ? "text" : "decimal"}
            aria-invalid=${wrong || undefined}
            aria-describedby=${wrong ? `${id}-error` : undefined}
          />`
    }
    ${wrong && html`<small class="error" id=${`${id}-error`}>${t("move.wrong")}</small>`}
  </p>`;
}

/** What only this format has to say of how the lot stands. @param {{ state: LotState }} props */
export function FormatFacts({ state }) {
  const facts = Object.entries(state.details ?? {}).filter(
    ([name, value]) => maybe(`detail.${name}`) && value !== null && value !== "",
  );
  if (!facts.length && !state.message) return null;
  return html`<section class="card format-facts" aria-label=${t("detail.title")}>
    ${state.message && html`<p class="room-message" role="status"><b>${t("detail.message")}</b> ${state.message.text} <small>${when("time", state.message.at_us)}</small></p>`}
    <dl class="pairs">
      ${facts.map(([name, value]) => html`<div key=${name}><dt>${maybe(`detail.${name}`)}</dt><dd>${shown(name, value)}</dd></div>`)}
    </dl>
  </section>`;
}

/** @param {string} name @param {any} value @returns {any} */
function shown(name, value) {
  if (Array.isArray(value)) {
    return value.length ? html`<ul>${value.map((one, index) => html`<li key=${index}>${shown("", one)}</li>`)}</ul>` : "—";
  }
  if (value !== null && typeof value === "object") {
    return Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => `${maybe(`field_name.${key}`, key)} ${shown(key, inner)}`)
      .join(" · ");
  }
  if (typeof value === "boolean") return t(value ? "detail.yes" : "detail.no");
  if (typeof value === "number" && name.endsWith("_fen")) return `¥${yuan(value)}`;
  if (typeof value === "number" && name.endsWith("_us")) return when("time", value);
  return maybe(`choice.${value}`, String(value));
}
