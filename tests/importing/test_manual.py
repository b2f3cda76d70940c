"""The manual of the import names every column that there is."""

import re
from pathlib import Path

import pytest

from peken.importing.nouns import COLUMNS, Noun

MANUAL = Path(__file__).parents[2] / "docs" / "import.md"


@pytest.mark.parametrize("noun", COLUMNS)
def test_the_manual_lists_the_columns_of_a_noun(noun: Noun) -> None:
    part = re.split(r"^### ", MANUAL.read_text("utf-8"), flags=re.MULTILINE)
    table = next(text for text in part if text.startswith(noun))
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")][2:]

    told = [(name.strip(" *"), "**" in name) for cell in first for name in cell.split(",")]

    columns = COLUMNS[noun]
    assert dict(told) == {name: name in columns.needed for name in columns.all}
