// Light, dark, or what the reader's system says.
// @ts-check
import { effect, signal } from "@preact/signals";

/** @typedef {"auto"|"light"|"dark"} Theme */

const KEY = "luochui.theme";
const ORDER = /** @type {Theme[]} */ (["auto", "light", "dark"]);

/** The theme in use; boot.js has already put a chosen one on the document. */
export const theme = signal(/** @type {Theme} */ (document.documentElement.dataset.theme ?? "auto"));

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});

/** Goes on to the next theme and remembers it. */
export function nextTheme() {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length];
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Storage may be forbidden: the choice then holds for this page.
  }
}
