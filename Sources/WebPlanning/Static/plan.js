// The twelve months: drag, a move dialog and keys all ask for the same move.
"use strict";
(() => {
  const root = document.body.dataset.root;
  const grid = () => document.getElementById("plan-grid");

  function move(item, month, row, before) {
    const query = new URLSearchParams({ from: grid().dataset.from });
    if (row) query.set("initiative", row);
    if (before) query.set("before", before);
    return htmx.ajax("PUT", `${root}/plan/items/${item}/months/${month}?${query}`, { target: "#plan-grid", swap: "outerHTML" })
      .then(() => document.querySelector(`[data-item="${item}"] a`)?.focus());
  }

  // What somebody else changed must not pull a piece out of a person's hand.
  let dragging = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (dragging && event.detail.target.id === "plan-grid") event.detail.shouldSwap = false;
  });

  function wire() {
    if (!window.Sortable || !document.querySelector("[data-move]")) return;
    for (const cell of document.querySelectorAll(".plan-cell")) {
      if (cell.dataset.wired) continue;
      cell.dataset.wired = "yes";
      Sortable.create(cell, {
        group: "plan", animation: 120, draggable: ".plan-item", filter: ".plan-move", preventOnFilter: false, delay: 150, delayOnTouchOnly: true,
        onStart: () => { dragging = true; },
        onEnd: (event) => {
          dragging = false;
          if (event.from === event.to && event.oldIndex === event.newIndex) return;
          const { month, row } = event.to.dataset;
          move(event.item.dataset.item, month, row, event.item.nextElementSibling?.dataset.item);
        },
      });
    }
  }

  const dialog = document.getElementById("move-dialog");
  let moving = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const { month, row } = button.closest(".plan-cell").dataset;
    moving = button.closest(".plan-item").dataset.item;
    const months = document.getElementById("move-month");
    const rows = document.getElementById("move-row");
    months.replaceChildren(document.getElementById("move-months").content.cloneNode(true));
    rows.replaceChildren(document.getElementById("move-rows").content.cloneNode(true));
    months.value = month;
    rows.value = row;
    dialog.showModal();
  });
  document.getElementById("move-form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    move(moving, document.getElementById("move-month").value, document.getElementById("move-row").value);
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const item = event.target.closest?.(".plan-item");
    if (!event.shiftKey || !step || !item || !item.querySelector("[data-move]")) return;
    event.preventDefault();
    const [year, month] = item.closest(".plan-cell").dataset.month.split("-").map(Number);
    const index = year * 12 + month - 1 + step;
    move(item.dataset.item, `${Math.floor(index / 12)}-${String(index % 12 + 1).padStart(2, "0")}`, item.closest(".plan-cell").dataset.row);
  });

  document.addEventListener("htmx:afterSettle", wire);
  wire();
})();
