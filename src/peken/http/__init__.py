"""GraphQL over HTTP for any Strawberry schema: limits, gate, errors, view, page; knows nothing of shops."""
