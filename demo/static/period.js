// The shown period, and the buttons that the server remembers.
import { send } from "./api.js";
import { h, picture } from "./dom.js";
import { show } from "./router.js";

const PRESETS = { today: "오늘", yesterday: "어제", last7: "지난 7일" };

export function periodBar(account, period) {
  const dates = period.date ?? `${period.from} ~ ${period.until}`;
  const machine = period.date ?? `${period.from}/${period.until}`;
  return h("div", { class: "period" },
    picture("icon-calendar.png", 16),
    h("span", { "data-period-label": true }, period.label),
    h("time", { "data-period": true, datetime: machine }, dates),
    Object.entries(PRESETS).map(([name, word]) =>
      h("button", {
        [`data-period-${name}`]: true,
        "aria-pressed": String(word === period.label),
        onclick: () => choose(account, name),
      }, word)));
}

function choose(account, name) {
  return show(async () => {
    await send(`/moment/api/accounts/${account}/period`, { period: name });
    return { moveTo: `${location.pathname}?page=1` };
  });
}
