// An announcement that covers the page until it is closed, where closing works.
import { h, picture } from "./dom.js";

export function overlay(faults) {
  if (faults.overlay === "off") return null;
  const cover = h(
    "div",
    { class: "cover", "data-overlay": true },
    h("div", { class: "card announcement", role: "dialog" },
      picture("banner.png", 320),
      h("h2", {}, "새로운 보고서를 만나 보세요"),
      h("p", {}, "맞춤 보고서가 더 빨라졌습니다."),
      h("button", { "data-overlay-close": true, onclick: () => close() }, "닫기")),
  );
  const close = () => faults.overlay === "closable" && cover.remove();
  return cover;
}
