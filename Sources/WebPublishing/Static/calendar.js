// Moving posts on the calendar: by dragging, by the menu of each post, and by Alt with arrow keys.
"use strict";
(() => {
  const calendar = () => document.querySelector("#calendar");
  const dialog = document.querySelector("#move-dialog");
  const say = (message, undo) => document.dispatchEvent(new CustomEvent("toast", { detail: { message, undo } }));
  let focusAfter = null;

  const reload = () => htmx.ajax("GET", calendar().dataset.here, { target: "#calendar", select: "#calendar", swap: "outerHTML" });

  async function send(entry, method, body, message) {
    const root = calendar().dataset.root;
    const path = `${root}/publications/${entry.dataset.id}`;
    const undo = `${path}/due-return?zone=${encodeURIComponent(entry.dataset.zone)}`
      + (entry.dataset.local ? `&local=${encodeURIComponent(entry.dataset.local)}` : "");
    const reply = await fetch(`${path}/due`, {
      method, body: body ? JSON.stringify(body) : undefined,
      headers: { "HX-Request": "true", ...(body ? { "Content-Type": "application/json" } : {}) },
    });
    focusAfter = entry.dataset.id;
    if (reply.ok) {
      let words = message;
      try { words = JSON.parse(reply.headers.get("HX-Trigger")).toast.message; } catch { /* keep ours */ }
      say(words, undo);
    } else {
      let problem = { detail: "That did not work. Please try again." };
      try { problem = await reply.json(); } catch { /* keep the plain sentence */ }
      say(problem.detail);
    }
    await reload();
  }

  const move = (entry, date, time) => send(entry, "PUT", time ? { date, time } : { date }, "Moved.");

  function prepare() {
    const root = calendar();
    if (!root || !("canMove" in root.dataset) || !window.Sortable) return;
    for (const list of root.querySelectorAll(".cal-entries")) {
      if (list.dataset.ready) continue;
      list.dataset.ready = "yes";
      Sortable.create(list, {
        group: "calendar", draggable: "[data-movable]", sort: false, animation: 120, delay: 120, delayOnTouchOnly: true,
        onEnd(event) {
          if (event.from === event.to) return;
          const date = event.to.dataset.date;
          if (date) move(event.item, date);
          else send(event.item, "DELETE", null, "Taken off the calendar.");
        },
      });
    }
  }
  document.addEventListener("htmx:afterSettle", () => {
    prepare();
    if (!focusAfter) return;
    document.querySelector(`[data-id="${CSS.escape(focusAfter)}"] a`)?.focus();
    focusAfter = null;
  });
  prepare();

  const pad = (number) => String(number).padStart(2, "0");
  const shifted = (local, days) => {
    const [year, month, day] = local.slice(0, 10).split("-").map(Number);
    const date = new Date(Date.UTC(year, month - 1, day + days));
    return `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  };

  document.addEventListener("keydown", (event) => {
    const entry = event.target.closest?.(".cal-entry[data-movable]");
    const days = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!entry || !event.altKey || !days) return;
    event.preventDefault();
    if (entry.dataset.local) move(entry, shifted(entry.dataset.local, days));
    else open(entry);
  });

  function open(entry) {
    dialog.dataset.entry = entry.dataset.id;
    dialog.querySelector("[data-move-name]").textContent = entry.dataset.name;
    const tomorrow = new Date(Date.now() + 86400000).toISOString();
    dialog.querySelector("#move-date").value = (entry.dataset.local || tomorrow).slice(0, 10);
    dialog.querySelector("#move-time").value = entry.dataset.local ? entry.dataset.local.slice(11, 16) : "09:00";
    dialog.querySelector("[data-off]").hidden = !entry.dataset.local;
    dialog.showModal();
  }
  const chosen = () => document.querySelector(`.cal-entry[data-id="${CSS.escape(dialog.dataset.entry)}"]`);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) open(button.closest(".cal-entry"));
  });
  dialog.querySelector("#move-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = event.target.elements;
    const entry = chosen();
    dialog.close();
    if (entry) move(entry, fields.date.value, fields.time.value);
  });
  dialog.querySelector("[data-off]").addEventListener("click", () => {
    const entry = chosen();
    dialog.close();
    if (entry) send(entry, "DELETE", null, "Taken off the calendar.");
  });
})();
