"""What a refusal needs can be loaded beforehand, so that the first of them is no slower than the next."""

from lxml import etree

from simulator.cityfibre import reception
from simulator.wire import explanation
from simulator.wire.schema import schema


def test_after_preparing_an_explanation_loads_nothing() -> None:
    """Both families' schemas are there, whoever is refused first."""
    known = explanation._explaining_schema  # noqa: SLF001 - what is loaded is what it remembers
    known.cache_clear()

    reception.prepare()

    assert 2 == known.cache_info().misses
    for name in ("faultReport.xsd", "appointments.xsd"):
        assert schema(name).explain(etree.Element("none"))
    assert (2, 2) == (known.cache_info().misses, known.cache_info().hits)
