// What the notice fixed for the lot, and where it was published. What a demonstration made up is marked.
// @ts-check
import { short } from "../amounts.js";
import { html } from "../html.js";
import { maybe, say, span, t, when } from "../i18n.js";
import { isAssumed } from "../lot.js";
import { yuan } from "../money.js";

/** @typedef {import("../wire.js").LotNotice} LotNotice */

/** @param {{ notice: LotNotice }} props */
export function Terms({ notice }) {
  return html`<section class="card">
    <h2>${t("terms.title")}</h2>
    <dl class="pairs terms">
      ${rows(notice).map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${maybe(`terms.${name}`)}</dt>
            <dd>
              ${value}${isAssumed(notice, name) && html` <span class="badge demo">${t("demo.assumed")}</span>`}
            </dd>
          </div>`,
      )}${notice.facts.map(
        (fact, index) =>
          html`<div key=${`fact-${index}`}>
            <dt>${say(fact.label)}</dt>
            <dd>${say(fact.value)}</dd>
          </div>`,
      )}
    </dl>
    <p class="source"><b>${t("terms.source")}</b> ${notice.source}</p>
    ${notice.bidders_invented && html`<p class="source"><b>${t("demo.bidders")}</b> ${t("demo.bidders_hint")}</p>`}
  </section>`;
}

/** @param {LotNotice} notice @returns {[string, string][]} */
function rows(notice) {
  const none = t("terms.none");
  return [
    ["seller", say(notice.seller)],
    ["place", say(notice.place)],
    ["start", amount(notice.start_fen)],
    ["increment", amount(notice.increment_fen)],
    ["deposit", amount(notice.deposit_fen)],
    ["cap", notice.cap_fen === null ? none : amount(notice.cap_fen)],
    ["reserve", t(notice.has_reserve ? "terms.has_reserve" : "terms.no_reserve")],
    [
      "opens_at",
      t("terms.instant", { date: when("date", notice.opens_at_us), time: when("time", notice.opens_at_us) }),
    ],
    ["free", notice.free_us ? length(notice.free_us, notice.speed) : none],
    ...inquiry(notice),
    [
      "limited",
      notice.limited_us === null
        ? none
        : t("terms.limited_each", { span: length(notice.limited_us, notice.speed) }),
    ],
    [
      "calls_before_hammer",
      notice.calls_before_hammer === null
        ? t("terms.by_clock")
        : t("terms.calls", { n: notice.calls_before_hammer }),
    ],
  ];
}

/** @param {LotNotice} notice @returns {[string, string][]} */
function inquiry(notice) {
  if (!notice.inquiry_us) return [];
  const span = length(notice.inquiry_us, notice.speed);
  return [["inquiry", notice.must_confirm ? t("terms.inquiry_each", { span }) : span]];
}

/** A span as the notice has it, and what a faster demonstration makes of it. @param {number} us @param {number} speed */
function length(us, speed) {
  return speed === 1 ? span(us) : t("terms.compressed", { span: span(us * speed), short: span(us) });
}

/** @param {number} fen */
function amount(fen) {
  const figures = `¥${yuan(fen)}`;
  return fen >= 1_000_000 ? t("terms.amount", { figures, short: short(fen) }) : figures;
}
