"""Requests made to cost a server as much as they can; knows no server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

NAMES: Final = ("name", "description", "price", "inStock", "status", "cityCode", "createdAt", "updatedAt")


@dataclass(frozen=True, slots=True)
class Hostile:
    """One of them, and what it is."""

    name: str
    query: str
    operation: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def hostile(tokens: int) -> Iterator[Hostile]:
    """All of them, most as large as a limit of so many tokens lets them be, some larger."""
    yield from _fragments(tokens)
    yield from _repeats(tokens)
    yield from _sizes(tokens)
    yield from _variables(tokens)
    yield from _deep(tokens)


def _fragments(tokens: int) -> Iterator[Hostile]:
    chain = "".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }} " for n in range(90))
    yield Hostile("fan-out of fragments", f"{{ ...f0 }} {chain} fragment f90 on Query {{ cities {{ code }} }}")
    long = "".join(f"fragment f{n} on City {{ ...f{n + 1} ...f{n + 1} }} " for n in range(99))
    yield Hostile("fan-out to nothing", f"{{ cities {{ ...f0 }} }} {long} fragment f99 on City {{ code }}")
    net_size = min(100, int((tokens / 2.4) ** 0.5))
    net = "".join(
        f"fragment f{n} on City {{ {' '.join(f'...f{m}' for m in range(n + 1, net_size))} code }} "
        for n in range(net_size)
    )
    yield Hostile("every fragment spreads all after it", f"{{ cities {{ ...f0 }} }} {net}")
    ring = "".join(
        f"fragment f{n} on City {{ {' '.join(f'...f{m}' for m in range(net_size))} }} " for n in range(net_size)
    )
    yield Hostile("every fragment spreads every fragment", f"{{ cities {{ ...f0 }} }} {ring}")
    cycle = "".join(f"fragment f{n} on City {{ ...f{(n + 1) % 100} }} " for n in range(100))
    yield Hostile("a cycle of a hundred", f"{{ cities {{ ...f0 }} }} {cycle}")
    wide = "".join(
        f"fragment f{n} on Product {{ {' '.join(f'a{n}x{m}: name' for m in range(30))} }} " for n in range(99)
    )
    yield Hostile(
        "fragments side by side", f"{{ product(id: 1) {{ {' '.join(f'...f{n}' for n in range(99))} }} }} {wide}"
    )
    spreads = "...f " * (tokens // 2 - 20)
    yield Hostile("one fragment spread again and again", f"{{ cities {{ {spreads} }} }} fragment f on City {{ code }}")
    yield Hostile("1,000 operations", " ".join(f"query q{n} {{ cities {{ code }} }}" for n in range(1_000)))


def _repeats(tokens: int) -> Iterator[Hostile]:
    yield Hostile("a field again and again", "{ cities { " + "code " * (tokens - 20) + "} }")
    yield Hostile("a field 200 times", "{ cities { " + "code " * 200 + "} }")
    nested = "vendor { products { nodes { name } } } "
    yield Hostile("overlapping lists", "{ product(id: 1) { " + nested * min(90, tokens // 11) + "} }")
    inline = "... on Product { vendor { ... on Vendor { kelurahan { ... on Region { name } } } } } "
    yield Hostile("overlapping inline fragments", "{ product(id: 1) { " + inline * min(110, tokens // 20) + "} }")
    layers = "{ name vendor { name " * 30 + "products { nodes { name } } " + "} }" * 30
    yield Hostile("overlapping layers", "{ product(id: 1) " + layers + " product(id: 1) " + layers + " }")
    pairs = " ".join(f"...f{n}" for n in range(99))
    last = "fragment f98 on Product { name } fragment v on Vendor { name }"
    same = "".join(f"fragment f{n} on Product {{ name vendor {{ ...v }} }} " for n in range(98))
    yield Hostile("overlapping fragments", f"{{ product(id: 1) {{ {pairs} }} }} {same} {last}")
    clash = " ".join(f"x: {name}" for name in NAMES * 20)
    yield Hostile("conflicting fields", "{ product(id: 1) { " + clash + " } }")
    aliases = " ".join(f"a{n}: product(id: 1) {{ name }}" for n in range(tokens // 11))
    yield Hostile("aliases", f"{{ {aliases} }}")
    yield Hostile("unknown fields", "{ " + " ".join(f"u{n}" for n in range(tokens - 20)) + " }")
    yield Hostile("arguments again and again", "{ products(" + "first: 1 " * (tokens // 3 - 10) + ") { totalCount } }")
    yield Hostile("directives again and again", "{ cities " + "@include(if: true) " * (tokens // 7) + "{ code } }")
    yield Hostile(
        "unknown directives", "{ cities " + " ".join(f"@d{n}" for n in range(tokens // 2 - 10)) + " { code } }"
    )


def _sizes(tokens: int) -> Iterator[Hostile]:
    yield Hostile("a number of 99,000 digits", "{ products(first: " + "9" * 99_000 + ") { totalCount } }")
    yield Hostile("a price of 99,000 digits", "{ products(filter: {priceFrom: " + "9" * 99_000 + "}) { totalCount } }")
    yield Hostile("a word of 99,000 letters", '{ products(filter: {search: "' + "a" * 99_000 + '"}) { totalCount } }')
    words = " ".join(f"w{n}" for n in range(14_000))
    yield Hostile("14,000 words", '{ products(filter: {search: "' + words + '"}) { totalCount } }')
    yield Hostile("an id of 99,000 letters", '{ product(id: "' + "Q" * 99_000 + '") { name } }')
    yield Hostile("a cursor of 99,000 letters", '{ products(after: "' + "W" * 99_000 + '") { totalCount } }')
    yield Hostile("a name of 90,000 letters", "{ " + "n" * 90_000 + " }")
    yield Hostile("nothing but commas", "{ cities { code } " + "," * 99_000 + " }")
    yield Hostile("nothing but comments", "#\n" * 49_000 + "{ cities { code } }")
    yield Hostile("a long list", "{ products(filter: {search: [" + "1 " * (tokens - 20) + "]}) { totalCount } }")
    yield Hostile("a large object", "{ products(filter: {" + "city: 1 " * (tokens // 3 - 10) + "}) { totalCount } }")
    unknown = " ".join(f"u{n}: 1" for n in range(tokens // 3 - 10))
    yield Hostile("a large object of unknown fields", "{ products(filter: {" + unknown + "}) { totalCount } }")
    yield Hostile("no document", "{" * (tokens - 1))
    yield Hostile("a text that never ends", '{ product(id: "' + "\\u0041" * 16_000)


def _variables(tokens: int) -> Iterator[Hostile]:
    many = ", ".join(f"$v{n}: Int" for n in range(tokens // 4 - 5))
    yield Hostile("many variables", f"query ({many}) {{ cities {{ code }} }}")
    used = " ".join(f"$v{n}" for n in range(tokens // 6 - 10))
    defined = ", ".join(f"$v{n}: String" for n in range(tokens // 6 - 10))
    yield Hostile(
        "variables in a list", f"query ({defined}) {{ products(filter: {{search: [{used}]}}) {{ totalCount }} }}"
    )
    usages = "$v " * (tokens // 2 - 400)
    operations = " ".join(f"query q{n}($v: String) {{ ...f }}" for n in range(50))
    fragment = f"fragment f on Query {{ products(filter: {{search: [{usages}]}}) {{ totalCount }} }}"
    yield Hostile("50 operations that use a variable again and again", f"{operations} {fragment}", "q1")
    fields = "cities @include(if: $v) @skip(if: $v) { code } " * min(190, tokens // 18 - 30)
    operations = " ".join(f"query q{n}($v: Boolean!) {{ ...f }}" for n in range(50))
    yield Hostile("50 operations with many conditions", f"{operations} fragment f on Query {{ {fields} }}", "q1")
    deep: Any = []
    for _ in range(120):
        deep = [deep]
    text = "query ($f: ProductFilter) { products(filter: $f) { totalCount } }"
    yield Hostile("a variable 120 lists deep", text, None, {"f": {"search": deep}})
    yield Hostile("a variable of 60,000 keys", text, None, {"f": {f"k{n}": n for n in range(60_000)}})
    basket = "query ($i: [ItemInput!]!) { explainOrder(basket: {items: $i}) { allowed } }"
    yield Hostile("a basket of 20,000", basket, None, {"i": [{"variant": "VmFyaWFudDox", "quantity": 1}] * 20_000})
    yield Hostile("a basket of 20,000 that is none", basket, None, {"i": [{"variant": 1.5, "quantity": "x"}] * 20_000})
    yield Hostile(
        "20,000 variables that nobody wants", "{ cities { code } }", None, {f"v{n}": n for n in range(20_000)}
    )
    yield Hostile("a variable of a million letters", text, None, {"f": {"search": "a" * 1_000_000}})
    yield Hostile(
        "a variable of 150,000 words", text, None, {"f": {"search": " ".join(f"w{n}" for n in range(150_000))}}
    )


def _deep(tokens: int) -> Iterator[Hostile]:
    parts = "vendor { products { nodes { " * 40
    yield Hostile("120 levels", "{ product(id: 1) { " + parts + "name" + " } } }" * 40 + " } }")
    yield Hostile("levels without end", "{ vendor " * (tokens // 3) + "}" * (tokens // 3))
    yield Hostile(
        "lists in lists",
        "{ products(filter: {search: " + "[" * (tokens // 2 - 10) + "]" * (tokens // 2 - 10) + "}) { totalCount } }",
    )
    yield Hostile("140 inline fragments", "{ " + "... { " * 140 + "cities { code }" + " }" * 140 + " }")
    kinds = "ofType { " * 11 + "name" + " }" * 11
    fields = "fields { name args { name type { " + kinds + " } } type { " + kinds + " } }"
    yield Hostile("the whole schema, thrice deep", "{ __schema { types { name " + fields + " } } }")
    again = " ".join(f"a{n}: __schema {{ types {{ name {fields} }} }}" for n in range(15))
    yield Hostile("the whole schema, fifteen times", f"{{ {again} }}")
