"""A server asks for as many open files as it can use, and never gives any back."""

import resource

import pytest

from simulator.runtime import open_files
from simulator.server.crowd import connections_for


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "asked"),
    [
        (1024, 524_288, 8_704, [(8_704, 524_288)]),
        (256, resource.RLIM_INFINITY, 8_704, [(8_704, resource.RLIM_INFINITY)]),
        (1024, 4_096, 8_704, [(4_096, 4_096)]),
        (20_000, 20_000, 8_704, []),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 8_704, []),
    ],
    ids=["raised", "no-hard-limit", "as-far-as-may-be", "enough", "no-limit"],
)
def test_more_files_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, asked: list[tuple[int, int]]
) -> None:
    """As many as are wanted, no more than may be had, and nothing where there are enough."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: told.append(limits))
    open_files.ask_for(wanted)
    assert asked == told


@pytest.mark.parametrize(
    ("files", "connections"), [(256, 1), (1024, 256), (4_096, 1_792), (8_704, 4_096), (100_000, 4_096), (-1, 4_096)]
)
def test_connections_leave_files_for_all_else(files: int, connections: int) -> None:
    """Each of two ports has half of what is left; without a limit, all that it may have."""
    assert connections == connections_for(files)
