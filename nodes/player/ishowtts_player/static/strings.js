/** Everything the page says, in the person's language. */

const EN = {
  "link.connecting": "Connecting",
  "link.live": "Live",
  "link.reconnecting": "Reconnecting",
  "link.down": "Bridge not answering",
  "link.unauthorized": "No access",
  "link.misnamed": "No such room",
  unauthorized: "This bridge asks for a token: open this page with ?token=… once.",
  misnamed: "?room=… is no name of a room: up to 64 of a-z, 0-9, _ and -, for instance ?room=main.",
  room: "Room",
  listeners: "Listeners",
  queued: "In the queue",
  backlog: "Still to be played",
  seconds: "{s} s waiting",
  "now.title": "Now speaking",
  "now.idle": "Nobody is speaking. New messages are read out here.",
  "now.paused": "Paused for everyone",
  "unlock.title": "Click to enable sound",
  "unlock.hint": "The browser holds sound back until you touch the page.",
  controls: "Playback",
  pause: "Pause",
  resume: "Resume",
  skip: "Skip",
  clear: "Clear",
  "pause.hint": "Pause or resume for every listener (space)",
  "skip.hint": "Skip what is being spoken (S)",
  "clear.hint": "Stop and empty the queue",
  mute: "Mute",
  unmute: "Unmute",
  "mute.hint": "Mute on this page only (M)",
  volume: "Volume on this page",
  "chat.title": "Chat",
  "chat.empty": "Chat appears here as it arrives.",
  "chat.newest": "Newest messages",
  "say.title": "Say something",
  "say.placeholder": "Type a message, Enter to send",
  "say.send": "Say",
  "say.count": "{n} characters",
  "say.hint": "Shift + Enter makes a new line",
  "channels.title": "Channels",
  "channels.none": "none is read",
  "channels.unknown": "cannot be asked for",
  "channels.failed": "failed: {names}",
  "channels.platform": "Platform",
  "channels.name": "Channel: name, id or address",
  "channels.room": "Room in which it is spoken",
  "channels.start": "Start",
  "channels.stop": "Stop",
  "channels.stop.named": "Stop {channel}",
  "channel.connecting": "connecting",
  "channel.reading": "reading",
  "channel.failed": "failed",
  voice: "Voice",
  "voice.default": "Default voice",
  "voice.named": "Default voice ({voice})",
  profile: "Profile",
  "profile.approximate": "{profile}, approx.",
  "status.waiting": "waiting",
  "status.queued": "queued",
  "status.speaking": "speaking",
  "status.spoken": "spoken",
  "status.rejected": "rejected",
  "status.removed": "removed",
  "status.expired": "expired",
  "status.cancelled": "skipped",
  "status.shed": "shed",
  "status.failed": "failed",
  "status.dropped": "not heard",
  "kind.action": "action",
  "kind.system": "system",
  "kind.gift": "gift",
  "kind.super_chat": "super chat",
  "kind.subscription": "subscription",
  "kind.raid": "raid",
  "kind.redemption": "redemption",
  "notice.sent": "Sent to the queue.",
  "notice.cleared": "Queue cleared.",
  "notice.started": "Reading {channel}.",
  "notice.stopped": "{channel} is no longer read.",
  "notice.dropped": "Too much to play: the oldest speech was left out ({n}).",
  "error.network": "No answer from the bridge. Try again when it is back.",
  "error.unauthorized": "Not allowed: this bridge asks for a token.",
  "error.other": "That did not work: {reason}",
};

/** @type {Record<keyof typeof EN, string>} */
const ZH = {
  "link.connecting": "正在连接",
  "link.live": "已连接",
  "link.reconnecting": "正在重连",
  "link.down": "服务无响应",
  "link.unauthorized": "无权访问",
  "link.misnamed": "没有这个房间",
  unauthorized: "需要访问令牌：请先用 ?token=… 打开一次本页。",
  misnamed: "?room=… 不是房间名：最多 64 个字符，只用 a-z、0-9、_ 和 -，例如 ?room=main。",
  room: "房间",
  listeners: "听众",
  queued: "排队中",
  backlog: "待播放",
  seconds: "待播 {s} 秒",
  "now.title": "正在朗读",
  "now.idle": "暂时没有人说话，新消息会在这里朗读。",
  "now.paused": "已为所有听众暂停",
  "unlock.title": "点击开启声音",
  "unlock.hint": "浏览器要求先点击页面才能播放声音。",
  controls: "播放控制",
  pause: "暂停",
  resume: "继续",
  skip: "跳过",
  clear: "清空",
  "pause.hint": "为所有听众暂停或继续（空格键）",
  "skip.hint": "跳过正在朗读的内容（S 键）",
  "clear.hint": "停止朗读并清空队列",
  mute: "静音",
  unmute: "取消静音",
  "mute.hint": "仅在本页静音（M 键）",
  volume: "本页音量",
  "chat.title": "弹幕",
  "chat.empty": "弹幕会实时显示在这里。",
  "chat.newest": "查看最新消息",
  "say.title": "说点什么",
  "say.placeholder": "输入消息，回车发送",
  "say.send": "朗读",
  "say.count": "{n} 个字符",
  "say.hint": "Shift + 回车换行",
  "channels.title": "直播间",
  "channels.none": "尚未读取任何直播间",
  "channels.unknown": "无法获取",
  "channels.failed": "失败：{names}",
  "channels.platform": "平台",
  "channels.name": "直播间：名称、房间号或网址",
  "channels.room": "在哪个房间朗读",
  "channels.start": "开始",
  "channels.stop": "停止",
  "channels.stop.named": "停止 {channel}",
  "channel.connecting": "连接中",
  "channel.reading": "读取中",
  "channel.failed": "失败",
  voice: "音色",
  "voice.default": "默认音色",
  "voice.named": "默认音色（{voice}）",
  profile: "档位",
  "profile.approximate": "{profile}（近似）",
  "status.waiting": "等待",
  "status.queued": "排队",
  "status.speaking": "朗读中",
  "status.spoken": "已朗读",
  "status.rejected": "已拒绝",
  "status.removed": "已删除",
  "status.expired": "已过期",
  "status.cancelled": "已跳过",
  "status.shed": "已舍弃",
  "status.failed": "失败",
  "status.dropped": "未播放",
  "kind.action": "动作",
  "kind.system": "系统",
  "kind.gift": "礼物",
  "kind.super_chat": "醒目留言",
  "kind.subscription": "订阅",
  "kind.raid": "突袭",
  "kind.redemption": "兑换",
  "notice.sent": "已加入队列。",
  "notice.cleared": "队列已清空。",
  "notice.started": "已开始读取 {channel}。",
  "notice.stopped": "已停止读取 {channel}。",
  "notice.dropped": "待播内容过多，已略过最早的语音（{n}）。",
  "error.network": "服务没有响应，请稍后重试。",
  "error.unauthorized": "没有权限：需要访问令牌。",
  "error.other": "操作失败：{reason}",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const table = wanted.toLowerCase().startsWith("zh") ? ZH : EN;

/** BCP 47 tag of the page's language. */
export const language = table === ZH ? "zh-CN" : "en";

/** @param {keyof typeof EN} key @param {Record<string, string | number>} values */
export function t(key, values = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const names = new Intl.DisplayNames([language], { type: "language" });

/** A language's own name for people. @param {string | null | undefined} tag */
export function languageName(tag) {
  if (!tag) return "";
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Fill in the texts that index.html asks for. */
export function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    element.title = t(element.dataset.tLabel);
  }
  for (const element of document.querySelectorAll("[data-t-title]")) {
    element.title = t(element.dataset.tTitle);
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}
