"""Dealing the demo's figures: so many people get each answer, exactly, whoever they are, as far as it suits them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
Who = TypeVar("Who")


@dataclass(frozen=True)
class Share(Generic[Answer, Who]):
    """`count` people who fit get an answer."""

    answer: Answer
    count: int
    fits: Callable[[Who], bool] = lambda who: True


def deal(
    draw: random.Random,
    people: Sequence[Who],
    shares: Sequence[Share[Answer, Who]],
    give: Callable[[Who, Answer], None],
) -> None:
    """Give each share to people drawn among those who have none yet and whom it fits; the hardest to please first.

    Raises ValueError when too few fit, or when somebody is left.
    """
    left = list(people)
    for share in shares:
        fit = [who for who in left if share.fits(who)]
        if len(fit) < share.count:
            raise ValueError(f"{share.answer}: {share.count} wanted, {len(fit)} fit")
        chosen = {id(who) for who in draw.sample(fit, share.count)}
        for who in fit:
            if id(who) in chosen:
                give(who, share.answer)
        left = [who for who in left if id(who) not in chosen]
    if left:
        raise ValueError(f"{len(left)} people have no answer")


def apportioned(total: int, weights: dict[Answer, float]) -> dict[Answer, int]:
    """Whole numbers of that total, as the weights are; ties by the order given. Source: largest remainder method."""
    whole = sum(weights.values())
    quotas = {key: total * weight / whole for key, weight in weights.items()}
    counts = {key: int(quota) for key, quota in quotas.items()}
    by_rest = sorted(quotas, key=lambda key: counts[key] - quotas[key])
    for key in by_rest[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def working_day(year: int, month: int, day: int) -> date:
    """That day, or the nearest one of the month that is from Monday to Friday and not 1 January."""
    wanted = date(year, month, day)
    near = (wanted + timedelta(days=step) for step in (0, 1, -1, 2, -2, 3, -3, 4))
    return next(d for d in near if d.month == month and d.weekday() < 5 and (d.month, d.day) != (1, 1))
