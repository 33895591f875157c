// The inquiry (询问) between the two phases: who wants to go on says so, in time.
// @ts-check
import { useRef, useState } from "preact/hooks";
import { newId, Problem } from "../api.js";
import { html } from "../html.js";
import { t, when } from "../i18n.js";
import { isAsked } from "../room_model.js";
import { Failure } from "./basics.js";

/** @param {{ room: import("../room_model.js").Room }} props */
export function Inquiry({ room }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem|null} */ (null));
  const sending = useRef(false); // State is set later than a double click comes.
  const state = room.feed.state.value;
  if (!state || !isAsked(state)) return null;
  const goesOn = room.application.value?.goes_on ?? false;
  const confirm = async () => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setProblem(await room.confirmParticipation(newId()).then(() => null, (error) => error));
    sending.current = false;
    setBusy(false);
  };
  return html`<section class="card inquiry" aria-label=${t("phase.inquiry")}>
    <h2>${t(goesOn ? "inquiry.confirmed" : "inquiry.title")}</h2>
    <p role="status">
      ${t(goesOn ? "inquiry.wait" : "inquiry.about", { time: when("time", state.closes_at_us ?? 0) })}
    </p>
    ${!goesOn && html`<button class="primary" disabled=${busy} onClick=${confirm}>${busy ? t("working") : t("inquiry.confirm")}</button>`}
    ${problem && html`<${Failure} problem=${problem} />`}
  </section>`;
}
