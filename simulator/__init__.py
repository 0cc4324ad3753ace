"""CityFibre Simulator: a stand-in for CityFibre's ticketing service, on a clock that the test moves."""

__all__ = ["__version__"]

__version__ = "0.1.0"
