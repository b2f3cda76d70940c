"""Weighing documents: linear whatever the fragments do, and clean refusals."""

from collections.abc import Callable

import pytest
from graphql import parse

from peken.errors import PekenError
from peken.http.analysis import CEILING, Analysis, analyse
from peken.http.documents import Documents, InvalidDocument, choose
from peken.http.guard import GuardedSchema
from peken.http.limits import Limits

WIDE = Limits(depth=10**6, aliases=CEILING, root_fields=CEILING, cost=CEILING, page=1_000)
Weigh = Callable[..., Analysis]


@pytest.fixture
def weigh(schema: GuardedSchema) -> Weigh:
    def weighed(text: str, limits: Limits = WIDE, **variables: object) -> Analysis:
        document = parse(text)
        return analyse(schema._schema, document, choose(document, None), limits, variables)

    return weighed


@pytest.fixture
def documents(schema: GuardedSchema) -> Documents:
    return Documents(schema._schema, Limits())


def fan(levels: int, body: str) -> str:
    chain = "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(levels))
    return f"{{ ...f0 }} {chain} fragment f{levels} on Query {{ {body} }}"


def refusal_of(open_: Callable[[], object]) -> str:
    with pytest.raises(PekenError) as caught:
        open_()
    return caught.value.code


def test_it_counts_depth_aliases_root_fields_and_cost(weigh: Weigh) -> None:
    found = weigh("{ a: hello book { b: title review } }")

    assert (found.depth, found.aliases, found.root_fields, found.cost) == (2, 2, 2, 1 + 1 + 1 + 7)


def test_a_page_multiplies_what_is_below_it(weigh: Weigh) -> None:
    found = weigh("{ books(first: 20) { sequels(last: 3) { title } } }")

    assert found.cost == 1 + 20 * (1 + 3 * 1)


def test_a_page_without_a_size_counts_with_its_default_or_else_the_largest(weigh: Weigh) -> None:
    by_default = weigh("{ books { title } }")
    unbounded = weigh("{ book { sequels { title } } }")

    assert by_default.cost == 1 + 10
    assert unbounded.cost == 1 + 1 + WIDE.page


def test_a_page_size_may_come_from_a_variable_or_its_default(weigh: Weigh) -> None:
    text = "query ($n: Int = 4) { books(first: $n) { title } }"

    assert weigh(text).cost == 1 + 4
    assert weigh(text, n=9).cost == 1 + 9
    assert weigh("{ books(first: null) { title } }").cost == 1 + WIDE.page
    assert weigh(text, n=None).cost == 1 + WIDE.page
    assert weigh(text).page_variables == {"n"}


@pytest.mark.parametrize("size", ["9" * 5_000, "101", "1" + "0" * 30])
def test_a_page_too_large_is_refused_however_large(weigh: Weigh, size: str) -> None:
    code = refusal_of(lambda: weigh(f"{{ books(first: {size}) {{ title }} }}", Limits()))

    assert code == "page_too_large"


def test_a_huge_variable_is_too_large_a_page(weigh: Weigh) -> None:
    text = "query ($n: Int) { books(first: $n) { title } }"

    assert refusal_of(lambda: weigh(text, Limits(), n=10**400)) == "page_too_large"
    assert refusal_of(lambda: weigh(text, Limits(), n=1e300)) == "page_too_large"


def test_fields_name_the_type_they_are_selected_on(weigh: Weigh) -> None:
    found = weigh("{ thing { id __typename ... on Book { title } ...l } } fragment l on Ledger { total }")

    assert found.fields == {
        ("Query", "thing"),
        ("Thing", "id"),
        ("Book", "title"),
        ("Ledger", "total"),
    }


def test_a_fan_out_of_fragments_stops_growing_at_the_ceiling(weigh: Weigh) -> None:
    found = weigh(fan(140, "x: hello"))

    assert found.aliases == found.root_fields == CEILING
    assert found.fields == {("Query", "hello")}


def test_a_fan_out_of_two_hundred_levels_is_refused_cleanly(weigh: Weigh) -> None:
    assert refusal_of(lambda: weigh(fan(200, "hello"), Limits())) == "too_deep"
    assert refusal_of(lambda: weigh(fan(90, "hello"), Limits())) == "too_many_root_fields"


def test_fragments_met_again_deeper_down_count_with_where_they_stand(weigh: Weigh) -> None:
    chain = " ".join(f"fragment f{n} on Book {{ ...f{n + 1} }}" for n in range(90)) + "fragment f90 on Book { id }"
    shallow = f"{{ book {{ ...f0 }} }} {chain}"
    deep = f"{{ book {{ ...f0 }} {'thing { ' * 70} ...f0 {'}' * 70} }} {chain}"

    assert weigh(shallow).depth == 2
    assert refusal_of(lambda: weigh(deep)) == "too_deep"


def test_cycles_of_fragments_end_and_are_told_as_invalid(weigh: Weigh, documents: Documents) -> None:
    text = "{ ...a } fragment a on Query { hello ...b } fragment b on Query { ...a ...b }"

    assert weigh(text).root_fields == 1
    with pytest.raises(InvalidDocument) as caught:
        documents.open(text, None)
    assert "Cannot spread fragment" in caught.value.errors[0].message


def test_what_the_schema_does_not_know_weighs_one_and_touches_nothing(weigh: Weigh) -> None:
    found = weigh("{ nope { deeper } ...missing ...odd } fragment odd on Nope { x }")

    assert (found.cost, found.root_fields, found.fields) == (3, 2, frozenset())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ book " * 120 + "{ title }" + "}" * 120, "too_deep"),
        ("{ book " * 900 + "{ title }" + "}" * 900, "too_deep"),
        ("{ hello(name: " + "[" * 1_400 + "]" * 1_400 + ") }", "too_deep"),
        ("{" + " ".join(f"a{n}: hello" for n in range(51)) + "}", "too_many_aliases"),
        ("{" + "hello " * 21 + "}", "too_many_root_fields"),
        ("{" + "hello " * 2_500 + "}", "too_many_repeats"),
        ("{" + "hello " * 3_001 + "}", "too_many_tokens"),
        ("{ hello } #" + "x" * 100_000, "document_too_long"),
        ("{ hello(name: [" + "1 " * 500 + "]) }", "too_many_values"),
        ("{ hello @include(if: {" + "a: 1 " * 500 + "}) }", "too_many_values"),
        ("query ($n: [Int] = [" + "1 " * 500 + "]) { hello }", "too_many_values"),
        (" ".join(f"query q{n} {{ hello }}" for n in range(500)), "too_many_operations"),
        ("{ hello }" + " ".join(f"fragment f{n} on Query {{ hello }}" for n in range(101)), "too_many_fragments"),
        ("{ books(first: 100) { sequels(first: 100) { review } } }", "too_costly"),
        ("query a { hello } query b { hello }", "operation_name_needed"),
        ("fragment a on Query { hello }", "operation_unknown"),
    ],
)  # fmt: skip
def test_each_limit_has_its_code(documents: Documents, text: str, code: str) -> None:
    assert refusal_of(lambda: documents.open(text, None)) == code


def test_an_operation_is_chosen_by_its_name(documents: Documents) -> None:
    text = "query a { hello } query b { book { title } }"

    assert documents.open(text, "b").analysis.depth == 2
    assert refusal_of(lambda: documents.open(text, "c")) == "operation_unknown"


def test_an_open_document_is_remembered_and_the_oldest_forgotten(schema: GuardedSchema) -> None:
    documents = Documents(schema._schema, Limits(), entries=2)
    first = documents.open("{ hello }", None)

    documents.open("{ book { title } }", None)
    kept = documents.open("{ hello }", None)
    documents.open("{ book { review } }", None)
    again = documents.open("{ book { title } }", None)

    assert kept is first
    assert documents.open("{ book { title } }", None) is again
    assert documents.open("{ hello }", None) is not first


def test_documents_are_forgotten_by_their_length_too(schema: GuardedSchema) -> None:
    documents = Documents(schema._schema, Limits(), characters=20)
    first = documents.open("{ hello }", None)

    documents.open("{ book { title } }", None)

    assert documents.open("{ hello }", None) is not first


def test_cost_is_weighed_again_only_when_a_page_depends_on_variables(documents: Documents) -> None:
    steady = documents.open("query ($n: String!) { hello(name: $n) }", None)
    paged = documents.open("query ($n: Int) { books(first: $n) { sequels(first: 90) { title } } }", None)

    assert documents.weigh(steady, {"n": "x"}) is steady.analysis
    assert documents.weigh(paged, {"n": 2}).cost == 1 + 2 * 91
    assert documents.weigh(paged, {"n": 2, "x": 1}) is documents.weigh(paged, {"n": 2})
    assert documents.weigh(paged, {"n": None}).cost == documents.weigh(paged, {"n": "x"}).cost == 1 + 100 * 91
    assert documents.weigh(paged, {}).cost == 1 + 10 * 91
    assert refusal_of(lambda: documents.weigh(paged, {"n": 101})) == "page_too_large"
