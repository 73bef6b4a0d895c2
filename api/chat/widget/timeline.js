/**
 * What the customer sees of one conversation: the log's events turned into items, plus messages not yet in the log.
 * Pure state: no network, no DOM. The log's `seq` is the only order; whatever comes twice is dropped here.
 */

import { NOTES, agentLabel, personName, toolWords } from "./words.js";

/**
 * After such a silence within a reply its worker may have died: another then writes the same reply from its beginning,
 * and nothing tells the one from the other. What stands there is kept until the finished message comes.
 */
const STALLED_MS = 2_500;
/** Words go straight to the reader, events by way of the log: so much may an event be late that precedes the words. */
const OVERTAKING_MS = 250;

/**
 * @typedef {object} Item
 * @property {string} key     stable for the life of the item: a view keeps one node for it
 * @property {"message"|"note"|"survey"} kind
 * @property {"me"|"agent"|"person"} [from]
 * @property {string} [label]  who speaks
 * @property {string} text
 * @property {Date} at
 * @property {?number} seq     null until the log has numbered it
 * @property {"idle"|"sending"|"sent"|"failed"} [state]   own messages, and surveys with their answer
 * @property {string} [reason] why it failed
 */

export class Timeline {
  constructor() {
    this.lastSeq = 0;
    /** @type {Item[]} logged items by seq, then unlogged ones in the order they were written */
    this.items = [];
    this.phase = { owner: "assistant", agentType: "", person: "", closed: false };
    /** The reply being written: `{turnId, text}`, or null. */
    this.draft = null;
    /** What the assistant is doing while it says nothing. */
    this.activity = "";
    /** The newest conversation when this one was continued elsewhere. */
    this.continuedIn = null;
    this.unanswered = new Set();
    this.pastTurns = new Set();
    this.joinedLate = false;
    this.now = 0;
  }

  /** True while the customer waits for an AI's reply. */
  get awaiting() {
    return this.unanswered.size > 0 && this.phase.owner === "assistant" && !this.phase.closed;
  }

  get isEmpty() {
    return this.items.length === 0;
  }

  /** Take one event of the log, `now` in ms. Returns false, and changes nothing, when it was here before. */
  apply(seq, event, now = 0) {
    if (seq <= this.lastSeq) return false;
    this.lastSeq = seq;
    this.now = now;
    EFFECTS[event.type]?.(this, event, seq);
    if (NOTES[event.type]) this.#note(event, seq);
    return true;
  }

  /**
   * The line is up (again). A reply under way may have lost its beginning: nothing is shown of it until it is finished,
   * rather than words out of context.
   */
  joined() {
    this.endDraft();
    this.joinedLate = this.awaiting;
  }

  /** A piece of the reply being written. Pieces of a turn that is over, or of an AI that may not speak, are dropped. */
  delta(turnId, text, now) {
    if (this.joinedLate) this.pastTurns.add(turnId);
    this.joinedLate = false;
    if (this.pastTurns.has(turnId) || this.phase.owner === "person") return false;
    if (this.draft?.turnId !== turnId) {
      this.endDraft();
      this.draft = { turnId, text: "", began: now, at: now };
    }
    this.draft.stalled ||= now - this.draft.at > STALLED_MS;
    if (this.draft.stalled) return false;
    Object.assign(this.draft, { text: this.draft.text + text, at: now });
    this.activity = "";
    return true;
  }

  /**
   * A tool has run. What was said before it is no part of the reply, but the same turn goes on: its later pieces count.
   * First words just seen are kept: they come after the tool and have overtaken the log on the way.
   */
  toolCalled(tool) {
    if (this.draft && this.now - this.draft.began > OVERTAKING_MS) this.draft = null;
    this.activity = toolWords(tool);
  }

  /** Forget the reply being written; later pieces of its turn are dropped too (the finished message will come). */
  endDraft() {
    if (this.draft) this.pastTurns.add(this.draft.turnId);
    this.draft = null;
  }

  /** Show an own message at once. */
  addOutgoing({ messageId, text, at }) {
    this.#insert({
      key: `m:${messageId}`,
      kind: "message",
      from: "me",
      messageId,
      text,
      at,
      seq: null,
      state: "sending",
    });
  }

  /** State of an own message; ignored once the log has it. */
  markOutgoing(messageId, state, reason = "") {
    const item = this.#own(messageId);
    if (item && item.seq === null) Object.assign(item, { state, reason });
  }

  removeOutgoing(messageId) {
    this.items = this.items.filter((item) => item.messageId !== messageId || item.seq !== null);
  }

  has(messageId) {
    return this.#own(messageId) !== undefined;
  }

  isLogged(messageId) {
    return (this.#own(messageId)?.seq ?? null) !== null;
  }

  /** A conversation is continued in a new log: its numbers start again, what is on the screen stays above. */
  continueElsewhere() {
    for (const item of this.items) if (item.seq !== null) item.seq = item.seq - this.lastSeq;
    this.lastSeq = 0;
    this.continuedIn = null;
    this.phase = { owner: "assistant", agentType: "", person: "", closed: false };
  }

  messageLogged(event, seq) {
    const known = this.#own(event.message_id);
    const logged = { text: event.message, at: new Date(event.at), seq, state: "sent", reason: "" };
    if (known) this.items.splice(this.items.indexOf(known), 1);
    const fresh = { key: `m:${event.message_id}`, kind: "message", from: "me", messageId: event.message_id };
    this.#insert(Object.assign(known ?? fresh, logged));
    this.unanswered.add(event.message_id);
  }

  spoken(event, seq, { from, label }) {
    for (const messageId of event.answers ?? []) this.unanswered.delete(messageId);
    if (event.turn_id) this.pastTurns.add(event.turn_id);
    if (this.draft?.turnId === event.turn_id) this.draft = null;
    if (this.unanswered.size === 0) this.joinedLate = false;
    this.activity = "";
    const key = `e:${event.event_id}`;
    this.#insert({ key, kind: "message", from, label, text: event.message, at: new Date(event.at), seq });
  }

  /** People come and go by handoffs; this is about which of the assistants speaks. */
  inCharge(agentType) {
    if (agentType !== "human") this.phase.agentType = agentType;
  }

  surveyAsked(event, seq) {
    const survey = { surveyId: event.survey_id, open: true, paused: false, score: null, state: "idle" };
    this.#insert({
      key: `e:${event.event_id}`,
      kind: "survey",
      text: event.question,
      at: new Date(event.at),
      seq,
      ...survey,
    });
  }

  surveyScored(score, surveyId) {
    const survey = this.items.findLast((item) => item.kind === "survey" && item.surveyId === surveyId);
    if (survey) Object.assign(survey, { open: false, score, state: "idle" });
  }

  /** How an answer fares that is on its way: "sending" or "failed". */
  surveyState(surveyId, state) {
    const survey = this.items.findLast((item) => item.kind === "survey" && item.surveyId === surveyId);
    if (survey) survey.state = state;
  }

  pauseSurveys(paused) {
    for (const item of this.items) if (item.kind === "survey") item.paused = paused;
  }

  closeSurveys() {
    for (const item of this.items) if (item.kind === "survey") item.open = false;
  }

  quiet() {
    this.endDraft();
    Object.assign(this, { activity: "", joinedLate: false });
    this.unanswered.clear();
  }

  #own(messageId) {
    return this.items.find((item) => item.messageId === messageId);
  }

  #note(event, seq) {
    const text = NOTES[event.type](event);
    if (text) this.#insert({ key: `e:${event.event_id}`, kind: "note", text, at: new Date(event.at), seq });
  }

  #insert(item) {
    const place = item.seq ?? Infinity;
    const after = this.items.findLastIndex((other) => (other.seq ?? Infinity) <= place);
    this.items.splice(after + 1, 0, item);
  }
}

/** Event type → what it changes besides its own line (`NOTES`). Types missing here are nothing to the customer. */
const EFFECTS = {
  customer_message: (timeline, event, seq) => timeline.messageLogged(event, seq),
  agent_message(timeline, event, seq) {
    timeline.inCharge(event.agent_type);
    timeline.spoken(event, seq, { from: "agent", label: agentLabel(event.agent_type) });
  },
  interim_message(timeline, event, seq) {
    const { activity } = timeline;
    timeline.spoken(event, seq, { from: "agent", label: agentLabel(event.agent_type ?? timeline.phase.agentType) });
    timeline.activity = activity;
  },
  human_message(timeline, event, seq) {
    const name = timeline.phase.owner === "person" ? timeline.phase.person : personName(event);
    timeline.spoken(event, seq, { from: "person", label: name });
  },
  agent_assigned: (timeline, event) => timeline.inCharge(event.agent_type),
  tool_called: (timeline, event) => timeline.toolCalled(event.tool),
  handoff_requested(timeline) {
    timeline.phase.owner = "queue";
  },
  handoff_claimed(timeline, event) {
    timeline.quiet();
    Object.assign(timeline.phase, { owner: "person", person: personName(event) });
  },
  handoff_completed(timeline) {
    timeline.quiet();
    Object.assign(timeline.phase, { owner: "assistant", person: "" });
  },
  survey_requested: (timeline, event, seq) => timeline.surveyAsked(event, seq),
  survey_answered(timeline, event) {
    timeline.quiet();
    timeline.surveyScored(event.score, event.survey_id);
  },
  survey_expired: (timeline) => timeline.closeSurveys(),
  // A customer who writes on instead of rating is not resolved any more; the question counts again when they are.
  status_changed: (timeline, { status }) => timeline.pauseSurveys(status !== "resolved"),
  conversation_closed(timeline) {
    timeline.quiet();
    timeline.closeSurveys();
    Object.assign(timeline.phase, { owner: "assistant", closed: true });
  },
  conversation_reopened(timeline) {
    timeline.phase.closed = false;
  },
  conversation_continued(timeline, event) {
    timeline.continuedIn = event.continued_in;
  },
};
