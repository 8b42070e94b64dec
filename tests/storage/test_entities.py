from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine

from domain.account import AccountKey, FoundAccount
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.inventory import EntityState, FollowRule
from storage.accounts import AccountBook
from storage.entities import EntityBook, EntityRecord
from storage.errors import UnknownName
from storage.watches import MemberRecord, WatchBook
from tests.storage.inventories import (
    CHANNEL,
    CHANNEL_KEY,
    FOUND_CHANNEL,
    INVENTORY,
    MOMENT,
    NOW,
    SLOT,
    apply,
    creative,
    found,
    login_id,
)

ONE, TWO = found("1", "spring one"), found("2", "spring two")
AUTUMN = found("3", "autumn")
CREATIVES = frozenset([EntityKind.CREATIVE])


def members(engine: Engine) -> list[MemberRecord]:
    (watch,) = WatchBook(engine).all()
    return list(WatchBook(engine).members(watch.id))


def spans(engine: Engine) -> list[tuple[str, datetime, datetime | None]]:
    return [(one.entity.external_id, one.valid_from, one.valid_to) for one in members(engine)]


def entity(engine: Engine, external_id: str) -> EntityRecord:
    return next(e for e in EntityBook(engine).all() if e.key.external_id == external_id)


def test_new_ads_join_by_rule_and_the_watches_that_match_take_them_in(engine: Engine) -> None:
    apply(engine)
    followed = EntityBook(engine).follow(MOMENT, [ONE, AUTUMN], NOW)
    assert followed == {ONE.key, AUTUMN.key}
    EntityBook(engine).follow(CHANNEL, [FOUND_CHANNEL], NOW)
    assert [(one.entity, one.side, one.metric) for one in members(engine)] == [
        (CHANNEL_KEY, "results", "friends"),
        (ONE.key, "spend", "spend"),
    ]


def test_what_no_rule_follows_is_seen_only(engine: Engine) -> None:
    rule = FollowRule(EntityKind.CREATIVE, "spring *", account=MOMENT)
    apply(engine, replace(INVENTORY, follow=frozenset([rule])))
    campaign = FoundEntity(EntityKey("moment", "1001", EntityKind.CAMPAIGN, "7"), "spring x")
    followed = EntityBook(engine).follow(MOMENT, [ONE, AUTUMN, campaign], NOW)
    assert followed == {ONE.key} == EntityBook(engine).followed(MOMENT)
    assert entity(engine, "3").state is EntityState.SEEN
    assert entity(engine, "7").state is EntityState.SEEN


def test_a_rule_for_a_login_follows_in_all_its_accounts(engine: Engine) -> None:
    rule = FollowRule(EntityKind.CREATIVE, login="kim")
    apply(engine, replace(INVENTORY, follow=frozenset([rule]), watches=()))
    assert EntityBook(engine).follow(MOMENT, [ONE], NOW) == {ONE.key}
    assert EntityBook(engine).levels(CHANNEL) == {EntityKind.CREATIVE}


def test_the_same_page_twice_changes_nothing(engine: Engine) -> None:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [ONE], NOW)
    before = EntityBook(engine).all(), spans(engine)
    EntityBook(engine).follow(MOMENT, [ONE], NOW + SLOT)
    assert (EntityBook(engine).all(), spans(engine)) == before


def test_what_is_listed_no_more_rests_and_leaves_its_watch_at_that_slot(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE, TWO], NOW)
    book.listed(MOMENT, frozenset([ONE.key, TWO.key]), NOW, CREATIVES)
    assert book.listed(MOMENT, frozenset([TWO.key]), NOW + SLOT, CREATIVES) == {ONE.key}
    assert book.followed(MOMENT) == {TWO.key}
    assert entity(engine, "1").resting_since == NOW + SLOT
    assert spans(engine) == [("1", NOW, NOW + SLOT), ("2", NOW, None)]


def test_what_returns_is_followed_again_and_was_not_born_anew(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    book.listed(MOMENT, frozenset([ONE.key]), NOW, CREATIVES)
    book.listed(MOMENT, frozenset(), NOW + SLOT, CREATIVES)
    assert book.follow(MOMENT, [ONE], NOW + 2 * SLOT) == {ONE.key}
    assert spans(engine) == [("1", NOW, NOW + SLOT), ("1", NOW + 2 * SLOT, None)]
    assert entity(engine, "1").born_after is None
    assert entity(engine, "1").resting_since is None


def test_a_new_ad_knows_the_last_whole_list_on_which_it_was_missing(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    book.listed(MOMENT, frozenset([ONE.key]), NOW, CREATIVES)
    book.follow(MOMENT, [ONE, TWO], NOW + 2 * SLOT)
    assert entity(engine, "1").born_after is None
    assert entity(engine, "2").born_after == NOW
    assert [one.born_after for one in members(engine)] == [None, NOW]


def test_the_second_page_of_a_first_list_holds_no_newborns(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    book.follow(MOMENT, [TWO], NOW)
    book.listed(MOMENT, frozenset([ONE.key, TWO.key]), NOW, CREATIVES)
    assert entity(engine, "2").born_after is None


def test_only_the_kinds_that_were_read_are_listed(engine: Engine) -> None:
    """A rule that comes while a visit runs must not pass its level for read."""
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    campaigns = frozenset([EntityKind.CAMPAIGN])
    assert book.listed(MOMENT, frozenset(), NOW + SLOT, campaigns) == frozenset()
    assert book.followed(MOMENT) == {ONE.key}
    book.follow(MOMENT, [ONE, TWO], NOW + 2 * SLOT)
    assert entity(engine, "2").born_after is None


def test_a_list_of_creatives_says_nothing_about_campaigns(engine: Engine) -> None:
    """Else an old campaign that is discovered later would pass for one born in between."""
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    book.listed(MOMENT, frozenset([ONE.key]), NOW, CREATIVES)
    campaign = FoundEntity(EntityKey("moment", "1001", EntityKind.CAMPAIGN, "7"), "spring")
    book.follow(MOMENT, [campaign], NOW + SLOT)
    assert entity(engine, "7").born_after is None


def test_a_list_that_comes_late_does_not_undo_a_newer_one(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW + SLOT)
    book.listed(MOMENT, frozenset([ONE.key]), NOW + SLOT, CREATIVES)
    assert book.listed(MOMENT, frozenset(), NOW, CREATIVES) == frozenset()
    assert book.followed(MOMENT) == {ONE.key}


def test_an_ad_that_is_renamed_changes_its_watch_and_keeps_its_id(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE], NOW)
    key = entity(engine, "1").id
    book.follow(MOMENT, [found("1", "summer one")], NOW + SLOT)
    assert (entity(engine, "1").id, entity(engine, "1").name) == (key, "summer one")
    assert spans(engine) == [("1", NOW, NOW + SLOT)]


def test_a_rule_that_ends_leaves_what_it_followed_seen(engine: Engine) -> None:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [ONE, AUTUMN], NOW)
    apply(engine, replace(INVENTORY, follow=frozenset()), NOW + SLOT)
    assert EntityBook(engine).followed(MOMENT) == {ONE.key}  # its watch still names it
    assert entity(engine, "3").state is EntityState.SEEN


def test_an_account_outside_the_inventory_is_refused(engine: Engine) -> None:
    apply(engine)
    stranger = AccountKey("moment", "9")
    with pytest.raises(UnknownName, match="moment/9"):
        EntityBook(engine).follow(stranger, [found("1", "x")], NOW)


def test_accounts_are_called_as_the_site_shows_them_unless_a_person_said_otherwise(
    engine: Engine,
) -> None:
    apply(engine)
    kim = login_id(engine)
    book = AccountBook(engine)
    assert [one.shown_name for one in book.of_login(kim)] == [None, None]
    stranger = FoundAccount(AccountKey("moment", "1002"), "여름 광고")
    book.seen(kim, [FoundAccount(MOMENT, "봄 광고"), stranger], NOW)
    book.seen(kim, [FoundAccount(MOMENT, "봄 광고 2")], NOW + SLOT)
    assert [one.shown_name for one in book.of_login(kim)] == [None, "봄 광고 2"]
    assert [(one.account.key.external_id, one.declared) for one in book.sightings()] == [
        ("1001", True),
        ("1002", False),
    ]
    named = replace(INVENTORY.accounts[0], shown_name="내 이름")
    apply(engine, replace(INVENTORY, accounts=(named, INVENTORY.accounts[1])), NOW + SLOT)
    assert [one.shown_name for one in book.of_login(kim)] == [None, "내 이름"]


def test_a_page_leads_to_the_watches_of_its_ads_also_of_former_ones(engine: Engine) -> None:
    apply(engine)
    book = EntityBook(engine)
    book.follow(MOMENT, [ONE, AUTUMN], NOW)
    book.listed(MOMENT, frozenset([AUTUMN.key]), NOW + SLOT, CREATIVES)
    watches = WatchBook(engine)
    (watch,) = watches.all()
    assert watches.touched_by([ONE.key]) == {watch.id}
    assert watches.touched_by([AUTUMN.key, creative("99")]) == frozenset()
