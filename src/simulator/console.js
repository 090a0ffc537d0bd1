// The console of the simulator: shows the state and the last requests, and changes the behaviour, all through the
// admin API.
import {bar, call, element, keepLive, show, span} from "/page.js";

const calls = ["add", "list", "show", "delete", "domain_create", "domain_list", "domain_show", "domain_update",
  "domain_delete"];
const iamCalls = ["iam_token", "iam_projects", "iam_id_token", "iam_security_token", "sts_assume_with_oidc",
  "pod_identity", "metadata_session", "metadata_key"];
const actions = {
  drop_before: "close the connection, do not execute the call",
  drop_after: "execute the call, close the connection",
  partial_body: "execute the call, close the connection in the middle of the response",
  status: "respond with an error, do not execute the call",
  delay: "execute the call, respond later",
  late_commit: "do not respond, execute the call later",
};
// A list of calls is what fails; a list of texts are the choices; [low, high] are the bounds of a number.
const platform = {
  denied: calls, throttled: calls,
  latency_ms: [0, 3600000], late_commit_ms: [0, 3600000], list_lag_ms: [0, 3600000], skew_ms: [-86400000, 86400000],
  signing: ["any", "derived", "standard"], duplicate_add: ["accepted", "refused"], delete_bound: ["refused", "accepted"],
  error_spelling: ["error_code", "errorCode", "code", "nested", "text"], get_status: [200, 299],
  lockout: true, signature_echo: true,
};
const iam = {
  unavailable: iamCalls, throttled: iamCalls,
  latency_ms: [0, 3600000], token_seconds: [1, 604800], key_seconds: [0, 604800],
  metadata_sessions: ["required", "optional", "absent"], agency: true,
};
// The members that are faults rather than properties of a platform, and their values without a fault.
const off = {
  "/admin/behaviour": {denied: [], throttled: [], latency_ms: 0, late_commit_ms: 0, list_lag_ms: 0, skew_ms: 0},
  "/admin/iam": {unavailable: [], throttled: [], latency_ms: 0},
};

const node = (id) => document.getElementById(id);
const shown = {}; // member of a behaviour → function that shows its value
let refresh = () => {};

/// Runs a change, then shows the new state. An error is shown until the next change.
async function change(action) {
  show(node("problem"));
  try {
    await action();
  } catch (error) {
    show(node("problem"), error.message);
  }
  refresh();
}

// What the platform holds.

/// Seconds since the epoch of "20260102T030405Z".
const time = (date) => Date.parse(date.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:")) / 1000;

function certificateSlot(certificate, number, domains) {
  const [from, to, now] = [time(certificate.effective_date), time(certificate.expiry_date), Date.now() / 1000];
  const part = (to - now) / (to - from);
  const kind = part < 0.1 ? "bad" : part < 1 / 3 ? "warn" : "good";
  const remove = () => change(() => call("DELETE", `/admin/certificates/${certificate.id}`));
  return element("li", {class: "slot", "data-key": certificate.id},
    element("h3", {}, `${number}. ${certificate.common_name}`),
    bar(part, kind),
    element("p", {class: "small"}, to < now ? `expired ${span(now - to)} ago` : `expires in ${span(to - now)}`, " · ",
      domains.length ? `served on ${domains.join(", ")}` : "not served"),
    element("p", {}, element("code", {}, certificate.id)),
    element("p", {class: "small quiet"}, element("code", {}, certificate.fingerprint)),
    element("button", {type: "button", onclick: remove, "aria-label": `Delete ${certificate.common_name}, as in the console`},
      "Delete, as in the console"));
}

function platformInstance(instance) {
  const {certificates, quota, domain_configurations: configurations} = instance;
  const name = (id) => certificates.find((certificate) => certificate.id === id)?.common_name ?? `unknown ${id}`;
  const taken = certificates.map((certificate, index) => certificateSlot(certificate, index + 1, configurations
    .filter((c) => c.server_certificate_id === certificate.id).map((c) => c.domain_name)));
  const free = Array.from({length: Math.max(0, quota - taken.length)}, (_, index) =>
    element("li", {class: "slot free", "data-key": `free ${index}`}, `${taken.length + index + 1}. free`));
  return element("article", {"data-key": `${instance.project_id} ${instance.instance_id}`},
    element("h3", {}, `Project ${instance.project_id}${instance.instance_id && `, instance ${instance.instance_id}`}`),
    element("p", {class: "small quiet"}, `${taken.length} of ${quota} slots in use, at most ` +
      `${instance.max_certificates} at the same time · ${instance.adds} uploads, ${instance.deletes} deletions`),
    element("ol", {class: "slots"}, taken, free),
    element("p", {class: "small"}, configurations.length ? "Domain configurations:" : "No domain configurations"),
    configurations.length ? element("ul", {}, configurations.map((c) => element("li", {"data-key": c.configuration_id},
      `${c.domain_name} serves ${name(c.server_certificate_id)} `, element("code", {}, c.server_certificate_id)))) : null);
}

function showPlatform({instances}) {
  show(node("platform"), instances.length ? instances.map(platformInstance)
    : element("p", {class: "quiet"}, "No certificates yet. An instance appears with its first request."));
  const held = instances.flatMap((instance) => instance.certificates.map((c) => c.common_name));
  show(node("news"), `On the platform now: ${held.join(", ") || "nothing"}`);
}

function showRequests({requests}) {
  const row = (r) => element("tr", {"data-key": r.sequence},
    element("td", {class: "number"}, r.arrived.slice(11, 23)),
    element("td", {}, r.call || `${r.method} ${r.path}`),
    element("td", {class: r.status >= 400 || !r.status ? "bad" : "good"}, r.status || "none", " ", r.error_code),
    element("td", {}, r.outcome.replace("_", " ")),
    element("td", {}, `${Date.parse(r.ended) - Date.parse(r.arrived)} ms`));
  const head = element("tr", {}, ["Time (UTC)", "Call", "Status", "Outcome", "Took"]
    .map((title) => element("th", {scope: "col"}, title)));
  show(node("requests"), requests.length
    ? element("table", {}, element("thead", {}, head), element("tbody", {}, requests.reverse().map(row)))
    : element("p", {class: "quiet"}, "None yet."));
}

// Faults.

const set = (path, member, value) => change(() => call("PUT", path, {[member]: value}));

function control(path, member, kind) {
  let input;
  if (kind === true) {
    input = element("input", {type: "checkbox", onchange: () => set(path, member, input.checked)});
    shown[path + member] = (value) => (input.checked = value);
  } else {
    input = typeof kind[0] === "number"
      ? element("input", {type: "number", min: kind[0], max: kind[1], onchange: () => set(path, member, Number(input.value))})
      : element("select", {onchange: () => set(path, member, input.value)}, kind.map((text) => element("option", {}, text)));
    shown[path + member] = (value) => { if (document.activeElement !== input) input.value = value; };
  }
  return element("label", {}, member.replaceAll("_", " ").replace(/ ms$/, " (ms)"), input);
}

/// A row for each call, a column for each list of calls.
function matrix(path, rows, columns) {
  const boxes = columns.map((member) => {
    const column = rows.map((name) => element("input", {type: "checkbox", "aria-label": `${name} ${member}`,
      onchange: () => set(path, member, rows.filter((_, index) => column[index].checked))}));
    shown[path + member] = (value) => column.forEach((box, index) => (box.checked = value.includes(rows[index])));
    return column;
  });
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ["call", ...columns].map((title) => element("th", {scope: "col"}, title)))),
    element("tbody", {}, rows.map((name, index) => element("tr", {}, element("th", {scope: "row"}, name),
      boxes.map((column) => element("td", {}, element("label", {}, column[index])))))));
  return element("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": columns.join(" and ")}, table);
}

function behaviour(title, path, members) {
  const isMatrix = (kind) => kind === calls || kind === iamCalls;
  const lists = Object.keys(members).filter((member) => isMatrix(members[member]));
  return element("fieldset", {}, element("legend", {}, title),
    matrix(path, members[lists[0]], lists),
    element("p", {class: "fields"}, Object.entries(members).filter(([, kind]) => !isMatrix(kind))
      .map(([member, kind]) => control(path, member, kind))));
}

function oneFault() {
  const which = element("select", {}, ["any", ...calls].map((name) => element("option", {}, name)));
  const action = element("select", {}, Object.entries(actions).map(([value, text]) => element("option", {value}, text)));
  const nth = element("input", {type: "number", min: 1, max: 1000000, value: 1});
  const delay = element("input", {type: "number", min: 0, max: 3600000, value: 5000});
  const status = element("input", {type: "number", min: 200, max: 599, value: 500});
  const add = () => change(() => call("POST", "/admin/faults", [{call: which.value, action: action.value,
    nth: Number(nth.value), delay_ms: Number(delay.value), status: Number(status.value)}]));
  const field = (text, input) => element("label", {}, text, input);
  return element("fieldset", {}, element("legend", {}, "One fault, once"),
    element("p", {class: "fields"}, field("call", which), field("action", action), field("at match", nth),
      field("delay (ms)", delay), field("status", status), element("button", {type: "button", onclick: add}, "Add fault")),
    element("ul", {id: "pending"}));
}

function revocations() {
  const revoke = (what) => element("button", {type: "button",
    onclick: () => change(() => call("POST", "/admin/iam/revoke", {what}))}, `Revoke ${what}`);
  return element("fieldset", {}, element("legend", {}, "Issued credentials"), element("p", {id: "issued"}),
    element("p", {class: "fields"}, ["tokens", "keys", "all"].map(revoke)));
}

const isOff = (value) => value === 0 || value.length === 0;

function showFaults(faults, of) {
  for (const [path, values] of Object.entries(of)) {
    for (const [member, value] of Object.entries(values)) shown[path + member]?.(value);
  }
  show(node("pending"), faults.map((fault) =>
    element("li", {}, `${fault.call}, match ${fault.nth}: ${actions[fault.action]}`)));
  const active = Object.entries(off).flatMap(([path, members]) => Object.keys(members)
    .filter((member) => !isOff(of[path][member]))
    .map((member) => `${path === "/admin/iam" ? "IAM " : ""}${member}: ${of[path][member]}`));
  if (faults.length) active.push(`${faults.length} pending`);
  show(node("active"), element("span", {class: active.length ? "warn" : "quiet"},
    active.length ? `▲ Active: ${active.join(" · ")}` : "No active faults"));
}

const endFaults = () => change(() => Promise.all([call("DELETE", "/admin/faults"),
  ...Object.entries(off).map(([path, members]) => call("PUT", path, members))]));

node("end-faults").addEventListener("click", endFaults);
show(node("faults"), oneFault(), behaviour("Platform, until it is changed", "/admin/behaviour", platform),
  behaviour("IAM, until it is changed", "/admin/iam", iam), revocations());

refresh = keepLive(1, async () => {
  const [state, requests, faults, of, identity] = await Promise.all(["/admin/state", "/admin/requests?limit=30",
    "/admin/faults", "/admin/behaviour", "/admin/iam"].map((path) => call("GET", path)));
  showPlatform(state);
  showRequests(requests);
  showFaults(faults, {"/admin/behaviour": of, "/admin/iam": identity.behaviour});
  show(node("issued"), Object.entries(identity.issued).map(([name, count]) => `${name} ${count}`).join(", ") || "none",
    `; ${identity.lockouts} lockouts of an access key`);
});
