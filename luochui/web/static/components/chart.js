// The price as steps over time. The table of bids says the same in words.
// @ts-check
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { short } from "../amounts.js";
import { html } from "../html.js";
import { language, t, when } from "../i18n.js";
import { theme } from "../theme.js";

/** @typedef {import("../wire.js").LotEvent} LotEvent */

const HEIGHT_PX = 220;
/** Seconds shown around a sole bid. */
const SOLE_S = 30;
const ZONE = "Asia/Shanghai";
/** Positions on the canvas need no exactness; amounts in words are never made from these. */
const FEN_PER_UNIT = { zh: 1_000_000, en: 100_000_000 };

/** @param {{ bids: LotEvent[], startFen: number }} props */
export function PriceChart({ bids, startFen }) {
  const last = bids.at(-1);
  const summary = last
    ? t("chart.summary", { n: bids.length, start: short(startFen), price: short(last.amount_fen ?? 0) })
    : t("chart.empty");
  return html`<section class="card">
    <h2>${t("chart.title")} <small>${t("chart.unit")}</small></h2>
    ${last ? html`<${Drawing} bids=${bids} summary=${summary} />` : html`<p class="muted">${summary}</p>`}
  </section>`;
}

/** @param {{ bids: LotEvent[], summary: string }} props */
function Drawing({ bids, summary }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const plot = useRef(/** @type {uPlot|null} */ (null));
  const drawn = useRef(bids);
  drawn.current = bids;
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.clientWidth), points(drawn.current), element);
    };
    const stop = effect(() => {
      void [language.value, theme.value]; // Words and colours are drawn in.
      draw();
    });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    resized.observe(element);
    return () => {
      stop();
      dark.removeEventListener("change", draw);
      resized.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(points(bids)), [bids]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${summary}></div>`;
}

/** @param {LotEvent[]} bids @returns {uPlot.AlignedData} */
function points(bids) {
  return [
    bids.map((bid) => bid.at_us / 1e6),
    bids.map((bid) => (bid.amount_fen ?? 0) / FEN_PER_UNIT[language.value]),
  ];
}

/** @param {number} width @returns {uPlot.Options} */
function options(width) {
  const css = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => css.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    font: `12px ${colour("--sans")}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, points: { size: 8 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    scales: {
      x: {
        range: (plot, from, to) => (plot.data[0].length < 2 ? [from - SOLE_S, from + SOLE_S] : [from, to]),
      },
      y: { range: around },
    },
    axes: [
      { ...axis, size: 30, space: 90, values: (_, marks) => marks.map((mark) => when("time", mark * 1e6)) },
      { ...axis, size: 72, values: (_, marks) => marks.map((mark) => mark.toLocaleString("en")) },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        width: 2,
        fill: colour("--accent-wash"),
        paths: /** @type {any} */ (uPlot.paths).stepped({ align: 1 }),
        points: { show: true, size: 5, fill: colour("--accent") },
      },
    ],
  };
}

/** Leaves some room above and below the line. @param {uPlot} _ @param {number} low @param {number} high @returns {[number, number]} */
function around(_, low, high) {
  const room = Math.max((high - low) / 8, high / 200);
  return [low - room, high + room];
}
