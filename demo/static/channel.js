// A channel's page: its friends, as of a date.
import { load } from "./api.js";
import { h } from "./dom.js";
import { wordsOf } from "./labels.js";
import { page, surroundings } from "./layout.js";
import { writer } from "./numbers.js";

export async function channel({ id }, query) {
  const day = query.get("date") ? `?date=${query.get("date")}` : "";
  const [around, data] = await Promise.all([
    surroundings(), load(`/channel/api/channels/${id}${day}`),
  ]);
  const words = wordsOf(around.faults);
  const write = writer(around.faults);
  return page(around, "channel",
    h("h1", { class: "account", "data-account": data.channel.id },
      h("span", { "data-account-name": true }, data.channel.name),
      h("small", { "data-account-id": true }, data.channel.id)),
    h("dl", { class: "card gauges" },
      gauge(words.friends, "friends", write(data.friends)),
      gauge(words.subscribers, "subscribers", write(data.subscribers)),
      h("div", {}, h("dt", {}, "기준일"),
        h("dd", {}, h("time", { "data-period": true, datetime: data.period.date },
          data.period.date)))));
}

function gauge(word, name, text) {
  return h("div", {}, h("dt", {}, word), h("dd", { "data-metric": name }, text));
}
