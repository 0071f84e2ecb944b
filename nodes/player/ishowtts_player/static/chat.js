/** The chat list: one row a message, with what has become of it. */

import { readable } from "./color.js";
import { t } from "./strings.js";

const MAX_ROWS = 200;
/** Nearer to the bottom than this, the list follows new rows. */
const STICKY_PX = 48;

/** What the page heard of an utterance, as a row's status. */
const HEARD = {
  done: "spoken",
  cut: "cancelled",
  lost: "failed",
  failed: "failed",
  dropped: "dropped",
};

export class ChatList {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #following = true;

  /** @param {HTMLElement} list @param {HTMLElement} newest the button that leads to the bottom */
  constructor(list, newest) {
    this.list = list;
    this.newest = newest;
  }

  watch() {
    this.list.addEventListener("scroll", () => this.#scrolled());
    this.newest.addEventListener("click", () => this.#follow());
    new ResizeObserver(() => this.#following && this.#follow()).observe(this.list);
  }

  /** @param {object} event `chat` */
  add(event) {
    if (this.#rows.has(event.message_id)) return;
    const row = buildRow(event);
    this.#rows.set(event.message_id, row);
    this.list.append(row);
    while (this.#rows.size > MAX_ROWS) this.#forget();
    if (this.#following) requestAnimationFrame(() => this.#follow());
    else this.newest.hidden = false;
  }

  /** @param {object} event `chat_accepted` */
  accept(event) {
    const row = this.#rows.get(event.message_id);
    if (!row) return;
    row.querySelector(".text").title = event.spoken;
    if (row.dataset.status === "waiting") mark(row, "queued");
  }

  /** @param {object} event `chat_rejected` */
  reject(event) {
    this.#mark(event.message_id, "rejected", [event.rule, event.reason]);
  }

  /** @param {object} event `chat_removed`: one message, one author's, or all of a channel */
  remove(event) {
    const { platform, channel, message_id: message, author_id: author } = event;
    for (const [id, row] of this.#rows) {
      if (row.dataset.platform !== platform) continue;
      if (channel && row.dataset.channel !== channel) continue;
      const hit = message ? id === message : !author || row.dataset.authorId === author;
      if (hit) mark(row, "removed");
    }
  }

  /** @param {object} event `chat_ended` */
  end(event) {
    const unheard = this.#rows.get(event.message_id)?.dataset.status === "dropped";
    if (event.outcome === "spoken" && unheard) return;
    this.#mark(event.message_id, event.outcome, event.reason ? [event.reason] : []);
  }

  /** @param {string | null} id */
  speaking(id) {
    this.#mark(id, "speaking");
  }

  /** @param {string | null} id @param {keyof typeof HEARD} ending */
  heard(id, ending) {
    this.#mark(id, HEARD[ending]);
  }

  #mark(id, status, reasons = []) {
    const row = this.#rows.get(id);
    if (row) mark(row, status, reasons);
    if (row && this.#following) requestAnimationFrame(() => this.#follow());
  }

  #forget() {
    const [id, row] = this.#rows.entries().next().value;
    this.#rows.delete(id);
    row.remove();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    this.#following = scrollHeight - scrollTop - clientHeight < STICKY_PX;
    if (this.#following) this.newest.hidden = true;
  }

  #follow() {
    this.#following = true;
    this.newest.hidden = true;
    this.list.scrollTop = this.list.scrollHeight;
  }
}

function buildRow(event) {
  const row = document.createElement("li");
  row.className = "row";
  const { message_id: id, platform, channel, kind, priority } = event;
  Object.assign(row.dataset, { id, platform, channel, kind, priority });
  if (event.author_id) row.dataset.authorId = event.author_id;
  const author = part("span", "author", event.author);
  author.style.color = readable(event.color);
  const line = part("p", "line");
  if (event.kind !== "chat") line.append(part("span", "kind", t(`kind.${event.kind}`)));
  line.append(author, part("span", "text", event.text));
  const meta = part("p", "meta");
  meta.append(part("span", "platform", event.platform), part("span", "chip"));
  row.append(line, meta, part("p", "note"));
  mark(row, "waiting");
  return row;
}

function mark(row, status, reasons = []) {
  if (row.dataset.status === "removed") return;
  row.dataset.status = status;
  const chip = row.querySelector(".chip");
  chip.textContent = t(`status.${status}`);
  chip.title = reasons.join(": ");
  row.querySelector(".note").textContent = reasons.join(": ");
}

function part(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.dir = "auto";
  element.textContent = text;
  return element;
}
