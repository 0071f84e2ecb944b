/** The status line: what was done, what went wrong. */

import { ApiError } from "./api.js";
import { t } from "./strings.js";

const SHOWN_MS = 4000;
const ERROR_SHOWN_MS = 12_000;

export class Notice {
  #timer = 0;

  /** @param {HTMLElement} line */
  constructor(line) {
    this.line = line;
  }

  /** @param {string} text */
  tell(text) {
    this.#show(text, "info", SHOWN_MS);
  }

  /** @param {unknown} error anything but an ApiError is a fault of the page, and thrown on */
  fail(error) {
    if (!(error instanceof ApiError)) throw error;
    this.#show(words(error), "error", ERROR_SHOWN_MS);
  }

  #show(text, level, forMs) {
    clearTimeout(this.#timer);
    this.line.textContent = text;
    this.line.dataset.level = level;
    this.#timer = setTimeout(() => {
      this.line.textContent = "";
    }, forMs);
  }
}

function words(error) {
  if (error.status === 0) return t("error.network");
  if (error.status === 401) return t("error.unauthorized");
  return t("error.other", { reason: error.message });
}
