// One lot for a hall's screen: large type, no controls, no account.
// @ts-check
import { short } from "../amounts.js";
import { lotIdHere } from "../address.js";
import { now } from "../clock.js";
import { ClassBadge, Countdown, DemoBadges, Premium, StatusBadge } from "../components/basics.js";
import { LastMinute } from "../components/hero.js";
import { Calls, Interruption, LastNotice } from "../components/interruption.js";
import { LinkBanner, LinkLight } from "../components/link.js";
import { Result } from "../components/result.js";
import { mount } from "../components/shell.js";
import { html } from "../html.js";
import { say, t, when } from "../i18n.js";
import { clockOf, priceLabel } from "../lot.js";
import { yuan } from "../money.js";
import { openRoom } from "../room_model.js";

const LAST_BIDS = 5;
const room = openRoom(lotIdHere());

function Watch() {
  const notice = room.notice.value;
  const state = room.feed.state.value;
  if (room.problem.value?.status === 404)
    return html`<section class="card notice-page">
      <h1>${t("room.unknown")}</h1>
      <p><a href="/board">${t("nav.board")}</a></p>
    </section>`;
  if (!notice || !state)
    return html`<${LinkBanner} />
      <p class="boot">${t("loading")}</p>`;
  const clock = clockOf(state, notice, now.peek());
  const price = state.result?.price_fen ?? state.price_fen;
  return html`<${LinkBanner} />
    <div class="hall">
      <header class="hall-head">
        <span class="seal" aria-hidden="true">落<br />槌</span>
        <div>
          <h1>${say(notice.title)}</h1>
          <p class="badges">
            <${StatusBadge} state=${state} /><${ClassBadge} notice=${notice} /><${DemoBadges}
              notice=${notice}
            /><code>${notice.lot_id}</code><${LinkLight} />
          </p>
        </div>
        <p class="hall-time">
          <small>${t("time.zone")}</small>
          <time>${when("time", Math.floor(now.value / 1_000_000) * 1_000_000)}</time>
        </p>
      </header>
      <div class="hall-figures">
        <div>
          <small>${t(priceLabel(state))}</small>
          <p class="hall-price" aria-live="polite">
            <span class="flash" key=${price}>¥${yuan(price ?? notice.start_fen)}</span>
          </p>
          <p class="hall-more">
            ${short(price ?? notice.start_fen)}${price !== null && html` · <${Premium} price=${price} start=${notice.start_fen} />`}${state.leader && html` · ${t("hero.leader", { number: state.leader })}`}
          </p>
        </div>
        ${
          clock &&
          html`<div class="hall-clock">
            <small>${t(clock.label)}</small>
            <p><${Countdown} state=${state} notice=${notice} /></p>
            <small
              >${state.extensions ? t("clock.extended", { n: state.extensions }) : t("clock.not_extended")}</small
            >
          </div>`
        }
      </div>
      <${LastMinute} state=${state} notice=${notice} />
      <${Calls} state=${state} needed=${notice.calls_before_hammer} />
      <${Interruption} state=${state} notice=${notice} />
      <${LastNotice} state=${state} />
      <${Result} state=${state} notice=${notice} />
      <${LastBids} />
    </div>`;
}

function LastBids() {
  const bids = room.feed.history.value.slice(-LAST_BIDS).reverse();
  return html`<section class="hall-bids">
    <h2>
      ${t("history.title")} <small>${t("history.count", { n: room.feed.state.value?.bids ?? 0 })}</small>
    </h2>
    ${
      bids.length
        ? html`<ol>
            ${bids.map((bid) => html`<li key=${bid.seq}><b>${bid.number}</b><span>¥${yuan(bid.amount_fen ?? 0)}</span><time>${when("time", bid.at_us)}</time></li>`)}
          </ol>`
        : html`<p class="muted">${t("history.empty")}</p>`
    }
  </section>`;
}

mount(Watch, { title: "title.watch", bare: true });
