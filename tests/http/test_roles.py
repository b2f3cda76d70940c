"""Who may select what: judged by the document, before anything runs."""

from types import SimpleNamespace

import pytest

from peken.errors import PekenError
from peken.http.guard import GuardedSchema
from peken.http.roles import admit, requirements, roles_of

STAFF = frozenset({"librarian"})
READER = SimpleNamespace(roles=frozenset({"reader"}), signed_in=True)
NOBODY = SimpleNamespace(roles=frozenset({"public"}), signed_in=False)


def test_a_field_says_itself_who_may_select_it(schema: GuardedSchema) -> None:
    assert roles_of(schema._schema, "Query", "me") == STAFF | {"reader"}
    assert roles_of(schema._schema, "Query", "hello") is None
    assert roles_of(schema._schema, "Query", "__schema") is None
    assert roles_of(schema._schema, "Nowhere", "hello") is None


def test_a_type_speaks_for_its_fields_that_say_nothing(schema: GuardedSchema) -> None:
    types = {"Query": STAFF}

    assert roles_of(schema._schema, "Query", "hello", types) == STAFF
    assert roles_of(schema._schema, "Query", "me", types) == STAFF | {"reader"}


def test_an_interface_is_as_strict_as_its_implementations(schema: GuardedSchema) -> None:
    two = {"Book": frozenset({"reader", "librarian"}), "Ledger": STAFF}

    assert roles_of(schema._schema, "Thing", "note") == STAFF
    assert roles_of(schema._schema, "Thing", "id") is None
    assert roles_of(schema._schema, "Thing", "id", two) == STAFF


def test_an_interface_that_says_so_itself_is_open(schema: GuardedSchema) -> None:
    everybody = frozenset({"public", "reader"})

    assert roles_of(schema._schema, "Thing", "id", {"Thing": everybody, "Ledger": STAFF}) == everybody


def test_the_first_field_in_the_way_is_named(schema: GuardedSchema) -> None:
    asked = {("Query", "hello"), ("Thing", "note"), ("Book", "note")}
    needed = requirements(asked, lambda type_name, field: roles_of(schema._schema, type_name, field))

    with pytest.raises(PekenError) as signed_in:
        admit(READER, needed)
    with pytest.raises(PekenError) as anonymous:
        admit(NOBODY, needed)

    assert (signed_in.value.code, signed_in.value.values["field"]) == ("forbidden", "Book.note")
    assert (anonymous.value.code, anonymous.value.status) == ("unauthenticated", 401)


def test_one_role_of_several_is_enough() -> None:
    admit(READER, [("Query.me", frozenset({"librarian", "reader"}))])
