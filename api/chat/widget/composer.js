/** Where the customer writes. Refuses what is empty or too long before the server has to. */

import { el, icon, setText } from "./dom.js";
import { WORDS } from "./words.js";

/** Characters in one message; the server's limit. */
export const MESSAGE_LIMIT = 10_000;
const COUNTER_FROM = 9_000;
const TALLEST_PX = 168;

export class Composer {
  /** @param onSend called with the text; returns true when it was taken. */
  constructor(onSend) {
    this.onSend = onSend;
    this.input = el("textarea", {
      id: "message",
      rows: "1",
      placeholder: WORDS.composerHint,
      "aria-describedby": "keys counter",
      enterkeyhint: "send",
      autocomplete: "off",
      on: { input: () => this.#changed(), keydown: (event) => this.#key(event) },
    });
    this.counter = el("p", { class: "counter", id: "counter", "aria-live": "polite" });
    this.button = el(
      "button",
      { type: "submit", class: "send", "aria-label": WORDS.send, title: WORDS.send, disabled: true },
      icon("send"),
    );
    this.node = el(
      "form",
      { class: "composer", novalidate: "", on: { submit: (event) => this.#submit(event) } },
      el("label", { class: "vh", for: "message" }, WORDS.composerLabel),
      el("div", { class: "field" }, this.input, this.button),
      el("p", { class: "keys", id: "keys" }, WORDS.keysHint),
      this.counter,
    );
  }

  focus() {
    this.input.focus();
  }

  get #length() {
    // The server counts code points; for ordinary text the cheap count is the same.
    return this.input.value.length < COUNTER_FROM ? this.input.value.length : [...this.input.value.trim()].length;
  }

  #changed() {
    const length = this.#length;
    const tooLong = length > MESSAGE_LIMIT;
    this.button.disabled = tooLong || this.input.value.trim() === "";
    this.input.setAttribute("aria-invalid", String(tooLong));
    this.node.classList.toggle("counting", length >= COUNTER_FROM);
    setText(this.counter, length < COUNTER_FROM ? "" : counterWords(length, tooLong));
    this.#grow();
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
  }

  #key(event) {
    // While an input method composes, Enter picks a candidate and must not send half a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.node.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    if (this.button.disabled || !this.onSend(this.input.value)) return;
    this.input.value = "";
    this.#changed();
    this.focus();
  }
}

function counterWords(length, tooLong) {
  const count = `${length.toLocaleString()} / ${MESSAGE_LIMIT.toLocaleString()}`;
  return tooLong ? `${WORDS.tooLong}: ${count}` : count;
}
