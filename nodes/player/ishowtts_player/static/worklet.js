/** The audio thread's end of sink.js. */

import { Mixer } from "./mixer.js";

class MixerProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.mixer = new Mixer(sampleRate, (event) => this.port.postMessage(event));
    this.port.onmessage = ({ data }) => this.mixer[data.method](...data.args);
  }

  process(_inputs, outputs) {
    this.mixer.render(outputs[0][0]);
    return true;
  }
}

registerProcessor("mixer", MixerProcessor);
