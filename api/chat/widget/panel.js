/** The chat's face: header, messages, composer. Shows what a Chat knows and passes on what the customer does. */

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { el, icon, setText } from "./dom.js";
import { Progress } from "./progress.js";
import { Scroller } from "./scroller.js";
import { Transcript } from "./transcript.js";
import { WORDS, phaseWords } from "./words.js";

/** History is on the page before it is read out: what arrives later than this is news. */
const SETTLED_MS = 600;

export class Panel {
  #newest = null;
  #settled = false;

  /**
   * @param {import("./session.js").Session} session
   * @param {object} options `{title, suggestions, heading: "h1"|"h2", showCustomer, onClose, onNews}`; with `onClose`
   *   there is a close button, `onNews()` tells of each message from the other side that arrives live.
   */
  constructor(session, options) {
    this.session = session;
    this.options = options;
    this.chat = new Chat(session, () => this.#render());
    this.transcript = new Transcript(this.#actions());
    this.progress = new Progress();
    this.composer = new Composer((text) => this.chat.send(text));
    this.#build();
    this.#render();
    this.chat.begin();
  }

  /** Give the keyboard a place to go on from. On touch screens not the composer: it would bring up the keyboard. */
  focus() {
    const touch = matchMedia("(pointer: coarse)").matches;
    (touch ? this.scroller.node : this.composer).focus();
  }

  destroy() {
    this.chat.destroy();
    this.progress.destroy();
    this.scroller.destroy();
  }

  #build() {
    this.welcome = this.#welcome();
    this.loading = el("p", { class: "loading" }, WORDS.loading);
    this.scroller = new Scroller(this.welcome, this.loading, this.transcript.node, this.progress.node);
    this.banner = el("p", { class: "banner", role: "status", hidden: true });
    const stage = el("div", { class: "stage" }, this.scroller.node, this.banner, this.scroller.pill);
    const foot = el("div", { class: "foot" }, this.#closedBar(), this.composer.node);
    this.node = el(
      "section",
      { class: "panel", "aria-label": WORDS.panelLabel },
      this.#header(),
      this.#confirmBar(),
      stage,
      foot,
    );
  }

  #header() {
    const title = el(this.options.heading ?? "h2", { class: "title" }, this.options.title ?? WORDS.title);
    this.phase = el("p", { class: "phase" });
    this.customer = el("span", { class: "customer", hidden: true });
    this.startOverButton = iconButton("compose", WORDS.newConversation, () => this.#askStartOver(true), "start-over");
    const close = this.options.onClose ? iconButton("close", WORDS.close, this.options.onClose, "close") : null;
    const mark = el("span", { class: "mark", "aria-hidden": "true" }, icon("chat"));
    const names = el("div", { class: "names" }, title, this.phase);
    return el(
      "header",
      { class: "head" },
      el("div", { class: "bar" }, mark, names, this.customer, this.startOverButton, close),
    );
  }

  #confirmBar() {
    const yes = textButton(WORDS.startOver, () => this.#startOver(), "strong");
    const no = textButton(WORDS.keep, () => this.#askStartOver(false));
    this.confirm = el("div", { class: "confirm", role: "group", "aria-label": WORDS.newConversation, hidden: true });
    this.confirm.append(el("div", { class: "bar" }, el("p", {}, WORDS.startOverQuestion), yes, no));
    return this.confirm;
  }

  #closedBar() {
    this.closedNote = el("p", { id: "closed-note" }, WORDS.closedNote);
    this.closed = el(
      "div",
      { class: "closed", hidden: true },
      this.closedNote,
      textButton(WORDS.newConversation, () => this.#startOver()),
    );
    return this.closed;
  }

  #welcome() {
    const chip = (text) =>
      el("li", {}, el("button", { type: "button", class: "chip", on: { click: () => this.#suggest(text) } }, text));
    const chips = (this.options.suggestions ?? WORDS.suggestions).map(chip);
    return el(
      "div",
      { class: "welcome", hidden: true },
      el("span", { class: "mark large", "aria-hidden": "true" }, icon("chat")),
      el("h2", {}, WORDS.greeting),
      el("p", {}, WORDS.greetingMore),
      el("ul", { class: "chips", "aria-label": WORDS.suggestionsLabel }, ...chips),
    );
  }

  /** What the messages' buttons do. Those that vanish when pressed hand the focus on. */
  #actions() {
    const andFocus = (action) => (argument) => {
      action(argument);
      this.focus();
    };
    return {
      retry: andFocus((messageId) => this.chat.retry(messageId)),
      discard: andFocus((messageId) => this.chat.discard(messageId)),
      rate: (surveyId, answer) => this.chat.rate(surveyId, answer),
      leave: () => this.focus(),
    };
  }

  #suggest(text) {
    this.chat.send(text);
    this.focus();
  }

  #askStartOver(asking) {
    this.confirm.hidden = !asking;
    (asking ? this.confirm.querySelector("button") : this.startOverButton).focus();
  }

  #startOver() {
    this.confirm.hidden = true;
    this.chat.startOver();
    this.focus();
  }

  #render() {
    const { timeline, readiness } = this.chat;
    this.loading.hidden = readiness !== "loading";
    this.welcome.hidden = readiness !== "ready" || !timeline.isEmpty;
    this.#renderHead(timeline);
    this.#renderBanner();
    this.closed.hidden = !timeline.phase.closed;
    this.transcript.render(timeline.items);
    this.progress.update(timeline);
    this.#renderNews(timeline.items.at(-1));
    if (readiness === "ready") this.#settle();
  }

  #renderHead(timeline) {
    setText(this.phase, phaseWords(timeline.phase));
    this.startOverButton.hidden = timeline.isEmpty || timeline.phase.closed;
    setText(this.customer, this.session.customerId);
    this.customer.hidden = !this.options.showCustomer || !this.session.customerId;
  }

  #renderBanner() {
    const words = this.#bannerWords();
    this.banner.hidden = !words;
    setText(this.banner, words);
  }

  #bannerWords() {
    if (this.chat.line === "denied") return this.session.token ? WORDS.denied : WORDS.noSession;
    if (this.chat.readiness === "unreachable") return WORDS.unavailable;
    if (this.chat.line !== "lost") return "";
    return navigator.onLine ? WORDS.reconnecting : WORDS.offline;
  }

  #renderNews(newest) {
    if (!newest || newest.key === this.#newest) return;
    this.#newest = newest.key;
    if (newest.from === "me" || !this.#settled) this.scroller.toEnd();
    else this.scroller.announceNew();
    if (this.#settled && newest.from !== "me") this.options.onNews?.();
  }

  #settle() {
    if (this.settling) return;
    this.settling = setTimeout(() => {
      this.#settled = true;
      this.transcript.goLive();
    }, SETTLED_MS);
  }
}

function iconButton(name, label, action, kind) {
  return el(
    "button",
    { type: "button", class: `icon-button ${kind}`, "aria-label": label, title: label, on: { click: action } },
    icon(name),
  );
}

function textButton(words, action, kind = "") {
  return el("button", { type: "button", class: `plain ${kind}`, on: { click: action } }, words);
}
