/** The room's events by SSE, come what may: who is connected, and why not. */

import { ApiError, get } from "./api.js";

const EVENTS = [
  "hello",
  "chat",
  "chat_accepted",
  "chat_rejected",
  "chat_removed",
  "chat_ended",
  "audio_start",
  "audio_chunk",
  "audio_stop",
  "playback",
  "control",
];
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10_000;

/** @typedef {"connecting" | "live" | "reconnecting" | "down" | "unauthorized" | "misnamed"} Link */

/** @type {Record<number, Link>} */
const REFUSALS = { 400: "misnamed", 401: "unauthorized", 404: "misnamed" };

export class Stream {
  /** @type {EventSource | null} */
  #source = null;
  #lastId = "";
  #retryMs = RETRY_MS;
  #timer = 0;
  /** @type {Link} */
  #link = "connecting";

  /**
   * @param {string} room
   * @param {(name: string, data: object) => void} onEvent
   * @param {(link: Link) => void} onLink
   */
  constructor(room, onEvent, onLink) {
    this.room = room;
    this.onEvent = onEvent;
    this.onLink = onLink;
  }

  open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(this.#address());
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#take(name, event));
    source.onerror = () => this.#lost(source);
    this.#source = source;
  }

  #address() {
    const query = new URLSearchParams({ room: this.room });
    if (this.#lastId) query.set("last_event_id", this.#lastId);
    return `api/danmaku/stream?${query}`;
  }

  #take(name, event) {
    if (event.lastEventId) this.#lastId = event.lastEventId;
    if (name === "hello") {
      this.#retryMs = RETRY_MS;
      this.#tell("live");
    }
    this.onEvent(name, JSON.parse(event.data));
  }

  /** The browser tries again by itself, but gives up on an answer that is not a stream. */
  async #lost(source) {
    if (source !== this.#source) return;
    if (this.#link === "live") this.#tell("reconnecting");
    if (source.readyState !== EventSource.CLOSED) return;
    this.#timer = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    const link = await probe(this.room);
    if (source !== this.#source) return;
    if (link === "misnamed") clearTimeout(this.#timer);
    this.#tell(link);
  }

  #tell(link) {
    this.#link = link;
    this.onLink(link);
  }
}

/**
 * An EventSource does not tell why it failed. Asks for the same room without listening to it.
 * @param {string} room
 * @returns {Promise<Link>}
 */
async function probe(room) {
  try {
    await get(`rooms/${encodeURIComponent(room)}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return REFUSALS[error.status] ?? "down";
  }
  return "reconnecting";
}
