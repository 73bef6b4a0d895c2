/** The REST half of the contract. Every failure is a `Problem`. */

import { Problem } from "./problem.js";

const TIMEOUT_MS = 12_000;

export class Api {
  constructor(session) {
    this.session = session;
  }

  /** Start a conversation; the same `key` always gives the same one. Returns its id. */
  async start(key) {
    const body = { customer_id: this.session.customerId, channel: "web" };
    const started = await this.#call("/conversations", { body, headers: { "Idempotency-Key": key } });
    return started.conversation_id;
  }

  /** Hand in a message; the same `messageId` counts once however often it is sent. */
  post(conversationId, { messageId, text }) {
    const body = { message: text, message_id: messageId };
    return this.#call(`${pathOf(conversationId)}/messages`, { body, headers: { "Idempotency-Key": messageId } });
  }

  /** Answer the open survey: `{csat, nps, effort, comment}`, all but the first optional. The same again is harmless. */
  answerSurvey(conversationId, answer) {
    return this.#call(`${pathOf(conversationId)}/survey`, { body: answer });
  }

  /** All events after `seq`, in order, page by page, each given to `onEvent(seq, event)`. */
  async replay(conversationId, after, onEvent) {
    for (let from = after, next = after; next !== null; from = next) {
      const page = await this.#call(`${pathOf(conversationId)}/events?after=${from}`, {});
      for (const row of page.events) onEvent(row.seq, row.event ?? row);
      next = page.next_after > from ? page.next_after : null;
    }
  }

  async #call(path, request, retried = false) {
    const response = await this.#fetch(path, request);
    if (response.status === 401 && this.session.renewable && !retried) {
      await this.session.renew().catch(() => undefined);
      return this.#call(path, request, true);
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw problemOf(response, body);
    return body;
  }

  async #fetch(path, { body, headers = {} }) {
    const options = {
      method: body ? "POST" : "GET",
      headers: { Accept: "application/json", Authorization: `Bearer ${this.session.token}`, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    if (body) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    try {
      return await fetch(this.session.url(path), options);
    } catch {
      throw new Problem();
    }
  }
}

const pathOf = (conversationId) => `/conversations/${encodeURIComponent(conversationId)}`;

function problemOf(response, body) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  return new Problem({ status: response.status, detail: body.detail ?? body.title ?? "", retryAfter });
}
