// A filled form's way to the server: what was typed becomes a body, and is sent once.
// @ts-check
import { lotPath, newId, postOnce } from "../api.js";
import { parseAmount } from "../money.js";

/** @typedef {import("./forms.js").Form} Form */
/** @typedef {import("./forms.js").Input} Input */
/** @typedef {import("../wire.js").LotState} LotState */

/** @param {string} typed */
const wholes = (typed) => typed.trim().split(/[\s,，]+/).filter(Boolean);

/**
 * Returns the value that was typed, or undefined if it is none.
 * @param {Input} input
 * @param {string} typed
 * @returns {any}
 */
export function read(input, typed) {
  const trimmed = typed.trim();
  if (input.optional && !trimmed) return input.type === "text" ? "" : [];
  switch (input.type) {
    case "money":
      return fen(trimmed);
    case "whole":
      return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
    case "moneys":
      return all(wholes(trimmed).map(fen));
    case "wholes":
      return all(wholes(trimmed).map((one) => (/^\d{1,15}$/.test(one) ? Number(one) : undefined)));
    default:
      return trimmed || undefined;
  }
}

/** @param {string} typed */
function fen(typed) {
  const found = parseAmount(typed, "yuan");
  return typeof found === "number" ? found : undefined;
}

/** @param {any[]} values */
const all = (values) => (values.length && values.every((one) => one !== undefined) ? values : undefined);

/** Where an envelope's key is kept until it is opened: with the bidder alone. @param {string} lotId @param {number} round */
const envelopeKey = (lotId, round) => `luochui.envelope.${lotId}.${round}`;

/**
 * Returns the amount and the nonce of the bidder's own envelope, if this browser sealed it.
 * @param {string} lotId
 * @param {LotState} state
 * @returns {{ amount_fen: number, nonce: string }|null}
 */
export function ownEnvelope(lotId, state) {
  return JSON.parse(localStorage.getItem(envelopeKey(lotId, state.details?.round ?? 1)) ?? "null");
}

/**
 * Seals an amount: SHA-256 of number, round, amount and a nonce that never leaves this browser before the opening.
 * @param {string} lotId
 * @param {LotState} state
 * @param {string} number
 * @param {number} amountFen
 */
async function sealed(lotId, state, number, amountFen) {
  const round = state.details?.round ?? 1;
  const random = crypto.getRandomValues(new Uint8Array(16));
  const nonce = hex(random);
  const words = new TextEncoder().encode(`${number}|${round}|${amountFen}|${nonce}`);
  const seal = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", words)));
  localStorage.setItem(envelopeKey(lotId, round), JSON.stringify({ amount_fen: amountFen, nonce }));
  return { seal };
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Sends a filled form; a repeat after a lost answer carries the same id and so has no second effect.
 * @param {string} lotId
 * @param {Form} form
 * @param {Record<string, any>} values
 * @param {LotState} state
 * @param {string} number the bidder's own, if he is one
 */
export async function sendForm(lotId, form, values, state, number) {
  let said = values;
  if (form.kind === "submit_envelope") said = await sealed(lotId, state, number, values.amount_fen);
  if (form.kind === "bid_on_lots") said = { bids: [values] };
  if (form.kind === "bid_packages") said = { packages: [packageOf(values)] };
  const path = form.path ?? `moves/${form.kind.replaceAll("_", "-")}`;
  return postOnce(`${lotPath(lotId)}/${path}`, { [form.id ?? "command_id"]: newId(), ...said });
}

/** Reads "A 2, B 1". @param {Record<string, any>} values */
function packageOf(values) {
  const parts = values.bundle.split(/[,，]/).map((/** @type {string} */ part) => part.trim().split(/\s+/));
  const bundle = parts.map((/** @type {string[]} */ [item, units]) => ({ item, units: Number(units ?? 1) }));
  return { amount_fen: values.amount_fen, bundle };
}
