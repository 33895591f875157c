// A client of the live feed, with nothing it depends on: one WebSocket to /live that comes back by itself, or
// event streams where no WebSocket gets through. docs/feed.md describes what travels.
// @ts-check

/** @typedef {import("./wire.js").LotState} LotState */
/** @typedef {import("./wire.js").LotEvent} LotEvent */
/** @typedef {{ code: string, advice: "now"|"later"|"never", after_ms: number }} Goodbye */
/**
 * @typedef {object} WatchAnswer
 * @property {boolean} ok
 * @property {string} [code]
 * @property {string} epoch
 * @property {boolean} recovered whether it goes on where we were
 * @property {LotState} state
 * @property {LotEvent[]} [history] the latest bids, with a snapshot
 * @property {LotEvent[]} [events] what we missed, when recovered
 */

const ANSWER_MS = 5000;
const SILENT_MS = 15_000;
const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 8000;
const STREAMS_AFTER_FAILURES = 2;

/** How far one lot is known: every event counts once and in order, or is asked for again. */
export class Following {
  /** @param {string} lotId */
  constructor(lotId) {
    this.lotId = lotId;
    this.epoch = /** @type {string|null} */ (null);
    this.seq = -1;
  }

  /** The body of "watch": with our place, once there is one. */
  question() {
    if (this.epoch === null) return { lot_id: this.lotId };
    return { lot_id: this.lotId, epoch: this.epoch, seq: this.seq };
  }

  /** Returns the events that are new. @param {WatchAnswer} answer */
  answered(answer) {
    const known = this.seq;
    this.epoch = answer.epoch ?? null;
    this.seq = answer.state.seq;
    return answer.recovered ? (answer.events ?? []).filter((event) => event.seq > known) : [];
  }

  /** @param {LotEvent} event @returns {"new"|"known"|"missing"} missing: one before it */
  takes(event) {
    if (event.seq <= this.seq) return "known";
    if (event.seq > this.seq + 1) return "missing";
    this.seq = event.seq;
    return "new";
  }

  /** @param {{ epoch: string, seq: number }} beat */
  isBehind(beat) {
    return this.epoch !== null && (beat.epoch !== this.epoch || beat.seq > this.seq);
  }
}

/**
 * @typedef {object} FeedOptions
 * @property {() => Promise<string|null>} token a fresh one-time token, null for the public
 * @property {() => void} onUp connected: whatever is watched is to be asked for now
 * @property {(goodbye: Goodbye|null) => void} onDown
 * @property {(name: string, body: any) => void} onMessage
 * @property {() => void} onStreams no WebSocket gets through, but event streams do
 * @property {() => string[]} lots what is watched, and streamed when no WebSocket gets through
 * @property {() => boolean} catalogue whether the catalogue is
 */

export class Feed {
  /** @param {FeedOptions} options */
  constructor(options) {
    this._options = options;
    this._socket = /** @type {WebSocket|null} */ (null);
    this._streams = /** @type {Map<string, EventSource>} */ (new Map());
    this._streaming = false;
    this._waiting = /** @type {Map<number, (answer: any) => void>} */ (new Map());
    this._goodbye = /** @type {Goodbye|null} */ (null);
    this._number = 0;
    this._failures = 0;
    this._silence = 0;
    this._begun = false;
    this.connected = false;
  }

  /** Connects, and again whenever the connection is lost; harmless when that has been done. */
  connect() {
    if (this._begun) return;
    this._begun = true;
    addEventListener("offline", () => this._drop());
    void this._open();
  }

  async _open() {
    const token = await this._options.token();
    const address = new URL("/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this._socket = socket;
    socket.onopen = () => {
      this._failures = 0;
      this._closeStreams();
      this.connected = true;
      if (token !== null) void this.request("hello", { token });
      this._hearSilence();
      this._options.onUp();
    };
    socket.onmessage = (message) => this._take(message.data);
    socket.onclose = () => this._lost();
  }

  /** @param {string} text */
  _take(text) {
    this._hearSilence();
    const [name, body] = JSON.parse(text);
    if (name === "answer") {
      this._waiting.get(body.id)?.(body.answer);
      this._waiting.delete(body.id);
    } else if (name === "goodbye") {
      this._goodbye = body;
    } else {
      this._options.onMessage(name, body);
    }
  }

  /** A connection on which not even heartbeats come is dead, whatever the browser says. */
  _hearSilence() {
    clearTimeout(this._silence);
    this._silence = setTimeout(() => {
      if (this._options.lots().length) this._drop();
    }, SILENT_MS);
  }

  /** Gives the connection up at once: a dead one would take long to close. */
  _drop() {
    const socket = this._socket;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this._lost();
  }

  _lost() {
    clearTimeout(this._silence);
    if (!this.connected) this._failures += 1;
    this.connected = false;
    this._socket = null;
    const goodbye = this._goodbye;
    this._goodbye = null;
    for (const answer of this._waiting.values()) answer(null);
    this._waiting.clear();
    if (!this._streaming) this._options.onDown(goodbye);
    if (this._failures >= STREAMS_AFTER_FAILURES) this._openStreams();
    if (goodbye?.advice !== "never") setTimeout(() => void this._open(), this._pauseMs(goodbye));
  }

  /** How long to stay away: as advised, spread so that not all come back at once. @param {Goodbye|null} goodbye */
  _pauseMs(goodbye) {
    if (goodbye) return (goodbye.advice === "later" ? goodbye.after_ms : 0) + Math.random() * goodbye.after_ms;
    return Math.random() * Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** this._failures);
  }

  /** Where no WebSocket gets through, lots and catalogue can at least be followed. */
  _openStreams() {
    for (const lotId of this._options.lots()) this._openStream(`/live/events/${encodeURIComponent(lotId)}`, lotId);
    if (this._options.catalogue()) this._openStream("/live/events", "");
  }

  /** @param {string} path @param {string} lotId */
  _openStream(path, lotId) {
    if (this._streams.has(path)) return;
    const stream = new EventSource(path);
    for (const name of ["snapshot", "event", "price", "heartbeat", "catalogue"]) {
      stream.addEventListener(name, (message) => {
        this._hearStream();
        const body = JSON.parse(message.data);
        this._options.onMessage(name, name === "snapshot" ? { lot_id: lotId, answer: body } : body);
      });
    }
    stream.onerror = () => this._missStreams(); // The browser connects it again by itself.
    this._streams.set(path, stream);
  }

  _hearStream() {
    if (this._streaming || this.connected) return;
    this._streaming = true;
    this._options.onStreams();
  }

  _missStreams() {
    if (this._streaming) this._options.onDown(null);
    this._streaming = false;
  }

  _closeStreams() {
    this._streams.forEach((stream) => stream.close());
    this._streams.clear();
    this._streaming = false;
  }

  /**
   * Asks; null when no answer came in time or there is no connection.
   * @param {string} name
   * @param {object} body
   * @returns {Promise<any>}
   */
  request(name, body) {
    const socket = this._socket;
    if (!this.connected || !socket) return Promise.resolve(null);
    this._number += 1;
    const number = this._number;
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        this._waiting.delete(number);
        resolve(null);
      }, ANSWER_MS);
      this._waiting.set(number, (answer) => {
        clearTimeout(patience);
        resolve(answer);
      });
      socket.send(JSON.stringify([name, number, body]));
    });
  }
}
