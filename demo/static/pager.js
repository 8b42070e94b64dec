// Links to the other pages of a table.
import { h } from "./dom.js";

export function pager(id, level, asked, data) {
  const link = (number) => {
    const query = new URLSearchParams(asked);
    query.set("page", number);
    return h("a", {
      href: `/moment/accounts/${id}/${level}?${query}`,
      "data-page": number,
      "aria-current": number === data.page ? "page" : null,
    }, String(number));
  };
  const numbers = Array.from({ length: data.pages }, (_, place) => link(place + 1));
  return h("nav", { class: "pager", "data-pages": data.pages }, numbers);
}
