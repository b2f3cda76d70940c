"""What the benchmarks ask: documents as a shop's pages send them; answers none."""

from typing import Final

LIST: Final = """
query List($city: String!) {
  products(first: 20, filter: {city: $city}) {
    nodes { id name price inStock vendor { id name kind } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
DETAIL: Final = """
query Detail($id: ID!) {
  product(id: $id) {
    id name description price inStock createdAt
    vendor { id name address }
    category { code name }
    variants { id name unit measure price stock }
  }
}
"""
NESTED: Final = """
query Nested($city: String!) {
  vendors(first: 20, filter: {city: $city}) {
    nodes { id name products(first: 5) { nodes { id name price } } }
  }
}
"""
FIELDS: Final = """
query Fields($city: String!) {
  products(first: 20, filter: {city: $city}) {
    nodes { id name price inStock vendor { id name kind } benchTier benchInitial benchLabel }
    pageInfo { hasNextPage endCursor }
  }
}
"""
PLAIN: Final = """
query Plain($city: String!) {
  benchProducts(city: $city) { id name price inStock vendor { id name kind } }
}
"""
PLACE: Final = """
mutation Place($key: String!, $items: [ItemInput!]!) {
  placeOrder(idempotencyKey: $key, basket: {items: $items}) {
    __typename ... on Purchase { id amount orders { id amount } }
  }
}
"""
STANDINGS: Final = """
query Standings($rule: String!) {
  obligationMonitor(rule: $rule) {
    standings(first: 50, filter: {status: BEHIND}) {
      nodes { name status due done remaining }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
SEARCH: Final = """
query Search($city: String!, $words: String!) {
  products(first: 20, filter: {city: $city, search: $words}) {
    nodes { id name price vendor { id name } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
PAGE: Final = """
query Page($city: String!, $after: String) {
  products(first: 20, after: $after, sort: NEWEST, filter: {city: $city}) {
    nodes { id name price vendor { id name } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ORDERS: Final = """
query Orders($after: String) {
  orders(first: 20, after: $after) { nodes { id amount status } pageInfo { hasNextPage endCursor } }
}
"""
