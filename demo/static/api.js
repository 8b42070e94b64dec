// JSON of the server: every answer that is not one becomes a Problem.

// Version 2 of the answers names things differently; the views keep the first names.
const SECOND_VERSION = {
  adAccount: "account", profile: "channel", title: "name", list: "rows", sum: "total",
  totalCount: "count", range: "period", cost: "spend", imp: "impressions", clk: "clicks",
  conv: "conversions", followerCount: "friends", optInCount: "subscribers", baseDate: "date",
};

export class Problem extends Error {
  constructor(kind, detail = {}) {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

export function load(path) {
  return ask(path, {});
}

export function send(path, content) {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });
}

async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => {
    throw new Problem("unreachable");
  });
  if (!(answer.headers.get("content-type") ?? "").includes("json")) {
    throw new Problem("page", { html: await answer.text() });
  }
  const content = await answer.json();
  if (content.error) throw new Problem(content.error, content);
  return answer.headers.get("x-api-version") === "2" ? firstNames(content) : content;
}

function firstNames(value) {
  if (Array.isArray(value)) return value.map(firstNames);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [SECOND_VERSION[key] ?? key, firstNames(inner)]),
  );
}
