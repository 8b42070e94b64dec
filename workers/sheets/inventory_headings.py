"""The columns of an inventory sheet: one row says who follows which ads against which results."""

from __future__ import annotations

from collections.abc import Mapping

from domain.entity import EntityKind
from workers.sheets.table import Heading

HEADINGS = (
    Heading("client", "광고주", "client", "The advertiser.", ("광고주명", "advertiser")),
    Heading("owner", "담당자", "owner", "Its owners, several apart by commas.", ("owners",)),
    Heading("watch", "단가 항목", "watch", "Name of the watch; empty: the row is an account's."),
    Heading("label", "단가 이름", "label", "What the client calls this unit cost.", ("단가명",)),
    Heading(
        "target",
        "목표단가",
        "target",
        "Per result, in the account's currency.",
        ("target cost", "목표 CPA"),
    ),
    Heading("budget", "일예산", "daily budget", "What the watch may spend a day."),
    Heading(
        "counted",
        "단가 부가세",
        "unit cost VAT",
        "포함 or 별도: how its spend is counted; empty: as read.",
    ),
    Heading("site", "매체", "site", "A site of danga.yaml."),
    Heading("login", "로그인", "login", "The login that reads the account.", ("매체 로그인",)),
    Heading(
        "account", "광고계정", "ad account", "The site's id.", ("광고계정 ID", "account", "계정 ID")
    ),
    Heading(
        "account_name", "광고계정명", "account name", "As its pages show it.", ("광고계정 이름",)
    ),
    Heading("level", "단위", "level", "캠페인, 광고그룹, 소재 (default), 채널.", ("수준", "kind")),
    Heading("name", "이름 패턴", "name", "Which of that level: * ? [...].", ("소재", "캠페인")),
    Heading("ids", "소재 ID", "ids", "Or their ids, apart by commas.", ("ID 목록",)),
    Heading("metric", "소진 지표", "spend metric", "Default spend."),
    Heading("currency", "통화", "currency", "Default KRW; as in danga.yaml."),
    Heading("vat", "부가세", "VAT", "포함 or 별도: whether amounts contain it.", ("부가세 포함",)),
    Heading("vat_rate", "부가세율", "VAT rate", "10% or 0.1."),
    Heading("result_site", "결과 매체", "result site", "Empty: the same site."),
    Heading("result_login", "결과 로그인", "result login", "The login that reads it."),
    Heading(
        "result_account", "결과 계정", "result account", "Empty: the same ads.", ("결과 채널",)
    ),
    Heading("result_account_name", "결과 계정명", "result account name", "As its pages show it."),
    Heading("result_level", "결과 단위", "result level", "Default 채널; of the same ads: theirs."),
    Heading("result_name", "결과 이름", "result name", "Which of that level: * ? [...]."),
    Heading("result_ids", "결과 ID", "result ids", "Or their ids, apart by commas."),
    Heading("result_metric", "결과 지표", "result metric", "친구 수, 전환, or as the site says."),
)

LEVELS: Mapping[str, EntityKind] = {
    "캠페인": EntityKind.CAMPAIGN,
    "광고그룹": EntityKind.AD_GROUP,
    "소재": EntityKind.CREATIVE,
    "채널": EntityKind.CHANNEL,
    **{kind.replace("_", sign): kind for kind in EntityKind for sign in ("_", "")},
}
"""As a level may be written, without spaces and in lower case."""

VAT: Mapping[str, bool] = {
    **dict.fromkeys(("포함", "included", "예", "yes", "true", "y", "o"), True),
    **dict.fromkeys(("별도", "미포함", "excluded", "아니오", "no", "false", "n", "x"), False),
}

METRICS: Mapping[str, str] = {
    "소진액": "spend",
    "소진": "spend",
    "광고비": "spend",
    "노출": "impressions",
    "노출수": "impressions",
    "클릭": "clicks",
    "클릭수": "clicks",
    "전환": "conversions",
    "전환수": "conversions",
    "친구수": "friends",
    "친구": "friends",
    "소식받기수": "subscribers",
    "소식받기": "subscribers",
    "db": "leads",
    "유효db": "valid_leads",
}
"""Korean words of metrics, without spaces and in lower case; a site's own name wins."""


def metric_name(word: str, known: Mapping[str, object]) -> str:
    """Return the metric that is meant: a known name as it stands, or a Korean word of one."""
    if word in known:
        return word
    return METRICS.get("".join(word.split()).casefold(), word)
