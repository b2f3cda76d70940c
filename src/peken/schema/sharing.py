"""Which fields are answered alike to everybody who may ask for them: the one list; knows no cache.

A document that asks for nothing else has one answer for all who are shown what the public is shown; any other is
answered to each anew. A field stands here only if neither its rows nor what is told of them depend on who asks. What
is left of a variant, and how close a shop is to its limit, is told as it is at that moment: `Variant.stock` and
`Vendor.closed` are not among them. A field of a plugin says it itself,
in its `metadata={"alike": True}`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from graphql import GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter

from peken.schema.extending import OWNER

FLAG: Final = "alike"
"""Key in the metadata of a plugin's field."""

_CONNECTION: Final = frozenset({"edges", "nodes", "pageInfo", "totalCount"})
_EDGE: Final = frozenset({"cursor", "node"})

ALIKE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Query": frozenset({"categories", "cities", "product", "products", "regions", "vendor", "vendors"}),
        "Category": frozenset({"code", "name", "parentCode"}),
        "City": frozenset({"code", "name", "notices", "timezone"}),
        "Node": frozenset({"id"}),
        "Notice": frozenset({"citation", "code", "message", "rule"}),
        "PageInfo": frozenset({"endCursor", "hasNextPage", "hasPreviousPage", "startCursor"}),
        "Product": frozenset(
            {
                *("category", "cityCode", "createdAt", "description", "id", "inStock", "name", "origin"),
                *("ownProduction", "price", "status", "updatedAt", "variants", "vendor"),
            }
        ),
        "ProductConnection": _CONNECTION,
        "ProductEdge": _EDGE,
        "Region": frozenset({"code", "level", "name", "parent", "postalCode"}),
        "Variant": frozenset({"active", "id", "measure", "measureUnit", "name", "price", "unit"}),
        "Vendor": frozenset(
            {
                *("address", "cityCode", "createdAt", "id", "kecamatan", "kelurahan", "kind", "name", "products"),
                *("scale", "sector", "verifiedAt", "whyHere"),
            }
        ),
        "VendorConnection": _CONNECTION,
        "VendorEdge": _EDGE,
        "WhyHere": frozenset({"citation", "code", "message", "rule"}),
    }
)


def is_alike(schema: GraphQLSchema, type_name: str, field_name: str) -> bool:
    """Whether a field is answered alike to everybody who may ask for it."""
    fields = getattr(schema.get_type(type_name), "fields", {})
    field = fields.get(field_name)
    written = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if field else None
    metadata = written.metadata if written else {}
    if OWNER in metadata:
        return bool(metadata.get(FLAG))
    return field_name in ALIKE.get(type_name, ())
