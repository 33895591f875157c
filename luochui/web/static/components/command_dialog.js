// What the auctioneer must say before a command goes out: a reason, a length, a typed word.
// @ts-check
import { short } from "../amounts.js";
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { maybe, t } from "../i18n.js";
import { capitals, yuan } from "../money.js";
import { whyNot } from "../console_model.js";
import { Dialog, Field } from "./dialog.js";

/** Everything but a call is asked for first. @typedef {Exclude<import("../console_model.js").Action, "call">} Asked */

const NEEDS_REASON = ["pause", "extend", "withdraw"];
const SECONDS = { resume: 30, extend: 60 };
const SECONDS_MAX = 86_400;

/**
 * @param {object} props
 * @param {Asked} props.action
 * @param {import("../wire.js").LotState} props.state
 * @param {import("../wire.js").ConsoleView} props.view
 * @param {boolean} props.busy
 * @param {() => void} props.onClose
 * @param {(body: object) => void} props.onConfirm
 */
export function CommandDialog({ action, state, view, busy, onClose, onConfirm }) {
  const [reason, setReason] = useState("");
  const [seconds, setSeconds] = useState(
    String(action === "resume" || action === "extend" ? SECONDS[action] : ""),
  );
  const [word, setWord] = useState("");
  const [tried, setTried] = useState(false);
  const needsReason = NEEDS_REASON.includes(action);
  const count = /^\d{1,5}$/.test(seconds.trim()) ? Number(seconds) : NaN;
  const errors = {
    reason: needsReason && !reason.trim() ? t("field.needed") : null,
    seconds:
      seconds !== "" && !(count >= 0 && count <= SECONDS_MAX)
        ? t("field.seconds")
        : seconds === "" && action === "extend"
          ? t("field.needed")
          : null,
    word:
      action === "withdraw" && word.trim() !== state.lot_id ? t("withdraw.type", { id: state.lot_id }) : null,
  };
  const confirm = () => {
    setTried(true);
    if (Object.values(errors).some(Boolean)) return;
    onConfirm({
      ...(needsReason && { reason: reason.trim() }),
      ...(action === "resume" && seconds !== "" && { notice_s: count }),
      ...(action === "extend" && { seconds: count }),
    });
  };
  const why = busy ? null : whyNot(action, state, view);
  return html`<${Dialog}
    title=${t(`command.${action}_title`)}
    confirm=${t(`command.${action}`)}
    tone=${action === "withdraw" || action === "hammer" ? "danger" : "plain"}
    busy=${busy}
    blocked=${why && maybe(`command.why_${why}`)}
    onConfirm=${confirm}
    onClose=${onClose}
  >
    <p>${t(`command.${action}_about`)}</p>
    ${
      action === "hammer" &&
      html`<dl class="pairs confirm">
        <div>
          <dt>${t("hammer.number")}</dt>
          <dd class="big">${state.leader}</dd>
        </div>
        <div>
          <dt>${t("price.now")}</dt>
          <dd class="big">¥${yuan(state.price_fen ?? 0)}</dd>
        </div>
        <div>
          <dt>${t("confirm.wan")}</dt>
          <dd>${short(state.price_fen ?? 0)}</dd>
        </div>
        <div>
          <dt>${t("confirm.capitals")}</dt>
          <dd lang="zh-CN">${capitals(state.price_fen ?? 0)}</dd>
        </div>
      </dl>`
    }
    ${action === "hammer" && view.reserve_met === false && html`<p class="warning">${t("hammer.reserve")}</p>`}
    ${needsReason && html`<${Field} label=${t("reason")} name="reason" value=${reason} onInput=${setReason} hint=${t("reason.public")} error=${tried ? errors.reason : null} input=${{ maxlength: 200, required: true }} />`}
    ${(action === "resume" || action === "extend") && html`<${Field} label=${t(`command.${action}_seconds`)} name="seconds" value=${seconds} onInput=${setSeconds} error=${tried ? errors.seconds : null} input=${{ inputmode: "numeric" }} />`}
    ${action === "withdraw" && html`<${Field} label=${t("withdraw.type", { id: state.lot_id })} name="word" value=${word} onInput=${setWord} error=${tried ? errors.word : null} />`}
  <//>`;
}
