/** Puts a chat into a page: a shadow root, so that neither side's styles reach the other, with its style sheet. */

import { Bubble } from "./bubble.js";
import { Panel } from "./panel.js";
import { Session, sessionFrom } from "./session.js";

const STYLES = ["widget.css", "messages.css", "corner.css"].map((name) => new URL(`../${name}`, import.meta.url).href);

/** Fill `element` with the chat. See `README.md` for the options. Returns a handle with `destroy()`. */
export function mountPanel(element, options) {
  return place(element, new Panel(sessionOf(options), options));
}

/** Add the corner button to the page. The handle also has `open()` and `close()`. */
export function mountBubble(options) {
  const host = document.createElement("div");
  host.dataset.corner = "";
  document.body.append(host);
  const bubble = new Bubble(sessionOf(options), options);
  const { destroy } = place(host, bubble);
  const remove = () => {
    destroy();
    host.remove();
  };
  return { open: () => bubble.open(), close: () => bubble.close(), destroy: remove };
}

function sessionOf({ session, token, customerId, apiBase }) {
  if (!session && !(token && customerId)) throw new Error("Switchboard needs token and customerId, or session.");
  const source = typeof session === "string" ? sessionFrom(session) : session;
  return new Session(source ?? { token, customerId }, apiBase);
}

function place(element, view) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const sheets = STYLES.map(sheet);
  // Unstyled content would flash: show the chat when its style sheets are there (or will never be).
  view.node.hidden = true;
  Promise.all(sheets.map(({ loaded }) => loaded)).then(() => {
    view.node.hidden = false;
  });
  root.replaceChildren(...sheets.map(({ link }) => link), view.node);
  return {
    destroy() {
      view.destroy();
      root.replaceChildren();
    },
  };
}

function sheet(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => {
    link.onload = link.onerror = resolve;
  });
  return { link, loaded };
}
