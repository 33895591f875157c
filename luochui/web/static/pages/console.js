// The auctioneer's console for one lot.
// @ts-check
import { lotIdHere } from "../address.js";
import { Approvals } from "../components/approvals.js";
import { ClassBadge, DemoBadges, Empty, Failure, StatusBadge } from "../components/basics.js";
import { CommandBar } from "../components/command_bar.js";
import { Hero } from "../components/hero.js";
import { History } from "../components/history.js";
import { Calls, Interruption, LastNotice } from "../components/interruption.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { Result } from "../components/result.js";
import { mount } from "../components/shell.js";
import { openConsole } from "../console_model.js";
import { ANY_FORMAT, STAFF } from "../formats/forms.js";
import { FormatFacts, MovePanel } from "../formats/move_panel.js";
import { html } from "../html.js";
import { maybe, say, t, when } from "../i18n.js";
import { yuan } from "../money.js";

const desk = openConsole(lotIdHere());

function ConsolePage() {
  const view = desk.view.value;
  const state = desk.feed.state.value;
  if (!view || !state) {
    return desk.problem.value
      ? html`<${Failure} problem=${desk.problem.value} onRetry=${() => location.reload()} />`
      : html`<p class="boot">${t("loading")}</p>`;
  }
  const notice = view.card.notice;
  return html`<${LinkBanner} />
    <div class="lot-head">
      <p class="badges">
        <${StatusBadge} state=${state} /><${ClassBadge} notice=${notice} /><${DemoBadges} notice=${notice} />
        <code>${notice.lot_id}</code><${LinkLight} />
      </p>
      <h1>${say(notice.title)}</h1>
      <p class="muted">
        ${say(notice.place)}${" · "}
        <a href=${`/watch/${encodeURIComponent(notice.lot_id)}`}>${t("console.hall")}</a>
        ${" · "}<a href="/console">${t("console.all")}</a>
      </p>
    </div>
    <${Interruption} state=${state} notice=${notice} /><${LastNotice} state=${state} />
    <div class="room console">
      <div class="room-side">
        <div class="room-main">
          <${state.result ? Result : Hero} state=${state} notice=${notice} /><${Calls}
            state=${state}
            needed=${view.calls_needed}
          /><${CommandBar} desk=${desk} /><${MovePanel}
            lotId=${notice.lot_id}
            state=${state}
            forms=${[...(STAFF[state.format ?? "timed"] ?? []), ...ANY_FORMAT]}
            title=${t("move.staff_title")}
          /><${FormatFacts} state=${state} />
        </div>
        <div class="room-more">
          <${History} bids=${desk.feed.history.value} total=${state.bids} sold=${state.status === "sold"} />
        </div>
      </div>
      <div class="room-side">
        <div class="room-desk">
          <${Approvals} desk=${desk} approvals=${view.approvals} /><${ReserveLight} met=${view.reserve_met} has=${notice.has_reserve} /><${Online}
            online=${view.online}
            admitted=${view.admitted.length}
          /><${Admitted}
            admitted=${view.admitted}
            leader=${state.leader}
          /><${Refusals} refusals=${view.refusals} />
        </div>
      </div>
    </div>`;
}

/** @param {{ met: boolean|null, has: boolean }} props */
function ReserveLight({ met, has }) {
  const key = !has ? "none" : met === null ? "no_bid" : met ? "met" : "not_met";
  return html`<p class="reserve ${key}">
    <i aria-hidden="true"></i><b>${t(`reserve.${key}`)}</b> <small>${has ? t("reserve.hint") : ""}</small>
  </p>`;
}

/** Who has the lot open now. @param {{ online: import("../wire.js").ConsoleView["online"], admitted: number }} props */
function Online({ online, admitted }) {
  return html`<dl class="counters online" aria-label=${t("online.title")}>
    <div>
      <dt>${t("online.bidders")}</dt>
      <dd>${online ? t("online.of", { n: online.bidders, admitted }) : t("online.unknown")}</dd>
    </div>
    <div>
      <dt>${t("online.observers")}</dt>
      <dd>${online ? online.observers : t("online.unknown")}</dd>
    </div>
  </dl>`;
}

/** @param {{ admitted: { number: string }[], leader: string|null }} props */
function Admitted({ admitted, leader }) {
  return html`<section class="card">
    <h2>${t("admitted.title")} <small>${t("admitted.count", { n: admitted.length })}</small></h2>
    ${
      admitted.length
        ? html`<ul class="numbers">
            ${admitted.map(({ number }) => html`<li key=${number}><b>${number}</b>${number === leader && html` <span class="badge leading">${t("history.leading")}</span>`}</li>`)}
          </ul>`
        : html`<${Empty} title=${t("admitted.none")} />`
    }
  </section>`;
}

/** @param {{ refusals: { at_us: number, number: string|null, amount_fen: number, code: string }[] }} props */
function Refusals({ refusals }) {
  return html`<section class="card">
    <h2>${t("refusals.title")} <small>${refusals.length}</small></h2>
    ${
      refusals.length
        ? html`<ul class="refusals">
            ${refusals.map((one, index) => html`<li key=${`${one.at_us}-${index}`}><time>${when("time", one.at_us)}</time> <b>${one.number ?? "—"}</b> <span>¥${yuan(one.amount_fen)}</span><small>${maybe(`code.${one.code}`, one.code)}</small></li>`)}
          </ul>`
        : html`<${Empty} title=${t("refusals.none")} />`
    }
  </section>`;
}

mount(ConsolePage, { title: "title.console", needs: "auctioneer" });
