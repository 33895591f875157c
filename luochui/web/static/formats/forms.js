// Which moves each format offers, and what each asks for: one table for bidders, one for the auctioneer.
// @ts-check

/** @typedef {import("../wire.js").LotState} LotState */
/**
 * @typedef {object} Input
 * @property {string} name as the server calls it
 * @property {"money"|"moneys"|"whole"|"wholes"|"text"|"choice"} type
 * @property {string[]} [choices]
 * @property {boolean} [optional]
 * @property {(state: LotState) => string} [start] what stands in it at first
 */
/** @typedef {{ kind: string, path?: string, id?: string, inputs: Input[], when?: (state: LotState) => boolean }} Form */

/** @param {string} name @param {Partial<Input>} [more] @returns {Input} */
const money = (name, more = {}) => ({ name, type: "money", ...more });
/** @param {string} name @param {Partial<Input>} [more] @returns {Input} */
const whole = (name, more = {}) => ({ name, type: "whole", ...more });
/** @param {string} name @param {Partial<Input>} [more] @returns {Input} */
const text = (name, more = {}) => ({ name, type: "text", ...more });

/** @param {LotState} state the lowest valid bid, in yuan */
const lowest = (state) => (state.amount_min_fen === null ? "" : (state.amount_min_fen / 100).toFixed(2));
/** @param {...string} phases @returns {(state: LotState) => boolean} */
const in_ =
  (...phases) =>
  (state) =>
    phases.includes(state.phase ?? "");
/** @param {string} name @returns {(state: LotState) => boolean} */
const offers = (name) => (state) => Boolean(state.details?.[name]);

const SIDE = /** @type {Input} */ ({ name: "side", type: "choice", choices: ["buy", "sell"] });
const ORDER = [SIDE, money("price_fen"), whole("quantity")];
const REASON = text("reason");
const bid = (/** @type {(state: LotState) => boolean} */ when) => ({
  kind: "place_bid",
  path: "bids",
  id: "bid_id",
  inputs: [money("amount_fen", { start: lowest })],
  when,
});
const RIGHTS = [
  { kind: "exercise_priority", inputs: [], when: in_("priority") },
  { kind: "waive_priority", inputs: [], when: offers("first_refusal") },
];
const PROXY = { kind: "set_maximum", inputs: [money("maximum_fen")], when: offers("proxies_allowed") };
const SEAL = {
  kind: "submit_envelope",
  inputs: [money("amount_fen", { start: lowest })],
  when: in_("sealing", "sealed"),
};
const OPEN = {
  kind: "open_envelope",
  inputs: [money("amount_fen"), text("nonce")],
  when: in_("opening", "sealed"),
};
const TAKE_BACK = { kind: "withdraw_envelope", inputs: [], when: in_("sealing", "sealed") };
const AREA = {
  ...bid((state) => state.details?.stage === "second_dimension"),
  inputs: [whole("amount_fen", { start: (state) => String(state.amount_min_fen ?? "") })],
};
const QUOTE = { kind: "quote_once", inputs: [money("amount_fen")], when: in_("quoting") };
const OFFER = /** @type {Input} */ ({
  name: "offer",
  type: "choice",
  choices: ["order", "listing", "block"],
});

/** What bidders do, by format. @type {Record<string, Form[]>} */
export const BIDDERS = {
  timed: [PROXY, ...RIGHTS],
  sale: [AREA, QUOTE, PROXY, ...RIGHTS],
  english: [bid(in_("floor")), PROXY, ...RIGHTS],
  sealed: [SEAL, TAKE_BACK, OPEN],
  dutch: [bid(in_("dutch"))],
  hybrid_dutch: [bid(in_("dutch", "best_bid")), SEAL, TAKE_BACK, OPEN],
  raise_agree: [{ kind: "agree", inputs: [] }, bid(() => true)],
  clock: [
    {
      kind: "ask_units",
      inputs: [whole("quantity"), { name: "exits_fen", type: "moneys", optional: true }],
    },
  ],
  smra: [
    { kind: "bid_on_lots", inputs: [text("lot"), money("amount_fen")] },
    { kind: "waive", inputs: [] },
  ],
  multi_unit: [
    { kind: "place_order", inputs: [money("price_fen"), whole("quantity")], when: in_("orders") },
  ],
  packages: [{ kind: "bid_packages", inputs: [money("amount_fen"), text("bundle")] }],
  trading: [
    { kind: "order", inputs: ORDER },
    { kind: "list_for_pick", inputs: ORDER, when: in_("continuous") },
    { kind: "pick_listing", inputs: [whole("listing"), whole("quantity")], when: in_("continuous") },
    { kind: "propose_block", inputs: [...ORDER, text("counterparty")], when: in_("continuous") },
    { kind: "accept_block", inputs: [whole("block")], when: in_("continuous") },
    { kind: "take_back_offer", inputs: [OFFER, whole("place")] },
  ],
};

const INCREMENT = {
  kind: "adjust_increment",
  inputs: [money("increment_fen"), { ...REASON, optional: true }],
};
const DRAW = { kind: "reveal_seed", inputs: [text("seed"), text("public")], when: in_("draw") };
const RESERVE = /** @type {Form} */ ({
  kind: "enter_reserve",
  inputs: [{ name: "values_fen", type: "moneys" }],
  when: offers("reserve_entry"),
});
const LIVE = [{ ...INCREMENT, when: offers("increments_adjustable") }, RESERVE];

/** What those who run the sale do, by format. @type {Record<string, Form[]>} */
export const STAFF = {
  timed: LIVE,
  sale: [...LIVE, DRAW],
  english: [
    { kind: "open_floor", inputs: [whole("participants")], when: in_("waiting") },
    {
      kind: "enter_floor_bid",
      inputs: [text("number"), money("amount_fen", { start: lowest })],
      when: in_("floor"),
    },
    { kind: "set_asking", inputs: [money("amount_fen")], when: in_("floor") },
    { ...INCREMENT, when: in_("floor") },
    { kind: "undo_entry", inputs: [REASON], when: offers("last_entry_on_floor") },
    { kind: "undo_call", inputs: [], when: (state) => state.calls > 0 },
    { kind: "reopen", inputs: [REASON], when: in_("hammered") },
    { kind: "pass_lot", inputs: [REASON], when: in_("waiting", "floor") },
  ],
  multi_unit: [DRAW],
  sealed: [
    {
      kind: "record_score",
      inputs: [text("number"), { name: "hundredths", type: "wholes" }],
      when: (state) => state.phase === "sealing" && state.details?.pricing === "weighted",
    },
    DRAW,
  ],
};

/** What belongs to every format. @type {Form[]} */
export const ANY_FORMAT = [{ kind: "send_message", path: "messages", inputs: [text("text")] }];

/** Whether the room's own bid desk takes this lot's bids. @param {LotState} state */
export const hasBidDesk = (state) =>
  (state.format ?? "timed") === "timed" || (state.format === "sale" && state.details?.stage === "price");
