/** The box to say something, and the voice to say it with. */

import { get, post } from "./api.js";
import { recall, remember } from "./settings.js";
import { languageName, t } from "./strings.js";

export class SayBox {
  /** @type {Map<string, object>} */
  #voices = new Map();
  #defaultVoice = "";

  /**
   * @param {HTMLFormElement} form
   * @param {string} room
   * @param {import("./notice.js").Notice} notice
   */
  constructor(form, room, notice) {
    this.form = form;
    this.room = room;
    this.notice = notice;
    this.text = form.querySelector("#say-text");
    this.voice = form.querySelector("#say-voice");
    this.count = form.querySelector("#say-count");
    this.send = form.querySelector("#say-send");
  }

  watch() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.text.addEventListener("input", () => this.#counted());
    this.text.addEventListener("keydown", (event) => this.#pressed(event));
    this.voice.addEventListener("change", () => remember("voice", this.voice.value));
    // A synth may have come since the greeting.
    this.form.addEventListener("focusin", () => this.#refresh());
    this.#counted();
  }

  /** What the stream knows; the list of the API adds to it. @param {object} hello */
  async greet(hello) {
    this.#defaultVoice = hello.default_voice ?? "";
    this.#voices.clear();
    this.#learn(hello.voices ?? []);
    this.#offer();
    await this.#refresh();
  }

  async #refresh() {
    const voices = await get("voices").catch(() => []);
    const known = JSON.stringify([...this.#voices]);
    this.#learn(voices);
    // An open list is left alone as long as it is right.
    if (JSON.stringify([...this.#voices]) !== known) this.#offer();
  }

  #learn(voices) {
    for (const voice of voices) {
      this.#voices.set(voice.id, { ...this.#voices.get(voice.id), ...voice });
    }
  }

  #offer() {
    const chosen = this.voice.value || recall("voice", "");
    const name = this.#defaultVoice;
    const first = name ? t("voice.named", { voice: name }) : t("voice.default");
    const voices = [...this.#voices.values()];
    const engineOf = (voice) => voice.engine_label ?? voice.engine;
    const groups = [...new Set(voices.map(engineOf))].map((engine) =>
      group(engine, voices.filter((voice) => engineOf(voice) === engine)),
    );
    this.voice.replaceChildren(new Option(first, ""), ...groups);
    this.voice.value = this.#voices.has(chosen) ? chosen : "";
  }

  #pressed(event) {
    // While an input method is open, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #counted() {
    const length = [...this.text.value].length;
    this.count.textContent = t("say.count", { n: length });
    this.send.disabled = this.text.value.trim() === "";
  }

  async #submit() {
    const text = this.text.value;
    if (text.trim() === "") return;
    const voice = this.voice.value;
    this.send.disabled = true;
    try {
      await post(`rooms/${encodeURIComponent(this.room)}/say`, voice ? { text, voice } : { text });
      // What was typed meanwhile is the next message.
      if (this.text.value === text) this.text.value = "";
      this.notice.tell(t("notice.sent"));
    } catch (error) {
      this.notice.fail(error);
    }
    this.#counted();
  }
}

function group(engine, voices) {
  const element = document.createElement("optgroup");
  element.label = engine;
  const options = voices.map((voice) => new Option(voiceName(voice), voice.id));
  element.append(...options.sort((a, b) => a.label.localeCompare(b.label)));
  return element;
}

function voiceName({ id, label, language }) {
  const spoken = languageName(language);
  const name = label ?? id;
  return spoken && spoken !== name ? `${spoken} · ${name}` : name;
}
