"""Who sees what on the make-believe platform, before anything happens to it.

A pure function of the sizes and the seed. Ids are regular: accounts 1001, 1002 ... are dealt to
the logins in order, an account's creatives are c1001-01, its ad groups g1001-1, its campaigns
k1001-1; channels are ch501, ch502 ...
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random

USERS = ("kim", "lee", "park", "choi", "jung")
BRANDS = (
    "달빛커피", "하늘여행사", "초록마트", "바른치과", "온새미로가구", "도담유치원", "별밤캠핑",
    "한결은행", "늘봄꽃집", "다온어학원", "미리내서점", "가람안경", "솔바람펜션", "해오름헬스",
    "아라수산", "새벽배송연구소", "라온키즈카페", "윤슬화장품", "너울해운", "모아부동산",
)  # fmt: skip
THEMES = ("봄맞이", "신규고객", "재구매", "주말특가", "무료체험", "브랜드", "앱설치", "친구추가")
FORMATS = ("이미지", "동영상", "카드", "메시지")
ADS_PER_GROUP = 5
GROUPS_PER_CAMPAIGN = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """How big the platform is; accounts, channels and creatives count per owner."""

    logins: int = 5
    accounts: int = 2
    channels: int = 1
    creatives: int = 12
    page_size: int = 20


@dataclass(frozen=True, slots=True)
class User:
    """A login: what it types and what it sees."""

    name: str
    accounts: tuple[str, ...]
    channels: tuple[str, ...]

    @property
    def password(self) -> str:
        """The one password that opens this login."""
        return f"demo-{self.name}"


@dataclass(frozen=True, slots=True)
class Ad:
    """A creative, where it stands, and whether somebody has paused it for good."""

    id: str
    name: str
    account: str
    group: str
    campaign: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """A campaign or an ad group: `parent` is the campaign of an ad group."""

    id: str
    name: str
    account: str
    parent: str | None = None


@dataclass(frozen=True)
class World:
    """Everything that exists from the beginning."""

    sizes: Sizes
    seed: int

    @cached_property
    def users(self) -> dict[str, User]:
        """All logins by user name."""
        return {user.name: user for user in map(self._user, range(self.sizes.logins))}

    @cached_property
    def account_names(self) -> dict[str, str]:
        """The shown name of every ad account by id."""
        ids = [account for user in self.users.values() for account in user.accounts]
        return {id_: _brand(number) for number, id_ in enumerate(ids)}

    @cached_property
    def channel_names(self) -> dict[str, str]:
        """The shown name of every channel by id."""
        ids = [channel for user in self.users.values() for channel in user.channels]
        return {id_: f"{_brand(number)} 채널" for number, id_ in enumerate(ids)}

    @cached_property
    def ads(self) -> dict[str, tuple[Ad, ...]]:
        """The creatives of every account."""
        return {account: self._ads_of(account) for account in self.account_names}

    def campaigns(self, account: str) -> tuple[Holder, ...]:
        """Return the campaigns of `account`."""
        ids = dict.fromkeys(ad.campaign for ad in self.ads[account])
        return tuple(Holder(id_, f"{self._theme(id_)} 캠페인", account) for id_ in ids)

    def groups(self, account: str) -> tuple[Holder, ...]:
        """Return the ad groups of `account`."""
        parents = {ad.group: ad.campaign for ad in self.ads[account]}
        return tuple(
            Holder(id_, f"{self._theme(id_)} 그룹 {id_.rsplit('-')[-1]}", account, parent)
            for id_, parent in parents.items()
        )

    def _user(self, number: int) -> User:
        name = USERS[number] if number < len(USERS) else f"user{number + 1:02}"
        return User(
            name,
            _dealt(1001, number, self.sizes.accounts, ""),
            _dealt(501, number, self.sizes.channels, "ch"),
        )

    def _ads_of(self, account: str) -> tuple[Ad, ...]:
        return tuple(self._ad(account, number) for number in range(self.sizes.creatives))

    def _ad(self, account: str, number: int) -> Ad:
        group = number // ADS_PER_GROUP
        id_ = f"c{account}-{number + 1:02}"
        draw = Random(f"{self.seed}:{id_}:name")
        campaign = f"k{account}-{group // GROUPS_PER_CAMPAIGN + 1}"
        return Ad(
            id_,
            f"{draw.choice(THEMES)}_{draw.choice(FORMATS)}_{number + 1:02}",
            account,
            f"g{account}-{group + 1}",
            campaign,
            paused=number % 8 == 7,
        )

    def _theme(self, id_: str) -> str:
        return Random(f"{self.seed}:{id_}:name").choice(THEMES)


def _dealt(first: int, owner: int, each: int, prefix: str) -> tuple[str, ...]:
    start = first + owner * each
    return tuple(f"{prefix}{number}" for number in range(start, start + each))


def _brand(number: int) -> str:
    rounds, place = divmod(number, len(BRANDS))
    return BRANDS[place] if not rounds else f"{BRANDS[place]} {rounds + 1}호점"
