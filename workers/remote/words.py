"""What the pages of a sign-in from afar say, in Korean: reasons, ends, errors."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.errors import Stopped
from domain.errors import DangaError
from domain.verdict import Verdict, VerdictKind
from storage.errors import DatabaseAway, LeaseTaken
from workers.proxy_desk import NoProxyNow
from workers.refreshing import NotSignedIn, SiteIsElsewhere

REASONS = {
    VerdictKind.CAPTCHA: "매체가 자동입력 방지 문자(캡차)를 묻고 있습니다.",
    VerdictKind.CONSENT: "매체가 새 약관에 대한 동의를 묻고 있습니다.",
    VerdictKind.SECOND_FACTOR: "매체가 추가 인증(인증번호)을 묻고 있습니다.",
    VerdictKind.BAD_CREDENTIALS: "저장된 비밀번호를 매체가 받아 주지 않았습니다.",
    VerdictKind.SIGNED_OUT: "매체에서 로그아웃되었습니다.",
    VerdictKind.WRONG_ACCOUNT: "다른 사용자로 로그인되어 있습니다.",
}
OTHER_REASON = "매체 로그인을 사람이 확인해야 합니다."
TURNED_BACK = "{host}(으)로는 이동할 수 없습니다. 이 매체의 페이지에서만 로그인합니다."
VISIT_AT_WORK = "지금 수집이 이 로그인을 쓰고 있습니다. 끝나는 대로 열립니다."
HELD = "매체 요청 한도 때문에 잠시 기다립니다(약 {seconds}초). 입력하신 것은 곧 이어집니다."
OUR_MISTAKE = "Danga의 오류로 끝났습니다. 세션은 그대로이며, 원인은 서버 기록에 있습니다."
AGAIN = "세션은 그대로이고 로그인은 계속 기다립니다. 다시 시작하거나 이 링크를 다시 열어 주세요."


def reason(state_reason: str) -> str:
    """Return why a login waits, from what its row says (`captcha: ...`)."""
    kind = state_reason.partition(":")[0]
    return next((text for one, text in REASONS.items() if one == kind), OTHER_REASON)


def signed_in(accounts: Sequence[str], waiting: int) -> str:
    """Return what is said at the end: whose accounts were seen, what goes on."""
    seen = (
        f"확인된 계정: {', '.join(accounts[:3])}" if accounts else "매체의 첫 화면을 확인했습니다"
    )
    more = f" 외 {len(accounts) - 3}개" if len(accounts) > 3 else ""
    goes_on = f"기다리던 수집 {waiting}건이 이어집니다" if waiting else "다음 회차부터 수집합니다"
    return f"로그인되었습니다. {seen}{more}. {goes_on}. 이 창은 닫아도 됩니다."


def not_proved(verdict: Verdict) -> str:
    """Return what is said where the browser of the visits saw something else."""
    if verdict.kind is VerdictKind.WRONG_ACCOUNT:
        return f"다른 사용자로 로그인하셨습니다. 이 로그인의 광고계정이 보이지 않습니다. {AGAIN}"
    told = REASONS.get(verdict.kind, f"{verdict.kind}: {verdict.detail}")
    return f"로그인은 되었지만 수집 브라우저에서 확인하지 못했습니다. {told} {AGAIN}"


def why_not(error: DangaError) -> str:
    """Return what is said where it ended before."""
    match error:
        case LeaseTaken():
            return f"수집이 이 로그인을 오래 쓰고 있습니다. 몇 분 뒤 다시 시작해 주세요. {AGAIN}"
        case NoProxyNow():
            return f"이 로그인의 프록시가 모두 쉬고 있습니다. 잠시 뒤 다시 시작해 주세요. {AGAIN}"
        case SiteIsElsewhere():
            return f"매체가 등록되지 않은 주소에서 로그인합니다. 개발자에게 전해 주세요: {error}"
        case NotSignedIn():
            return f"로그인이 끝나지 않았습니다. {AGAIN}"
        case Stopped() | DatabaseAway():
            return f"지금은 열 수 없습니다. {AGAIN}"
        case _:
            return f"지금은 열 수 없습니다: {error} {error.next_step}"
