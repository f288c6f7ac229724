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

  // Counters: the server counts, as each network does.
  const base = form.querySelector("#text");
  const preview = document.querySelector("#preview");
  const places = () => {
    for (const area of all("textarea[data-inherits]")) area.placeholder = area.value.trim() ? "" : base.value;
  };
  const count = () => {
    const lines = [];
    for (const field of all("[data-variant]")) {
      const channel = field.querySelector("input[name$='.channel']").value;
      const first = preview.querySelector(`[data-count-of="${channel}"]`);
      const inherits = !field.querySelector("[data-inherits]").value.trim();
      const own = form.querySelector(`#count-${field.dataset.variant}`);
      own.textContent = first ? `${first.textContent}.${inherits ? " Inherits from Everywhere." : ""}` : "";
      if (first && inherits) lines.push(`${first.dataset.name}: ${first.textContent}.`);
    }
    form.querySelector("#count-base").textContent = lines.join(" ");
  };
  form.addEventListener("input", places);
  places();
  // A new preview keeps open what was open.
  let open = [];
  preview.addEventListener("htmx:beforeSwap", () => { open = [...preview.querySelectorAll("details[open]")].map((item) => item.id); });
  preview.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    count();
  });

  // The card of a link is read once its address is complete, not while it is typed.
  const destination = form.querySelector("#destination");
  const card = async () => {
    if (!destination.value || !destination.checkValidity()) return;
    const body = new URLSearchParams({ destination: destination.value });
    const answer = await fetch(preview.dataset.cards, { method: "POST", body }).catch(() => null);
    if (answer?.ok) refresh();
  };
  destination.addEventListener("change", card);
  card();

  // Threads
  const addPart = (index, text) => {
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
    Object.assign(area, { className: "form-control", id: label.htmlFor, name: `variants.${index}.furtherParts`, rows: 3, value: text });
    part.append(label, area);
    thread.append(part);
    return area;
  };
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-part]");
    if (add) addPart(add.dataset.addPart, "").focus();
  });

  // What a rule offers to put right
  const fixes = {
    split: (index, part, value) => {
      const own = form.querySelector(`#text-${index}`);
      const thread = form.querySelector(`[data-thread="${index}"]`);
      const texts = [own.value.trim() ? own.value : base.value, ...all("textarea", thread).map((area) => area.value)];
      texts.splice(part, 1, ...JSON.parse(value));
      own.value = texts[0];
      thread.replaceChildren();
      for (const text of texts.slice(1)) addPart(index, text);
      select(form.querySelector(`#tab-${index}`));
      own.focus();
    },
    shorten: (index, part, value) => {
      const own = form.querySelector(`#text-${index}`);
      const inherits = part === 0 && !own.value.trim();
      const area = inherits ? base : part === 0 ? own : all("textarea", form.querySelector(`[data-thread="${index}"]`))[part - 1];
      select(form.querySelector(inherits ? "#tab-base" : `#tab-${index}`));
      area.focus();
      area.setSelectionRange(value.length, area.value.length);
    },
    keepPictures: (index, part, value) => {
      all("[data-picture]").slice(Number(value)).forEach((item) => item.remove());
      renumber();
    },
    describe: (index, part, value) => all("[data-picture]")[Number(value)]?.querySelector("input:not([type=hidden])").focus(),
  };
  preview.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fix]");
    if (!button) return;
    const channel = form.querySelector(`[data-variant] input[value="${button.dataset.channel}"]`);
    const { fix, part, value } = button.dataset;
    fixes[fix](channel.closest("[data-variant]").dataset.variant, Number(part), value);
    if (fix === "split" || fix === "keepPictures") form.dispatchEvent(new Event("input", { bubbles: true }));
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
