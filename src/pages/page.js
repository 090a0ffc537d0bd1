// Functions that the scripts of all pages use. Text comes from the cluster or the platform and can contain anything, so
// it becomes text nodes and attributes only, never HTML.

/// element("p", {class: "quiet"}, "text", child, …): null children are left out. on… attributes are listeners.
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child != null));
  return node;
}

/// A bar that shows how much is left, from 0 to 1. The text beside it says the same.
export function bar(part, kind) {
  const fill = element("span");
  fill.style.setProperty("--part", Math.max(0, Math.min(1, part)).toFixed(3));
  return element("div", {class: `bar ${kind}`, "aria-hidden": "true"}, fill);
}

/// Changes the children of `parent` into `wanted`. What can stay stays, with its focus, its selection and its state.
/// Siblings are matched by data-key.
export function show(parent, ...wanted) {
  const list = element("div", {}, ...wanted);
  patchChildren(parent, list);
}

const keyOf = (node) => node.dataset?.key;

function patchChildren(parent, wanted) {
  const keyed = new Map([...parent.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = parent.firstChild;
  for (const next of [...wanted.childNodes]) {
    const key = keyOf(next);
    const old = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
    if (old && old.nodeName === next.nodeName) {
      if (old === at) at = at.nextSibling;
      else parent.insertBefore(old, at);
      patch(old, next);
    } else {
      parent.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function patch(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const {name} of [...old.attributes]) {
    if (name !== "open" && name !== "style" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const {name, value} of next.attributes) {
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const part = next.style.getPropertyValue("--part");
  if (part) old.style.setProperty("--part", part);
  patchChildren(old, next);
}

const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/// "71 d", "3 h", "5 min": the largest unit of which there are at least two.
export function span(seconds) {
  const [unit, size] = units.find(([, unitSize]) => Math.abs(seconds) >= 2 * unitSize) ?? units[3];
  return `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
}

/// Gets JSON from this server; sends `body` if there is one.
export async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    cache: "no-cache", // asks with If-None-Match what has changed
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10000),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(answer?.error ?? `${method} ${path}: HTTP status ${response.status}`);
  return answer;
}

/// Calls `update` now and every `seconds`, while the page is visible, and shows in #live whether it works. Returns a
/// function that calls it at once.
export function keepLive(seconds, update) {
  const live = document.getElementById("live");
  let timer = 0;
  let turn = 0;
  const say = (kind, text) => show(live, element("span", {class: kind}, text));
  async function go() {
    clearTimeout(timer);
    const mine = ++turn;
    try {
      await update();
      if (mine === turn) say("good", "● live");
    } catch (error) {
      if (mine === turn) say("bad", `○ not live: ${error.message}`);
    }
    if (mine === turn && !document.hidden) timer = setTimeout(go, seconds * 1000);
  }
  document.addEventListener("visibilitychange", () => document.hidden || go());
  go();
  return go;
}
