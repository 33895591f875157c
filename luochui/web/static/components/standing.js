// Where the reader stands in this lot, and what to do next if he cannot bid yet.
// @ts-check
import { useState } from "preact/hooks";
import { Problem } from "../api.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { yuan } from "../money.js";
import { has, session, signInAddress } from "../session.js";
import { Failure } from "./basics.js";

/** @typedef {import("../room_model.js").Room} Room */

const SIGNS = { leading: "▲", outbid: "▼", idle: "○", won: "✔", lost: "✕", over: "—" };
const STEPS = /** @type {const} */ (["apply", "deposit", "confirm", "admitted"]);
const DONE = { none: 0, awaiting_deposit: 1, deposit_recorded: 2, admitted: 4 };

/** @param {{ room: Room }} props */
export function Standing({ room }) {
  const standing = room.standing.value;
  if (standing === "observer") return html`<${Stranger} />`;
  if (standing === "not_admitted") return html`<${Admission} room=${room} />`;
  return html`<div class="standing ${standing}" role="status">
    <b><i aria-hidden="true">${SIGNS[standing]}</i> ${t(`standing.${standing}`)}</b>
    <span>${t("standing.number", { number: room.number.value ?? "—" })}</span>
  </div>`;
}

/** Somebody who cannot bid here at all. */
function Stranger() {
  if (session.value === undefined || has("bidder")) return null; // The application is on its way.
  return html`<div class="standing stranger">
    <b>${session.value ? t("standing.no_bidder") : t("standing.observer")}</b>
    ${!session.value && html`<a class="button primary" href=${signInAddress()}>${t("standing.sign_in")}</a>`}
  </div>`;
}

/** The way to be admitted: apply, deposit, confirmation. @param {{ room: Room }} props */
function Admission({ room }) {
  const application = room.application.value;
  const [problem, setProblem] = useState(/** @type {Problem|null} */ (null));
  const [busy, setBusy] = useState(false);
  if (!application) return null;
  const done = DONE[application.status];
  const apply = async () => {
    setBusy(true);
    setProblem(null);
    await room.apply().catch((error) => setProblem(error));
    setBusy(false);
  };
  return html`<section class="card admission" aria-label=${t("admission.label")}>
    <p class="standing not_admitted" role="status">
      <b>${t("standing.not_admitted")}</b><span>${t(`admission.${application.status}`)}</span>
    </p>
    <ol class="steps">
      ${STEPS.map(
        (step, index) =>
          html`<li
            key=${step}
            class=${index < done ? "done" : ""}
            aria-current=${index === done ? "step" : undefined}
          >
            <i aria-hidden="true">${index < done ? "✓" : index + 1}</i>${t(`step.${step}`)}<span
              class="unseen"
              >${index < done ? t("step.done") : ""}</span
            >
          </li>`,
      )}
    </ol>
    ${application.status === "none" && html`<button class="primary" disabled=${busy} onClick=${apply}>${t("admission.apply")}</button>`}
    ${application.deposit && application.status !== "admitted" && html`<${DepositOrder} deposit=${application.deposit} />`}
    ${problem && html`<${Failure} problem=${problem} />`}
  </section>`;
}

/** Where the deposit must be paid to. @param {{ deposit: import("../wire.js").OwnDeposit }} props */
function DepositOrder({ deposit }) {
  return html`<dl class="pairs">
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
