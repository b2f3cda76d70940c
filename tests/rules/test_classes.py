"""Which classes are known: those of the whole country, and those that a table declares."""

import pytest

from peken.rules.classes import unknown_class

OWN = {"tpp": ("1", "2", "3"), "post": ()}


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        ("", "*"),
        ("golongan", "*"),
        ("golongan", "III"),
        ("golongan", "IV/e"),
        ("golongan", "III/head"),
        ("golongan", "III/c/head/deputy"),
        ("echelon", "functional"),
        ("job_class", "17"),
        ("pppk", "XVII"),
        ("tpp", "2"),
        ("post", "camat"),
    ],
)
def test_a_class_that_is_known(scheme: str, code: str) -> None:
    assert unknown_class(scheme, code, OWN) == ""


@pytest.mark.parametrize(
    ("scheme", "code", "fault"),
    [
        ("", "III", "the code III belongs to no scheme"),
        ("rank", "III", "there is no scheme rank; known are echelon, golongan, job_class, post, pppk, tpp"),
        ("golongan", "V", "golongan has no class V"),
        ("golongan", "III/e", "golongan has no class III/e"),
        ("golongan", "I II", "golongan has no class I II"),
        ("golongan", "*/head", "golongan has no class */head"),
        ("golongan", "/head", "golongan has no class /head"),
        ("job_class", "18", "job_class has no class 18"),
        ("tpp", "4", "tpp has no class 4"),
    ],
)
def test_a_class_that_is_not_known_is_told_with_those_that_are(scheme: str, code: str, fault: str) -> None:
    assert unknown_class(scheme, code, OWN) == fault
