"use strict";
/* Unit cost above, spend below, on one line of time. An hour that was not measured is a gap. */
const chart = (() => {
  const draw = (tag, attributes, text) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    if (text !== undefined) one.textContent = text;
    return one;
  };
  const LEFT = 64, RIGHT = 96, TOP = 14, COST = 130, GAP = 26, SPEND = 56, BOTTOM = 22;
  const ESTIMATED = 1 << data.flags.findIndex(([flag]) => flag === "estimated");

  /* Points in the order of time: {name, cell}; hours that are still to come are left out. */
  function points(watch, by) {
    const days = watch.heat.map(([day, cells], place) => ({ day, cells, sum: watch.days[place] })).reverse();
    if (by === "day") return days.map(({ day, sum }) => ({ name: day.slice(5).replace("-", "/"), cell: sum }));
    return days.slice(-3).flatMap(({ day, cells }) => cells
      .map((cell, hour) => ({ name: hour ? String(hour) : day.slice(5).replace("-", "/"), cell, hour, day }))
      .filter((one) => one.day < data.today || one.hour <= data.hour));
  }

  /* A round number at or above `highest`. */
  function nice(highest) {
    const size = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
    return [1, 2, 2.5, 5, 10].map((one) => one * size).find((one) => one >= highest);
  }

  function lines(svg, found, x, y) {
    let path = "";
    found.forEach(({ cell }, place) => {
      if (!cell || cell[0] === null) return;
      const before = place > 0 && found[place - 1].cell;
      path += `${before && before[0] !== null ? "L" : "M"}${x(place)} ${y(cell[0])}`;
    });
    svg.append(draw("path", { class: "line", d: path }));
    found.forEach(({ cell }, place) => {
      if (!cell || cell[0] === null) return;
      const kind = cell[3] & ESTIMATED ? "point estimated" : "point";
      svg.append(draw("circle", { class: kind, cx: x(place), cy: y(cell[0]), r: 2.2 }));
    });
  }

  function axis(svg, width, y, text) {
    svg.append(draw("path", { class: "axis", d: `M${LEFT} ${y}H${width}` }));
    svg.append(draw("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, text));
  }

  function picture(watch, by, width, money) {
    const found = points(watch, by);
    const high = nice(Math.max(watch.target || 1, ...found.map(({ cell }) => (cell && cell[0]) || 0)));
    const most = nice(Math.max(1, ...found.map(({ cell }) => (cell && cell[1]) || 0)));
    const base = TOP + COST + GAP + SPEND, edge = width - (watch.target ? RIGHT : 8), step = (edge - LEFT - 4) / Math.max(found.length, 1);
    const x = (place) => Math.round((LEFT + 4 + step * (place + 0.5)) * 10) / 10;
    const y = (cost) => Math.round((TOP + COST * (1 - cost / high)) * 10) / 10;
    const svg = draw("svg", { class: "chart", role: "img", viewBox: `0 0 ${width} ${base + BOTTOM}`, "aria-labelledby": `t${watch.id} s${watch.id}` });
    svg.append(draw("title", { id: `t${watch.id}` }, `${watch.name}: ${say("chart")} (${say(by === "day" ? "by_day" : "by_hour")})`));
    svg.append(draw("desc", { id: `s${watch.id}` }, told(found, watch, money)));
    axis(svg, edge, y(high), money(high, watch));
    axis(svg, edge, y(0), "0");
    axis(svg, edge, base - SPEND, money(most, watch));
    axis(svg, edge, base, "0");
    svg.append(draw("text", { x: LEFT + 4, y: TOP - 4 }, say("unit_cost")), draw("text", { x: LEFT + 4, y: base - SPEND - 6 }, say("spend")));
    found.forEach(({ cell, name, hour }, place) => {
      if (cell && cell[1] > 0) {
        const tall = Math.max(1, (SPEND * cell[1]) / most);
        const kind = cell[3] & ESTIMATED ? "spent estimated" : "spent";
        svg.append(draw("rect", { class: kind, x: x(place) - step * 0.36, y: base - tall, width: step * 0.72, height: tall }));
      }
      const every = by === "day" ? (step < 34 ? 2 : 1) : step < 9 ? 12 : 6;
      if ((by === "day" ? place : hour) % every === 0) svg.append(draw("text", { x: x(place), y: base + 16, "text-anchor": "middle" }, name));
    });
    if (watch.target) {
      svg.append(draw("path", { class: "aim", d: `M${LEFT} ${y(watch.target)}H${edge}` }));
      svg.append(draw("text", { class: "aim-text", x: edge + 6, y: y(watch.target) + 4 }, `${say("target")} ${money(watch.target, watch)}`));
    }
    lines(svg, found, x, y);
    return svg;
  }

  function told(found, watch, money) {
    const known = found.map(({ cell }) => cell && cell[0]).filter(Boolean);
    if (!known.length) return say("missing");
    return `${say("lowest")} ${money(Math.min(...known), watch)}, ${say("highest")} ${money(Math.max(...known), watch)}`;
  }

  function show(box, watch, by, money) {
    const title = document.createElement("h3"), choice = document.createElement("span");
    choice.className = "switch";
    for (const kind of ["hour", "day"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = say(`by_${kind}`);
      button.setAttribute("aria-pressed", kind === by);
      button.addEventListener("click", () => {
        box.closest(".hours").dataset.by = kind;
        show(box, watch, kind, money);
        all(".switch button", box).find((one) => one.getAttribute("aria-pressed") === "true").focus();
      });
      choice.append(button);
    }
    title.append(say("chart"), choice);
    box.replaceChildren(title, picture(watch, by, Math.max(300, box.clientWidth || 900), money));
  }

  return { show };
})();

showLanguage();
showList();
