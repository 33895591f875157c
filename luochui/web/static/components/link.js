// The connection: a light with the round trip, and a banner while the screen may be behind.
// @ts-check
import { rttMs } from "../clock.js";
import { link } from "../live.js";
import { html } from "../html.js";
import { t } from "../i18n.js";

const SLOW_MS = 400;

export function LinkLight() {
  const slow = link.value === "up" && (rttMs.value ?? 0) > SLOW_MS;
  const kind = slow ? "slow" : link.value;
  return html`<span
    class="link ${kind}"
    role="img"
    aria-label=${t(`link.${kind}`)}
    title=${t(`link.${kind}`)}
  >
    <i></i>${link.value === "up" && rttMs.value !== null ? `${rttMs.value} ms` : t(`link.${kind}`)}</span
  >`;
}

export function LinkBanner() {
  if (link.value !== "down") return null;
  return html`<div class="banner bad" role="alert">
    <b>${t("link.lost")}</b> ${t("link.lost_hint")}
    <button onClick=${() => location.reload()}>${t("reload")}</button>
  </div>`;
}
