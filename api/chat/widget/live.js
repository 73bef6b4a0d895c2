/**
 * The live line to one conversation: a WebSocket that reconnects with backoff; where WebSockets never get through, the
 * log is polled instead. Says nothing about what frames mean.
 */

import { Problem } from "./problem.js";

const FIRST_RETRY_MS = 300;
const MAX_RETRY_MS = 5_000;
const CONNECT_TIMEOUT_MS = 8_000;
const ANSWER_TIMEOUT_MS = 8_000;
const POLL_MS = 1_500;
/** Handshakes in a row that failed while the API answered: then the socket is taken to be blocked on the way. */
const REFUSALS_UNTIL_POLLING = 2;
/** A socket that lived this long was a good one: its end is no failure of the way. */
const GOOD_SOCKET_MS = 5_000;
const SOCKET_RETRY_WHILE_POLLING_MS = 30_000;

export class Live {
  #socket = null;
  #timer = 0;
  #failures = 0;
  #refusals = 0;
  #pollingSince = 0;
  #stopped = false;
  #asked = new Map();

  /**
   * @param {object} wires
   * @param {() => [string, string[]]} wires.address   the socket's address (it carries the last seq) and subprotocols
   *   (one is the token), asked at every attempt
   * @param {() => Promise} wires.catchUp      read the log by REST; rejects with a Problem
   * @param {(frame: object) => void} wires.onFrame
   * @param {(state: "open"|"lost"|"polling"|"denied"|"gone") => void} wires.onState
   */
  constructor(wires) {
    this.wires = wires;
    this.state = "lost";
    this.listener = () => this.hurry();
    this.drop = () => this.#socket?.close();
    addEventListener("online", this.listener);
    addEventListener("offline", this.drop);
    document.addEventListener("visibilitychange", this.listener);
    this.#connect();
  }

  /** The line is up, one way or the other. */
  get isUp() {
    return this.state === "open" || this.state === "polling";
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.listener);
    removeEventListener("offline", this.drop);
    document.removeEventListener("visibilitychange", this.listener);
    this.#socket?.close();
    this.#failAsked();
  }

  /**
   * Send a frame with a `message_id` and wait for its `accepted`. Rejects with the server's Problem, or with a
   * Problem of status 0 when the socket is not open, closes, or stays silent.
   */
  ask(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Problem());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(frame.message_id, "reject", new Problem()), ANSWER_TIMEOUT_MS);
      this.#asked.set(frame.message_id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify(frame));
    });
  }

  /** The network or the server is back, or the page is looked at again: do not sit out the delay. */
  hurry() {
    if (this.#stopped || this.#socket || this.state !== "lost" || document.hidden) return;
    this.#schedule(() => this.#connect(), 0);
  }

  #connect() {
    if (this.#stopped) return;
    const socket = new WebSocket(...this.wires.address());
    const impatience = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS);
    let openedAt = 0;
    socket.onopen = () => {
      openedAt = Date.now();
      clearTimeout(impatience);
      this.#refusals = 0;
      this.#setState("open");
    };
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = () => {
      clearTimeout(impatience);
      if (this.#socket === socket) this.#closed(openedAt);
    };
    this.#socket = socket;
  }

  #receive(data) {
    const frame = parsed(data);
    if (!frame) return;
    this.#failures = 0;
    if (frame.type === "accepted") this.#settle(frame.message_id, "resolve");
    else if (frame.type === "problem") this.#refused(frame);
    this.wires.onFrame(frame);
  }

  /** A problem that names no message is about the only one under way. */
  #refused(frame) {
    const messageId = frame.message_id ?? this.#asked.keys().next().value;
    const { status = 400, detail = frame.title ?? "" } = frame;
    this.#settle(messageId, "reject", new Problem({ status, detail, retryAfter: Number(frame.retry_after) || 0 }));
  }

  #settle(messageId, how, value) {
    const waiting = this.#asked.get(messageId);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#asked.delete(messageId);
    waiting[how](value);
  }

  #failAsked() {
    for (const messageId of [...this.#asked.keys()]) this.#settle(messageId, "reject", new Problem());
  }

  async #closed(openedAt) {
    const wasOpen = openedAt > 0;
    this.#socket = null;
    this.#failAsked();
    if (this.#stopped) return;
    this.#failures = wasOpen && Date.now() - openedAt > GOOD_SOCKET_MS ? 1 : this.#failures + 1;
    if (wasOpen || this.state !== "polling") this.#setState("lost");
    const verdict = wasOpen ? "unknown" : await this.#probe();
    if (this.#stopped || verdict === "final") return;
    this.#refusals = verdict === "up" ? this.#refusals + 1 : 0;
    if (this.#refusals >= REFUSALS_UNTIL_POLLING) this.#startPolling();
    else this.#schedule(() => this.#connect(), this.#delay());
  }

  /** Ask the log by REST: it catches up, and tells a blocked socket from a dead API, an ended session, a lost id. */
  async #probe() {
    try {
      await this.wires.catchUp();
      return "up";
    } catch (problem) {
      if (this.#stopped) return "final";
      if (problem.status === 401) return this.#end("denied");
      if (problem.gone) return this.#end("gone");
      return "down";
    }
  }

  #end(state) {
    this.#setState(state);
    return "final";
  }

  #startPolling() {
    this.#pollingSince = Date.now();
    this.#setState("polling");
    this.#schedule(() => this.#poll(), POLL_MS);
  }

  async #poll() {
    const verdict = await this.#probe();
    if (this.#stopped || verdict === "final") return;
    if (verdict === "down") this.#setState("lost");
    const retrySocket = verdict === "down" || Date.now() - this.#pollingSince > SOCKET_RETRY_WHILE_POLLING_MS;
    if (retrySocket) this.#schedule(() => this.#connect(), verdict === "down" ? this.#delay() : 0);
    else this.#schedule(() => this.#poll(), POLL_MS);
  }

  /** Exponential, with jitter so that a restarted API is not met by everyone at once. */
  #delay() {
    const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    return ceiling / 2 + Math.random() * (ceiling / 2);
  }

  #schedule(action, delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delay);
  }

  #setState(state) {
    if (this.#stopped || this.state === state) return;
    this.state = state;
    this.wires.onState(state);
  }
}

function parsed(data) {
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
