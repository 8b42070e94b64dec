"""The words of each cause in Korean and English: what it is, what is safe, what to do next.

Plain text. `{subject}` is what the cause is about.
Commands stand in backquotes, so that the documents' tests find them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.cause import CauseKind
from domain.person import Language


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one kind of cause."""

    title: str
    safe: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What is said around it, in one language.."""

    begins: str
    over: str
    what: str
    since: str
    until: str
    due: str
    blind: str
    nobody: str
    more: str
    safe: str
    next_step: str
    remind: str
    tried: str
    try_body: str


FRAMES: Mapping[Language, Frame] = {
    Language.KOREAN: Frame(
        begins="[단가] {title}",
        over="[단가] 해결됨: {title}",
        what="내용: {reason}",
        since="시작: {at}",
        until="끝: {at}",
        due="기한: {at}",
        blind="새 수치가 없는 광고주: {names}",
        nobody="새 수치가 없는 광고주: 없음",
        more="외 {count}건",
        safe="안전: {safe}",
        next_step="다음: {next_step}",
        remind="[단가] 아직 열려 있는 문제 {count}건",
        tried="[단가] 시험 알림",
        try_body="{person} 님에게 알림이 도착합니다. 할 일은 없습니다.",
    ),
    Language.ENGLISH: Frame(
        begins="[Danga] {title}",
        over="[Danga] Over: {title}",
        what="What: {reason}",
        since="Since: {at}",
        until="Until: {at}",
        due="Due: {at}",
        blind="Without fresh numbers: {names}",
        nobody="Without fresh numbers: nobody",
        more="and {count} more",
        safe="Safe: {safe}",
        next_step="Next: {next_step}",
        remind="[Danga] Still open: {count}",
        tried="[Danga] A test",
        try_body="Messages reach {person}. There is nothing to do.",
    ),
}

_SAFE_KO = "이미 읽은 수치는 그대로이고, 다른 매체에는 영향이 없습니다."
_SAFE_EN = "numbers read before stay as they are, and no other site is affected."

WORDS: Mapping[Language, Mapping[CauseKind, Words]] = {
    Language.KOREAN: {
        CauseKind.NEEDS_HUMAN: Words(
            "로그인 {subject}: 사람이 필요합니다",
            "이미 읽은 수치는 그대로이고, 이 로그인의 수집은 실패하지 않고 기다립니다. "
            "다른 로그인에는 영향이 없습니다.",
            "`danga session refresh {subject}`",
        ),
        CauseKind.CONTESTED: Words(
            "로그인 {subject}: 다른 사람이 같은 계정으로 로그인합니다",
            "이미 읽은 수치는 그대로이고, 서로 로그아웃시키지 않도록 수집을 멈췄습니다.",
            "누가 쓰는지 확인한 뒤 `danga session refresh {subject}`",
        ),
        CauseKind.LAYOUT_CHANGED: Words(
            "매체 {subject}: 화면을 읽지 못합니다 (화면이나 클래스가 바뀜)",
            f"틀린 수치는 저장하지 않았습니다. {_SAFE_KO}",
            "`danga evidence list`, 매체 클래스를 고친 뒤 `danga fixture check {subject}`, "
            "`danga visits reextract {subject}`",
        ),
        CauseKind.SITE_STOPPED: Words(
            "매체 {subject}: 방문이 멈췄습니다 (거절 또는 일시 중지)",
            f"이 매체에는 요청을 보내지 않습니다. {_SAFE_KO}",
            "`danga evidence list`; 사람이 멈췄다면 `danga site resume {subject}`",
        ),
        CauseKind.PROXIES_DOWN: Words(
            "프록시 {subject}: 쓸 수 있는 것이 없습니다",
            "프록시 없이 나가지 않습니다. 이미 읽은 수치는 그대로이고, "
            "다른 로그인에는 영향이 없습니다.",
            "`danga doctor`, 그다음 proxies.yaml을 고칩니다",
        ),
        CauseKind.SESSION_ENDING: Words(
            "로그인 {subject}: 세션이 곧 끝납니다. 다시 로그인할 사람이 필요합니다",
            "기한까지는 수집이 이어지고, 그 뒤에는 실패하지 않고 기다립니다.",
            "기한 전에 `danga session refresh {subject}`",
        ),
        CauseKind.STALE: Words(
            "매체 {subject}: 두 회차째 새 수치가 없습니다", _SAFE_KO, "`danga visits`"
        ),
        CauseKind.DISK: Words(
            "서버 {subject}: 디스크 공간이 부족합니다",
            "이미 저장된 수치는 그대로입니다.",
            "공간을 비우거나 DANGA_EVIDENCE_MB를 낮춘 뒤 `danga doctor`",
        ),
        CauseKind.BACKFILL: Words(
            "로그인 {subject}: 요청한 지난 날짜를 읽지 못했습니다",
            "읽은 날짜는 그대로이고, 오늘 수집에는 영향이 없습니다.",
            "`danga backfill`, 원인을 고친 뒤 `danga backfill --from DAY --login {subject} --yes`",
        ),
        CauseKind.NOT_COMPUTED: Words(
            "단가를 계산하지 못합니다: {subject}",
            "이미 계산된 단가와 읽은 수치는 그대로이고, 새 수치도 계속 저장됩니다.",
            "`danga doctor`; 고친 뒤 다음 회차부터 계산되고, "
            "그사이 날짜는 `danga costs rebuild --from DAY --to DAY`",
        ),
        CauseKind.DATABASE: Words(
            "서버 {subject}: 데이터베이스에 연결할 수 없습니다",
            "저장된 수치는 그대로이고, 읽던 수치는 이 서버의 디스크에서 기다립니다.",
            "`danga doctor`",
        ),
        CauseKind.NOTHING_COLLECTED: Words(
            "아무것도 수집되지 않습니다",
            "이미 읽은 수치는 그대로이고, 빈 시간은 0으로 채우지 않습니다.",
            "`danga doctor`, `danga visits`",
        ),
    },
    Language.ENGLISH: {
        CauseKind.NEEDS_HUMAN: Words(
            "login {subject} waits for a person",
            "numbers read before stay; its visits wait and none fails; no other login is affected.",
            "`danga session refresh {subject}`",
        ),
        CauseKind.CONTESTED: Words(
            "somebody else signs in with login {subject}",
            "numbers read before stay; its visits stopped, so that nobody signs the other out.",
            "find out who uses it, then `danga session refresh {subject}`",
        ),
        CauseKind.LAYOUT_CHANGED: Words(
            "the pages of {subject} cannot be read: they or its class changed",
            f"no wrong number was stored; {_SAFE_EN}",
            "`danga evidence list`, mend the class, `danga fixture check {subject}`, "
            "`danga visits reextract {subject}`",
        ),
        CauseKind.SITE_STOPPED: Words(
            "{subject} is not visited: it refused us, or is paused",
            f"nothing is sent to it; {_SAFE_EN}",
            "`danga evidence list`; where a person paused it `danga site resume {subject}`",
        ),
        CauseKind.PROXIES_DOWN: Words(
            "no proxy is left: {subject}",
            "nothing goes out without a proxy; numbers read before stay; "
            "no other login is affected.",
            "`danga doctor`, then mend proxies.yaml",
        ),
        CauseKind.SESSION_ENDING: Words(
            "the session of login {subject} ends soon, and only a person can renew it",
            "its visits go on until then; afterwards they wait and none fails.",
            "before that, `danga session refresh {subject}`",
        ),
        CauseKind.STALE: Words(
            "no fresh number from {subject} for two slots", _SAFE_EN, "`danga visits`"
        ),
        CauseKind.DISK: Words(
            "the disk of {subject} is nearly full",
            "what is stored stays.",
            "free some space, or lower DANGA_EVIDENCE_MB, then `danga doctor`",
        ),
        CauseKind.BACKFILL: Words(
            "past days of login {subject} that were asked for could not be read",
            "days that were read stay; what is read today is not affected.",
            "`danga backfill`; mend it, then `danga backfill --from DAY --login {subject} --yes`",
        ),
        CauseKind.NOT_COMPUTED: Words(
            "unit costs are not computed: {subject}",
            "figures computed before stay, and what is read goes on being stored.",
            "`danga doctor`; once mended, the next slot is computed again; "
            "the days in between by `danga costs rebuild --from DAY --to DAY`",
        ),
        CauseKind.DATABASE: Words(
            "{subject} does not reach the database",
            "stored numbers stay; what was being read waits on the disk of this machine.",
            "`danga doctor`",
        ),
        CauseKind.NOTHING_COLLECTED: Words(
            "nothing is collected at all",
            "numbers read before stay, and nothing is filled in with zeros.",
            "`danga doctor`, `danga visits`",
        ),
    },
}

REASONS_KO: Mapping[str, str] = {
    "captcha": "캡차",
    "consent": "약관 동의",
    "second_factor": "2단계 인증",
    "bad_credentials": "비밀번호 거절",
    "signed_out": "로그아웃됨",
    "wrong_account": "다른 계정 화면",
    "wrong_view": "다른 보기 화면",
    "refused": "거절",
    "unreachable": "연결 안 됨",
    "overloaded": "과부하",
    "maintenance": "점검 중",
    "blank": "빈 화면",
    "covered": "가려진 화면",
    "incomplete": "덜 그려진 화면",
    "layout_changed": "화면 변경",
    "proxy_down": "프록시 고장",
    "ours": "우리 쪽 오류",
    "gone": "없어진 계정",
    "no process visits": "수집 프로세스가 없음",
    "all rest": "모두 쉬는 중",
    "no password is stored": "저장된 비밀번호가 없음",
    "its session was begun by a person": "지난번에 사람이 로그인함",
}
"""Verdicts and our own reasons at the beginning of what was seen; the rest stays as it is."""
