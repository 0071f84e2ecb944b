/** The samples of one utterance that wait to be heard. */

const FULL_SCALE = 32768;

export class Utterance {
  /** @type {Int16Array[]} */
  #chunks = [];
  #position = 0;
  left = 0;
  rendered = 0;
  complete = false;
  started = false;
  hurried = false;

  /** @param {string} id */
  constructor(id) {
    this.id = id;
  }

  /** @param {Int16Array} pcm */
  push(pcm) {
    if (pcm.length === 0) return;
    this.#chunks.push(pcm);
    this.left += pcm.length;
  }

  /**
   * Move up to `limit` samples into `out` from `at` on.
   * @param {Float32Array} out @param {number} at @param {number} limit
   * @returns {number} samples moved
   */
  read(out, at, limit) {
    const count = Math.min(limit, this.left);
    for (let i = at; i < at + count; i += 1) out[i] = this.#next() / FULL_SCALE;
    this.left -= count;
    this.rendered += count;
    return count;
  }

  #next() {
    const chunk = this.#chunks[0];
    const sample = chunk[this.#position];
    this.#position += 1;
    if (this.#position === chunk.length) {
      this.#chunks.shift();
      this.#position = 0;
    }
    return sample;
  }
}
