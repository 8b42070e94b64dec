// Elements without a framework: h("a", { href: "/" }, "text").

const state = { renamed: false };

// The bad habit of a new front end: all marks and classes carry other names.
export function renameMarks(renamed) {
  state.renamed = renamed;
}

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(...named(name, value));
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

function named(name, value) {
  if (state.renamed && name.startsWith("data-")) return [`data-v2-${name.slice(5)}`, value];
  if (state.renamed && name === "class") return [name, `${value} v2-${value}`];
  return [name, value === true ? "" : value];
}

export function picture(name, size) {
  const urls = JSON.parse(document.getElementById("pictures").textContent);
  return h("img", { src: urls[name], alt: "", width: size, height: size, class: "picture" });
}
