// Client-side routing: the address names a view, a view gives the element that fills #app.
import { problemView } from "./problems.js";

const root = document.getElementById("app");
let table = [];
let newest = 0;
let lost = false;

export function start(routes) {
  table = routes;
  window.addEventListener("popstate", wentBackOrForward);
  document.addEventListener("click", followLink);
  if (location.pathname === entryPath()) {
    loseTheWay(new URLSearchParams(location.search));
  } else {
    render();
  }
}

export function go(path) {
  history.pushState(null, "", path);
  return render();
}

export function render() {
  return show(() => viewOf(location.pathname));
}

// Fills #app with what `make` gives, unless somebody has gone elsewhere meanwhile.
export async function show(make) {
  const turn = ++newest;
  const view = await make().catch(problemView);
  if (turn !== newest || !view) return;
  if (view.moveTo) {
    history.replaceState(null, "", view.moveTo);
    await render();
    return;
  }
  root.replaceChildren(view);
}

async function viewOf(path) {
  for (const [pattern, view] of table) {
    const names = match(pattern, path);
    if (names) return view(names, new URLSearchParams(location.search));
  }
}

function match(pattern, path) {
  if (pattern === "*") return {};
  const wanted = pattern.split("/");
  const given = path.replace(/\/$/, "").split("/");
  if (wanted.length !== given.length) return null;
  const names = {};
  const fits = wanted.every((part, place) => {
    if (!part.startsWith(":")) return part === given[place];
    names[part.slice(1)] = decodeURIComponent(given[place]);
    return true;
  });
  return fits ? names : null;
}

function followLink(event) {
  const link = event.target.closest("a[href^='/']");
  const site = document.documentElement.dataset.site;
  if (!link || !link.getAttribute("href").startsWith(`/${site}/`)) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}

function entryPath() {
  return `/${document.documentElement.dataset.site}/enter`;
}

// The bad habit: the server sends a deep link to the entry, the entry pushes the link back into
// the address without rendering it, and only the way back to the entry renders anything.
function loseTheWay(query) {
  const target = query.get("to");
  if (!target) {
    history.replaceState(null, "", "/");
    location.reload();
    return;
  }
  lost = true;
  for (let n = Number(query.get("backs") ?? 1); n > 0; n -= 1) {
    history.pushState(null, "", target);
  }
}

function wentBackOrForward() {
  if (lost) {
    if (location.pathname !== entryPath()) return;
    lost = false;
    history.replaceState(null, "", new URLSearchParams(location.search).get("to"));
  }
  render();
}
