/** The box to say something, the voice to say it with, and how that voice speaks. */

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
    this.profile = form.querySelector("#say-profile");
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
    this.voice.addEventListener("change", () => {
      remember("voice", this.voice.value);
      this.#offerProfiles();
    });
    this.profile.addEventListener("change", () => remember("profile", this.profile.value));
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
    const voices = await get("voices?dialect=ishowtts").catch(() => []);
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
    this.#offerProfiles();
  }

  #offerProfiles() {
    const voice = this.#voices.get(this.voice.value || this.#defaultVoice);
    const profiles = voice?.profiles ?? [];
    const chosen = recall("profile", "");
    this.profile.replaceChildren(...profiles.map((one) => new Option(profileName(one), one.id)));
    if (profiles.some(({ id }) => id === chosen)) this.profile.value = chosen;
    this.profile.hidden = profiles.length === 0;
  }

  /** Where nothing else is chosen, the configuration decides, whatever it says by then. */
  #wish() {
    const voice = this.voice.value || undefined;
    const profile = this.profile.selectedIndex > 0 ? this.profile.value : undefined;
    return { voice, profile };
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
    this.send.disabled = true;
    try {
      await post(`rooms/${encodeURIComponent(this.room)}/say`, { text, ...this.#wish() });
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

function profileName({ label, approximate }) {
  return approximate ? t("profile.approximate", { profile: label }) : label;
}
