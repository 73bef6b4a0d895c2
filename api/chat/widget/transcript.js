/** The list of messages: one node for each of the timeline's items, changed in place: nothing is announced twice. */

import { el, icon, linkified, setText } from "./dom.js";
import { SurveyForm } from "./survey.js";
import { clockTime, dayName, fullTime, sameDay } from "./time.js";
import { WORDS } from "./words.js";

/** Messages of one speaker within this time stand together under one name. */
const GROUP_MS = 5 * 60_000;

export class Transcript {
  #views = new Map();

  /** @param actions `{retry(messageId), discard(messageId), rate(surveyId, answer), leave()}` */
  constructor(actions) {
    this.actions = actions;
    this.node = el("div", {
      class: "log",
      role: "log",
      "aria-live": "off",
      "aria-relevant": "additions",
      "aria-label": WORDS.logLabel,
    });
  }

  /** From now on new messages are read out; history that is loaded before is not. */
  goLive() {
    this.node.setAttribute("aria-live", "polite");
  }

  /** Make the nodes show `items`, in their order. */
  render(items) {
    const kept = new Set(items.map((item) => item.key));
    for (const [key, view] of this.#views) if (!kept.has(key)) this.#remove(key, view);
    items.forEach((item, index) => this.#place(item, items[index - 1], items[index + 1], index));
  }

  #remove(key, view) {
    view.node.remove();
    this.#views.delete(key);
  }

  #place(item, before, after, index) {
    let view = this.#views.get(item.key);
    if (!view) this.#views.set(item.key, (view = viewOf(item, this.actions)));
    view.update(item, {
      starts: !sameGroup(before, item),
      ends: !sameGroup(item, after),
      newDay: !before || !sameDay(before.at, item.at),
    });
    if (this.node.children[index] !== view.node) this.node.insertBefore(view.node, this.node.children[index] ?? null);
  }
}

export function sameGroup(a, b) {
  if (!a || !b || a.kind !== "message" || b.kind !== "message") return false;
  return a.from === b.from && a.label === b.label && b.at - a.at < GROUP_MS && sameDay(a.at, b.at);
}

/** The round sign beside what is not the customer's: an assistant's mark, or a person's initials. */
export function avatar(from, label) {
  return el("span", { class: `avatar avatar-${from}`, "aria-hidden": "true" }, sign(from, label));
}

function sign(from, label) {
  if (from !== "person") return icon("assistant");
  return label === WORDS.colleague ? icon("person") : initials(label);
}

const initials = (name) =>
  name
    .split(/\s+/)
    .map((part) => part[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();

/** Name, kind and time over a group of messages. Screen readers get the name with each message instead. */
export function byline(from, label, at) {
  const tag = from === "agent" ? el("span", { class: "tag" }, WORDS.aiTag) : null;
  const time = at ? timeNode(at) : null;
  return el("div", { class: "byline", "aria-hidden": "true" }, el("span", { class: "name" }, label), tag, time);
}

function timeNode(at) {
  return el("time", { datetime: at.toISOString(), title: fullTime(at) }, clockTime(at));
}

const VIEWS = { message: (item, actions) => (item.from === "me" ? new OwnView(item, actions) : new TheirView(item)) };
VIEWS.note = (item) => new NoteView(item);
VIEWS.survey = (item, actions) => new SurveyView(item, actions);

const viewOf = (item, actions) => VIEWS[item.kind](item, actions);

class ItemView {
  constructor(item, ...children) {
    this.day = el("div", { class: "day", hidden: true }, dayName(item.at));
    this.node = el("div", { class: "item" }, this.day, ...children);
  }

  update(item, { starts, ends, newDay }) {
    this.day.hidden = !newDay;
    this.node.classList.toggle("starts", starts);
    this.node.classList.toggle("ends", ends);
  }
}

class TheirView extends ItemView {
  constructor(item) {
    const head = byline(item.from, item.label, item.at);
    const bubble = el(
      "div",
      { class: "bubble", dir: "auto" },
      el("span", { class: "vh" }, `${item.label}: `),
      ...linkified(item.text),
    );
    super(
      item,
      el("div", { class: "row theirs" }, avatar(item.from, item.label), el("div", { class: "said" }, head, bubble)),
    );
    this.head = head;
  }

  update(item, place) {
    super.update(item, place);
    this.head.hidden = !place.starts;
  }
}

class OwnView extends ItemView {
  constructor(item, actions) {
    const bubble = el(
      "div",
      { class: "bubble", dir: "auto" },
      el("span", { class: "vh" }, `${WORDS.you}: `),
      ...linkified(item.text),
    );
    const state = el("span", { class: "state" });
    const meta = el("div", { class: "meta" }, timeNode(item.at), state);
    super(item, el("div", { class: "row mine" }, el("div", { class: "said" }, bubble, meta)));
    Object.assign(this, { meta, state, failure: null, actions });
  }

  update(item, place) {
    super.update(item, place);
    const failed = item.state === "failed";
    this.meta.hidden = !place.ends || failed;
    setText(this.state, item.state === "sending" ? WORDS.sending : WORDS.sent);
    this.node.dataset.state = item.state;
    if (failed && !this.failure) this.#showFailure(item);
    if (!failed && this.failure) this.#hideFailure();
  }

  #showFailure(item) {
    const button = (name, words, action) =>
      el("button", { type: "button", class: `plain ${name}`, on: { click: action } }, words);
    this.failure = el(
      "div",
      { class: "failure", role: "alert" },
      el("span", { class: "why" }, icon("alert"), el("span", {}, `${WORDS.notSent}. ${item.reason}`)),
      button("retry", WORDS.retry, () => this.actions.retry(item.messageId)),
      button("discard", WORDS.discard, () => this.actions.discard(item.messageId)),
    );
    this.meta.after(this.failure);
  }

  #hideFailure() {
    this.failure.remove();
    this.failure = null;
  }
}

class NoteView extends ItemView {
  constructor(item) {
    super(item, el("div", { class: "note" }, item.text));
  }
}

class SurveyView extends ItemView {
  constructor(item, actions) {
    const form = new SurveyForm(item, actions);
    super(item, form.node);
    this.form = form;
  }

  update(item, place) {
    super.update(item, place);
    this.form.update(item);
  }
}
