// What surrounds every view: the bar, the menu, the notices.
import { load } from "./api.js";
import { h, picture, renameMarks } from "./dom.js";
import { overlay } from "./overlay.js";

const site = () => document.documentElement.dataset.site;

// Everything a view needs besides its own data; menu and notices come from the browser's cache.
export async function surroundings() {
  const [session, menu, notices] = await Promise.all(
    ["session", "menu", "notices"].map((name) => load(`/${site()}/api/${name}`)),
  );
  renameMarks(session.faults.renameMarks);
  localStorage.setItem("last-user", session.user);
  sessionStorage.setItem("last-path", location.pathname);
  return { user: session.user, faults: session.faults, menu: menu.items, notices: notices.notices };
}

export function page(around, view, ...content) {
  return h(
    "div",
    { class: "page" },
    bar(around),
    h("div", { class: "body" }, side(around), main(view, content)),
    overlay(around.faults),
  );
}

function main(view, content) {
  return h("main", { class: "content", "data-ready": true, "data-view": view }, ...content);
}

function bar(around) {
  return h(
    "header",
    { class: "bar" },
    h("a", { class: "brand", href: around.menu[0].href },
      picture("logo.png", 28), h("strong", {}, document.title)),
    h("span", { class: "user", "data-user": around.user },
      picture("avatar.png", 26), around.user, signOut()),
  );
}

function signOut() {
  return h("form", { method: "post", action: "/sign-out", name: "sign-out" },
    h("button", { class: "quiet" }, "로그아웃"));
}

function side(around) {
  const items = around.menu.map((item) =>
    h("li", { class: item.href.startsWith(`/${site()}/`) ? "here" : "there" },
      h("a", { href: item.href }, picture(item.icon, 18), item.label)));
  const notices = around.notices.map((text) => h("li", {}, picture("icon-notice.png", 12), text));
  return h("aside", { class: "side" },
    h("nav", {}, h("ul", {}, items)),
    h("h2", {}, "공지사항"), h("ul", { class: "notices" }, notices),
    h("p", { class: "help" }, picture("icon-help.png", 14), "고객센터 1500-0000"),
    picture("footer.png", 120));
}
