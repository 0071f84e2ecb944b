/** The audio device: a context at the utterances' own rate, the mixer behind it, the volume. */

import { openSink } from "./sink.js";

const FIRST_RATE_HZ = 24000;
/** Browsers that allow sound need this long to say so. */
const UNLOCK_GRACE_MS = 600;
/** What was rendered last is still on its way to the loudspeaker. */
const DRAIN_MS = 200;
const VOLUME_GLIDE_S = 0.015;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const NOTHING = { rendered: 0, audible: 0, underruns: 0, largestStep: 0 };

export class Speaker {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {import("./sink.js").Sink | null} */
  #sink = null;
  #gain = null;
  #volume = 1;
  #muted = false;
  #paused = false;
  #past = NOTHING;
  #now = { totals: NOTHING, state: "idle" };
  rateHz = FIRST_RATE_HZ;
  /** Sound is held back until the person has touched the page. */
  locked = false;

  /**
   * @param {(event: object) => void} onEvent `started`, `finished` and `stats` of the mixer
   * @param {() => void} onChange readiness or lock changed
   */
  constructor(onEvent, onChange) {
    this.onEvent = onEvent;
    this.onChange = onChange;
  }

  get ready() {
    return this.#sink !== null && this.#context?.state === "running";
  }

  get state() {
    return this.ready ? this.#now.state : "suspended";
  }

  /** What has really been rendered, over all contexts. */
  get totals() {
    return sum(this.#past, this.#now.totals);
  }

  /** Change to another sample rate, once the last samples have left. @param {number} rateHz */
  async tune(rateHz) {
    this.rateHz = rateHz;
    await this.#close();
    const context = new AudioContext({ sampleRate: rateHz, latencyHint: "interactive" });
    this.#context = context;
    context.onstatechange = () => this.#changed();
    const sink = await openSink(context, (event) => this.#heard(event));
    this.#gain = context.createGain();
    this.#gain.gain.value = this.#level();
    sink.node.connect(this.#gain).connect(context.destination);
    sink.call("pause", [this.#paused]);
    this.#sink = sink;
    this.#changed();
    setTimeout(() => this.#changed(true), UNLOCK_GRACE_MS);
  }

  /** To be called from a click or key press. */
  async unlock() {
    if (this.#context && this.#context.state !== "running") await this.#context.resume();
  }

  /** Ask the mixer. @param {string} method */
  call(method, args, transfer = []) {
    this.#sink?.call(method, args, transfer);
  }

  /** @param {boolean} paused */
  pause(paused) {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.call("pause", [paused]);
  }

  /** @param {number} volume 0..1 @param {boolean} muted */
  setLevel(volume, muted) {
    this.#volume = volume;
    this.#muted = muted;
    const now = this.#context?.currentTime ?? 0;
    this.#gain?.gain.setTargetAtTime(this.#level(), now, VOLUME_GLIDE_S);
  }

  // Loudness is felt on a curve: half way down the slider should sound half as loud.
  #level() {
    return this.#muted ? 0 : this.#volume ** 2;
  }

  async #close() {
    const context = this.#context;
    if (context === null) return;
    this.#sink = null;
    await pause(DRAIN_MS);
    this.#past = this.totals;
    this.#now = { totals: NOTHING, state: "idle" };
    this.#context = null;
    context.onstatechange = null;
    await context.close();
  }

  #heard(event) {
    if (event.type === "stats") this.#now = event;
    this.onEvent(event);
  }

  #changed(waited = false) {
    const running = this.#context?.state === "running";
    this.locked = !running && (waited || this.locked);
    this.onChange();
  }
}

function sum(past, now) {
  return {
    rendered: past.rendered + now.rendered,
    audible: past.audible + now.audible,
    underruns: past.underruns + now.underruns,
    largestStep: Math.max(past.largestStep, now.largestStep),
  };
}
