/** The round button in a page's corner that opens the chat above it. */

import { el, icon, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { WORDS } from "./words.js";

export class Bubble {
  #unread = 0;

  constructor(session, options) {
    this.badge = el("span", { class: "badge", hidden: true });
    const click = () => this.toggle();
    this.launcher = el(
      "button",
      { type: "button", class: "launcher", "aria-expanded": "false", on: { click } },
      icon("chat"),
      this.badge,
    );
    this.panel = new Panel(session, { ...options, onClose: () => this.close(), onNews: () => this.#news() });
    this.frame = el(
      "div",
      { class: "frame", role: "dialog", "aria-label": WORDS.panelLabel, hidden: true },
      this.panel.node,
    );
    this.frame.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.node = el("div", { class: "corner" }, this.frame, this.launcher);
    this.#show(false);
  }

  toggle() {
    if (this.frame.hidden) this.open();
    else this.close();
  }

  open() {
    this.#unread = 0;
    this.#show(true);
    this.panel.scroller.toEnd();
    this.panel.focus();
  }

  close() {
    this.#show(false);
    this.launcher.focus();
  }

  destroy() {
    this.panel.destroy();
  }

  #news() {
    if (!this.frame.hidden) return;
    this.#unread += 1;
    this.#label();
  }

  #show(open) {
    this.frame.hidden = !open;
    this.node.classList.toggle("is-open", open);
    this.launcher.setAttribute("aria-expanded", String(open));
    this.#label();
  }

  #label() {
    this.badge.hidden = this.#unread === 0;
    setText(this.badge, String(Math.min(this.#unread, 99)));
    const unread = this.#unread ? ` (${this.#unread} unread)` : "";
    this.launcher.setAttribute("aria-label", (this.frame.hidden ? WORDS.open : WORDS.close) + unread);
  }
}
