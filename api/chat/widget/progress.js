/**
 * What stands below the newest message while a reply is on its way: dots, what is being looked up, or the words so far.
 * Hidden from screen readers, which get the finished message from the log; a long wait is told them once.
 */

import { el, setText } from "./dom.js";
import { avatar, byline } from "./transcript.js";
import { WORDS, agentLabel } from "./words.js";

const LONG_WAIT_MS = 15_000;

export class Progress {
  #timer = 0;

  constructor() {
    this.words = el("span", { class: "words", dir: "auto" });
    this.dots = el("span", { class: "dots" }, el("i"), el("i"), el("i"));
    this.activity = el("span", { class: "activity" });
    this.bubble = el("div", { class: "bubble" }, this.words, this.dots, this.activity);
    this.head = el("div", { class: "head-slot" });
    const said = el("div", { class: "said" }, this.head, this.bubble);
    const row = el("div", { class: "row theirs" }, avatar("agent", ""), said);
    this.visible = el("div", { class: "item starts ends progress", hidden: true, "aria-hidden": "true" }, row);
    this.spoken = el("p", { class: "vh", role: "status" });
    this.node = el("div", {}, this.visible, this.spoken);
  }

  /** Returns true when something appeared or grew. */
  update({ draft, awaiting, activity, phase }) {
    const shown = Boolean(draft) || awaiting;
    const before = `${this.visible.hidden}${this.words.textContent.length}`;
    this.visible.hidden = !shown;
    this.#name(agentLabel(phase.agentType));
    setText(this.words, draft?.text ?? "");
    this.dots.hidden = Boolean(draft);
    this.#watch(shown && !draft);
    this.#say(draft ? "" : activity || this.longWait);
    return before !== `${this.visible.hidden}${this.words.textContent.length}`;
  }

  destroy() {
    clearTimeout(this.#timer);
  }

  #name(label) {
    if (this.label === label) return;
    this.label = label;
    this.head.replaceChildren(byline("agent", label, null));
  }

  #watch(waiting) {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.longWait = "";
    clearTimeout(this.#timer);
    setText(this.spoken, "");
    if (waiting) this.#timer = setTimeout(() => this.#waitedLong(), LONG_WAIT_MS);
  }

  #waitedLong() {
    this.longWait = WORDS.stillWorking;
    setText(this.spoken, WORDS.stillWorking);
    if (!this.activity.textContent) this.#say(WORDS.stillWorking);
  }

  #say(words) {
    setText(this.activity, words);
    this.activity.hidden = !words;
  }
}
