"""What may be drawn for a life: faults, keys, amends, and what each move of the supplier takes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from simulator.cityfibre import ACTIONS, CLOSURE_CODES
from tests.messages import Tree


class Line(NamedTuple):
    """A service that a buyer reports faults of; the engineers of the first three share a diary."""

    buyer: str
    service: str
    address: str


LINES = (
    Line("SPDEV1", "S21709", "10002491172"),
    Line("SPDEV1", "S30003", "990000000003"),
    Line("SPDEV2", "S40003", "990000000023"),
    Line("SPDEV2", "S40001", "990000000021"),
)
When = tuple[int, tuple[str, str]]
"""A slot: days from today, and its two times."""
Move = tuple[str, str, dict[str, Any]]
"""A ticket's address, a move of the supplier's, and its parameters."""
NOBODY = "~SPDEV1~NONE"


TEXTS = st.sampled_from(("told so", ' a\u0301 <b> & "c"\n漢 🙂 ', "x" * 1_000))
DAYS, FLAGS = st.integers(0, 100), st.booleans()
INSTANTS = st.sampled_from(("2026-01-06T09:00:00Z", "2026-01-07T09:00:00+01:00"))
EXCLUSIONS = st.fixed_dictionaries(
    {
        "exclusion_reason": st.sampled_from(("HOLD", "é&<漢🙂")),
        "number_of_days": DAYS,
        "start": INSTANTS,
        "end": st.just("2026-02-01T00:00:00Z"),
    }
)
WITH_REASON = st.fixed_dictionaries({}, optional={"reason": TEXTS})
FIGURES = st.fixed_dictionaries(
    {
        "total_delay_in_days": DAYS,
        "seller_delay_days": DAYS,
        "non_seller_delay_days": DAYS,
        "exclusions": st.lists(EXCLUSIONS, max_size=2),
    }
)
PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    **dict.fromkeys(ACTIONS, WITH_REASON),
    "accept": st.just({}),
    "confirm-appointment": st.just({}),
    "reject": st.fixed_dictionaries({"reason": TEXTS}),
    "put-on-hold": st.fixed_dictionaries(
        {}, optional={"reason": TEXTS, "exclusion_reason": st.sampled_from(("PARTS", "é"))}
    ),
    "comment": st.fixed_dictionaries({"value": TEXTS}),
    "triage": st.fixed_dictionaries({"findings": TEXTS}, optional={"complete": FLAGS}),
    "complete-appointment": st.fixed_dictionaries({"closure_code": st.sampled_from(sorted(CLOSURE_CODES))}),
    "miss-appointment": st.fixed_dictionaries(
        {"by": st.sampled_from(("seller", "end-user"))},
        optional=dict.fromkeys(("amended", "cancelled", "end_user_pre_agreed", "mborc"), FLAGS),
    ),
    "report-late-repair": st.just({}) | FIGURES,
}
LINES_ = st.sampled_from(LINES)
HALVES = st.sampled_from((("08:00", "13:00"), ("13:00", "18:00")))
SLOTS = st.tuples(st.integers(0, 4), HALVES)
KEYS = st.sampled_from(("none", "new", "old"))
FILES = st.lists(st.sampled_from(("a.jpg", "../log & more.txt", " ")), max_size=2)


class Fault(NamedTuple):
    """What a buyer reports, and with which key: none, a new one or an old one."""

    line: Line
    kind: tuple[str, str]
    when: When
    files: list[str]
    level: str | None


_OPEN, _HELD, _REFUSED = ("accept", "open"), ("accept", "put-on-hold"), ("accept", "resolve", "reject-repair")
PASTS = ((), _OPEN, _OPEN, _HELD, _REFUSED, _REFUSED)
"""What has happened already to the first fault of a life, where it can; the last word is the buyer's."""
GOOD = [("Impaired Service", "none"), ("Service Outage", "new")]
BAD = [("Impaired Service", "new"), ("Service Outage", "none"), ("Service Outage", "old")]


def faults(kinds: list[tuple[str, str]], first: int) -> st.SearchStrategy[Fault]:
    when = st.tuples(st.integers(first, 4), HALVES)
    return st.builds(Fault, LINES_, st.sampled_from(kinds), when, FILES, st.sampled_from((None, "1", "3")))


COMMENT: Tree = {"comment": {"value": "Call.", "commentedBy": "buyer", "commentedTime": "2026-01-05T09:30:00Z"}}
AMENDS: dict[str, Tree] = {
    "cancel": {"faultDetails": {"status": "cancelled"}},
    "status": {"faultDetails": {"status": "resolved"}},
    "outage": {"faultDetails": {"type": "Service Outage"}},
    "no outage": {"faultDetails": {"type": "Impaired Service"}},
    "urgent": {"priorityLevel": "1"},
    "at leisure": {"priorityLevel": "4"},
    "comment": COMMENT,
    "history": {"updates": {"update": {"description": "Ours.", "updatedBy": "buyer"}}},
    "other reference": {"maintainerFaultReference": "CS9999999"},
}


def announcing(names: Sequence[str]) -> Tree:
    """The part of a message that announces files."""
    return {"attachments": {"attachment": [{"filename": name} for name in names]}} if names else {}
