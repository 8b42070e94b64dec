// The table itself: header, rows, subtotal of the page, total of the account.
import { h } from "./dom.js";
import { dollars, writer } from "./numbers.js";

const PLAIN = ["id", "name", "status", "spend", "impressions", "clicks", "conversions"];
const MOVED = ["id", "name", "status", "impressions", "spend", "clicks", "conversions"];
const FIGURES = PLAIN.slice(3);

export function reportTable(level, labels, data, faults) {
  const headers = faults.columns === "moved" ? MOVED : PLAIN;
  const cells = faults.columns === "plain" ? PLAIN : MOVED;
  const write = byColumn(data.unit, writer(faults));
  const rows = data.rows.map((row) => line(row, cells, headers, write));
  const body = h("tbody", {}, faults.halfRendered ? rows.slice(0, rows.length >> 1) : rows);
  if (faults.halfRendered && faults.healsMs !== null) {
    setTimeout(() => body.replaceChildren(...rows), faults.healsMs);
  }
  return h("table", { class: "report", "data-table": level },
    h("thead", {}, h("tr", {}, headers.map((name) =>
      h("th", { "data-column": name, scope: "col" }, labels[name])))),
    body,
    h("tfoot", {},
      sum("소계", "data-subtotal", added(data.rows), cells, headers, write),
      sum("합계", "data-total", data.total, cells, headers, write)));
}

function byColumn(unit, write) {
  return (name, figure) => name === "spend" && unit === "US$" ? dollars(figure) : write(figure);
}

function line(row, cells, headers, write) {
  return h("tr", { "data-row": row.id }, cells.map((name, place) =>
    h("td", { "data-column": headers[place], class: FIGURES.includes(name) ? "figure" : "text" },
      FIGURES.includes(name) ? write(name, row[name]) : row[name])));
}

function sum(word, mark, figures, cells, headers, write) {
  const shown = cells.map((name, place) =>
    h("td", { "data-column": headers[place], class: "figure" },
      FIGURES.includes(name) ? write(name, figures[name]) : ""));
  shown.splice(0, 1, h("th", { scope: "row" }, word));
  return h("tr", { [mark]: true }, shown);
}

function added(rows) {
  const sums = Object.fromEntries(FIGURES.map((name) => [name, 0]));
  for (const row of rows) for (const name of FIGURES) sums[name] += row[name];
  return sums;
}
