/**
 * Turns a queue of utterances into one mono stream: strictly one after the other, contiguous from
 * chunk to chunk, faded wherever sound has to stop or come back in mid-utterance. Pure: it knows no
 * Web Audio and no clock, so it runs in an audio worklet and on the main thread alike.
 */

import { Utterance } from "./utterance.js";

const GAP_MS = 150;
const PREBUFFER_MS = 80;
const FADE_MS = 5;
const SKIP_FADE_MS = 10;
/** A stop can be lost with the bridge; the room must not wait for it for ever. */
const PATIENCE_MS = 10_000;
const SHORT_PATIENCE_MS = 3_000;
const REPORT_MS = 50;
/** -60 dBFS: what counts as sound, not as silence. */
const AUDIBLE = 1e-3;

/** @typedef {"done" | "cut" | "lost"} Ending */

export class Mixer {
  /** @type {Utterance[]} */
  #queue = [];
  #paused = false;
  #sounding = false;
  /** Where the fade-out under way leads: silence within the utterance, or its end. */
  /** @type {"" | "rest" | "next"} */
  #closing = "";
  #fadeLeft = 0;
  #gain = 1;
  #ramp = 0;
  #gapLeft = 0;
  #starved = 0;
  #sinceReport = 0;
  #reported = "";
  #last = 0;
  #totals = { rendered: 0, audible: 0, underruns: 0, largestStep: 0 };

  /**
   * @param {number} rateHz
   * @param {(event: object) => void} notify takes `started`, `finished` and `stats` events
   */
  constructor(rateHz, notify) {
    this.rateHz = rateHz;
    this.notify = notify;
  }

  /** Queue an utterance; one that is queued already may grow again. @param {string} id */
  open(id) {
    const known = this.#find(id);
    if (known) known.complete = false;
    else this.#queue.push(new Utterance(id));
  }

  /** @param {string} id @param {Int16Array} pcm */
  push(id, pcm) {
    this.#find(id)?.push(pcm);
    if (this.#queue[0]?.id === id) this.#starved = 0;
  }

  /** No more will come. @param {string} id */
  end(id) {
    const utterance = this.#find(id);
    if (utterance) utterance.complete = true;
  }

  /** Throw away what has not been heard of it. @param {string} id */
  drop(id) {
    const place = this.#queue.findIndex((utterance) => utterance.id === id);
    if (place < 0) return;
    if (place > 0 || !this.#sounding) this.#finish(place, "cut");
    else if (this.#closing) this.#closing = "next";
    else this.#close("next", this.#samples(SKIP_FADE_MS));
  }

  clear() {
    for (const { id } of this.#queue.slice().reverse()) this.drop(id);
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    if (paused && this.#sounding && !this.#closing) this.#close("rest", this.#samples(FADE_MS));
  }

  /** The stream had a hole: do not wait long for utterances that are still open. */
  hurry() {
    for (const utterance of this.#queue) utterance.hurried = true;
  }

  /** Fill one block. @param {Float32Array} out */
  render(out) {
    let at = 0;
    while (at < out.length) at += this.#sounding ? this.#play(out, at) : this.#rest(out, at);
    this.#sinceReport += out.length;
    if (this.#sinceReport >= this.#samples(REPORT_MS)) this.#report();
  }

  /** One step of silence, or of leaving it. @returns {number} samples written */
  #rest(out, at) {
    const head = this.#queue[0];
    const due = head && !this.#paused && this.#gapLeft === 0;
    if (due && this.#ready(head)) return this.#resume(head);
    const room = out.length - at;
    const count = this.#gapLeft > 0 ? Math.min(room, this.#gapLeft) : room;
    out.fill(0, at, at + count);
    this.#measure(out, at, count);
    this.#gapLeft = Math.max(0, this.#gapLeft - count);
    if (due) this.#starve(head, count);
    return count;
  }

  #ready(head) {
    return head.complete || head.left >= this.#samples(PREBUFFER_MS);
  }

  #resume(head) {
    this.#sounding = true;
    this.#starved = 0;
    this.#gain = head.started ? 0 : 1;
    this.#ramp = head.started ? 1 / this.#samples(FADE_MS) : 0;
    if (!head.started && head.left > 0) {
      head.started = true;
      this.notify({ type: "started", id: head.id });
    }
    return 0;
  }

  #starve(head, count) {
    this.#starved += count;
    const patience = head.hurried ? SHORT_PATIENCE_MS : PATIENCE_MS;
    if (this.#starved >= this.#samples(patience)) this.#finish(0, "lost");
  }

  /** One contiguous run of the head utterance. @returns {number} samples written */
  #play(out, at) {
    const head = this.#queue[0];
    const room = out.length - at;
    const fade = this.#samples(FADE_MS);
    // The fade-out needs samples to act on, so it begins while there still are enough.
    if (!this.#closing && !head.complete && head.left < room + fade) {
      this.#totals.underruns += 1;
      this.#close("rest", fade);
    }
    const limit = this.#closing ? Math.min(room, this.#fadeLeft) : room;
    const count = head.read(out, at, limit);
    this.#shape(out, at, count);
    this.#measure(out, at, count);
    this.#totals.rendered += count;
    this.#settle(head, count);
    return count;
  }

  #settle(head, count) {
    if (this.#closing) this.#fadeLeft -= count;
    const faded = this.#closing !== "" && this.#fadeLeft <= 0;
    const skipped = this.#closing === "next";
    if (head.complete && head.left === 0) this.#finish(0, skipped ? "cut" : "done");
    else if (faded && skipped) this.#finish(0, "cut");
    else if (faded) this.#silence();
  }

  #shape(out, at, count) {
    for (let i = at; i < at + count; i += 1) {
      out[i] *= this.#gain;
      this.#gain = Math.min(1, Math.max(0, this.#gain + this.#ramp));
    }
  }

  /** Fade out over what is there, at most `samples`. */
  #close(goal, samples) {
    this.#closing = goal;
    this.#fadeLeft = Math.min(samples, this.#queue[0].left);
    this.#ramp = this.#fadeLeft > 0 ? -this.#gain / this.#fadeLeft : 0;
  }

  #silence() {
    this.#sounding = false;
    this.#closing = "";
  }

  /** @param {number} place @param {Ending} ending */
  #finish(place, ending) {
    const [utterance] = this.#queue.splice(place, 1);
    if (place === 0) {
      this.#silence();
      this.#starved = 0;
      if (utterance.started) this.#gapLeft = this.#samples(GAP_MS);
    }
    this.#report();
    this.notify({ type: "finished", id: utterance.id, ending, samples: utterance.rendered });
  }

  #measure(out, at, count) {
    for (let i = at; i < at + count; i += 1) {
      const sample = out[i];
      if (Math.abs(sample) > AUDIBLE) this.#totals.audible += 1;
      const step = Math.abs(sample - this.#last);
      if (step > this.#totals.largestStep) this.#totals.largestStep = step;
      this.#last = sample;
    }
  }

  /** Tell how it stands; once, while nothing changes. */
  #report() {
    this.#sinceReport = 0;
    const head = this.#queue[0];
    const state = this.#state(head);
    const { rendered, audible } = this.#totals;
    const news = `${state} ${rendered} ${audible} ${head?.id}`;
    if (news === this.#reported) return;
    this.#reported = news;
    const playing = head?.started ? { id: head.id, position: head.rendered } : null;
    this.notify({ type: "stats", totals: { ...this.#totals }, state, playing });
  }

  #state(head) {
    if (this.#sounding) return "playing";
    if (this.#paused) return "paused";
    return head ? "waiting" : "idle";
  }

  #find(id) {
    return this.#queue.find((utterance) => utterance.id === id);
  }

  #samples(ms) {
    return Math.round((this.rateHz * ms) / 1000);
  }
}
