/**
 * Own messages on their way: handed over one at a time, in the order they were written, each under one id however often
 * it is tried. What fails for a while is tried again; what fails for good, or for too long, is left to the customer.
 */

/** Longer than an API takes to be started again, even on a busy machine. */
const GIVE_UP_MS = 60_000;
const LONGEST_PAUSE_MS = 2_000;

export class Outbox {
  #queue = [];
  #working = false;
  #wake = () => undefined;

  /**
   * @param {object} wires
   * @param {(message) => Promise} wires.deliver    rejects with a Problem
   * @param {(messageId, state, reason, detail) => void} wires.onState   state: "sending" | "sent" | "failed"
   * @param {(messages: object[]) => void} wires.onChange   what is not accepted yet, to be kept
   */
  constructor(wires) {
    this.wires = wires;
  }

  /** Messages neither accepted nor deleted. */
  get messages() {
    return this.#queue.map(({ messageId, text, at }) => ({ messageId, text, at }));
  }

  add({ messageId, text, at }) {
    this.#queue.push({ messageId, text, at, since: Date.now(), tries: 0, failed: false });
    this.#changed();
    this.#work();
  }

  /** Try a failed message again, now. */
  retry(messageId) {
    const message = this.#find(messageId);
    if (!message) return;
    Object.assign(message, { since: Date.now(), tries: 0, failed: false });
    this.wires.onState(messageId, "sending");
    this.#work();
  }

  /** The message is in the log, or the customer has deleted it. */
  settle(messageId) {
    if (!this.#find(messageId)) return;
    this.#queue = this.#queue.filter((message) => message.messageId !== messageId);
    this.#changed();
  }

  /** The line is back: do not sit out the pause. */
  hurry() {
    this.#wake();
  }

  clear() {
    this.#queue = [];
    this.#changed();
    this.#wake();
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    for (let message = this.#next(); message; message = this.#next()) await this.#try(message);
    this.#working = false;
  }

  async #try(message) {
    try {
      await this.wires.deliver(message);
    } catch (problem) {
      if (this.#find(message.messageId)) await this.#failed(message, problem);
      return;
    }
    this.wires.onState(message.messageId, "sent");
    this.settle(message.messageId);
  }

  async #failed(message, problem) {
    message.tries += 1;
    const pause = pauseBefore(message.tries, problem);
    if (!problem.temporary || Date.now() + pause > message.since + GIVE_UP_MS) {
      message.failed = true;
      this.wires.onState(message.messageId, "failed", reasonOf(problem), problem.detail);
      return;
    }
    await new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, pause);
    });
  }

  #next() {
    return this.#queue.find((message) => !message.failed);
  }

  #find(messageId) {
    return this.#queue.find((message) => message.messageId === messageId);
  }

  #changed() {
    this.wires.onChange(this.messages);
  }
}

function pauseBefore(tries, problem) {
  const backoff = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (tries - 1));
  return Math.max(backoff, problem.retryAfter * 1_000);
}

function reasonOf(problem) {
  if (problem.status === 429) return "busy";
  if (problem.status === 401) return "denied";
  return problem.temporary ? "network" : "refused";
}
