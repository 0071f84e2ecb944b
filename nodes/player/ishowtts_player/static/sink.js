/** Where the mixer runs: in an audio worklet, or beside the page where there is none. */

import { Mixer } from "./mixer.js";

/** Samples a call; 85 ms at 24 kHz. Smaller blocks stutter when the page is busy. */
const SCRIPT_BLOCK = 2048;

/**
 * @typedef {object} Sink
 * @property {AudioNode} node
 * @property {(method: string, args: unknown[], transfer?: Transferable[]) => void} call
 */

/**
 * Browsers have audio worklets on https and on localhost only, but a box that speaks is often
 * opened from another machine by plain http.
 * @param {AudioContext} context
 * @param {(event: object) => void} onEvent the mixer's events
 * @returns {Promise<Sink>}
 */
export async function openSink(context, onEvent) {
  return context.audioWorklet ? openWorklet(context, onEvent) : openScript(context, onEvent);
}

async function openWorklet(context, onEvent) {
  await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "mixer", {
    numberOfInputs: 0,
    outputChannelCount: [1],
  });
  node.port.onmessage = ({ data }) => onEvent(data);
  const call = (method, args, transfer = []) => node.port.postMessage({ method, args }, transfer);
  return { node, call };
}

function openScript(context, onEvent) {
  // With no input channel, some browsers never call a script processor.
  const node = context.createScriptProcessor(SCRIPT_BLOCK, 1, 1);
  const mixer = new Mixer(context.sampleRate, onEvent);
  node.onaudioprocess = ({ outputBuffer }) => mixer.render(outputBuffer.getChannelData(0));
  return { node, call: (method, args) => mixer[method](...args) };
}
