/** Building DOM without HTML strings: text enters as text, so nothing that anybody writes can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `props`: `class`, `on` (event → handler), properties such as `hidden` or `disabled`, or attributes.
 * Children are nodes or strings; `null` is left out.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined) return;
  if (name === "class") node.className = value;
  else if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
  else if (typeof value === "boolean" && name in node) node[name] = value;
  else node.setAttribute(name, value);
}

/** Set text only when it differs: an untouched node is not announced again and does not repaint. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const ICONS = {
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  close: "M6 6l12 12M18 6 6 18",
  compose: "M12.5 20H20M15.8 4.7a1.9 1.9 0 0 1 2.7 0l.8.8a1.9 1.9 0 0 1 0 2.7L8.8 18.7 4.5 19.5l.8-4.3L15.8 4.7Z",
  down: "M12 5v14m-6-6 6 6 6-6",
  chat: "M5 5h14q1.5 0 1.5 1.5v9q0 1.5-1.5 1.5h-7l-4.5 3.5V17H5q-1.5 0-1.5-1.5v-9Q3.5 5 5 5Z",
  assistant:
    "M12 3.5V7m-5.5 0h11q2.5 0 2.5 2.5v7q0 2.5-2.5 2.5h-11q-2.5 0-2.5-2.5v-7q0-2.5 2.5-2.5Zm2.8 4.8v2m5.4-2v2",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8a7 7 0 0 1 14 0",
  alert: "M12 8v5m0 3v.01M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z",
};

/** A 24 px line icon, decorative: its button carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const URL_PATTERN = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?)\]}'’”]+$/;

/** Text as nodes, http(s) addresses as links that tell the other side nothing. Other schemes stay text. */
export function linkified(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    nodes.push(text.slice(from, match.index), link(address));
    from = match.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

function link(address) {
  const attributes = { href: address, target: "_blank", rel: "noopener noreferrer nofollow" };
  return el("a", attributes, address);
}
