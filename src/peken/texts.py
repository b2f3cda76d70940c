"""Sentences to people in Indonesian and English: gettext catalogues per package; knows no rule.

The English sentence is the key of its translation. Placeholders take `{x:rp}` for Rupiah, `{x:kg}` for
grams in kilograms, `{x:date}` for a day.
"""

import re
import string
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polib

from peken.money import Rupiah, rupiah_text

LANGUAGES: Final = ("id", "en")
_QUALITY: Final = re.compile(r"[01](\.[0-9]*)?")
_MONTHS: Final = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


class Texts:
    """The catalogues of the core and of the loaded plugins; the first that knows a sentence translates it."""

    def __init__(self, folders: Iterable[Path] = ()) -> None:
        own = Path(__file__).parent / "locale"
        self._catalogues = {
            language: tuple(_catalogue(folder, language) for folder in (own, *folders)) for language in LANGUAGES
        }

    def say(self, message: str, language: str, values: Mapping[str, object] | None = None) -> str:
        """The sentence in `language` ("id" or "en"), filled with `values`."""
        for catalogue in self._catalogues[language]:
            translated = catalogue.gettext(message)
            if translated != message:
                message = translated
                break
        return _Sentence(language).vformat(message, (), values or {})


class _Sentence(string.Formatter):
    """Formats amounts and days for people; a placeholder without a value stays visible as `?`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return "?"
        if format_spec == "rp":
            return rupiah_text(Rupiah(int(value)))
        if format_spec == "kg":
            kilograms = format(Decimal(int(value)).scaleb(-3).normalize(), "f")
            return f"{kilograms.replace('.', ',') if self.language == 'id' else kilograms} kg"
        if format_spec == "date":
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            return f"{day.day} {_MONTHS[self.language][day.month - 1]} {day.year}"
        return str(format(value, format_spec))


def negotiate(accept: str, default: str = "id") -> str:
    """The best of our languages for an Accept-Language header."""
    best, best_weight = default, 0.0
    for part in accept.split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        language, weight = tag.split("-")[0], _weight(parameters)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: Iterable[str]) -> float:
    """How much a client likes a language: 1 unless it says so, 0 where nobody can read what it says."""
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "q":
            return float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
    return 1.0


@lru_cache(maxsize=256)
def _catalogue(folder: Path, language: str) -> NullTranslations:
    found = sorted((folder / language / "LC_MESSAGES").glob("*.po"))
    if not found:
        return NullTranslations()
    return GNUTranslations(BytesIO(polib.pofile(str(found[0])).to_binary()))
