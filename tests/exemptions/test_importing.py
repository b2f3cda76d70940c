"""Leave and exemptions from a file: granted once, floors at once, nothing of what was granted is changed."""

from pathlib import Path

import pytest
from tests.exemptions.hall import FULL, MANDATE, QUOTA, SURABAYA
from tests.importing.files import faults, imported, written

from peken import models, obligations
from peken.importing.running import import_file
from peken.testing.world import World

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo", "malang_quota"]})
BUYERS = "key,name,kind,asn\nb1,Sari,employee,ya\nb2,Budi,employee,ya\n"
HEAD = "buyer,kind,reason,valid_from,valid_to,rule\n"
LEAVE = f"{HEAD}b1,leave,Cuti besar,2026-03-01,2026-03-11,\nb2,exemption,Dinas luar,2026-01-01,,{QUOTA}\n"


async def people(market: World, folder: Path) -> None:
    """Two ASN with open balances."""
    await imported(market, "buyers", written(folder, BUYERS, "buyers.csv"))
    await obligations.open_windows(market.market, market.market.city(SURABAYA), market.clock.at)


async def balances() -> list[tuple[object, ...]]:
    rows = await models.TallyBalance.all().order_by("rule", "floor").values_list("rule", "floor")
    return [tuple(row) for row in rows]


async def test_a_file_grants_once_and_the_floors_follow_at_once(market: World, tmp_path: Path) -> None:
    await people(market, tmp_path)

    dry = await imported(market, "exemptions", written(tmp_path, LEAVE), dry_run=True)
    before = await balances()
    first = await imported(market, "exemptions", written(tmp_path, LEAVE))
    after = await balances()
    again = await imported(market, "exemptions", written(tmp_path, LEAVE))

    assert (dry, first, again) == ((2, 0, 0), (2, 0, 0), (0, 0, 2))
    assert before == [(QUOTA, FULL), (QUOTA, FULL), (MANDATE, FULL), (MANDATE, FULL)]
    assert after == [(QUOTA, 0), (QUOTA, FULL * 21 // 31), (MANDATE, FULL * 21 // 31), (MANDATE, FULL)]
    assert await models.Audit.filter(action="exemption.granted", actor="peken-import").count() == 2
    assert await models.Exemption.filter(granted_by="peken-import").count() == 2


async def test_what_is_revoked_is_not_granted_again_by_the_old_file(market: World, tmp_path: Path) -> None:
    await people(market, tmp_path)
    await imported(market, "exemptions", written(tmp_path, LEAVE))
    await models.Exemption.all().update(revoked_at=market.clock.at, revoked_by="hall", revoked_reason="Batal")

    again = await imported(market, "exemptions", written(tmp_path, LEAVE))

    assert again == (0, 0, 2)
    assert await models.Exemption.filter(revoked_at=None).count() == 0


async def test_what_is_revoked_is_granted_again_by_a_file_that_says_so_once_each_time(
    market: World, tmp_path: Path
) -> None:
    await people(market, tmp_path)
    await imported(market, "exemptions", written(tmp_path, LEAVE))
    said = HEAD.replace("\n", ",again\n") + "b1,leave,Cuti besar,2026-03-01,2026-03-11,,ya\n"
    shorter = said.replace("2026-03-11", "2026-03-06")

    standing = await imported(market, "exemptions", written(tmp_path, said))
    counts = []
    for file in (said, shorter):
        left = {"revoked_at": market.clock.at, "revoked_by": "hall", "revoked_reason": "Batal"}
        await models.Exemption.filter(kind="leave").update(**left)
        counts += [await imported(market, "exemptions", written(tmp_path, file)) for _ in range(2)]

    assert standing == (0, 0, 1)
    assert counts == [(1, 0, 0), (0, 0, 1)] * 2
    granted = await models.Exemption.filter(kind="leave").order_by("id").values_list("valid_to", "revoked_at")
    assert sorted((str(after), revoked is None) for after, revoked in granted) == [
        ("2026-03-06", True),
        ("2026-03-11", False),
        ("2026-03-11", False),
    ]
    assert (QUOTA, FULL * 26 // 31) in await balances()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("b9,leave,Cuti,2026-04-01,,", "unknown_buyer", "buyer"),
        ("b1,holiday,Cuti,2026-04-01,,", "bad_choice", "kind"),
        ("b1,leave,,2026-04-01,,", "missing_value", "reason"),
        ("b1,leave,Cuti,,,", "missing_value", "valid_from"),
        ("b1,leave,Cuti,1 April,,", "bad_day", "valid_from"),
        ("b1,leave,Cuti,2026-04-01,2026-04-01,", "bad_days", "valid_to"),
        ("b1,leave,Cuti,2026-04-01,,malang.nothing", "unknown_rule", "rule"),
        ("b1,leave,Cuti,2026-03-10,,", "overlapping", "valid_from"),
        ("b1,leave,Cuti,2026-03-01,2026-03-12,", "granted_otherwise", "buyer"),
        ("b1,leave,Lain,2026-03-01,2026-03-11,", "granted_otherwise", "buyer"),
        ("b1,leave,3578010101900001,2026-04-01,,", "personal_number", "reason"),
    ],
)
async def test_what_does_not_fit_is_told_by_row_and_column(
    market: World, tmp_path: Path, row: str, code: str, column: str
) -> None:
    await people(market, tmp_path)
    await imported(market, "exemptions", written(tmp_path, LEAVE))

    assert await faults(market, "exemptions", written(tmp_path, f"{HEAD}{row}\n")) == [(code, (2, column))]
    assert await models.Exemption.all().count() == 2


@pytest.mark.engines("sqlite")
async def test_rows_of_one_file_do_not_overlap_either(market: World, tmp_path: Path) -> None:
    await people(market, tmp_path)
    rows = "b1,leave,Cuti,2026-04-01,2026-04-11,\nb1,leave,Cuti,2026-04-10,,\nb1,leave,Cuti,2026-04-01,,\n"

    found = await faults(market, "exemptions", written(tmp_path, HEAD + rows))

    assert ("overlapping", (3, "valid_from")) in found
    assert ("repeated_row", (4, "valid_from")) in found


async def test_many_rows_take_as_many_statements_as_one(market: World, tmp_path: Path) -> None:
    counts = []
    for some in (range(1), range(1, 41)):
        people = "".join(f"p{number},Sari,employee,ya\n" for number in some)
        rows = "".join(f"p{number},leave,Cuti,2026-03-01,,\n" for number in some)
        await imported(market, "buyers", written(tmp_path, f"key,name,kind,asn\n{people}", "buyers.csv"))
        file = written(tmp_path, HEAD + rows)
        with market.market.database.counting() as statements:
            await import_file(market.market, "exemptions", file, SURABAYA, progress=lambda step, done, total: None)
        counts.append(len(statements))

    assert counts[0] == counts[1]
