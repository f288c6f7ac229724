// What every page shares: problems at their fields, toasts, dialogs, shortcuts, search, live updates.
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

// ---- Toasts -------------------------------------------------------------------------------

function toast(message, { undo = null, tone = "plain" } = {}) {
  const box = $("#toasts");
  if (!box) return;
  const item = make("div", { class: `toast-item toast-${tone}` }, make("span", {}, message));
  if (undo) {
    const button = make("button", { type: "button", class: "btn btn-sm" }, "Undo");
    button.addEventListener("click", async () => {
      button.disabled = true;
      const reply = await fetch(undo, { method: "POST", headers: { "HX-Request": "true" } });
      item.remove();
      if (reply.ok) location.reload();
      else toast((await problemOf(reply)).detail, { tone: "bad" });
    });
    item.append(button);
  }
  const close = make("button", { type: "button", class: "toast-close", "aria-label": "Dismiss" }, "×");
  close.addEventListener("click", () => item.remove());
  item.append(close);
  box.append(item);
  let left = undo ? 10 : tone === "bad" ? 14 : 6;
  const timer = setInterval(() => {
    if (item.matches(":hover, :focus-within")) return;
    if (--left <= 0) { item.remove(); clearInterval(timer); }
  }, 1000);
}
document.addEventListener("toast", (event) => toast(event.detail.message, event.detail));

/** A message that came with a redirect travels in a short-lived cookie. */
function toastFromCookie() {
  const match = document.cookie.match(/(?:^|; )(__Host-)?toast=([^;]*)/);
  if (!match) return;
  document.cookie = `${match[1] ?? ""}toast=; Path=/; Max-Age=0; SameSite=Lax${match[1] ? "; Secure" : ""}`;
  try { const { toast: value } = JSON.parse(decodeURIComponent(match[2])); toast(value.message, value); } catch { /* not ours */ }
}

// ---- Problems at their fields ---------------------------------------------------------------

async function problemOf(reply) {
  try { return await reply.json(); } catch { return { detail: "The server did not answer as expected. Please try again." }; }
}

function clearProblems(form) {
  $$(".field-problem, .form-problem", form).forEach((node) => node.remove());
  $$("[aria-invalid]", form).forEach((node) => { node.removeAttribute("aria-invalid"); node.classList.remove("is-invalid"); });
}

/** Shows a problem where the person is looking; everything typed stays. */
function showProblem(form, problem) {
  if (!form) return toast(problem.detail, { tone: "bad" });
  clearProblems(form);
  let first = null;
  const unplaced = [];
  for (const [name, message] of Object.entries(problem.fields ?? {})) {
    const input = form.elements?.[name]?.item ? form.elements[name].item(0) : form.elements?.[name];
    const place = input ?? $(`[data-field="${CSS.escape(name)}"]`, form);
    if (!place || place.type === "hidden") { unplaced.push(message); continue; }
    const id = `problem-${name.replaceAll(".", "-")}-${form.id || "form"}`;
    place.setAttribute("aria-invalid", "true");
    place.setAttribute("aria-describedby", id);
    place.classList.add("is-invalid");
    (place.closest(".input-group") ?? place).after(make("p", { class: "field-problem", id }, message));
    first ??= place;
  }
  if (!first || unplaced.length) {
    const box = make("div", { class: "form-problem notice notice-alert", role: "alert", tabindex: "-1" },
      unplaced.length ? unplaced.join(" ") : problem.detail);
    form.prepend(box);
    first ??= box;
  }
  first.closest("details")?.setAttribute("open", "");
  first.focus();
}

document.addEventListener("htmx:responseError", (event) => {
  const xhr = event.detail.xhr;
  let problem = { detail: "The server did not answer as expected. Please try again." };
  try { problem = JSON.parse(xhr.responseText); } catch { /* keep the plain sentence */ }
  if (xhr.status === 401 && !location.pathname.startsWith("/sign-in")) {
    problem.detail = "You have been signed out. Sign in again in another tab, then send this again: nothing you typed is lost.";
    problem.fields = null;
  }
  const source = event.detail.elt;
  showProblem(source.matches("form") ? source : source.closest("form"), problem);
});
document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. What you typed is still here; try again in a moment.", { tone: "bad" }));

// What takes longer than a second says so: a thin bar at the top, and a word for screen readers.
const under = new Set();
let patience = 0;
function progress() {
  const bar = $("#progress");
  if (!bar) return;
  clearTimeout(patience);
  if (!under.size) bar.textContent = "";
  else if (!bar.textContent) patience = setTimeout(() => { bar.textContent = "Working…"; }, 1000);
}
document.addEventListener("htmx:beforeSend", (event) => { under.add(event.detail.xhr); progress(); });
for (const end of ["htmx:afterRequest", "htmx:sendAbort", "htmx:timeout"])
  document.addEventListener(end, (event) => { under.delete(event.detail.xhr); progress(); });

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form && event.detail.elt === form) {
    clearProblems(form);
    form.setAttribute("aria-busy", "true");
    $$("button[type=submit], button:not([type])", form).forEach((button) => { button.disabled = true; });
  }
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form && event.detail.elt === form) {
    form.removeAttribute("aria-busy");
    $$("button[type=submit], button:not([type])", form).forEach((button) => { button.disabled = false; });
  }
});
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const dialog = $("#confirm");
  $("#confirm-text").textContent = event.detail.question;
  const yes = $("[data-yes]", dialog);
  yes.textContent = event.detail.elt.dataset.yes ?? "Yes";
  yes.onclick = () => { dialog.close(); event.detail.issueRequest(true); };
  dialog.showModal();
});

// ---- Dialogs, copying, uploads ---------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const target = event.target.closest("[data-open],[data-close],[data-copy],[data-show],[data-theme-switch],[data-print]");
  if (!target) return;
  if (target.dataset.open) { target.closest("[popover]")?.hidePopover(); $(target.dataset.open)?.showModal(); }
  if ("close" in target.dataset) target.closest("dialog")?.close();
  if ("themeSwitch" in target.dataset) document.dispatchEvent(new Event("theme:switch"));
  if ("print" in target.dataset) window.print();
  if (target.dataset.show) {
    const field = $(target.dataset.show);
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    target.setAttribute("aria-pressed", String(isShown));
    field.focus();
  }
  if (target.dataset.copy) {
    const source = $(target.dataset.copy);
    try { await navigator.clipboard.writeText(source.value ?? source.textContent.trim()); toast("Copied."); }
    catch { source.focus(); source.select?.(); toast("Press Ctrl C to copy."); }
  }
});
document.addEventListener("click", (event) => { if (event.target.matches("dialog")) event.target.close(); });

/** `<input type=file data-upload="/path" data-into="#list">`: sends each file as a raw body. */
document.addEventListener("change", async (event) => {
  const input = event.target.closest("input[type=file][data-upload]");
  if (input) { await sendFiles(input, [...input.files]); input.value = ""; }
  const submit = event.target.closest("[data-submit-on-change]");
  if (submit) submit.form.requestSubmit();
});
async function sendFiles(input, files) {
  const form = input.closest("form");
  for (const file of files) {
    const row = make("div", { class: "upload-row", role: "status" }, `Sending ${file.name} `, make("progress", {}));
    input.after(row);
    try {
      const reply = await fetch(input.dataset.upload, {
        method: input.dataset.method ?? "POST", body: file,
        headers: { "Content-Type": file.type || "application/octet-stream", "X-File-Name": encodeURIComponent(file.name), "HX-Request": "true" },
      });
      row.remove();
      if (!reply.ok) { showProblem(form, await problemOf(reply)); continue; }
      if (reply.headers.get("HX-Redirect")) { location.href = reply.headers.get("HX-Redirect"); return; }
      const into = $(input.dataset.into);
      if (into) { into.innerHTML = await reply.text(); htmx.process(into); }
      input.dispatchEvent(new CustomEvent("uploaded", { bubbles: true }));
    } catch { row.remove(); toast(`${file.name} could not be sent. Please try again.`, { tone: "bad" }); }
  }
}

// ---- Keyboard ----------------------------------------------------------------------------------

const typing = (node) => node.closest?.("input, textarea, select, [contenteditable=true]") !== null && !!node.closest;
const keysOn = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
let pendingGo = 0;
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && typing(event.target)) { event.target.form?.requestSubmit(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || !keysOn() || typing(event.target) || $("dialog[open]")) return;
  if (pendingGo && Date.now() - pendingGo < 1500) {
    pendingGo = 0;
    const link = $(`[data-goto="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
  }
  if (event.key === "g") { pendingGo = Date.now(); return; }
  if (event.key === "j" || event.key === "k") { if (moveRow(event.key === "j" ? 1 : -1)) event.preventDefault(); return; }
  const target = $(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) { event.preventDefault(); if (target.matches("input")) target.select(); else target.click(); }
});
function moveRow(step) {
  const rows = $$("[data-row] a:first-of-type, a[data-row]").filter((row) => row.offsetParent);
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, here + step))].focus();
  return true;
}
function fillKeys() {
  const list = $("#key-list");
  if (!list) return;
  const rows = [["Ctrl K", "Search and commands"], ["Ctrl Enter", "Send the form you are in"], ["j / k", "Next or previous row"]];
  $$("[data-key]").forEach((node) => rows.push([node.dataset.key, node.dataset.keyLabel ?? node.textContent.trim()]));
  $$("[data-goto]").forEach((node) => rows.push([`g ${node.dataset.goto}`, `Go to ${$("span", node)?.textContent ?? node.textContent.trim()}`]));
  list.replaceChildren(...rows.flatMap(([key, text]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, text)]));
  const box = $("#keys-on");
  box.checked = keysOn();
  box.onchange = () => { try { localStorage.setItem("keys", box.checked ? "on" : "off"); } catch { /* this page only */ } };
}

// ---- Command palette -----------------------------------------------------------------------------

let found = [];
let chosen = 0;
function commands() {
  const links = $$(".rail-item").map((node) => ({ title: `Go to ${$("span", node).textContent}`, href: node.href }));
  const marked = $$("[data-command]").map((node) => ({ title: node.dataset.command || node.textContent.trim(), node }));
  const keyed = $$("[data-key]").filter((node) => !node.closest("dialog") && node.dataset.key !== "/")
    .map((node) => ({ title: node.dataset.keyLabel ?? node.textContent.trim(), node }));
  return [...keyed, ...marked, ...links];
}
function drawPalette() {
  const list = $("#palette-list");
  list.replaceChildren(...found.map((entry, index) => {
    const item = make("li", { role: "option", id: `option-${index}`, "aria-selected": String(index === chosen) },
      make("span", {}, entry.title), ...(entry.kind ? [make("span", { class: "text-secondary" }, entry.kind)] : []));
    item.addEventListener("click", () => runCommand(entry));
    return item;
  }));
  if (!found.length) list.replaceChildren(make("li", { class: "text-secondary" }, "Nothing found."));
  const input = $("#palette-input");
  if (found.length) input.setAttribute("aria-activedescendant", `option-${chosen}`); else input.removeAttribute("aria-activedescendant");
  $(`#option-${chosen}`)?.scrollIntoView({ block: "nearest" });
}
function runCommand(entry) {
  $("#palette").close();
  if (entry.href) location.href = entry.href; else entry.node?.click();
}
let searchRun = 0;
async function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  found = commands().filter((entry) => words.every((word) => entry.title.toLowerCase().includes(word)));
  chosen = 0;
  drawPalette();
  if (text.trim().length < 2 || !document.body.dataset.root) return;
  const run = ++searchRun;
  await new Promise((done) => setTimeout(done, 120));
  if (run !== searchRun) return;
  try {
    const reply = await fetch(`${document.body.dataset.root}/search?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    if (reply.ok && run === searchRun) { found = [...(await reply.json()).items, ...found]; drawPalette(); }
  } catch { /* commands are still there */ }
}
function openPalette() {
  const dialog = $("#palette");
  if (!dialog || dialog.open) return;
  dialog.showModal();
  $("#palette-input").value = "";
  search("");
}
function wirePalette() {
  const dialog = $("#palette");
  if (!dialog) return;
  const input = $("#palette-input");
  input.addEventListener("input", () => search(input.value));
  new MutationObserver(() => { if (dialog.open && !input.value) search(""); }).observe(dialog, { attributeFilter: ["open"] });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); chosen = Math.max(0, Math.min(found.length - 1, chosen + step)); drawPalette(); }
    if (event.key === "Enter" && found[chosen]) { event.preventDefault(); runCommand(found[chosen]); }
  });
}

// ---- Live updates ---------------------------------------------------------------------------------

/** One stream, only while the page is visible, so that many open tabs never block each other.
    `hx-trigger="live:posts from:body"` redraws a part when the server says its topic changed. */
function listenLive() {
  const address = document.body.dataset.live;
  if (!address) return;
  let source = null;
  let seen = document.body.dataset.drawnAt;
  const topics = () => new Set(($$("[hx-trigger*='live:']").flatMap((node) =>
    [...node.getAttribute("hx-trigger").matchAll(/live:([a-z-]+)/g)].map((match) => match[1]))));
  // What is told while a part is being fetched waits: htmx would ask on behalf of a part that is
  // gone by then. New parts hear 20 ms after they are placed.
  const told = new Set(), fetching = new Set();
  let settling = null;
  const redraw = () => {
    settling = null;
    const topics = [...told];
    told.clear();
    topics.forEach((topic) => htmx.trigger(document.body, `live:${topic}`));
  };
  const tell = (topic) => { told.add(topic); if (!fetching.size && !settling) redraw(); };
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.target.matches?.("[hx-trigger*='live:']")) fetching.add(event.detail.xhr);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!fetching.delete(event.detail.xhr) || fetching.size) return;
    clearTimeout(settling);
    settling = setTimeout(redraw, 60);
  });
  const sync = () => {
    if (document.hidden) { source?.close(); source = null; return; }
    const wanted = topics();
    if (source || !wanted.size) return;
    source = new EventSource(`${address}?since=${seen}`);
    const hear = (topics) => (event) => { seen = event.lastEventId || seen; topics.forEach(tell); };
    for (const topic of wanted) source.addEventListener(topic, hear([topic]));
    source.addEventListener("all", hear([...wanted]));
  };
  document.addEventListener("visibilitychange", sync);
  sync();
}

/** What somebody is typing in is never replaced under their hands. */
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const fields = [...event.detail.target.querySelectorAll("input:not([type=hidden]):not([readonly]), textarea")];
  if (fields.some((field) => field === document.activeElement || field.value !== field.defaultValue)) event.detail.shouldSwap = false;
});

function grow(area) { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 2}px`; }
document.addEventListener("input", (event) => { if (event.target.matches("textarea[data-grow]")) grow(event.target); });
document.addEventListener("DOMContentLoaded", () => {
  toastFromCookie(); fillKeys(); wirePalette(); listenLive(); $$("textarea[data-grow]").forEach(grow);
});
