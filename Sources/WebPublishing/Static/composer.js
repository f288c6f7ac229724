// The composer: tabs that inherit, counters while typing, pictures, the words on the schedule button.
"use strict";
(() => {
  const form = document.querySelector("#composer");
  if (!form) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const refresh = () => document.querySelector("#preview").dispatchEvent(new Event("preview"));

  // Tabs
  const tabs = all("[role=tab]");
  const select = (tab, focus) => {
    for (const other of tabs) {
      const on = other === tab;
      other.setAttribute("aria-selected", on);
      other.tabIndex = on ? 0 : -1;
      form.querySelector("#" + other.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) tab.focus();
  };
  for (const tab of tabs) tab.addEventListener("click", () => select(tab));
  form.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = tabs.filter((tab) => !tab.hidden);
    const here = shown.indexOf(document.activeElement);
    select(shown[(here + step + shown.length) % shown.length], true);
  });

  // A channel that is not chosen sends nothing.
  for (const box of all("[data-channel]")) {
    box.addEventListener("change", () => {
      const tab = form.querySelector(`#tab-${box.dataset.channel}`);
      form.querySelector(`[data-variant="${box.dataset.channel}"]`).disabled = !box.checked;
      tab.hidden = !box.checked;
      if (!box.checked && tab.getAttribute("aria-selected") === "true") select(tabs[0]);
    });
  }

  // Counters: at once here, exactly by the server in the preview.
  const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : null;
  const length = (text) => (segmenter ? [...segmenter.segment(text)].length : [...text].length);
  const base = form.querySelector("#text");
  const count = () => {
    for (const area of all("textarea[data-count]")) {
      const inherits = "inherits" in area.dataset && !area.value.trim();
      area.placeholder = inherits ? base.value : "";
      form.querySelector(area.dataset.count).textContent = inherits
        ? "Inherits from Everywhere."
        : `${length(area.value)} characters.`;
    }
  };
  form.addEventListener("input", count);
  count();

  // Threads
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-part]");
    if (!add) return;
    const index = add.dataset.addPart;
    const thread = form.querySelector(`[data-thread="${index}"]`);
    const number = thread.querySelectorAll("[data-part]").length + 2;
    const part = document.createElement("div");
    part.className = "field";
    part.dataset.part = "";
    const label = document.createElement("label");
    label.className = "form-label";
    label.htmlFor = `part-${index}-${number}`;
    label.textContent = `Part ${number} of the thread`;
    const area = document.createElement("textarea");
    Object.assign(area, { className: "form-control", id: label.htmlFor, name: `variants.${index}.furtherParts`, rows: 3 });
    part.append(label, area);
    thread.append(part);
    area.focus();
  });

  // Pictures
  const list = form.querySelector("#pictures");
  const renumber = () => all("[data-picture]", list).forEach((item, index) => {
    for (const input of all("[name]", item)) input.name = input.name.replace(/^pictures\.\d+/, `pictures.${index}`);
  });
  form.addEventListener("uploaded", () => {
    const fresh = form.querySelector("#new-picture");
    for (const item of [...fresh.children]) {
      list.append(item);
      item.querySelector("input:not([type=hidden])")?.focus();
    }
    renumber();
    refresh();
  });
  list.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-picture]")) return;
    event.target.closest("[data-picture]").remove();
    renumber();
    refresh();
  });

  // Buttons say what happens.
  const due = form.querySelector("#dueLocal");
  const label = form.querySelector("[data-schedule-label]");
  const name = () => {
    if (!label || !due.value) return;
    const moment = new Date(due.value);
    const day = moment.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
    label.textContent = `Schedule for ${day}, ${due.value.slice(11, 16)}`;
  };
  due.addEventListener("input", name);
  name();

  // Leaving with unsaved words asks first.
  let dirty = false;
  form.addEventListener("input", () => { dirty = true; });
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt === form) dirty = false; });
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.elt === form) dirty = true; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
})();
