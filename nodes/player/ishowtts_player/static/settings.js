/** What this browser remembers; a browser that refuses to remember is no error. */

const PREFIX = "ishowtts.";

/** @template T @param {string} key @param {T} otherwise @returns {T} */
export function recall(key, otherwise) {
  try {
    const value = JSON.parse(localStorage.getItem(PREFIX + key));
    return typeof value === typeof otherwise ? value : otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} key @param {unknown} value */
export function remember(key, value) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private windows and full stores: the setting lasts as long as the page.
  }
}
