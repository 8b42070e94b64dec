// The lists a login arrives at: its ad accounts, its channels.
import { load } from "./api.js";
import { h, picture } from "./dom.js";
import { page, surroundings } from "./layout.js";

export async function accountLobby() {
  const [around, answer] = await Promise.all([surroundings(), load("/moment/api/accounts")]);
  return page(around, "accounts", list("광고계정", answer.accounts, (id) =>
    `/moment/accounts/${id}/creatives?page=1`));
}

export async function channelLobby() {
  const [around, answer] = await Promise.all([surroundings(), load("/channel/api/channels")]);
  return page(around, "channels", list("채널", answer.channels, (id) => `/channel/${id}`));
}

function list(word, entries, address) {
  const rows = entries.map(({ id, name }) =>
    h("tr", { "data-account": id },
      h("td", { "data-column": "id" }, id),
      h("td", { "data-column": "name" }, h("a", { href: address(id) }, name))));
  return h("section", { class: "card" },
    h("h1", {}, `${word} 목록`),
    h("p", { class: "count", "data-count": entries.length }, picture("icon-table.png", 14), `총 ${entries.length}개`),
    h("table", { class: "lobby" },
      h("thead", {}, h("tr", {}, h("th", {}, `${word} ID`), h("th", {}, `${word} 이름`))),
      h("tbody", {}, rows)));
}
