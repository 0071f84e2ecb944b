/** Buttons and keys: the room's queue for everybody, the volume for this page. */

import { post } from "./api.js";
import { recall, remember } from "./settings.js";
import { t } from "./strings.js";

const TYPING = "input:not([type=range]), textarea, select";
const PRESSABLE = `${TYPING}, button, a, input`;

export class Controls {
  #paused = false;

  /**
   * @param {string} room
   * @param {import("./audio.js").Speaker} speaker
   * @param {import("./playlist.js").Playlist} playlist
   * @param {import("./notice.js").Notice} notice
   */
  constructor(room, speaker, playlist, notice) {
    this.room = room;
    this.speaker = speaker;
    this.playlist = playlist;
    this.notice = notice;
    this.pauseButton = document.querySelector("#pause");
    this.muteButton = document.querySelector("#mute");
    this.slider = document.querySelector("#volume");
  }

  /** @param {boolean} muted start without sound, whatever is remembered */
  watch(muted) {
    const press = (id, action) => document.querySelector(id).addEventListener("click", action);
    press("#pause", () => this.#turnPause());
    press("#skip", () => this.#skip());
    press("#clear", () => this.#clear());
    press("#mute", () => this.#turnMute());
    this.slider.addEventListener("input", () => this.#setVolume());
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.slider.value = recall("volume", 80);
    this.muted = muted || recall("muted", false);
    this.#level();
  }

  /** The server's truth. @param {boolean} paused */
  showPaused(paused) {
    this.#paused = paused;
    this.pauseButton.setAttribute("aria-pressed", String(paused));
    this.pauseButton.querySelector(".label").textContent = t(paused ? "resume" : "pause");
    document.body.dataset.paused = String(paused);
  }

  #turnPause() {
    return this.#command(this.#paused ? "resume" : "pause");
  }

  // Naming the utterance makes two presses skip one.
  #skip() {
    const playing = this.playlist.playing;
    return this.#command("skip", playing ? { utterance_id: playing.id } : {});
  }

  async #clear() {
    if (await this.#command("clear")) this.notice.tell(t("notice.cleared"));
  }

  async #command(action, body = {}) {
    try {
      await post(`rooms/${encodeURIComponent(this.room)}/${action}`, body);
      return true;
    } catch (error) {
      this.notice.fail(error);
      return false;
    }
  }

  #turnMute() {
    this.muted = !this.muted;
    remember("muted", this.muted);
    this.#level();
  }

  #setVolume() {
    this.muted = false;
    remember("muted", false);
    remember("volume", this.slider.valueAsNumber);
    this.#level();
  }

  #level() {
    this.speaker.setLevel(this.slider.valueAsNumber / 100, this.muted);
    this.slider.style.setProperty("--level", `${this.muted ? 0 : this.slider.value}%`);
    this.muteButton.setAttribute("aria-pressed", String(this.muted));
    this.muteButton.setAttribute("aria-label", t(this.muted ? "unmute" : "mute"));
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest(TYPING)) return;
    const key = event.key.toLowerCase();
    if (key === "s") this.#skip();
    if (key === "m") this.#turnMute();
    if (key === " " && !event.target.closest(PRESSABLE)) {
      event.preventDefault();
      this.#turnPause();
    }
  }
}
