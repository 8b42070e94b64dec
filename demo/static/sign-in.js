// Signing in: the form, and what may stand behind it.
import { load, send } from "./api.js";
import { h, picture } from "./dom.js";
import { show } from "./router.js";

export async function signIn(_, query) {
  const { stage } = await load("/sign-in/api/state");
  return frame(query, query.get("problem") ?? stage, {});
}

function frame(query, stage, typed) {
  const next = here(query.get("next") ?? "/moment/accounts");
  if (stage === "open") {
    location.assign(next);
    return null;
  }
  const then = (act, fields) =>
    show(async () => frame(query, (await act(fields)).stage, { ...typed, ...fields }));
  return h("div", { class: "entrance" }, picture("banner.png", 360),
    (STAGES[stage] ?? STAGES.credentials)(then, typed, next));
}

// The way to go on, unless it leads to another host.
function here(next) {
  return new URL(next, location.origin).origin === location.origin ? next : "/moment/accounts";
}

const STAGES = {
  credentials: (then, typed, next) => passwordForm(then, next, null),
  bad_credentials: (then, typed, next) => passwordForm(then, next,
    h("p", { class: "wrong", "data-bad-credentials": true, role: "alert" },
      "아이디 또는 비밀번호가 올바르지 않습니다.")),
  captcha: captchaForm,
  second_factor: codeForm,
  consent: termsForm,
};

function passwordForm(then, next, warning) {
  return form("sign-in", "로그인", then, (fields) => attempt({ ...fields, next }),
    warning,
    field("username", "아이디", "text", "username"),
    field("password", "비밀번호", "password", "current-password"));
}

function captchaForm(then, typed, next) {
  return form("captcha", "확인", then, (fields) => attempt({ ...typed, ...fields, next }),
    h("div", { "data-captcha": true },
      h("p", {}, "자동 로그인을 막기 위해 아래 숫자를 입력해 주세요."), digits("8064")),
    typed.captcha ? h("p", { class: "wrong", "data-wrong": true }, "숫자가 맞지 않습니다.") : null,
    typed.username ? null : field("username", "아이디", "text", "username"),
    typed.username ? null : field("password", "비밀번호", "password", "current-password"),
    field("captcha", "자동입력 방지 숫자", "text", "off"));
}

function codeForm(then) {
  return form("second-factor", "인증", then, (fields) => send("/sign-in/api/confirm", fields),
    h("p", { "data-second-factor": true }, "휴대전화로 보낸 인증번호 6자리를 입력해 주세요."),
    field("code", "인증번호", "text", "one-time-code"));
}

function termsForm(then) {
  return form("consent", "동의하고 계속하기", then, () => send("/sign-in/api/agree", {}),
    h("p", { "data-consent": true }, "개정된 서비스 이용약관에 동의해 주세요."));
}

function form(name, word, then, act, ...content) {
  const element = h("form", { name, class: "card", method: "post", action: "/sign-in" },
    h("h1", {}, "로그인"), ...content, h("button", { type: "submit" }, word));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    then(act, Object.fromEntries(new FormData(element)));
  });
  return element;
}

function attempt(fields) {
  return send("/sign-in", fields);
}

function field(name, word, type, autocomplete) {
  return h("label", {}, word, h("input", { name, type, autocomplete, required: true }));
}

// Digits that no selector finds: drawn, crooked.
function digits(text) {
  const canvas = h("canvas", { width: 180, height: 56, class: "digits" });
  const pen = canvas.getContext("2d");
  pen.font = "32px serif";
  [...text].forEach((digit, place) => {
    pen.setTransform(1, 0.1 * (place % 2 ? 1 : -1), 0.2, 1, 20 + place * 38, 38);
    pen.fillText(digit, 0, 0);
  });
  return canvas;
}
