/** Author colours, as chosen on other backgrounds than ours. */

const HEX = /^#[0-9a-f]{6}$/;
/** The panel that chat stands on, as in style.css. */
const BACKGROUND = [21, 25, 33];
/** WCAG AA for text of this size. */
const CONTRAST = 4.5;
const STEPS = 20;

/**
 * The colour itself where it can be read, else a lighter shade of it that can.
 * @param {string | null | undefined} color
 * @returns {string} a CSS colour, or "" for none
 */
export function readable(color) {
  const text = typeof color === "string" ? color.toLowerCase() : "";
  if (!HEX.test(text)) return "";
  const rgb = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  for (let step = 0; step <= STEPS; step += 1) {
    const shade = rgb.map((part) => Math.round(part + ((255 - part) * step) / STEPS));
    if (contrast(shade, BACKGROUND) >= CONTRAST) return `rgb(${shade.join(", ")})`;
  }
  return "";
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
