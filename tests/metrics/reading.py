"""Reads what `/metrics` tells."""

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]
Figures = dict[tuple[str, Labels], float]


def figures(text: str) -> Figures:
    """Each figure by its name and its labels, which are sorted."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
