// The shapes that travel between the server and the pages; types only. Amounts: whole fen; instants: whole
// microseconds UTC. Both stay below 2^53, so JSON numbers carry them exactly.
// @ts-check

/** @typedef {{ zh: string, en: string }} Text */
/** @typedef {"bidder"|"auctioneer"|"settlement"|"supervisor"|"owner"|"observer"} Role */
/** @typedef {{ account_id: string, login: string, name: string, roles: Role[] }} Session */

/**
 * @typedef {object} LotNotice
 * @property {string} lot_id
 * @property {Text} title
 * @property {string} asset_class
 * @property {Text} place
 * @property {Text} seller
 * @property {string} format
 * @property {number} start_fen
 * @property {number} increment_fen
 * @property {number} deposit_fen
 * @property {number|null} cap_fen
 * @property {boolean} has_reserve
 * @property {number} free_us
 * @property {number|null} limited_us
 * @property {number} inquiry_us
 * @property {boolean} must_confirm
 * @property {number} opens_at_us
 * @property {{ label: Text, value: Text }[]} facts
 * @property {string} source
 * @property {string[]} assumed
 * @property {boolean} bidders_invented
 * @property {number|null} calls_before_hammer
 * @property {number} speed
 */

/** @typedef {"announced"|"open"|"suspended"|"resuming"|"sold"|"unsold"|"withdrawn"} LotStatus */
/**
 * @typedef {object} RoomNotice
 * @property {string} kind
 * @property {string} text the reason
 * @property {number} at_us
 * @property {string} cause by whom: auctioneer, or outage or clock where the system did it
 * @property {number|null} by_us
 * @property {number|null} remaining_us
 * @property {number|null} resumes_at_us
 * @property {number|null} closes_at_us
 */
/**
 * @typedef {object} LotResult
 * @property {string} outcome
 * @property {number|null} price_fen
 * @property {string|null} winner
 * @property {number} at_us
 * @property {boolean|null} reserve_met
 */

/**
 * @typedef {object} LotState
 * @property {string} lot_id
 * @property {number} seq
 * @property {LotStatus} status
 * @property {string|null} phase
 * @property {number|null} price_fen
 * @property {string|null} leader
 * @property {number} bids
 * @property {number} bidders
 * @property {number} extensions
 * @property {number|null} amount_min_fen
 * @property {number|null} closes_at_us
 * @property {number|null} resumes_at_us
 * @property {number|null} remaining_us
 * @property {number} calls
 * @property {RoomNotice|null} notice
 * @property {LotResult|null} result
 * @property {string} [format]
 * @property {Record<string, any>} [details] what only this format has to say
 * @property {RoomNotice|null} [message] what the auctioneer last told the room
 * @property {number} [now_us]
 */

/** @typedef {{ notice: LotNotice, state: LotState }} LotCard */

/**
 * @typedef {object} LotEvent
 * @property {string} lot_id
 * @property {number} seq
 * @property {string} kind
 * @property {number} at_us
 * @property {string} [number]
 * @property {number} [amount_fen]
 * @property {number} [closes_at_us]
 * @property {number} [by_us]
 * @property {number} [call]
 * @property {string} [reason]
 */

/** @typedef {{ deposit_id: string, account_no: string, due_fen: number, received_fen: number }} OwnDeposit */
/**
 * @typedef {object} Application
 * @property {string} lot_id
 * @property {"none"|"awaiting_deposit"|"deposit_recorded"|"admitted"} status
 * @property {string} [number]
 * @property {OwnDeposit} [deposit]
 * @property {boolean} goes_on
 */

/**
 * @typedef {object} BidAnswer
 * @property {string} lot_id
 * @property {string} bid_id
 * @property {number} amount_fen
 * @property {number} seq
 * @property {number} at_us
 * @property {boolean} repeated
 * @property {string|null} number
 */

/**
 * @typedef {object} Refusal
 * @property {string} code
 * @property {Text} [text]
 * @property {number|null} [amount_min_fen]
 * @property {number|null} [amount_max_fen]
 */

/**
 * @typedef {object} PendingApproval
 * @property {string} proposal_id
 * @property {string} action
 * @property {string} reason
 * @property {number} at_us
 * @property {string} by
 * @property {boolean} own
 */

/**
 * @typedef {object} ConsoleView
 * @property {LotCard} card
 * @property {{ number: string }[]} admitted
 * @property {{ bidders: number, observers: number }|null} online
 * @property {{ at_us: number, number: string|null, amount_fen: number, code: string }[]} refusals
 * @property {PendingApproval[]} approvals
 * @property {number} calls
 * @property {number|null} calls_needed
 * @property {boolean|null} reserve_met
 */

/**
 * @typedef {object} Receipt
 * @property {string} receipt_id
 * @property {number} amount_fen
 * @property {string} payer
 * @property {string} bank_reference
 * @property {number} received_at_us
 * @property {string} recorded_by account
 * @property {string} recorded_by_name
 */
/**
 * @typedef {object} Deposit
 * @property {string} deposit_id
 * @property {string} lot_id
 * @property {Text} lot_title
 * @property {string} bidder_name
 * @property {string} account_no
 * @property {number} due_fen
 * @property {number} received_fen
 * @property {number} due_at_us
 * @property {"awaiting"|"recorded"|"confirmed"} status
 * @property {Receipt[]} receipts
 * @property {string|null} confirmed_by_name
 */

/**
 * @typedef {object} JournalEntry
 * @property {number} entry
 * @property {number} epoch
 * @property {number} arrived_at_us
 * @property {string} stream_id
 * @property {Record<string, any>} command
 * @property {Record<string, any>[]} events
 * @property {{ code: string, [key: string]: any }|null} [rejection]
 */
/**
 * @typedef {object} Verification
 * @property {boolean} agrees
 * @property {Record<string, any>|null} recorded
 * @property {Record<string, any>|null} recomputed
 * @property {number} entries
 * @property {string[]} differences
 */

export {};
