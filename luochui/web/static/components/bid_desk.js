// A bid's way on the screen: confirm, send once, hear the answer.
// @ts-check
import { brief, short } from "../amounts.js";
import { useEffect, useRef, useState } from "preact/hooks";
import { newId } from "../api.js";
import { becameOf, place, remember, unanswered } from "../bidding.js";
import { html } from "../html.js";
import { maybe, t } from "../i18n.js";
import { capitals, premiumPercent, yuan } from "../money.js";
import { whyNoBid } from "../room_model.js";
import { explain } from "./basics.js";
import { BidPanel, resetAmount } from "./bid_panel.js";
import { Dialog } from "./dialog.js";

/** @typedef {import("../room_model.js").Room} Room */
/** @typedef {import("../bidding.js").Outcome} Outcome */
/** @typedef {import("../bidding.js").IntendedBid} IntendedBid */

/** @param {{ room: Room }} props */
export function BidDesk({ room }) {
  // The id is drawn with the intention, not with the click: a second click is the same bid.
  const [asked, setAsked] = useState(/** @type {IntendedBid|null} */ (null));
  const [answer, setAnswer] = useState(/** @type {{ bid: IntendedBid, outcome: Outcome }|null} */ (null));
  const [busy, setBusy] = useState(false);
  const sending = useRef(false); // State is set later than a double click comes.

  /** @param {IntendedBid} bid @param {(bid: IntendedBid) => Promise<Outcome>} send */
  const run = async (bid, send) => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    const outcome = await send(bid);
    sending.current = false;
    setBusy(false);
    setAsked(null);
    setAnswer({ bid, outcome });
    if (outcome.kind === "accepted") resetAmount();
  };
  useEffect(() => {
    const left = unanswered(room.lotId);
    if (left) void run(left, resolveLeftOver);
  }, []);
  return html`<section class="card bid-desk" aria-label=${t("bid.label")}>
    <${BidPanel}
      room=${room}
      busy=${busy}
      onBid=${(/** @type {number} */ amountFen) => setAsked({ lotId: room.lotId, bidId: newId(), amountFen })}
    />
    <div aria-live="assertive">
      ${answer && html`<${Answer} answer=${answer} busy=${busy} onAsk=${() => void run(answer.bid, place)} />`}
    </div>
    ${asked && html`<${Confirm} room=${room} bid=${asked} busy=${busy} onConfirm=${() => void run(asked, place)} onClose=${() => setAsked(null)} />`}
  </section>`;
}

/** A reload lost the answer: ask for it, but do not bid again without being told to. @param {IntendedBid} bid @returns {Promise<Outcome>} */
async function resolveLeftOver(bid) {
  const known = await becameOf(bid);
  if (known === "never_seen") {
    remember(null);
    return { kind: "refused", refusal: { code: "never_arrived" } };
  }
  return known ?? { kind: "unknown" };
}

/** @param {{ room: Room, bid: IntendedBid, busy: boolean, onConfirm: () => void, onClose: () => void }} props */
function Confirm({ room, bid, busy, onConfirm, onClose }) {
  const state = room.feed.state.value;
  const notice = room.notice.value;
  if (!state || !notice) return null;
  const why = busy ? null : whyNoBid(room);
  const overtaken = !busy && state.amount_min_fen !== null && bid.amountFen < state.amount_min_fen;
  const blocked = why
    ? maybe(`why.${why}`)
    : overtaken
      ? t("bid.overtaken", { amount: yuan(state.amount_min_fen ?? 0) })
      : null;
  return html`<${Dialog}
    title=${t("confirm.title")}
    confirm=${t("confirm.yes", { amount: brief(bid.amountFen) })}
    busy=${busy}
    blocked=${blocked}
    onConfirm=${onConfirm}
    onClose=${onClose}
  >
    <dl class="pairs confirm">
      <div>
        <dt>${t("confirm.figures")}</dt>
        <dd class="big">¥${yuan(bid.amountFen)}</dd>
      </div>
      <div>
        <dt>${t("confirm.wan")}</dt>
        <dd>${short(bid.amountFen)}</dd>
      </div>
      <div>
        <dt>${t("confirm.capitals")}</dt>
        <dd lang="zh-CN">${capitals(bid.amountFen)}</dd>
      </div>
      <div>
        <dt>${t("confirm.premium")}</dt>
        <dd>${t("price.premium", { percent: premiumPercent(bid.amountFen, notice.start_fen) })}</dd>
      </div>
    </dl>
    <p class="warning">${t("confirm.binding")}</p>
  <//>`;
}

/** @param {{ answer: { bid: IntendedBid, outcome: Outcome }, busy: boolean, onAsk: () => void }} props */
function Answer({ answer: { bid, outcome }, busy, onAsk }) {
  const amount = yuan(bid.amountFen);
  if (outcome.kind === "accepted") {
    return html`<p class="answer good">
      <b>✓ ${t("answer.accepted", { amount })}</b>
      <small>${t("answer.receipt", { seq: outcome.answer.seq, id: bid.bidId.slice(0, 8) })}</small>
    </p>`;
  }
  if (outcome.kind === "refused") {
    return html`<p class="answer bad">
      <b>✕ ${t("answer.refused", { amount })}</b><span>${explain(outcome.refusal)}</span>
    </p>`;
  }
  return html`<p class="answer unknown">
    <b>? ${t("answer.unknown", { amount })}</b><span>${t("answer.unknown_hint")}</span>
    <button disabled=${busy} onClick=${onAsk}>${t("answer.ask_again")}</button>
  </p>`;
}
