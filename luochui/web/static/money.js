// Money on the screen: whole fen in, text out, and back. No floating point anywhere.
// @ts-check

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const SECTIONS = ["", "万", "亿", "万亿"];
const FEN_PER_YUAN = 100n;
const FEN_PER_WAN = 1_000_000n;
const FEN_PER_MILLION = 100_000_000n;

/** The largest amount the server takes, in fen. */
export const AMOUNT_MAX_FEN = 1_000_000_000_000_000;

/**
 * Returns fen as yuan with thousands separators: 1655000050 -> "16,550,000.50", whole yuan without ".00".
 * @param {number|bigint} fen
 */
export function yuan(fen) {
  const { sign, whole, part } = split(fen, FEN_PER_YUAN);
  return `${sign}${grouped(whole)}${part ? `.${String(part).padStart(2, "0")}` : ""}`;
}

/**
 * Returns fen as 万元 (ten thousand yuan), exact: 1655000050 -> "1,655.00005".
 * @param {number|bigint} fen
 */
export function wan(fen) {
  return inUnits(fen, FEN_PER_WAN, 6);
}

/**
 * Returns fen as millions of yuan, exact: 1655000050 -> "16.5500005".
 * @param {number|bigint} fen
 */
export function million(fen) {
  return inUnits(fen, FEN_PER_MILLION, 8);
}

/**
 * Returns an amount the way bank forms want it (大写): 1655000000 -> 壹仟陆佰伍拾伍万元整.
 * Zeros inside are said once (零), a missing jiao before fen is said, whole yuan end in 整.
 * @param {number|bigint} fen
 */
export function capitals(fen) {
  const { sign, whole, part } = split(fen, FEN_PER_YUAN);
  const jiao = Number(part / 10n);
  const cents = Number(part % 10n);
  let text = whole ? `${integerCapitals(whole)}元` : "";
  if (!part) return `${sign ? "负" : ""}${text || "零元"}整`;
  if (jiao) text += `${DIGITS[jiao]}角`;
  else if (whole) text += "零";
  if (cents) text += `${DIGITS[cents]}分`;
  return `${sign ? "负" : ""}${text}`;
}

/**
 * Returns the fen that somebody typed in yuan ("yuan") or 万元 ("wan"), or null for what is not an amount.
 * Full-width digits, spaces and separators are understood; more decimals than fen have are not rounded but
 * refused, and so is everything outside 1 fen to the largest amount.
 * @param {string} typed
 * @param {"yuan"|"wan"} unit
 * @returns {number|null}
 */
export function parseAmount(typed, unit) {
  const plain = typed.normalize("NFKC").replace(/[\s,_，¥￥]/g, "");
  const match = /^(\d+)(?:\.(\d*))?$/.exec(plain);
  if (!match) return null;
  const decimals = unit === "wan" ? 6 : 2;
  const part = (match[2] ?? "").replace(/0+$/, "");
  if (part.length > decimals) return null;
  const fen = BigInt(match[1] + part.padEnd(decimals, "0"));
  return fen >= 1n && fen <= BigInt(AMOUNT_MAX_FEN) ? Number(fen) : null;
}

/**
 * Returns how far `price` lies above `start` in percent with two decimals, rounded half up: "12.50".
 * @param {number} price
 * @param {number} start
 */
export function premiumPercent(price, start) {
  const hundredths = ((BigInt(price) - BigInt(start)) * 20_000n + BigInt(start)) / (2n * BigInt(start));
  const { sign, whole, part } = split(hundredths, 100n);
  return `${sign}${grouped(whole)}.${String(part).padStart(2, "0")}`;
}

/**
 * @param {number|bigint} fen
 * @param {bigint} unit
 * @param {number} places decimals that the unit has
 */
function inUnits(fen, unit, places) {
  const { sign, whole, part } = split(fen, unit);
  const rest = part ? `.${String(part).padStart(places, "0").replace(/0+$/, "")}` : "";
  return `${sign}${grouped(whole)}${rest}`;
}

/**
 * @param {number|bigint} amount
 * @param {bigint} unit
 */
function split(amount, unit) {
  const exact = BigInt(amount);
  const size = exact < 0n ? -exact : exact;
  return { sign: exact < 0n ? "-" : "", whole: size / unit, part: size % unit };
}

/** @param {bigint} whole */
function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {bigint} whole */
function integerCapitals(whole) {
  const sections = [];
  for (let rest = whole; rest; rest /= 10_000n) sections.unshift(Number(rest % 10_000n));
  let text = "";
  let gap = false; // A zero is due before the next digit that is said.
  sections.forEach((section, index) => {
    const below = sections.length - 1 - index;
    if (!section) {
      gap = gap || text !== "";
      return;
    }
    if (text && (gap || section < 1000)) text += DIGITS[0];
    text += sectionCapitals(section) + SECTIONS[below];
    gap = false;
  });
  return closeSections(text);
}

/** @param {number} section 1 to 9999 */
function sectionCapitals(section) {
  const digits = String(section);
  let text = "";
  let gap = false;
  [...digits].forEach((digit, index) => {
    if (digit === "0") {
      gap = true;
      return;
    }
    if (gap) text += DIGITS[0];
    text += DIGITS[Number(digit)] + PLACES[digits.length - 1 - index];
    gap = false;
  });
  return text;
}

/**
 * "壹万亿贰亿" says 亿 twice where 亿 itself is filled: the higher section then stands as 万 before it.
 * @param {string} text
 */
function closeSections(text) {
  return text.replace(/万亿(?=[^亿]*亿)/, "万");
}
