/**
 * What must outlive a reload. The conversation's id stays in localStorage, so that the customer finds it again in
 * another tab; texts that are not sent yet stay in sessionStorage and leave with the tab. Where the browser forbids
 * storage, only that is lost.
 */

export class Memory {
  constructor(session) {
    this.key = `switchboard:${session.origin}:${session.customerId}`;
  }

  /** `{conversationId, startKey}`; empty strings where there is none. */
  get place() {
    return { conversationId: "", startKey: "", ...read(() => localStorage, this.key) };
  }

  set place(value) {
    write(() => localStorage, this.key, value);
  }

  /** Messages that the server has not accepted: `[{messageId, text, at}]`, oldest first. */
  get unsent() {
    const unsent = read(() => sessionStorage, this.key);
    return Array.isArray(unsent) ? unsent : [];
  }

  set unsent(messages) {
    write(() => sessionStorage, this.key, messages);
  }
}

// The storage is fetched inside the try: with cookies blocked, touching `localStorage` itself throws.
function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // Nothing to do: the chat works on, without memory.
  }
}

/** A random id; `crypto.randomUUID` exists in secure contexts only, and a phone on the local network is none. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
