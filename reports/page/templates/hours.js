"use strict";
/* The details of a watch: date x hour, and what one cell says. A cell is 0 (not measured) or
   [unit cost, spend, results, marks, explained], money in minor units, null where unknown. */
const hours = (() => {
  const make = (tag, attributes = {}, ...inside) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    one.append(...inside);
    return one;
  };

  function money(minor, watch) {
    if (minor === null) return "–";
    const size = (Math.abs(minor) / 10 ** watch.digits).toLocaleString("en-US", {
      minimumFractionDigits: watch.digits, maximumFractionDigits: watch.digits });
    const minus = minor < 0 ? "-" : "";
    return watch.currency === "KRW" && view.lang === "ko" ? `${minus}${size}원` : `${minus}${watch.sign}${size}`;
  }

  const count = (results) => (view.lang === "ko" ? `${results.toLocaleString("en-US")}건` : results.toLocaleString("en-US"));

  /* What there is to say of an hour, in words: the whole cell, for those who do not see colours. */
  function told(cell, watch) {
    if (!cell) return say("missing");
    const [cost, spend, results] = cell;
    if (spend === null) return say("pending");
    const sum = `${say("spend")} ${money(spend, watch)}, ${count(results)}`;
    return cost === null ? sum : `${say("unit_cost")} ${money(cost, watch)} (${sum})`;
  }

  const flagged = (cell, name) => Boolean(cell && cell[3] & (1 << data.flags.findIndex(([flag]) => flag === name)));

  function grade(cell, watch) {
    if (!cell || cell[1] === null) return "missing";
    const [cost, , , marks] = cell;
    if (!watch.target || marks & data.few) return "thin";
    if (cost === null) return marks & data.over ? "warm3" : "thin";
    const share = cost / watch.target;
    return share <= 0.7 ? "cool2" : share <= 1 ? "cool1" : share <= 1.2 ? "warm1" : share <= 1.5 ? "warm2" : "warm3";
  }

  /* Thousands where full numbers would not fit. */
  function scale(watch) {
    const highest = Math.max(0, ...watch.heat.flatMap(([, cells]) => cells.map((one) => (one && one[0]) || 0)));
    return highest / 10 ** watch.digits >= 10000 ? 1000 : 1;
  }

  function short(cell, watch, unit) {
    if (!cell || cell[1] === null) return "";
    if (cell[0] === null) return cell[1] > 0 ? count(cell[2]) : "·";
    const size = cell[0] / 10 ** watch.digits / unit;
    return size.toFixed(unit === 1000 && size < 100 ? 1 : unit === 1 && watch.digits && size < 100 ? 2 : 0);
  }

  function heading(watch, unit) {
    const facts = [];
    if (unit === 1000) facts.push(view.lang === "ko" && watch.currency === "KRW" ? "단위: 천원" : `${say("in_thousands")} ${watch.currency}`);
    if (watch.target) facts.push(`${say("target")} ${money(watch.target, watch)}`);
    return make("h3", {}, say("heat"), make("small", {}, facts.join(" · ")));
  }

  function cellOf(cell, watch, day, hour, unit) {
    const future = !cell && (day > data.today || (day === data.today && hour > data.hour));
    const button = make("button", { type: "button", tabindex: "-1" }, make("span", {}, short(cell, watch, unit)));
    button.title = `${day} ${hour}:00 · ${told(cell, watch)}`;
    button.setAttribute("aria-label", button.title);
    Object.assign(button.dataset, { day, hour });
    const estimated = flagged(cell, "estimated") ? " h-estimated" : "";
    return make("td", { class: future ? "h-future" : `h-${grade(cell, watch)}${estimated}` }, button);
  }

  function table(watch, unit) {
    const head = make("tr", {}, make("td"));
    for (let hour = 0; hour < 24; hour++) head.append(make("th", { scope: "col" }, String(hour)));
    head.append(make("th", { scope: "col" }, say("day_sum")));
    const body = make("tbody");
    watch.heat.forEach(([day, cells], place) => {
      const date = new Date(`${day}T12:00:00Z`);
      const name = date.toLocaleDateString(view.lang === "ko" ? "ko-KR" : "en-GB", { month: "numeric", day: "numeric", weekday: "short", timeZone: "UTC" });
      const row = make("tr", {}, make("th", { scope: "row" }, name));
      cells.forEach((cell, hour) => row.append(cellOf(cell, watch, day, hour, unit)));
      const sum = watch.days[place];
      row.append(make("td", { class: "sum" }, !sum ? "–" : sum[0] === null ? `${count(sum[2] ?? 0)} / ${money(sum[1], watch)}` : money(sum[0], watch)));
      body.append(row);
    });
    const found = make("table", { class: "heat" }, make("caption", { class: "unseen" }, say("heat")), make("thead", {}, head), body);
    body.querySelector("button").tabIndex = 0;
    return found;
  }

  function legend(watch) {
    const list = make("ul", { class: "legend" });
    const percent = [["cool2", "≤ 70%"], ["cool1", "≤ 100%"], ["warm1", "≤ 120%"], ["warm2", "▲ ≤ 150%"], ["warm3", "▲▲ > 150%"]];
    const marks = [["thin", say("few")], ["estimated", say("estimated")], ["missing", say("missing")]];
    if (watch.target) list.append(make("li", {}, say("against_target")));
    for (const [kind, text] of [...(watch.target ? percent : []), ...marks]) list.append(make("li", { class: `h-${kind}` }, make("i"), text));
    return list;
  }

  /* The arrow keys move within the table; Tab leaves it. */
  function steer(found) {
    found.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step || event.target.tagName !== "BUTTON") return;
      event.preventDefault();
      const row = event.target.closest("tr"), place = all("button", row).indexOf(event.target);
      const rows = all("tr", row.parentNode), next = rows[rows.indexOf(row) + step[0]];
      const there = next && all("button", next)[place + step[1]];
      if (there) { event.target.tabIndex = -1; there.tabIndex = 0; there.focus(); }
    });
  }

  function pick(panel, watch, button) {
    const { day, hour } = button.dataset;
    const cell = watch.heat.find(([one]) => one === day)[1][hour];
    for (const one of all("[aria-current]", button.closest("table"))) one.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    panel.replaceChildren(make("p", {}, make("b", {}, `${day} ${hour}:00–${Number(hour) + 1}:00`)), make("p", {}, told(cell, watch)));
    const marks = data.flags.filter(([flag]) => flagged(cell, flag)).map(([, ko, en]) => (view.lang === "en" ? en : ko));
    if (marks.length) panel.append(make("p", { class: "muted" }, marks.join(" · ")));
    if (cell && cell[4]) {
      const href = `${watch.explained}/${day}-${hour.padStart(2, "0")}.html#${view.lang}`;
      panel.append(make("iframe", { src: href, title: say("explain"), class: "why" }));
      panel.append(make("p", {}, make("a", { href }, say("explain"))));
    } else if (cell) {
      panel.append(make("p", { class: "muted" }, `${say("ask")}: `, make("code", {}, `danga report explain ${quoted(watch.name)} ${day}T${hour.padStart(2, "0")}`)));
    }
  }

  const quoted = (name) => `'${name.replaceAll("'", "'\\''")}'`;

  function show(box) {
    const watch = data.watches[box.dataset.watch];
    const unit = scale(watch);
    const found = table(watch, unit), panel = make("div", { class: "picked", role: "status" }, make("p", { class: "muted" }, say("pick")));
    steer(found);
    found.addEventListener("click", ({ target }) => {
      const button = target.closest("td button");
      if (button) pick(panel, watch, button);
    });
    const drawing = make("div");
    box.replaceChildren(heading(watch, unit), make("div", { class: "scroll" }, found), legend(watch), panel, drawing);
    chart.show(drawing, watch, box.dataset.by || "hour", money);
  }

  return { show };
})();
