/** Who the customer is and where the API lives. */

import { Problem } from "./problem.js";

export class Session {
  #source;
  #renewing = null;

  /**
   * @param {object|Function} source  `{token, customerId, apiBase}`, or an async function that returns it and is
   *   asked again when the token has expired.
   * @param {string} apiBase  where the API is when the source does not say
   */
  constructor(source, apiBase) {
    this.#source = source;
    this.apiBase = apiBase;
    this.token = "";
    this.customerId = "";
    this.origin = "";
  }

  /** Fetch (or fetch again) the token. Concurrent callers share one request. Rejects when the source does. */
  renew() {
    this.#renewing ??= this.#load().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  get renewable() {
    return typeof this.#source === "function";
  }

  async #load() {
    const given = this.renewable ? await this.#source() : this.#source;
    this.token = given.token;
    this.customerId = given.customerId ?? given.customer_id;
    this.origin = apiRoot(given.apiBase ?? given.api_base ?? "", this.apiBase);
  }

  /** The address of an API path such as `/conversations`. */
  url(path) {
    return `${this.origin}/api/v1${path}`;
  }

  /** The same for a WebSocket. */
  socketUrl(path, query) {
    return `${this.url(path).replace(/^http/, "ws")}?${new URLSearchParams(query)}`;
  }

  /** A browser cannot set a WebSocket's headers: the token rides in a subprotocol, where no access log notes it. */
  get socketProtocols() {
    return ["bearer", this.token];
  }
}

/** `apiBase`, with or without `/api/v1`; what it leaves open comes from `fallback`, then from the page. */
function apiRoot(apiBase, fallback) {
  const address = new URL(apiBase, new URL(fallback, location.href));
  return address.href.replace(/\/+$/, "").replace(/\/api\/v1$/, "");
}

/** A session source that asks `address` (the demo's `GET /chat/session`). */
export function sessionFrom(address) {
  return async () => {
    const response = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) throw new Problem({ status: response.status });
    return response.json();
  };
}
