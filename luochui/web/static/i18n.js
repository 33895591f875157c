// The reader's language: which it is, the texts in it, dates and spans in it.
// @ts-check
import { computed, effect, signal } from "@preact/signals";
import { codes } from "./texts/codes.js"; // Written by the server from its own table.
import { common } from "./texts/common.js";
import { desk } from "./texts/desk.js";
import { moves } from "./texts/moves.js";
import { room } from "./texts/room.js";

/** @typedef {"zh"|"en"} Language */
/** @typedef {keyof typeof TEXTS} TextKey */

/** Every text; a pair each, so that no language can lack one. */
export const TEXTS = { ...common, ...room, ...desk, ...moves, ...codes };

const KEY = "luochui.language";

/** The language in use; ?lang= wins, then the last choice, then Chinese. boot.js has already looked. */
export const language = signal(
  /** @type {Language} */ (document.documentElement.lang === "en" ? "en" : "zh"),
);

effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

/** @param {Language} chosen */
export function choose(chosen) {
  language.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Storage may be forbidden: the choice then holds for this page.
  }
  const here = new URL(location.href);
  if (here.searchParams.has("lang")) {
    here.searchParams.set("lang", chosen);
    history.replaceState(null, "", here);
  }
}

/**
 * Returns the text of `key` with {name}s replaced.
 * @param {TextKey} key
 * @param {Record<string, string|number>} [values]
 */
export function t(key, values = {}) {
  return TEXTS[key][language.value === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) =>
    String(values[name] ?? ""),
  );
}

/**
 * Returns the text of a key that was put together, such as "status." + status; `otherwise` if there is none.
 * @param {string} key
 * @param {string} [otherwise]
 * @param {Record<string, string|number>} [values]
 */
export function maybe(key, otherwise = "", values = {}) {
  return key in TEXTS ? t(/** @type {TextKey} */ (key), values) : otherwise;
}

/**
 * Returns a text that came in both languages.
 * @param {import("./wire.js").Text|undefined|null} text
 */
export function say(text) {
  return text ? text[language.value] || text.zh || text.en : "";
}

/** Instants are shown in Beijing time everywhere: that is the time the notices mean. */
const ZONE = "Asia/Shanghai";

const formats = computed(() => {
  const locale = language.value === "zh" ? "zh-CN" : "en-GB";
  /** @param {Intl.DateTimeFormatOptions} options */
  const format = (options) =>
    new Intl.DateTimeFormat(locale, { timeZone: ZONE, hourCycle: "h23", ...options });
  return {
    time: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    exact: format({ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }),
    date: format({ year: "numeric", month: "short", day: "numeric", weekday: "short" }),
    moment: format({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  };
});

/**
 * @param {"time"|"exact"|"date"|"moment"} style
 * @param {number} us
 */
export function when(style, us) {
  return formats.value[style].format(us / 1000);
}

/**
 * Returns a span in words: 600 s -> "10 分钟" / "10 min"; tenths of a second only where there is no whole one.
 * @param {number} us
 */
export function span(us) {
  const seconds = Math.round(us / 1_000_000);
  if (us > 0 && us < 1_000_000) return t("span.second", { n: `0.${Math.max(1, Math.floor(us / 100_000))}` });
  const parts = /** @type {[TextKey, number][]} */ ([
    ["span.day", Math.floor(seconds / 86_400)],
    ["span.hour", Math.floor(seconds / 3600) % 24],
    ["span.minute", Math.floor(seconds / 60) % 60],
    ["span.second", seconds % 60],
  ]).filter(([, count]) => count);
  return parts.map(([key, n]) => t(key, { n })).join(" ") || t("span.second", { n: 0 });
}
