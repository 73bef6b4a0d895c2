/** What went wrong with a request, as far as it matters here. */

/** A request that did not succeed. `status` is 0 when nothing answered; `retryAfter` is in seconds, 0 if unknown. */
export class Problem extends Error {
  constructor({ status = 0, detail = "", retryAfter = 0 } = {}) {
    super(detail || `status ${status}`);
    Object.assign(this, { status, detail, retryAfter });
  }

  /** Trying the same again can help. */
  get temporary() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** What was asked for does not exist for this customer (any more). */
  get gone() {
    return this.status === 403 || this.status === 404;
  }
}
