"""Which role may select which field, found by asking; and the reviewed file of it.

    PYTHONPATH=. python -m tests.schema.access

writes `tests/access.csv` anew from what the market answers. Read the difference as a reviewer before you
commit it: a `yes` that nobody decided is a leak.
"""

import asyncio
import csv
import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as File

import structlog
from graphql import GraphQLField, GraphQLSchema
from tests.schema.documents import Path, Step, beyond, document, fielded_types
from tests.schema.small_world import TWO_CITIES, Town, town

from peken.actors import Role
from peken.app import schema_of
from peken.ids import to_global
from peken.testing.templates import Templates
from peken.testing.world import Answer, World, global_id, opened_world, settings_for

FILE = File(__file__).parent.parent / "access.csv"
ROOTS = ("Query", "Mutation", "Subscription")
DENIALS = {"unauthenticated", "forbidden"}

Matrix = Mapping[str, tuple[str, ...]]
"""The roles that may select a field, by its coordinate."""


@dataclass
class Probe:
    """One role that asks for everything, by the ways that are open to it."""

    world: World
    schema: GraphQLSchema
    place: Town
    role: Role
    reached: dict[str, Path] = field(default_factory=lambda: {root: () for root in ROOTS})
    allowed: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Asks for every field of every type; a type that no open way leads to is asked for by a shut one."""
        # Query first: what a mutation gives back is mostly there to read, too.
        for root in ROOTS:
            await self._walk(root)
        for name, path in shortest_paths(self.schema).items():
            if name not in self.reached:
                for coordinate in coordinates(self.schema, name):
                    await self._ask(path, coordinate)

    async def _walk(self, root: str) -> None:
        waiting = [root]
        for name in waiting:
            for coordinate in coordinates(self.schema, name):
                if not await self._ask(self.reached[name], coordinate):
                    continue
                for target in beyond(self.schema, _field(self.schema, coordinate)):
                    if target not in self.reached:
                        self.reached[target] = (*self.reached[name], Step(coordinate, target))
                        waiting.append(target)

    async def _ask(self, path: Path, coordinate: str) -> bool:
        text = document(self.schema, path, coordinate, self._arguments)
        actor = self.place.actors[self.role]
        if text.startswith("subscription"):
            answer = (await self.world.follow(text, actor=actor))[-1]
        else:
            answer = await self.world.ask(text, actor=actor)
        self._note(text, answer)
        if DENIALS.isdisjoint(answer.codes):
            self.allowed.add(coordinate)
            return True
        return False

    def _note(self, text: str, answer: Answer) -> None:
        denial = "unauthenticated" if self.role is Role.PUBLIC else "forbidden"
        # A market without a city's rules has no obligation to look at: who is told so may look.
        if set(answer.codes) - {denial, "unknown_rule"}:
            self.failures.append(f"{self.role} {text}: {answer.body}")

    def _arguments(self, coordinate: str, target: str) -> str:
        """Arguments with which this role, if it may at all, gets an answer."""
        place = self.place
        case = place.official if self.role is Role.OFFICER else place.private
        ids = {
            "Buyer": global_id(case.buyer),
            "Department": global_id(place.department),
            "Exemption": global_id(place.exemption),
            "Order": case.order,
            "ParameterVersion": global_id(place.version),
            "Product": case.product,
            "Purchase": case.purchase,
            "PurchaseRefused": case.refused,
            "Variant": global_id(case.variant),
            "Vendor": global_id(case.vendor),
        }
        basket = f'basket: {{buyer: "{ids["Buyer"]}", items: [{{variant: "{ids["Variant"]}", quantity: 1}}]}}'
        dated = 'dated: {validFrom: "2026-04-01", source: "SE 1", mark: "A", reason: "Anggaran baru"}'
        given = {
            "Query.node": f'id: "{ids.get(target) or to_global(target or "Vendor", case.vendor.id)}"',
            "Query.obligationMonitor": 'rule: "any"',
            "Query.order": f'id: "{case.order}"',
            "Query.product": f'id: "{case.product}"',
            "Query.purchase": f'id: "{case.purchase}"',
            "Query.vendor": f'id: "{ids["Vendor"]}"',
            "Query.explainOrder": basket,
            "Query.simulateRules": 'draft: ""',
            "Subscription.simulateRules": 'draft: ""',
            "Mutation.placeOrder": f'{basket}, idempotencyKey: "again"',
            "Mutation.deliverOrder": f'id: "{case.order}"',
            "Mutation.cancelOrder": f'id: "{case.order}", reason: "Salah pesan"',
            "Mutation.createProduct": 'input: {name: "Gula", category: "staples.rice", variants: [{price: 18000}]}',
            "Mutation.updateProduct": f'input: {{id: "{case.product}", name: "Beras pandan"}}',
            "Mutation.updateVariant": f'input: {{id: "{ids["Variant"]}", price: 74000}}',
            "Mutation.restockVariant": f'id: "{ids["Variant"]}", delta: 10',
            "Mutation.decideFinding": f'id: "{case.finding}", decision: "Dimaklumi"',
            "Mutation.grantExemption": f'input: {{buyer: "{ids["Buyer"]}", kind: EXEMPTION, reason: "Dinas luar", '
            'validFrom: "2026-03-01"}',
            "Mutation.revokeExemption": f'id: "{ids["Exemption"]}", reason: "Salah ketik"',
            "Mutation.setParameter": f'input: {{plugin: "p", table: "t", columns: [], {dated}}}',
            "Mutation.setRuleMode": f'input: {{rule: "a.rule", mode: OFF, {dated}}}',
            "Mutation.withdrawParameter": f'id: "{ids["ParameterVersion"]}", reason: "Salah ketik"',
            "Mutation.verifyVendor": f'id: "{ids["Vendor"]}", verified: true, reason: "Dilihat sendiri"',
        }
        return given[coordinate]


def coordinates(schema: GraphQLSchema, type_name: str) -> list[str]:
    """The fields of a type, as "Type.field"."""
    return [f"{type_name}.{name}" for name in fielded_types(schema)[type_name].fields]


def shortest_paths(schema: GraphQLSchema) -> dict[str, Path]:
    """A way to every type of the graph, whoever may go it."""
    paths: dict[str, Path] = {root: () for root in ROOTS}
    waiting = list(paths)
    for name in waiting:
        for coordinate in coordinates(schema, name):
            for target in beyond(schema, _field(schema, coordinate)):
                if target not in paths:
                    paths[target] = (*paths[name], Step(coordinate, target))
                    waiting.append(target)
    return paths


async def probe(world: World) -> tuple[Matrix, list[str]]:
    """Who may select what in this market, and the answers that were neither given nor denied."""
    schema = schema_of(world.market.hooks)._schema
    place = await town(world)
    probes = [Probe(world, schema, place, role) for role in Role]
    for each in probes:
        await each.run()
    rows = {
        coordinate: tuple(each.role.value for each in probes if coordinate in each.allowed)
        for name in fielded_types(schema)
        for coordinate in coordinates(schema, name)
    }
    return rows, [failure for each in probes for failure in each.failures]


def read(file: File = FILE) -> Matrix:
    """The reviewed matrix."""
    with file.open(newline="") as lines:
        return {
            row.pop("field"): tuple(role for role, answer in row.items() if answer == "yes")
            for row in csv.DictReader(lines)
        }


def written(matrix: Matrix) -> Iterator[list[str]]:
    """The rows of the file."""
    yield ["field", *(role.value for role in Role)]
    for coordinate, roles in sorted(matrix.items()):
        yield [coordinate, *("yes" if role.value in roles else "no" for role in Role)]


async def update() -> None:
    """Writes the file anew."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = settings_for(TWO_CITIES)
    with tempfile.TemporaryDirectory() as name, Templates.in_folder(File(name)) as templates:
        (File(name) / "copy").mkdir()
        copied = templates.copied("sqlite", settings, File(name) / "copy")
        async with copied as url, opened_world(settings, url) as world:
            matrix, failures = await probe(world)
    for failure in failures:
        print(failure)  # noqa: T201 - a command's answer
    with FILE.open("w", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(written(matrix))


def _field(schema: GraphQLSchema, coordinate: str) -> GraphQLField:
    type_name, _, name = coordinate.partition(".")
    found: GraphQLField = fielded_types(schema)[type_name].fields[name]
    return found


if __name__ == "__main__":
    asyncio.run(update())
