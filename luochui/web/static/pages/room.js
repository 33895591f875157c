// The bidding room: bidders bid here, everybody else watches the same page without controls.
// @ts-check
import { lotIdHere } from "../address.js";
import { ClassBadge, DemoBadges, Failure, StatusBadge } from "../components/basics.js";
import { BidDesk } from "../components/bid_desk.js";
import { PriceChart } from "../components/chart.js";
import { Hero } from "../components/hero.js";
import { History } from "../components/history.js";
import { Inquiry } from "../components/inquiry.js";
import { Calls, Interruption, LastNotice } from "../components/interruption.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { Result } from "../components/result.js";
import { mount } from "../components/shell.js";
import { Standing } from "../components/standing.js";
import { Terms } from "../components/terms.js";
import { BIDDERS, hasBidDesk } from "../formats/forms.js";
import { FormatFacts, MovePanel } from "../formats/move_panel.js";
import { html } from "../html.js";
import { say, t } from "../i18n.js";
import { openRoom } from "../room_model.js";

const room = openRoom(lotIdHere());

function RoomPage() {
  const notice = room.notice.value;
  const state = room.feed.state.value;
  if (room.problem.value?.status === 404) return html`<${UnknownLot} />`;
  if (!notice || !state) {
    return html`<${LinkBanner} />${room.problem.value ? html`<${Failure} problem=${room.problem.value} onRetry=${() => location.reload()} />` : html`<p class="boot">${t("loading")}</p>`}`;
  }
  const mine = room.number.value;
  const admitted = room.application.value?.status === "admitted";
  const over = state.result !== null || state.status === "withdrawn";
  return html`<${LinkBanner} />
    <div class="lot-head">
      <p class="badges">
        <${StatusBadge} state=${state} /><${ClassBadge} notice=${notice} /><${DemoBadges} notice=${notice} />
        <code>${notice.lot_id}</code><${LinkLight} />
      </p>
      <h1>${say(notice.title)}</h1>
      <p class="muted">${say(notice.place)} · ${say(notice.seller)}</p>
    </div>
    <${Interruption} state=${state} notice=${notice} />
    <${LastNotice} state=${state} />
    <div class="room">
      <div class="room-side">
        <div class="room-main">
          <${state.result ? Result : Hero} state=${state} notice=${notice} mine=${mine} />
          <${Calls} state=${state} needed=${state.details?.calls_needed ?? notice.calls_before_hammer} />
        </div>
        <div class="room-more">
          <${PriceChart} bids=${room.feed.history.value} startFen=${notice.start_fen} /><${Terms}
            notice=${notice}
          />
        </div>
      </div>
      <div class="room-side">
        <div class="room-desk">
          <${Standing} room=${room} />${admitted && html`<${Inquiry} room=${room} />`}${admitted && !over && hasBidDesk(state) && html`<${BidDesk} room=${room} />`}${admitted && html`<${MovePanel} lotId=${room.lotId} state=${state} forms=${BIDDERS[state.format ?? "timed"] ?? []} title=${t("move.title")} number=${mine ?? ""} />`}<${FormatFacts} state=${state} />
        </div>
        <div class="room-history">
          <${History}
            bids=${room.feed.history.value}
            total=${state.bids}
            mine=${mine}
            sold=${state.status === "sold"}
          />
        </div>
      </div>
    </div>`;
}

function UnknownLot() {
  return html`<section class="card notice-page">
    <h1>${t("room.unknown")}</h1>
    <p>${t("room.unknown_hint")}</p>
    <p><a class="button primary" href="/">${t("nav.catalogue")}</a></p>
  </section>`;
}

mount(RoomPage, { title: "title.room" });
