// Large amounts in the reader's unit: 万元 in Chinese, millions in English. Exact in both.
// @ts-check
import { language, t } from "./i18n.js";
import { million, wan, yuan } from "./money.js";

/** An amount in full where the unit would only make it longer: in English. @param {number} fen */
export function brief(fen) {
  return language.value === "zh" ? short(fen) : `¥${yuan(fen)}`;
}

/** @param {number|bigint} fen */
export function short(fen) {
  return language.value === "zh"
    ? t("money.short", { amount: wan(fen) })
    : t("money.short", { amount: million(fen) });
}
