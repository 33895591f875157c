// Recording money seen at the bank, and confirming what somebody else recorded.
// @ts-check
import { useRef, useState } from "preact/hooks";
import { newId, postOnce, Problem } from "../api.js";
import { html } from "../html.js";
import { say, t, when } from "../i18n.js";
import { capitals, parseAmount, yuan } from "../money.js";
import { Failure } from "./basics.js";
import { Dialog, Field } from "./dialog.js";

/** @typedef {import("../wire.js").Deposit} Deposit */

/** @param {{ deposit: Deposit, onDone: (changed: Deposit) => void, onClose: () => void }} props */
export function ReceiptDialog({ deposit, onDone, onClose }) {
  const missing = Math.max(0, deposit.due_fen - deposit.received_fen);
  const [amount, setAmount] = useState(missing ? yuan(missing).replaceAll(",", "") : "");
  const [payer, setPayer] = useState("");
  const [reference, setReference] = useState("");
  const [tried, setTried] = useState(false);
  const id = useRef(newId()).current; // One receipt, however often it is sent.
  const { busy, problem, run } = useSending(onDone);
  const fen = parseAmount(amount, "yuan");
  const needed = (/** @type {string} */ value) => (tried && !value.trim() ? t("field.needed") : null);
  const confirm = () => {
    setTried(true);
    if (fen === null || !payer.trim() || !reference.trim()) return;
    const receipt = {
      receipt_id: id,
      amount_fen: fen,
      payer: payer.trim(),
      bank_reference: reference.trim(),
    };
    void run(`/deposits/${encodeURIComponent(deposit.deposit_id)}/receipts`, receipt);
  };
  return html`<${Dialog}
    title=${t("receipt.title")}
    confirm=${t("receipt.record")}
    busy=${busy}
    onConfirm=${confirm}
    onClose=${onClose}
  >
    <${About} deposit=${deposit} />
    <${Field}
      label=${t("receipt.amount")}
      name="amount"
      value=${amount}
      onInput=${setAmount}
      hint=${fen === null ? "" : capitals(fen)}
      error=${tried && fen === null ? t("bid.not_an_amount") : null}
      input=${{ inputmode: "decimal" }}
    />
    <${Field}
      label=${t("receipt.payer")}
      name="payer"
      value=${payer}
      onInput=${setPayer}
      hint=${t("receipt.payer_hint")}
      error=${needed(payer)}
      input=${{ maxlength: 200 }}
    />
    <${Field}
      label=${t("receipt.reference")}
      name="reference"
      value=${reference}
      onInput=${setReference}
      hint=${t("receipt.reference_hint")}
      error=${needed(reference)}
      input=${{ maxlength: 100 }}
    />
    ${problem && html`<${Failure} problem=${problem} />`}
  <//>`;
}

/** @param {{ deposit: Deposit, onDone: (changed: Deposit) => void, onClose: () => void }} props */
export function ConfirmDialog({ deposit, onDone, onClose }) {
  const { busy, problem, run } = useSending(onDone);
  return html`<${Dialog}
    title=${t("confirmation.title")}
    confirm=${t("confirmation.confirm")}
    busy=${busy}
    onClose=${onClose}
    onConfirm=${() => void run(`/deposits/${encodeURIComponent(deposit.deposit_id)}/confirmation`, {})}
  >
    <${About} deposit=${deposit} />
    <ul class="receipts">
      ${deposit.receipts.map(
        (receipt) =>
          html`<li key=${receipt.receipt_id}>
            <b>¥${yuan(receipt.amount_fen)}</b> ${receipt.payer}
            <small
              >${t("receipt.line", { reference: receipt.bank_reference, time: when("moment", receipt.received_at_us), who: receipt.recorded_by_name })}</small
            >
          </li>`,
      )}
    </ul>
    <p class="warning">${t("confirmation.warning")}</p>
    ${problem && html`<${Failure} problem=${problem} />`}
  <//>`;
}

/** @param {{ deposit: Deposit }} props */
function About({ deposit }) {
  return html`<dl class="pairs">
    <div>
      <dt>${t("deposits.bidder")}</dt>
      <dd>${deposit.bidder_name}</dd>
    </div>
    <div>
      <dt>${t("table.lot")}</dt>
      <dd>${say(deposit.lot_title)}</dd>
    </div>
    <div>
      <dt>${t("deposit.account")}</dt>
      <dd class="code">${deposit.account_no}</dd>
    </div>
    <div>
      <dt>${t("deposit.due")}</dt>
      <dd>¥${yuan(deposit.due_fen)}</dd>
    </div>
    <div>
      <dt>${t("deposit.received")}</dt>
      <dd>¥${yuan(deposit.received_fen)}</dd>
    </div>
  </dl>`;
}

/** @param {(changed: Deposit) => void} onDone */
function useSending(onDone) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem|null} */ (null));
  /** @param {string} path @param {object} body */
  const run = async (path, body) => {
    setBusy(true);
    setProblem(null);
    try {
      onDone(await postOnce(path, body));
    } catch (error) {
      setProblem(/** @type {Problem} */ (error));
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
