"""Ledger and balances: counted once, never beyond a ceiling, given back in the window first counted in."""

from uuid import UUID

import pytest

from peken import models, tallies
from peken.database import Database
from peken.ids import new_id
from peken.tallies import CapReached, Key, Step, Terms
from peken.testing.world import World

SURABAYA = "35.78"
CAP: Key = ("cap", "shop", "2026-03")
DUTY: Key = ("duty", "buyer", "2026-03")
pytestmark = pytest.mark.market({SURABAYA: []})


def step(
    key: Key, amount: int, line: UUID | None = None, *, floor: int | None = None, ceiling: int | None = None
) -> Step:
    """What one line adds."""
    return Step(*key, line or new_id(), amount, floor, ceiling)


async def count(market: World, *steps: Step, cause: str = "placed") -> dict[Key, int]:
    """Counts in a transaction of its own."""
    async with market.market.database.unit_of_work():
        return await tallies.count(market.market.database, SURABAYA, steps, cause, market.clock.at)


async def take_back(market: World, *lines: UUID) -> dict[Key, int]:
    """Takes back in a transaction of its own."""
    async with market.market.database.unit_of_work():
        return await tallies.take_back(market.market.database, lines, "cancelled", market.clock.at)


async def sums(database: Database) -> dict[Key, int]:
    """What the entries add up to."""
    rows = await database.fetch("SELECT rule, subject, win, SUM(amount) AS amount FROM tally_entry GROUP BY 1, 2, 3")
    return {(row["rule"], row["subject"], row["win"]): int(row["amount"]) for row in rows}


async def test_several_lines_move_several_balances(market: World) -> None:
    moved = await count(market, step(CAP, 5), step(DUTY, 7, floor=100), step(CAP, 6))

    assert moved == {CAP: 11, DUTY: 7}
    assert await sums(market.market.database) == moved
    assert (await models.TallyBalance.get(rule="duty")).floor == 100


async def test_nothing_to_count_moves_nothing(market: World) -> None:
    moved = await count(market)

    assert moved == {}
    assert await tallies.standing(market.market.database, []) == {}


async def test_a_line_counts_once_for_each_cause(market: World) -> None:
    line = new_id()
    await count(market, step(CAP, 5, line))

    again = await count(market, step(CAP, 5, line))
    other = await count(market, step(CAP, 2, line), cause="delivered")

    assert again == {}
    assert other == {CAP: 7}


async def test_a_balance_nobody_moved_stands_at_nothing(market: World) -> None:
    await count(market, step(CAP, 5))

    standing = await tallies.standing(market.market.database, [DUTY, CAP, CAP])

    assert standing == {CAP: 5, DUTY: 0}


@pytest.mark.parametrize(("before", "amount"), [(0, 101), (1, 100), (100, 1)])
async def test_no_balance_passes_its_ceiling(market: World, before: int, amount: int) -> None:
    if before:
        await count(market, step(CAP, before, ceiling=100))

    with pytest.raises(CapReached) as reached:
        await count(market, step(DUTY, 3), step(CAP, amount, ceiling=100))

    assert reached.value.keys == {CAP}
    assert await tallies.standing(market.market.database, [CAP, DUTY]) == {CAP: before, DUTY: 0}
    assert await sums(market.market.database) == ({CAP: before} if before else {})


@pytest.mark.parametrize("before", [0, 1, 99])
async def test_a_balance_reaches_its_ceiling_to_the_rupiah(market: World, before: int) -> None:
    if before:
        await count(market, step(CAP, before, ceiling=100))

    moved = await count(market, step(CAP, 100 - before, ceiling=100))

    assert moved == {CAP: 100}


async def test_lines_of_one_purchase_are_held_to_the_ceiling_together(market: World) -> None:
    with pytest.raises(CapReached):
        await count(market, step(CAP, 60, ceiling=100), step(CAP, 60, ceiling=100))

    assert await models.TallyEntry.all().count() == 0


async def test_without_a_ceiling_there_is_no_end(market: World) -> None:
    await count(market, step(CAP, 100, ceiling=100))

    moved = await count(market, step(CAP, 4_800_000_000))

    assert moved == {CAP: 4_800_000_100}
    assert (await models.TallyBalance.get(rule="cap")).ceiling is None


async def test_what_is_taken_back_leaves_the_rest(market: World) -> None:
    line = new_id()
    await count(market, step(CAP, 5, line), step(CAP, 6), step(DUTY, 5, line))

    moved = await take_back(market, line)

    assert moved == {CAP: 6, DUTY: 0}
    assert await sums(market.market.database) == moved


async def test_taking_back_again_changes_nothing(market: World) -> None:
    line = new_id()
    await count(market, step(CAP, 5, line))
    await take_back(market, line)

    again = await take_back(market, line, new_id())

    assert again == {}
    assert await tallies.standing(market.market.database, [CAP]) == {CAP: 0}


async def test_what_two_causes_counted_goes_back_together(market: World) -> None:
    line = new_id()
    await count(market, step(CAP, 5, line))
    await count(market, step(CAP, 3, line), cause="delivered")

    moved = await take_back(market, line)

    assert moved == {CAP: 0}


async def test_taking_back_goes_to_the_window_first_counted_in_and_keeps_its_limits(market: World) -> None:
    line, april = new_id(), (*CAP[:2], "2026-04")
    await count(market, step(CAP, 90, line, ceiling=100))
    await count(market, step(april, 80, ceiling=100))
    await models.TallyBalance.filter(win="2026-03").update(ceiling=50)

    moved = await take_back(market, line)

    assert moved == {CAP: 0}
    assert await tallies.standing(market.market.database, [april]) == {april: 80}
    assert (await models.TallyBalance.get(win="2026-03")).ceiling == 50


async def test_many_balances_are_given_back_in_three_statements(market: World) -> None:
    lines = [new_id() for _ in range(30)]
    keys = [("cap", f"shop {number}", "2026-03") for number in range(30)]
    await count(market, *(step(key, 5, line) for key, line in zip(keys, lines, strict=True)))

    with market.market.database.counting() as statements:
        moved = await take_back(market, *lines)

    assert moved == dict.fromkeys(keys, 0)
    assert len(statements) == 3


async def test_opened_balances_stand_at_nothing_with_their_limits(market: World) -> None:
    await count(market, step(DUTY, 7, floor=100))
    other = ("duty", "who bought nothing", "2026-03")

    await tallies.open_balances(market.market.database, SURABAYA, {DUTY: Terms(50), other: Terms(100)})

    rows = await models.TallyBalance.all().order_by("subject").values_list("subject", "value", "floor")
    assert [tuple(row) for row in rows] == [("buyer", 7, 50), ("who bought nothing", 0, 100)]
