/** Base64 of signed 16-bit little-endian samples, which is how every browser's memory has them. */

const SAMPLE_BYTES = 2;

/** @param {string} text @returns {Int16Array} */
export function decodePcm(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Int16Array(bytes.buffer, 0, Math.floor(bytes.length / SAMPLE_BYTES));
}
