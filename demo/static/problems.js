// What is shown when there is nothing to show.
import { h } from "./dom.js";

const TEXTS = {
  not_found: ["gone", "페이지를 찾을 수 없습니다", "삭제되었거나 주소가 바뀌었습니다."],
  forbidden: ["gone", "접근 권한이 없습니다", "광고계정 관리자에게 문의해 주세요."],
  refused: ["refused", "접속이 차단되었습니다", "비정상적인 접근이 감지되었습니다."],
  overloaded: ["overloaded", "요청이 너무 많습니다", "잠시 후 다시 시도해 주세요."],
  maintenance: ["maintenance", "서비스 점검 중입니다", "점검이 끝난 뒤 다시 이용해 주세요."],
  unreachable: ["failed", "연결할 수 없습니다", "네트워크 상태를 확인해 주세요."],
};
const FOR_THE_SIGN_IN = ["signed_out", "consent", "second_factor"];

export function gone() {
  return notice("not_found");
}

export function problemView(problem) {
  if (FOR_THE_SIGN_IN.includes(problem.kind)) {
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(`/sign-in?next=${here}`);
    return null;
  }
  if (problem.kind === "page") return foreign(problem.detail.html);
  if (problem.kind in TEXTS) return notice(problem.kind);
  throw problem;
}

function notice(kind) {
  const [mark, title, text] = TEXTS[kind];
  return h("main", { class: "problem card", [`data-${mark}`]: true },
    h("h1", {}, title), h("p", {}, text), h("a", { href: "/" }, "처음으로"));
}

// A firewall's page in place of JSON: shown as it came.
function foreign(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return parsed.querySelector("main") ?? notice("unreachable");
}
