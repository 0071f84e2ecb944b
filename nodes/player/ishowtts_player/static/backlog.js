/** How much the room still has to play, counted down between the server's words on it. */

import { t } from "./strings.js";

const TICK_MS = 250;

export class Backlog {
  #ms = 0;
  #paused = false;
  #since = 0;

  constructor() {
    this.listeners = document.querySelector("#listeners");
    this.queued = document.querySelector("#queued");
    this.backlog = document.querySelector("#backlog");
  }

  watch() {
    setInterval(() => this.#show(), TICK_MS);
    this.#show();
  }

  /** @param {object} event `playback` */
  set(event) {
    this.#ms = event.backlog_ms;
    this.#since = performance.now();
    this.listeners.textContent = event.listeners ?? 0;
    this.queued.textContent = event.queued ?? 0;
    this.#show();
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#ms = this.#left();
    this.#since = performance.now();
    this.#paused = paused;
  }

  #left() {
    const passed = this.#paused ? 0 : performance.now() - this.#since;
    return Math.max(0, this.#ms - passed);
  }

  #show() {
    const text = t("seconds", { s: Math.ceil(this.#left() / 1000) });
    if (this.backlog.textContent !== text) this.backlog.textContent = text;
  }
}
