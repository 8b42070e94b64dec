"""Do the numbers that a changed class read go on from those that were stored before? Pure.

Numbers of the same business date go on as in any day. Of another date only sums of an account
can be compared: with those of the same time of that day, and only for another order of size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from costs.plausibility import Judge, Limits
from crawler.site import Site
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.metric import Metric, MetricKind
from domain.reading import Reading

_MANY = 10
"""One number in so many may fall: an advertiser is refunded now and then."""
_NEAR = timedelta(hours=1)
"""So far apart two moments are still the same time of the day."""

Number = tuple[EntityKey, str]
Series = Mapping[Number, Sequence[Reading]]
"""The readings of each number, ascending by business date and slot; none is empty."""


def implausible(site: Site, before: Series, readings: Iterable[Reading]) -> str:
    """Return why readings cannot follow those of `before`, or nothing."""
    metrics = {metric.name: metric for metric in site.metrics}
    now = {(one.entity, one.metric): one for one in readings}
    missing = [number for number in before if number not in now]
    if missing:
        entity, metric = sorted(missing)[0]
        return f"{metric} of {entity.external_id} was read before and is not any more"
    judge = _judge_of(site)
    pairs = [(series[-1], now[number]) for number, series in sorted(before.items())]
    for last, one in pairs:
        if one.slot_at in judge(metrics[one.metric]).held([*before[one.entity, one.metric], one]):
            return f"{_told(one)} after {last.value:,}"
    fell = [pair for pair in pairs if _fell(metrics[pair[1].metric], *pair)]
    if len(fell) * _MANY > len(pairs):
        last, one = fell[0]
        return f"{len(fell)} of {len(pairs)} numbers fell, {_told(one)} after {last.value:,}"
    return _other_size(site, before, now)


def comparable(site: Site, before: Series, readings: Iterable[Reading]) -> bool:
    """Whether any reading has an earlier one that says what it may be."""
    metrics = {metric.name: metric for metric in site.metrics}
    day = BusinessDay.of(site.time_zone, site.settles_at)
    return any(
        _same_or_next_day(before[one.entity, one.metric][-1], one)
        or _then(metrics[one.metric], day, before[one.entity, one.metric], one) is not None
        for one in readings
        if (one.entity, one.metric) in before
    )


def _other_size(site: Site, before: Series, now: Mapping[Number, Reading]) -> str:
    """Return which sum of an account is of another order than at that time of an earlier date."""
    limits = Limits()
    for metric in site.metrics:
        pairs = list(_pairs_of(site, metric, before, now))
        then, today = sum(then.value for then, _ in pairs), sum(one.value for _, one in pairs)
        less, more = sorted((then, today))
        far = more - less >= limits.floor(metric.unit) and more > limits.rise_times * less
        if then > 0 and far:
            return f"{metric.name} adds up to {today:,} after {then:,} on {_date_of(pairs)}"
    return ""


def _pairs_of(
    site: Site, metric: Metric, before: Series, now: Mapping[Number, Reading]
) -> Iterator[tuple[Reading, Reading]]:
    day = BusinessDay.of(site.time_zone, site.settles_at)
    for number, series in sorted(before.items()):
        one = now[number]
        then = _then(metric, day, series, one) if one.metric == metric.name else None
        if then is not None and series[-1].business_date != one.business_date:
            yield then, one


def _then(
    metric: Metric, day: BusinessDay, series: Sequence[Reading], one: Reading
) -> Reading | None:
    """Return the last reading whose value means the same: for a day's sum, of that time of day."""
    if metric.kind is not MetricKind.DAILY_CUMULATIVE:
        return series[-1]
    at = _time_of_day(day, one)
    near = (r for r in reversed(series) if abs(_time_of_day(day, r) - at) <= _NEAR)
    return next(near, None)


def _time_of_day(day: BusinessDay, one: Reading) -> timedelta:
    return one.slot_at - day.starts(one.business_date)


def _same_or_next_day(last: Reading, one: Reading) -> bool:
    return one.business_date - last.business_date <= timedelta(days=1)


def _date_of(pairs: Sequence[tuple[Reading, Reading]]) -> str:
    return max(then.business_date for then, _ in pairs).isoformat()


def _judge_of(site: Site) -> Callable[[Metric], Judge]:
    day = BusinessDay.of(site.time_zone, site.settles_at)
    return lambda metric: Judge(metric, day, Limits(), lambda _one, _other: True)


def _fell(metric: Metric, last: Reading, one: Reading) -> bool:
    if metric.kind is MetricKind.GAUGE or one.value >= last.value:
        return False
    daily = metric.kind is MetricKind.DAILY_CUMULATIVE
    return not daily or one.business_date == last.business_date


def _told(one: Reading) -> str:
    return f"{one.metric} of {one.entity.external_id} shows {one.value:,}"
