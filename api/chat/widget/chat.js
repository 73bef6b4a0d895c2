/** One customer's chat: ties session, live line, outbox and timeline together. Knows nothing of the page. */

import { Api } from "./api.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { Problem } from "./problem.js";
import { Memory, newId } from "./storage.js";
import { Timeline } from "./timeline.js";
import { failureWords } from "./words.js";

/** Silence after which a customer who waits is better served by looking into the log than by trusting the socket. */
const STALL_MS = 10_000;
const START_RETRY_MS = 2_000;

export class Chat {
  #live = null;
  #starting = null;
  #stallTimer = 0;
  #announced = false;
  #destroyed = false;

  /** `onChange()` is called, at most once per task, after anything visible has changed. */
  constructor(session, onChange) {
    this.session = session;
    this.api = new Api(session);
    this.onChange = onChange;
    this.timeline = new Timeline();
    /** @type {"loading"|"unreachable"|"ready"} */
    this.readiness = "loading";
    /** @type {"idle"|"open"|"polling"|"lost"|"denied"} idle: no conversation yet, nothing to be connected to. */
    this.line = "idle";
    this.conversationId = "";
    this.outbox = new Outbox({
      deliver: (message) => this.#deliver(message),
      onState: (...state) => this.#outgoingState(...state),
      onChange: (messages) => this.memory && (this.memory.unsent = messages),
    });
  }

  /** Sign in and bring back what a reload took away. Goes on trying while the API cannot be reached. */
  async begin() {
    try {
      await this.session.renew();
      this.memory = new Memory(this.session);
      this.conversationId = this.memory.place.conversationId;
      await this.#resume();
    } catch (problem) {
      if (problem.status === 401 || problem.gone) this.#denied();
      else this.#beginLater();
    }
  }

  #denied() {
    Object.assign(this, { readiness: "ready", line: "denied" });
    this.#changed();
  }

  #beginLater() {
    this.readiness = "unreachable";
    this.#changed();
    setTimeout(() => this.#destroyed || this.begin(), START_RETRY_MS);
  }

  /** Say something. Returns false, and says nothing, when the text is blank. */
  send(text) {
    const message = { messageId: newId(), text: text.trim(), at: Date.now() };
    if (!message.text) return false;
    this.timeline.addOutgoing({ ...message, at: new Date(message.at) });
    this.outbox.add(message);
    this.#changed();
    return true;
  }

  /** Answer the open survey: `{csat, nps, effort, comment}`. What comes of it is seen on the survey's item. */
  async rate(surveyId, answer) {
    this.timeline.surveyState(surveyId, "sending");
    this.#changed();
    try {
      await this.api.answerSurvey(this.conversationId, answer);
      this.timeline.surveyScored(answer.csat, surveyId);
    } catch (problem) {
      // Answered elsewhere, expired, or dropped; the log tells which, if its word is still on the way.
      if (problem.status === 409 || problem.gone) this.timeline.closeSurveys();
      else this.timeline.surveyState(surveyId, "failed");
    }
    this.#changed();
  }

  retry(messageId) {
    this.outbox.retry(messageId);
  }

  discard(messageId) {
    this.outbox.settle(messageId);
    this.timeline.removeOutgoing(messageId);
    this.#changed();
  }

  /** Leave this conversation and wait for the first words of a new one. */
  startOver() {
    this.outbox.clear();
    this.#forget();
    this.timeline = new Timeline();
    this.#changed();
  }

  destroy() {
    this.#destroyed = true;
    this.#live?.stop();
    clearTimeout(this.#stallTimer);
  }

  async #resume() {
    if (this.conversationId) await this.#catchUp().catch((problem) => this.#resumeFailed(problem));
    this.readiness = "ready";
    if (this.conversationId) this.#connect();
    for (const message of this.memory.unsent) this.#takeUp(message);
    this.outbox.hurry();
    this.#changed();
  }

  #resumeFailed(problem) {
    if (!problem.gone) throw problem;
    this.#forget();
  }

  #takeUp(message) {
    if (this.timeline.has(message.messageId)) return;
    this.timeline.addOutgoing({ ...message, at: new Date(message.at) });
    this.outbox.add(message);
  }

  async #deliver(message) {
    if (this.readiness !== "ready") throw new Problem();
    if (this.timeline.isLogged(message.messageId)) return;
    if (!this.conversationId) await this.#start();
    try {
      await this.#handOver(message);
    } catch (problem) {
      if (!problem.gone) throw problem;
      this.#forget();
      throw new Problem(); // temporary: the next try starts a new conversation
    }
  }

  async #handOver(message) {
    try {
      if (!this.#live) throw new Problem();
      await this.#live.ask({ type: "message", message: message.text, message_id: message.messageId });
    } catch (problem) {
      // The socket is away, silent, or its token has expired: the same message, under the same id, goes by request.
      if (problem.status !== 0 && problem.status !== 401) throw problem;
      await this.api.post(this.conversationId, message);
      this.#live?.hurry();
    }
  }

  /** Start the conversation, once. The key is kept first: a reload in between finds the same conversation. */
  #start() {
    this.#starting ??= this.#create().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #create() {
    const startKey = this.memory.place.startKey || newId();
    this.memory.place = { conversationId: "", startKey };
    this.conversationId = await this.api.start(startKey);
    this.memory.place = { conversationId: this.conversationId, startKey: "" };
    this.#connect();
  }

  #connect() {
    this.#live?.stop();
    if (this.#destroyed) return;
    const path = `/conversations/${encodeURIComponent(this.conversationId)}/ws`;
    this.line = "lost";
    this.#live = new Live({
      address: () => [this.session.socketUrl(path, { after: this.timeline.lastSeq }), this.session.socketProtocols],
      catchUp: () => this.#catchUp(),
      onFrame: (frame) => this.#frame(frame),
      onState: (state) => this.#lineState(state),
    });
  }

  #catchUp() {
    const { conversationId, timeline } = this;
    return this.api.replay(conversationId, timeline.lastSeq, (seq, event) => {
      if (conversationId === this.conversationId) this.#event(seq, event);
    });
  }

  #lineState(state) {
    if (state === "gone") return this.#forgetWithNotice();
    this.line = state;
    if (state === "lost") this.timeline.endDraft();
    if (state === "open") this.timeline.joined();
    if (this.#live?.isUp) this.outbox.hurry();
    this.#changed();
  }

  #frame(frame) {
    if (frame.type === "event") this.#event(frame.seq, frame.event);
    if (frame.type === "delta" && this.timeline.delta(frame.turn_id, frame.text, Date.now())) this.#changed();
    this.#watchForStall();
  }

  #event(seq, event) {
    if (!this.timeline.apply(seq, event, Date.now())) return;
    if (event.type === "customer_message") this.outbox.settle(event.message_id);
    if (this.timeline.continuedIn) this.#follow(this.timeline.continuedIn);
    this.#watchForStall();
    this.#changed();
  }

  /** The conversation lives on under another id (it was closed too long ago to be reopened). */
  #follow(conversationId) {
    this.conversationId = conversationId;
    this.memory.place = { conversationId, startKey: "" };
    this.timeline.continueElsewhere();
    this.#connect();
  }

  #watchForStall() {
    clearTimeout(this.#stallTimer);
    if (!this.timeline.awaiting || this.#destroyed) return;
    this.#stallTimer = setTimeout(() => this.#lookIntoLog(), STALL_MS);
  }

  async #lookIntoLog() {
    await this.#catchUp().catch(() => undefined);
    this.#watchForStall();
  }

  #forgetWithNotice() {
    this.#forget();
    this.timeline.quiet();
    this.timeline.phase.closed = true;
    this.#changed();
  }

  #forget() {
    this.#live?.stop();
    this.#live = null;
    clearTimeout(this.#stallTimer);
    this.conversationId = "";
    this.line = "idle";
    if (this.memory) this.memory.place = { conversationId: "", startKey: "" };
  }

  #outgoingState(messageId, state, reason, detail) {
    this.timeline.markOutgoing(messageId, state, state === "failed" ? failureWords(reason, detail) : "");
    this.#changed();
  }

  #changed() {
    if (this.#announced || this.#destroyed) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      if (!this.#destroyed) this.onChange();
    });
  }
}
