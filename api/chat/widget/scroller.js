/** Keeps the newest message in sight while the reader is at the end; leaves alone who reads further up. */

import { el, icon } from "./dom.js";
import { WORDS } from "./words.js";

const NEAR_END_PX = 64;

export class Scroller {
  #following = true;
  #lastTop = 0;

  constructor(...content) {
    this.content = el("div", { class: "content" }, ...content);
    this.node = el(
      "div",
      {
        class: "scroll",
        tabindex: "0",
        role: "region",
        "aria-label": WORDS.messagesLabel,
        on: { scroll: () => this.#scrolled() },
      },
      this.content,
    );
    const toEnd = () => this.toEnd({ smooth: true });
    this.pill = el(
      "button",
      { type: "button", class: "pill", hidden: true, title: WORDS.toNewest, on: { click: toEnd } },
      WORDS.newMessages,
      icon("down"),
    );
    this.observer = new ResizeObserver(() => this.#following && this.toEnd());
    for (const watched of [this.node, this.content]) this.observer.observe(watched);
  }

  /** Go to the newest message and stay there. */
  toEnd({ smooth = false } = {}) {
    this.#following = true;
    this.pill.hidden = true;
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.node.scrollTo({ top: this.node.scrollHeight, behavior: calm ? "instant" : "smooth" });
  }

  /** Something new stands at the end: show it, or say that it is there. */
  announceNew() {
    if (this.#following) this.toEnd();
    else this.pill.hidden = false;
  }

  destroy() {
    this.observer.disconnect();
  }

  /** Only the reader moves upwards; an event that comes late, when the content has grown, ends nothing. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (atEnd) this.pill.hidden = true;
    if (atEnd || scrollTop < this.#lastTop - 1) this.#following = atEnd;
    this.#lastTop = scrollTop;
  }
}
