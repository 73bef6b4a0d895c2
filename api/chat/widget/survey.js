/** The survey's card: five buttons to choose from, what one may add, and the button that sends it. */

import { el, setText } from "./dom.js";
import { WORDS } from "./words.js";

/** Characters of a comment; the server's limit. */
const COMMENT_LIMIT = 1_000;

export class SurveyForm {
  #score = null;
  #open = true;
  #busy = false;

  /** @param actions `rate(surveyId, answer)`; `leave()` finds the focus a place when its own vanishes. */
  constructor(item, actions) {
    Object.assign(this, { actions, surveyId: item.surveyId });
    const id = `survey-${item.surveyId}`;
    this.buttons = [1, 2, 3, 4, 5].map((score) => scoreButton(score, () => this.#choose(score)));
    this.status = el("p", { class: "survey-status", role: "status" });
    this.#buildMore(id);
    const question = el("p", { class: "survey-question", id }, item.text);
    const scale = el("div", { class: "survey-scale", role: "group", "aria-labelledby": id }, ...this.buttons);
    const submit = (event) => this.#submit(event);
    this.node = el(
      "form",
      { class: "survey", novalidate: "", on: { submit } },
      question,
      scale,
      scaleEnds(),
      this.rest,
      this.status,
    );
  }

  update(item) {
    const open = item.open && !item.paused;
    this.#busy = open && item.state === "sending";
    if (!open) this.#score = item.score;
    this.#show(open);
    setText(this.status, statusWords(item, open));
    this.status.classList.toggle("failed", open && item.state === "failed");
  }

  #buildMore(id) {
    this.nps = choice(`${id}-nps`, 0, 10);
    this.effort = choice(`${id}-effort`, 1, 7);
    this.comment = el("textarea", { id: `${id}-comment`, rows: "2", maxlength: String(COMMENT_LIMIT) });
    this.send = el("button", { type: "submit", class: "plain strong" }, WORDS.surveySend);
    const more = el(
      "details",
      { class: "survey-more" },
      el("summary", {}, WORDS.surveyMore),
      labelled(this.nps, WORDS.surveyNps, WORDS.surveyNpsHint),
      labelled(this.effort, WORDS.surveyEffort, WORDS.surveyEffortHint),
      labelled(this.comment, WORDS.surveyComment),
    );
    this.rest = el("div", { class: "survey-rest" }, more, this.send);
  }

  #choose(score) {
    if (!this.#open || this.#busy) return;
    this.#score = score;
    setText(this.status, "");
    this.#show(true);
  }

  #submit(event) {
    event.preventDefault();
    if (!this.#open || this.#busy) return;
    if (this.#score === null) {
      setText(this.status, WORDS.surveyChoose);
      this.buttons[0].focus();
      return;
    }
    this.actions.rate(this.surveyId, this.#answer());
  }

  #answer() {
    const given = { csat: this.#score, nps: number(this.nps), effort: number(this.effort) };
    return { ...given, comment: this.comment.value.trim() };
  }

  /** Not `disabled` while it is sent and once it is: what is pressed would lose the focus, and the reader their place. */
  #show(open) {
    const hadFocus = this.rest.contains(this.node.getRootNode().activeElement ?? null);
    this.buttons.forEach((button, index) => {
      button.setAttribute("aria-disabled", String(!open || this.#busy));
      button.setAttribute("aria-pressed", String(this.#score === index + 1));
    });
    this.send.setAttribute("aria-disabled", String(this.#busy));
    this.rest.hidden = !open;
    this.#open = open;
    if (hadFocus && !open) this.actions.leave();
  }
}

function statusWords(item, open) {
  if (open) return { sending: WORDS.surveySending, failed: WORDS.surveyNotSent }[item.state] ?? "";
  return item.score === null ? WORDS.surveyOver : `${WORDS.surveyRated} ${item.score} / 5`;
}

function scoreButton(score, onClick) {
  const meaning = { 1: `, ${WORDS.surveyLow}`, 5: `, ${WORDS.surveyHigh}` }[score] ?? "";
  return el(
    "button",
    { type: "button", class: "score", "aria-label": `${score} of 5${meaning}`, on: { click: onClick } },
    String(score),
  );
}

function scaleEnds() {
  const ends = [WORDS.surveyLow, WORDS.surveyHigh].map((words) => el("span", {}, words));
  return el("div", { class: "survey-ends", "aria-hidden": "true" }, ...ends);
}

/** A list to choose a number from, or none. */
function choice(id, least, most) {
  const numbers = Array.from({ length: most - least + 1 }, (_, index) => String(least + index));
  const options = numbers.map((words) => el("option", { value: words }, words));
  return el("select", { id }, el("option", { value: "" }, WORDS.surveySkip), ...options);
}

function labelled(field, words, hint = "") {
  const more = hint ? el("span", { class: "survey-hint" }, ` (${hint})`) : null;
  return el("div", { class: "survey-field" }, el("label", { for: field.id }, words, more), field);
}

const number = (field) => (field.value === "" ? null : Number(field.value));
