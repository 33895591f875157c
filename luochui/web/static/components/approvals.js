// What waits for a second person (四眼): each request, and one button for whoever did not ask for it.
// @ts-check
import { useRef, useState } from "preact/hooks";
import { lotPath, newId, postOnce } from "../api.js";
import { html } from "../html.js";
import { maybe, t, when } from "../i18n.js";
import { explain } from "./basics.js";

/** @typedef {import("../wire.js").PendingApproval} PendingApproval */

/** @param {{ desk: import("../console_model.js").Console, approvals: PendingApproval[] }} props */
export function Approvals({ desk, approvals }) {
  // Kept here: what was agreed to is gone from the list.
  const [answer, setAnswer] = useState(/** @type {{ problem: any }|null} */ (null));
  if (!approvals.length && !answer) return null;
  return html`<section class="card approvals" aria-label=${t("approvals.title")}>
    <h2>${t("approvals.title")} <small>${approvals.length}</small></h2>
    <ul>
      ${approvals.map((one) => html`<${Request} key=${one.proposal_id} desk=${desk} one=${one} onAnswer=${setAnswer} />`)}
    </ul>
    <div aria-live="polite">
      ${answer && html`<p class="answer ${answer.problem ? "bad" : "good"}">${answer.problem ? explain(answer.problem) : t("approvals.agreed")}</p>`}
    </div>
  </section>`;
}

/** @param {{ desk: import("../console_model.js").Console, one: PendingApproval, onAnswer: (answer: { problem: any }) => void }} props */
function Request({ desk, one, onAnswer }) {
  const [busy, setBusy] = useState(false);
  const sending = useRef(false); // State is set later than a double click comes.
  const agree = async () => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    const body = { command_id: newId(), proposal_id: one.proposal_id };
    const problem = await postOnce(`${lotPath(desk.lotId)}/approvals`, body).then(
      () => null,
      (error) => error,
    );
    sending.current = false;
    setBusy(false);
    onAnswer({ problem });
    void desk.refresh();
  };
  const name = maybe(`kind.${one.action}`) || maybe(`move.${one.action}`, one.action);
  return html`<li>
    <b>${name}</b>
    <p>${one.reason}</p>
    <small class="muted">${t("approvals.line", { who: one.by, time: when("time", one.at_us) })}</small>
    ${
      one.own
        ? html`<small>${t("approvals.own")}</small>`
        : html`<button type="button" name="approve" disabled=${busy} onClick=${agree}>
            ${t(busy ? "working" : "approvals.agree")}
          </button>`
    }
  </li>`;
}
