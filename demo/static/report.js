// An ad account's table of creatives, ad groups or campaigns for a period.
import { load, Problem } from "./api.js";
import { h } from "./dom.js";
import { columnLabels, LEVEL_NAMES } from "./labels.js";
import { page, surroundings } from "./layout.js";
import { pager } from "./pager.js";
import { periodBar } from "./period.js";
import { reportTable } from "./table.js";

export async function report({ id, level }, query) {
  if (!(level in LEVEL_NAMES)) throw new Problem("not_found");
  const address = `/moment/api/accounts/${id}`;
  const asked = new URLSearchParams({ page: query.get("page") ?? "1" });
  if (query.get("date")) asked.set("date", query.get("date"));
  const [around, , data] = await Promise.all([
    surroundings(), load(address), load(`${address}/${level}?${asked}`),
  ]);
  const labels = columnLabels(level, data.unit, around.faults);
  return page(around, level,
    heading(data.account), tabs(id, level, asked),
    h("section", { class: "card" },
      h("div", { class: "tools" },
        h("span", { class: "count", "data-count": data.count }, `총 ${data.count}건`),
        periodBar(id, data.period)),
      reportTable(level, labels, data, around.faults),
      pager(id, level, asked, data)));
}

function heading(account) {
  return h("h1", { class: "account", "data-account": account.id },
    h("span", { "data-account-name": true }, account.name),
    h("small", { "data-account-id": true }, account.id));
}

function tabs(id, level, asked) {
  const day = asked.get("date") ? `&date=${asked.get("date")}` : "";
  return h("nav", { class: "tabs" }, Object.entries(LEVEL_NAMES).reverse().map(([name, word]) =>
    h("a", { class: name === level ? "here" : "there",
      href: `/moment/accounts/${id}/${name}?page=1${day}` }, word)));
}
