"use strict";
/* The list: language, order, filters, ages. Everything is in the page already; nothing is fetched. */
const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const view = { lang: data.lang, text: "", client: "", state: "", sort: "worst", way: "", open: "" };

function say(key, facts = {}) {
  const text = data.words[key][view.lang === "en" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

function span(minutes) {
  const en = view.lang === "en";
  const hours = Math.floor(minutes / 60), rest = minutes % 60;
  if (hours < 1) return en ? `${minutes} min` : `${minutes}분`;
  if (hours < 24) {
    const tail = rest ? (en ? ` ${rest} min` : ` ${rest}분`) : "";
    return (en ? `${hours} h` : `${hours}시간`) + tail;
  }
  const days = Math.floor(hours / 24);
  return en ? `${days} d` : `${days}일`;
}

/* Minutes since the page was written, by this machine's clock. */
function elapsed() {
  return Math.max(0, Math.floor((Date.now() - Number(document.body.dataset.written)) / 60000));
}

function showAges() {
  const gone = elapsed();
  for (const one of all("[data-span]")) one.textContent = span(Number(one.dataset.span) + gone);
  document.getElementById("written").textContent = `(${say("written_ago", { span: span(gone) })})`;
  const old = document.getElementById("old");
  old.hidden = gone < data.old_minutes;
  old.textContent = old.hidden ? "" : say("old", { span: span(gone) });
}

function showLanguage() {
  root.lang = view.lang;
  for (const one of all("[data-lang]")) one.setAttribute("aria-pressed", one.dataset.lang === view.lang);
  for (const one of all("[data-words]")) one.textContent = say(one.dataset.words);
  for (const one of all("option[data-column]")) one.textContent = data.columns[one.dataset.column][view.lang === "en" ? 1 : 0];
  document.title = `${document.body.dataset.owner || say("everyone")} · ${say("title")}`;
  showAges();
  for (const box of all(".hours")) if (box.firstChild) hours.show(box);
}

function compare(a, b) {
  const sign = view.way === "up" ? 1 : -1;
  const [x, y] = [a, b].map((one) => data.watches[one.id.slice(1)].keys[view.sort]);
  if (x === null || y === null) return (x === null) - (y === null);
  return sign * (typeof x === "string" ? x.localeCompare(y, "ko") : x - y);
}

function showOrder() {
  const table = document.querySelector(".watches");
  const rows = data.order.map((id) => document.getElementById(`w${id}`));
  if (view.sort !== "worst") rows.sort(compare);
  const stand = all(".watch", table);
  if (rows.some((one, place) => one !== stand[place])) table.append(...rows); /* moving takes the focus */
  for (const heading of all("th[data-key]", table)) {
    heading.removeAttribute("aria-sort");
    if (heading.dataset.key === view.sort) heading.setAttribute("aria-sort", view.way === "up" ? "ascending" : "descending");
  }
  document.forms.filters.elements.sort.value = view.sort;
}

function fits(row) {
  const text = row.querySelector(".c-name").textContent.toLowerCase();
  return (!view.state || row.dataset.state === view.state)
    && (!view.client || row.dataset.client === view.client)
    && view.text.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function showFiltered() {
  let shown = 0;
  for (const row of all(".watch")) shown += !(row.hidden = !fits(row));
  document.getElementById("count").textContent = say("shown", { shown, all: data.order.length });
  document.getElementById("nothing").hidden = shown > 0;
  for (const chip of all(".chips button")) chip.setAttribute("aria-pressed", chip.dataset.state === view.state);
  const fields = document.forms.filters.elements;
  fields.text.value = view.text;
  fields.client.value = view.client;
}

function showOpen() {
  const open = view.open.split(".");
  for (const row of all(".watch")) {
    const wanted = open.includes(row.id.slice(1)), detail = row.querySelector(".detail");
    row.querySelector(".open").setAttribute("aria-expanded", wanted);
    detail.hidden = !wanted;
    const box = detail.querySelector(".hours");
    if (wanted && !box.firstChild) hours.show(box);
  }
}

function sortBy(key, way) {
  view.sort = key;
  view.way = way || (key === "name" ? "up" : "down");
}

function set(change) {
  Object.assign(view, change);
  const told = new URLSearchParams(Object.entries(view).filter(([, value]) => value));
  history.replaceState(null, "", `#${told}`);
  showList();
}

function showList() {
  if (data.order.length) { showOrder(); showFiltered(); showOpen(); }
}

function recall() {
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (key in view) view[key] = value;
  if (!["ko", "en"].includes(view.lang)) view.lang = data.lang;
  if (!(view.sort in data.columns)) view.sort = "worst";
}

function listen() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.lang) { set({ lang: button.dataset.lang }); showLanguage(); }
    else if (button.dataset.state !== undefined) set({ state: button.dataset.state });
    else if (button.dataset.sort) {
      const again = view.sort === button.dataset.sort;
      sortBy(button.dataset.sort, again ? (view.way === "up" ? "down" : "up") : "");
      set({});
    } else if (button.classList.contains("open")) {
      const id = button.closest(".watch").id.slice(1), open = view.open.split(".").filter(Boolean);
      set({ open: (open.includes(id) ? open.filter((one) => one !== id) : [...open, id]).join(".") });
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("watches").focus();
  });
  const form = document.forms.filters;
  if (!form) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target.name === "sort") { sortBy(target.value); set({}); }
    else set({ [target.name]: target.value });
  });
}

/* A tab that stays open takes the newest page by itself, unless somebody is reading details. */
function renew() {
  showAges();
  if (elapsed() >= data.reload_minutes && !document.hidden && !view.open && navigator.onLine) location.reload();
}

recall();
listen();
setInterval(renew, 30000);
