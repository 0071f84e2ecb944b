/** What was really rendered, for tests and for the curious: `ishowtts.stats()` in the console. */

/**
 * @param {import("./audio.js").Speaker} speaker
 * @param {import("./playlist.js").Playlist} playlist
 */
export function exposeStats(speaker, playlist) {
  const stats = () => ({
    rendered_samples: speaker.totals.rendered,
    audible_samples: speaker.totals.audible,
    underruns: speaker.totals.underruns,
    largest_step: speaker.totals.largestStep,
    utterances_played: [...playlist.played],
    state: speaker.state,
    sample_rate_hz: speaker.rateHz,
    buffered_ms: Math.round(playlist.bufferedMs),
    now_playing: playlist.playing?.id ?? null,
    ...playlist.counts,
  });
  Object.defineProperty(window, "ishowtts", { value: Object.freeze({ stats }) });
}
