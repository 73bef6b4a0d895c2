/**
 * Switchboard's chat, the file that pages include:
 *
 *   <script src="https://support.example.com/chat/widget.js" data-token="…" data-customer-id="…" async></script>
 *
 * It defines `Switchboard.mount(element, options)` and `Switchboard.bubble(options)`, and starts by itself when its own
 * script tag says how. The rest is loaded when it is needed. See README.md.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  const code = new URL("widget/mount.js", script.src).href;

  window.Switchboard = Object.freeze({
    /** Fill an element with the chat. Returns a promise of `{destroy()}`. */
    mount: async (element, options) => (await import(code)).mountPanel(element, withDefaults(options)),
    /** Add a button in the page's corner that opens the chat. Returns a promise of `{open(), close(), destroy()}`. */
    bubble: async (options) => (await import(code)).mountBubble(withDefaults(options)),
  });

  // The API lives where the widget came from, unless the page says otherwise.
  const withDefaults = (options) => ({ apiBase: new URL(script.src).origin, ...options });

  function optionsOf({ token, customerId, apiBase, session, heading, showCustomer }) {
    const given = { token, customerId, apiBase, session, title: heading, showCustomer: showCustomer !== undefined };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }

  function start() {
    const { target } = script.dataset;
    if (!target) return window.Switchboard.bubble(optionsOf(script.dataset));
    return window.Switchboard.mount(document.querySelector(target), { heading: "h1", ...optionsOf(script.dataset) });
  }

  if (!script.dataset.token && !script.dataset.session) return;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
