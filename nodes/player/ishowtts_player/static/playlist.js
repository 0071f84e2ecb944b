/**
 * Which utterances are to be heard, and how much of each is here. Leaves out what came twice, holds
 * samples back while the device cannot take them, and stays within its bounds.
 */

import { decodePcm } from "./pcm.js";

const LIMIT_MS = 600_000;
/** Before the first click: older speech would only be late. */
const LOCKED_LIMIT_MS = 60_000;
const REMEMBERED = 2000;
/** After these a second attempt may bring the rest. */
const UNFINISHED = ["failed", "lost"];

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string | null} messageId
 * @property {string | null} author
 * @property {string} text
 * @property {string} voice
 * @property {number} rateHz
 * @property {number} next offset of the next new sample
 * @property {number} received samples taken
 * @property {number} rendered samples heard
 * @property {Int16Array[]} held waiting for the device
 * @property {boolean} complete nothing more will come
 * @property {boolean} failed the synthesis broke off
 * @property {boolean} fed the mixer knows it
 * @property {boolean} started its first sample was heard
 * @property {"" | "done" | "cut" | "lost" | "dropped" | "failed"} ending
 */

export class Playlist {
  /** @type {Map<string, Entry>} every utterance that was ever started, the oldest forgotten */
  #book = new Map();
  /** @type {Entry[]} not yet ended, in order of their start */
  #order = [];
  #tuning = false;
  /** Ids of what was heard to its end. */
  played = [];
  counts = { gaps: 0, repeats: 0, dropped: 0 };

  /**
   * @param {import("./audio.js").Speaker} speaker
   * @param {{started: (entry: Entry) => void, ended: (entry: Entry) => void}} listener
   */
  constructor(speaker, listener) {
    this.speaker = speaker;
    this.listener = listener;
  }

  /** The utterance that is being heard. @returns {Entry | undefined} */
  get playing() {
    return this.#order.find((entry) => entry.started);
  }

  get bufferedMs() {
    const ms = ({ received, rendered, rateHz }) => ((received - rendered) / rateHz) * 1000;
    return this.#order.reduce((sum, entry) => sum + ms(entry), 0);
  }

  /** Whether it is still to be heard to its end. @param {string | null} id */
  has(id) {
    return this.#order.some((entry) => entry.id === id);
  }

  /** @param {object} event `audio_start` */
  start(event) {
    const known = this.#book.get(event.utterance_id);
    if (known && !UNFINISHED.includes(known.ending)) {
      known.complete = false;
      if (known.fed && !known.ending) this.speaker.call("open", [known.id]);
      return;
    }
    const entry = this.#enter(event, known?.next ?? 0);
    this.#book.set(entry.id, entry);
    this.#order.push(entry);
    this.#forget();
    this.feed();
  }

  #enter(event, next) {
    return {
      id: event.utterance_id,
      messageId: event.message_id,
      author: event.author,
      text: event.text,
      voice: event.voice,
      rateHz: event.sample_rate_hz,
      next,
      received: 0,
      rendered: 0,
      held: [],
      complete: false,
      failed: false,
      fed: false,
      started: false,
      ending: "",
    };
  }

  /** @param {object} event `audio_chunk` */
  chunk(event) {
    const entry = this.#book.get(event.utterance_id);
    if (!entry || entry.ending) return;
    const pcm = decodePcm(event.pcm);
    const repeated = Math.min(pcm.length, Math.max(0, entry.next - event.offset));
    if (repeated > 0) this.counts.repeats += 1;
    if (event.offset > entry.next) this.counts.gaps += 1;
    if (repeated === pcm.length) return;
    entry.next = event.offset + pcm.length;
    entry.received += pcm.length - repeated;
    entry.held.push(pcm.slice(repeated));
    this.#bound();
    this.feed();
  }

  /** @param {object} event `audio_stop` */
  stop(event) {
    const entry = this.#book.get(event.utterance_id);
    if (!entry || entry.ending) return;
    if (event.reason === "cancelled") {
      this.drop(entry.id);
      return;
    }
    entry.complete = true;
    entry.failed = event.reason === "failed";
    this.feed();
  }

  /** @param {string | null} id */
  drop(id, ending = "cut") {
    const entry = this.#order.find((candidate) => candidate.id === id);
    if (!entry) return;
    entry.held = [];
    entry.ending = ending;
    if (entry.fed) this.speaker.call("drop", [id]);
    else this.#end(entry);
  }

  clear() {
    for (const entry of this.#order.slice().reverse()) this.drop(entry.id);
  }

  /** The stream had a hole: stops may have been lost in it. */
  hurry() {
    this.speaker.call("hurry", []);
  }

  /** Hand the device all that it can take, in order. */
  feed() {
    for (const entry of this.#order) {
      if (entry.rateHz !== this.speaker.rateHz) {
        if (entry === this.#order[0]) this.#tune(entry);
        return;
      }
      if (!this.speaker.ready) return;
      if (!entry.ending) this.#feedOne(entry);
    }
  }

  #feedOne(entry) {
    if (!entry.fed) this.speaker.call("open", [entry.id]);
    entry.fed = true;
    for (const pcm of entry.held) this.speaker.call("push", [entry.id, pcm], [pcm.buffer]);
    entry.held = [];
    if (entry.complete) this.speaker.call("end", [entry.id]);
  }

  async #tune(entry) {
    if (this.#tuning) return;
    this.#tuning = true;
    try {
      await this.speaker.tune(entry.rateHz);
    } catch {
      this.drop(entry.id, "failed");
    }
    this.#tuning = false;
    this.feed();
  }

  /** @param {object} event of the mixer */
  heard(event) {
    if (event.type === "stats") this.#progress(event.playing);
    const entry = this.#order.find((candidate) => candidate.id === event.id);
    if (!entry) return;
    if (event.type === "started") {
      entry.started = true;
      this.listener.started(entry);
    } else {
      entry.rendered = event.samples;
      entry.ending ||= entry.failed ? "failed" : event.ending;
      this.#end(entry);
    }
  }

  #progress(playing) {
    const entry = playing && this.#book.get(playing.id);
    if (entry) entry.rendered = playing.position;
  }

  #end(entry) {
    this.#order = this.#order.filter((other) => other !== entry);
    if (entry.ending === "done") this.played = [...this.played.slice(1 - REMEMBERED), entry.id];
    this.listener.ended(entry);
    this.feed();
  }

  /** Drop whole utterances, the oldest first, and never the one that is being heard. */
  #bound() {
    const limit = this.speaker.locked ? LOCKED_LIMIT_MS : LIMIT_MS;
    while (this.bufferedMs > limit) {
      const victim = this.#order.find((entry) => !entry.started && entry.received > 0);
      if (!victim) return this.#cut(this.#order.at(-1));
      this.counts.dropped += 1;
      this.drop(victim.id, "dropped");
      victim.received = victim.rendered;
    }
  }

  /** One endless utterance fills the buffer alone: what came last goes. */
  #cut(entry) {
    const lost = entry.held.reduce((sum, pcm) => sum + pcm.length, 0);
    entry.received -= lost;
    entry.held = [];
    this.counts.dropped += 1;
  }

  #forget() {
    for (const [id, entry] of this.#book) {
      if (this.#book.size <= REMEMBERED) return;
      if (entry.ending) this.#book.delete(id);
    }
  }
}
