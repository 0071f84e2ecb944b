/** Who is speaking and what, for exactly as long as it can be heard. */

export class Subtitle {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    this.author = panel.querySelector("#now-author");
    this.voice = panel.querySelector("#now-voice");
    this.text = panel.querySelector("#now-text");
    this.bar = panel.querySelector("#now-bar");
  }

  /** @param {import("./playlist.js").Entry} entry */
  show(entry) {
    this.author.textContent = entry.author ?? "";
    this.voice.textContent = entry.voice;
    this.text.textContent = entry.text;
    this.panel.dataset.utterance = entry.id;
    this.panel.dataset.long = String(entry.text.length > 160);
    this.panel.dataset.state = "speaking";
    this.progress(entry);
  }

  hide() {
    this.panel.dataset.state = "idle";
    delete this.panel.dataset.utterance;
    for (const element of [this.author, this.voice, this.text]) element.textContent = "";
  }

  /** A text longer than its box moves along with the voice, line by line. */
  progress(entry) {
    const share = entry.received > 0 ? Math.min(1, entry.rendered / entry.received) : 0;
    this.bar.style.transform = `scaleX(${share})`;
    const hidden = this.text.scrollHeight - this.text.clientHeight;
    if (hidden <= 0) return;
    const line = Number.parseFloat(getComputedStyle(this.text).lineHeight);
    this.text.scrollTop = Math.ceil((hidden * share) / line) * line;
  }
}
