/** Wires the room's stream to what is seen and heard. */

import { Speaker } from "./audio.js";
import { Backlog } from "./backlog.js";
import { ChannelPanel } from "./channels.js";
import { ChatList } from "./chat.js";
import { Controls } from "./controls.js";
import { Notice } from "./notice.js";
import { Playlist } from "./playlist.js";
import { SayBox } from "./say.js";
import { exposeStats } from "./stats.js";
import { Stream } from "./stream.js";
import { t, translate } from "./strings.js";
import { Subtitle } from "./subtitle.js";

const find = (selector) => document.querySelector(selector);
const query = new URLSearchParams(location.search);
const room = query.get("room") || "main";

const view = query.get("view") === "overlay" ? "overlay" : "page";

document.documentElement.dataset.view = view;
translate();
document.title = `iShowTTS · ${room}`;
find("#room").textContent = room;

const notice = new Notice(find("#notice"));
const chat = new ChatList(find("#chat"), find("#newest"));
const subtitle = new Subtitle(find("#now"));
const say = new SayBox(find("#say"), room, notice);
const channels = new ChannelPanel(find("#channels"), room, notice);
const backlog = new Backlog();
const speaker = new Speaker(heard, soundChanged);
const playlist = new Playlist(speaker, { started, ended });
const controls = new Controls(room, speaker, playlist, notice);
const stream = new Stream(room, take, linked);

/** What each event of the stream does. */
const EVENTS = {
  hello,
  chat: (event) => chat.add(event),
  chat_accepted: (event) => chat.accept(event),
  chat_rejected: (event) => chat.reject(event),
  chat_removed: (event) => chat.remove(event),
  chat_ended: chatEnded,
  audio_start: (event) => playlist.start(event),
  audio_chunk: audioChunk,
  audio_stop: (event) => playlist.stop(event),
  playback,
  control,
};

function take(name, event) {
  EVENTS[name](event);
}

function hello(event) {
  if (!event.resumed) playlist.hurry();
  pause(event.paused);
  say.greet(event);
}

// The synth is done before the loudspeaker is: what is still to be heard is not spoken yet.
function chatEnded(event) {
  if (event.outcome !== "spoken" || !playlist.has(event.utterance_id)) chat.end(event);
}

function audioChunk(event) {
  const before = playlist.counts.dropped;
  playlist.chunk(event);
  const { dropped } = playlist.counts;
  if (dropped > before) notice.tell(t("notice.dropped", { n: dropped }));
}

function playback(event) {
  pause(event.paused);
  backlog.set(event);
}

function control({ action, utterance_id: utterance }) {
  if (action === "clear") playlist.clear();
  else if (action === "skip") playlist.drop(utterance);
  else pause(action === "pause");
}

function pause(paused) {
  speaker.pause(paused);
  backlog.pause(paused);
  controls.showPaused(paused);
}

function heard(event) {
  playlist.heard(event);
  const { playing } = playlist;
  if (event.type === "stats" && playing) subtitle.progress(playing);
}

function started(entry) {
  subtitle.show(entry);
  chat.speaking(entry.messageId);
}

function ended(entry) {
  if (entry.started) subtitle.hide();
  chat.heard(entry.messageId, entry.ending);
}

function soundChanged() {
  find("#unlock").hidden = !speaker.locked;
  playlist.feed();
}

/** @param {import("./stream.js").Link} link */
function linked(link) {
  document.body.dataset.link = link;
  find("#link").textContent = t(`link.${link}`);
  for (const barrier of ["unauthorized", "misnamed"]) {
    find(`#${barrier}`).hidden = link !== barrier;
  }
}

exposeStats(speaker, playlist);
chat.watch();
say.watch();
// Viewers of an overlay start nothing, so it asks for nothing.
if (view === "page") channels.watch();
backlog.watch();
controls.watch(query.has("muted"));
linked("connecting");
for (const gesture of ["pointerdown", "keydown"]) {
  document.addEventListener(gesture, () => speaker.unlock());
}
window.addEventListener("online", () => stream.open());
speaker.tune(speaker.rateHz);
stream.open();
