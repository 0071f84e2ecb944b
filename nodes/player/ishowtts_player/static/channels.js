/** The channels that are read: how that goes, and a form to start and stop them. */

import { ApiError, get, post } from "./api.js";
import { recall, remember } from "./settings.js";
import { t } from "./strings.js";

const POLL_MS = 5000;
const CONNECTING_POLL_MS = 1000;

/** @typedef {{platform: string, channel: string, room: string, source: string, state: string, detail: string}} Channel */

export class ChannelPanel {
  /** @type {Channel[] | null} null while nobody answers */
  #channels = null;
  #drawn = "";
  #timer = 0;

  /**
   * @param {HTMLDetailsElement} panel
   * @param {string} room
   * @param {import("./notice.js").Notice} notice
   */
  constructor(panel, room, notice) {
    this.panel = panel;
    this.notice = notice;
    this.brief = panel.querySelector("#channels-brief");
    this.list = panel.querySelector("#channel-list");
    this.form = panel.querySelector("#channel-form");
    this.platform = panel.querySelector("#channel-platform");
    this.name = panel.querySelector("#channel-name");
    this.room = panel.querySelector("#channel-room");
    this.send = panel.querySelector("#channel-start");
    this.room.value = room;
  }

  watch() {
    this.panel.open = recall("channels", false);
    this.panel.addEventListener("toggle", () => remember("channels", this.panel.open));
    this.platform.value = recall("platform", "twitch");
    this.platform.addEventListener("change", () => remember("platform", this.platform.value));
    this.name.addEventListener("input", () => this.#typed());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    document.addEventListener("visibilitychange", () => this.refresh());
    this.#typed();
    this.refresh();
  }

  /** Ask again now, and from then on while the page is seen. */
  async refresh() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      this.#show(await get("danmaku/channels"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#show(null);
    }
    const connecting = this.#channels?.some((channel) => channel.state === "connecting");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), connecting ? CONNECTING_POLL_MS : POLL_MS);
  }

  #typed() {
    this.send.disabled = this.name.value.trim() === "";
  }

  async #start() {
    const channel = this.name.value.trim();
    if (channel === "") return;
    const room = this.room.value.trim();
    const body = { platform: this.platform.value, channel, ...(room && { room }) };
    this.send.disabled = true;
    const answer = await this.#tell("start", body);
    if (answer) {
      if (this.name.value.trim() === channel) this.name.value = "";
      this.notice.tell(t("notice.started", { channel: answer.channel }));
    }
    this.#typed();
  }

  async #stop({ source, channel }) {
    const answer = await this.#tell("stop", { platform: source, channel });
    if (answer) this.notice.tell(t("notice.stopped", { channel }));
    this.name.focus();
  }

  async #tell(action, body) {
    try {
      const answer = await post(`danmaku/${action}`, body);
      await this.refresh();
      return answer;
    } catch (error) {
      this.notice.fail(error);
      return null;
    }
  }

  /** @param {Channel[] | null} channels */
  #show(channels) {
    this.#channels = channels;
    // What has not changed keeps the focus.
    const drawn = JSON.stringify(channels);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const failed = channels?.some((channel) => channel.state === "failed");
    this.brief.textContent = summary(channels);
    this.brief.dataset.state = failed || channels === null ? "failed" : "reading";
    const focused = this.list.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : null;
    this.list.replaceChildren(...(channels ?? []).map((channel) => this.#row(channel)));
    if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(channel) {
    const row = element("li", "channel");
    row.dataset.state = channel.state;
    const name = element("strong", "", channel.channel);
    name.dir = "auto";
    const stop = element("button", "", t("channels.stop"));
    stop.type = "button";
    stop.dataset.key = `${channel.source} ${channel.channel}`;
    stop.setAttribute("aria-label", t("channels.stop.named", channel));
    stop.addEventListener("click", () => this.#stop(channel));
    row.append(
      name,
      element("span", "where", `${channel.platform} · #${channel.room}`),
      element("span", "state", t(`channel.${channel.state}`)),
      stop,
    );
    if (channel.detail) row.append(element("p", "why", channel.detail));
    return row;
  }
}

/** @param {Channel[] | null} channels */
function summary(channels) {
  if (channels === null) return t("channels.unknown");
  if (channels.length === 0) return t("channels.none");
  const failed = channels.filter((channel) => channel.state === "failed");
  const names = (failed.length ? failed : channels).map((channel) => channel.channel).join(", ");
  return failed.length ? t("channels.failed", { names }) : names;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
