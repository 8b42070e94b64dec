"""Which proxy a login gets, and who may share one: nothing but the facts and the time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.inventory import ProxyWish
from domain.proxy import Proxy
from workers.proxy_choice import Assigned, Direct, NoProxy, Rest, choose_proxy
from workers.proxy_sharing import Holder, closed_to, left_over

NOW = datetime(2026, 3, 3, tzinfo=UTC)
KR = frozenset({"kr"})
A, B, C = (Proxy(name, f"http://{name}:1", labels=KR) for name in "abc")
WISH = ProxyWish(label="kr")


def test_a_login_goes_out_directly_only_where_its_wish_allows_it() -> None:
    gone = {name: Rest(3600) for name in "abc"}
    allowed = ProxyWish(label="kr", direct_allowed=True)
    held = Assigned("a")
    assert isinstance(choose_proxy(WISH, [A, B, C], gone, held, Counter()), NoProxy)
    assert choose_proxy(allowed, [A, B, C], gone, held, Counter()) == Direct()
    early = choose_proxy(allowed, [A, B, C], {"a": Rest(10)}, held, Counter())
    assert isinstance(early, NoProxy)
    assert early.seconds == 590


def test_a_login_whose_wish_changed_takes_one_that_fits() -> None:
    jp = Proxy("j", "http://j:1", labels=frozenset({"jp"}))
    assert choose_proxy(ProxyWish(label="jp"), [A, jp], {}, Assigned("a"), Counter()) == jp
    nothing = choose_proxy(ProxyWish(id="z"), [A, jp], {}, Assigned("a"), Counter())
    assert nothing == NoProxy("proxies.yaml has none that fits: z")


@pytest.mark.parametrize(("refused", "moves"), [(False, 2), (True, 1)])
def test_moves_are_bounded_and_more_so_where_a_site_refuses(refused: bool, moves: int) -> None:
    resting = {"a": Rest(3600, refused)}
    before = Assigned("a", 1, moves - 1 if refused else 0)
    after = Assigned("a", 1 if refused else 2, moves if refused else 0)
    free = choose_proxy(WISH, [A, B], resting, before, Counter())
    bound = choose_proxy(WISH, [A, B], resting, after, Counter())
    assert free == B
    assert isinstance(bound, NoProxy)


ALONE = ProxyWish(label="kr", exclusive=True)
OWN = Proxy("o", "http://o:1", labels=KR, exclusive=True)


def test_a_proxy_that_may_not_be_shared_is_not_chosen_and_the_login_is_told_so() -> None:
    closed = frozenset({"a"})
    assert choose_proxy(WISH, [A, B], {}, Assigned(), Counter(), closed) == B
    nothing = choose_proxy(WISH, [A], {}, Assigned(), Counter(), closed)
    assert nothing == NoProxy("its proxies may not be shared with those who have them: a")


def test_whoever_had_a_proxy_first_keeps_it_for_itself() -> None:
    first = Holder(1, "a", NOW, WISH)
    later = Holder(2, "a", NOW + timedelta(minutes=1), ALONE)
    assert closed_to(1, WISH, [A, B], [first, later]) == frozenset()
    assert closed_to(2, ALONE, [A, B], [first, later]) == {"a"}
    assert closed_to(3, WISH, [A, B, OWN], [first, Holder(4, "o", NOW, WISH)]) == {"o"}
    assert closed_to(3, ALONE, [A, B], [first]) == {"a"}


@pytest.mark.parametrize(
    ("wishes", "known", "left"),
    [
        ({"kim": ALONE, "lee": ALONE}, [A, B], ()),
        ({"kim": ALONE, "lee": ALONE, "park": ALONE}, [A, B], ("park",)),
        ({"kim": ALONE, "lee": WISH, "park": WISH}, [A, B], ()),
        ({"lee": WISH, "kim": ALONE}, [A], ("lee",)),
        ({"kim": ALONE, "lee": ProxyWish(id="a", exclusive=True)}, [A, B], ()),
        ({"kim": ProxyWish(id="o"), "lee": ProxyWish(id="o")}, [OWN], ("lee",)),
        ({"kim": WISH, "lee": WISH}, [A, OWN], ()),
        ({"kim": ProxyWish(label="jp", exclusive=True)}, [A], ()),
    ],
)
def test_wishes_that_cannot_all_be_met_are_found_before_any_visit(
    wishes: dict[str, ProxyWish], known: list[Proxy], left: tuple[str, ...]
) -> None:
    assert left_over(wishes, known) == left
