"""Puts candidates in order and says why. Refuses to know pages and sort keys."""

from collections.abc import Sequence

from .asking import Asking, grounds_of
from .binding import Bound
from .facts import Candidate
from .judging import FAILED
from .kinds import Ranking
from .verdicts import Mode, Place

LAST = 2**31
"""The tier of one whose rule raised: behind all others, but there."""


def rank_all(ranking: Bound[Ranking], asking: Asking, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Place]]:
    """Lowest tier first, then lowest score; equals stay in the order they came in.

    A ranking that is off, or in the shadow, leaves all as they came.
    """
    if ranking.mode(asking.day) is not Mode.ON:
        return [(candidate, Place(0)) for candidate in candidates]
    placed = [(candidate, _place(ranking, asking, candidate)) for candidate in candidates]
    placed.sort(key=lambda each: (each[1].tier, each[1].score))
    if not ranking.rule.only_best_tier:
        return placed
    return [each for each in placed if each[1].tier == placed[0][1].tier]


def _place(ranking: Bound[Ranking], asking: Asking, candidate: Candidate) -> Place:
    try:
        place = asking.answer(ranking, ranking.main, grounds_of(candidate))
        if not isinstance(place, Place):
            raise TypeError(f"{ranking.rule.code} answered {place!r}, which is no place")
    except Exception as error:
        asking.failed(ranking, error)
        return Place(LAST, because=FAILED)
    return place
