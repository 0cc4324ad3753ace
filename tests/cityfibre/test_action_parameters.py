"""What each action takes: bad values are refused with a message that says what to do, good ones survive the journal."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.cityfibre.action_parameters import (
    CommentOn,
    CompleteAppointment,
    GiveUpAppointment,
    MissAppointment,
    Parameters,
    PutOnHold,
    Reject,
    ReportLateRepair,
    Triage,
    WithReason,
)
from simulator.cityfibre.actions import ACTIONS
from simulator.cityfibre.messages import Exclusion, LateRepairNotification

FIGURES: dict[str, object] = {"total_delay_in_days": 3, "seller_delay_days": 1, "non_seller_delay_days": 2}
SPAN = {
    "exclusion_reason": "MBORC",
    "number_of_days": 2,
    "start": "2026-01-06T09:00:00Z",
    "end": "2026-01-08T09:00:00Z",
}
CONTROL = "control characters, and those that turn the direction of writing, are not taken"
NOT_BLANK = "expected something other than white space"
ZONE = "expected an instant with its zone, such as 2026-01-06T09:00:00Z"
ALL_OR_NONE = "say all three figures, with exclusions or without, or say nothing and they are reckoned"
UNKNOWN = "Extra inputs are not permitted"


def late(**changes: object) -> dict[str, object]:
    """Figures with one exclusion, of which something is changed."""
    return {**FIGURES, "exclusions": [{**SPAN, **changes}]}


BAD: dict[str, tuple[type[Parameters], dict[str, object], str, str]] = {
    "nothing-to-take": (Parameters, {"reason": "x"}, "reason", UNKNOWN),
    "unknown-field": (WithReason, {"reasn": "x"}, "reasn", UNKNOWN),
    "reason-too-long": (WithReason, {"reason": "x" * 1001}, "reason", "at most 1000 characters"),
    "reason-is-a-number": (WithReason, {"reason": 5}, "reason", "a valid string"),
    "reason-is-null": (WithReason, {"reason": None}, "reason", "a valid string"),
    "reason-with-nul": (WithReason, {"reason": "a\x00b"}, "reason", CONTROL),
    "reason-with-escape": (WithReason, {"reason": "a\x1b[2Jb"}, "reason", CONTROL),
    "reason-with-c1": (WithReason, {"reason": "a\x85b"}, "reason", CONTROL),
    "reason-that-runs-backwards": (WithReason, {"reason": "a\u202eb"}, "reason", CONTROL),
    "reason-no-character": (WithReason, {"reason": "a\ufffeb"}, "reason", CONTROL),
    "reason-half-a-character": (WithReason, {"reason": "a\ud800b"}, "reason", "a valid string"),
    "rejected-for-no-reason": (Reject, {}, "reason", "Field required"),
    "rejected-for-a-blank": (Reject, {"reason": " \t\r\n "}, "reason", NOT_BLANK),
    "rejected-at-length": (Reject, {"reason": "x" * 1001}, "reason", "at most 1000 characters"),
    "on-hold-too-long": (PutOnHold, {"exclusion_reason": "ABCDEF"}, "exclusion_reason", "at most 5 characters"),
    "on-hold-for-a-blank": (PutOnHold, {"exclusion_reason": "   "}, "exclusion_reason", NOT_BLANK),
    "on-hold-for-nothing": (PutOnHold, {"exclusion_reason": ""}, "exclusion_reason", NOT_BLANK),
    "on-hold-with-nul": (PutOnHold, {"exclusion_reason": "A\x00"}, "exclusion_reason", CONTROL),
    "no-comment": (CommentOn, {}, "value", "Field required"),
    "comment-blank": (CommentOn, {"value": " "}, "value", NOT_BLANK),
    "comment-too-long": (CommentOn, {"value": "x" * 1001}, "value", "at most 1000 characters"),
    "no-findings": (Triage, {"complete": True}, "findings", "Field required"),
    "findings-blank": (Triage, {"findings": "\n"}, "findings", NOT_BLANK),
    "half-complete": (Triage, {"findings": "x", "complete": "half"}, "complete", "valid boolean"),
    "no-code": (CompleteAppointment, {}, "closure_code", "Field required"),
    "code-unknown": (CompleteAppointment, {"closure_code": "XX"}, "closure_code", "'FTA' or 'SREQ'"),
    "code-in-small-letters": (CompleteAppointment, {"closure_code": "fr"}, "closure_code", "'FR', 'FNR'"),
    "given-up-at-length": (GiveUpAppointment, {"reason": "x" * 1001}, "reason", "at most 1000 characters"),
    "given-up-with-nul": (GiveUpAppointment, {"reason": "\x00"}, "reason", CONTROL),
    "missed-by-nobody": (MissAppointment, {}, "by", "Field required"),
    "missed-by-the-buyer": (MissAppointment, {"by": "buyer"}, "by", "'seller' or 'end-user'"),
    "flag-unknown": (MissAppointment, {"by": "seller", "MBORC": True}, "MBORC", UNKNOWN),
    "total-only": (ReportLateRepair, {"total_delay_in_days": 3}, "", ALL_OR_NONE),
    "no-total": (ReportLateRepair, {**FIGURES, "total_delay_in_days": None}, "", ALL_OR_NONE),
    "exclusions-only": (ReportLateRepair, {"exclusions": [SPAN]}, "", ALL_OR_NONE),
    "fewer-than-no-days": (
        ReportLateRepair,
        {**FIGURES, "seller_delay_days": -1},
        "seller_delay_days",
        "than or equal",
    ),
    "days-without-end": (
        ReportLateRepair,
        {**FIGURES, "total_delay_in_days": 100_001},
        "total_delay_in_days",
        "less than or equal to 100000",
    ),
    "half-a-day": (ReportLateRepair, {**FIGURES, "seller_delay_days": 0.5}, "seller_delay_days", "integer"),
    "excluded-for-too-long-a-reason": (
        ReportLateRepair,
        late(exclusion_reason="WEATHER"),
        "exclusions.0.exclusion_reason",
        "at most 5 characters",
    ),
    "excluded-for-fewer-than-no-days": (
        ReportLateRepair,
        late(number_of_days=-1),
        "exclusions.0.number_of_days",
        "greater than or equal to 0",
    ),
    "excluded-backwards": (
        ReportLateRepair,
        late(end="2026-01-06T08:59:59Z"),
        "exclusions.0",
        "end lies before start",
    ),
    "excluded-from-no-zone": (ReportLateRepair, late(start="2026-01-06T09:00:00"), "exclusions.0.start", "zone"),
    "excluded-from-a-date": (ReportLateRepair, late(start="2026-01-06"), "exclusions.0.start", "zone"),
    "excluded-from-a-number": (ReportLateRepair, late(start=1767600000), "exclusions.0.start", ZONE),
    "excluded-from-nonsense": (ReportLateRepair, late(start="tomorrow"), "exclusions.0.start", "valid datetime"),
    "excluded-from-a-number-in-quotes": (ReportLateRepair, late(start="1767600000"), "exclusions.0.start", ZONE),
    "excluded-from-before-utc": (
        ReportLateRepair,
        late(start="0001-01-01T00:00:00+14:00"),
        "exclusions.0.start",
        ZONE,
    ),
    "excluded-beyond-utc": (ReportLateRepair, late(end="9999-12-31T23:59:59-12:00"), "exclusions.0.end", ZONE),
    "excluded-with-more": (ReportLateRepair, late(days=1), "exclusions.0.days", UNKNOWN),
    "excluded-too-often": (ReportLateRepair, {**FIGURES, "exclusions": [SPAN] * 101}, "exclusions", "at most 100"),
}


@pytest.mark.parametrize(("model", "document", "place", "message"), BAD.values(), ids=BAD.keys())
def test_what_is_refused(model: type[Parameters], document: dict[str, object], place: str, message: str) -> None:
    """With one error, which names the field and says what is expected there."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document)
    (error,) = caught.value.errors()
    assert ".".join(str(step) for step in error["loc"]) == place
    assert message in error["msg"]


GOOD: dict[str, tuple[type[Parameters], dict[str, object], dict[str, object]]] = {
    "nothing": (Parameters, {}, {}),
    "no-reason": (WithReason, {}, {}),
    "empty-reason": (WithReason, {"reason": ""}, {}),
    "blank-reason": (WithReason, {"reason": " \t "}, {}),
    "trimmed": (WithReason, {"reason": "  nobody in\r\n"}, {"reason": "nobody in"}),
    "lines": (WithReason, {"reason": "one\n\ttwo"}, {"reason": "one\n\ttwo"}),
    "any-language": (WithReason, {"reason": "Brânză – 光纤 🔧 <b>&"}, {"reason": "Brânză – 光纤 🔧 <b>&"}),
    "what-xml-carries": (
        WithReason,
        {"reason": "5\u00a0Mbit/s \u00ad 👩\u200d🔧"},
        {"reason": "5\u00a0Mbit/s \u00ad 👩\u200d🔧"},
    ),
    "as-long-as-it-may-be": (WithReason, {"reason": "x" * 1000}, {"reason": "x" * 1000}),
    "rejected": (Reject, {"reason": "Missing data"}, {"reason": "Missing data"}),
    "on-hold": (PutOnHold, {}, {}),
    "on-hold-as-it-is-anyhow": (PutOnHold, {"exclusion_reason": "HOLD"}, {}),
    "on-hold-for": (PutOnHold, {"exclusion_reason": "MBORC"}, {"exclusion_reason": "MBORC"}),
    "comment": (CommentOn, {"value": " x "}, {"value": "x"}),
    "triage": (Triage, {"findings": "slow", "complete": False}, {"findings": "slow", "complete": False}),
    "triage-complete": (Triage, {"findings": "slow", "complete": True}, {"findings": "slow"}),
    "completed": (CompleteAppointment, {"closure_code": "NAPUV"}, {"closure_code": "NAPUV"}),
    "given-up": (GiveUpAppointment, {"reason": "van broke down "}, {"reason": "van broke down"}),
    "missed": (MissAppointment, {"by": "end-user", "amended": False}, {"by": "end-user"}),
    "missed-with-flags": (MissAppointment, {"by": "seller", "mborc": True}, {"by": "seller", "mborc": True}),
    "reckoned": (ReportLateRepair, {}, {}),
    "no-days": (ReportLateRepair, dict.fromkeys(FIGURES, 0), dict.fromkeys(FIGURES, 0)),
    "figures": (ReportLateRepair, FIGURES, FIGURES),
    "exclusions": (ReportLateRepair, late(), late()),
    "an-exclusion-of-no-time": (ReportLateRepair, late(end=SPAN["start"]), late(end=SPAN["start"])),
}


@pytest.mark.parametrize(("model", "document", "kept"), GOOD.values(), ids=GOOD.keys())
def test_what_is_taken_is_read_again_from_the_journal(
    model: type[Parameters], document: dict[str, object], kept: dict[str, object]
) -> None:
    """It is written down as plain JSON without what is so anyhow, and means the same when it is read."""
    taken = model.model_validate(document)
    written = taken.model_dump(mode="json", exclude_defaults=True)
    assert written == kept
    assert model.model_validate(written) == taken


def test_every_action_has_its_parameters() -> None:
    """Written out once more: what each can't do without, and what it takes beside that."""
    taken = {
        name: {field: one.is_required() for field, one in action.parameters.model_fields.items()}
        for name, action in ACTIONS.items()
    }
    reason, figures = {"reason": False}, dict.fromkeys((*FIGURES, "exclusions"), False)
    assert taken == {
        "accept": {},
        "reject": {"reason": True},
        **dict.fromkeys(("open", "start"), reason),
        "put-on-hold": {**reason, "exclusion_reason": False},
        **dict.fromkeys(("resume", "resolve", "close", "cancel"), reason),
        "comment": {"value": True},
        "triage": {"findings": True, "complete": False},
        "confirm-appointment": {},
        "fail-appointment": reason,
        "complete-appointment": {"closure_code": True},
        "cancel-appointment": reason,
        "miss-appointment": {
            "by": True,
            **dict.fromkeys(("amended", "cancelled", "end_user_pre_agreed", "mborc"), False),
        },
        "report-late-repair": figures,
    }


def test_figures_become_a_message() -> None:
    """Days as text, instants in UTC to the millisecond; nothing where they are to be reckoned."""
    told = ReportLateRepair.model_validate(
        late(start="2026-07-06T09:00:00.123999+01:00", end="2026-07-08T00:30:00-05:00")
    )
    assert told.message() == LateRepairNotification(
        total_delay_in_days="3",
        seller_delay_days="1",
        non_seller_delay_days="2",
        exclusions=(
            Exclusion(
                exclusion_reason="MBORC",
                number_of_days="2",
                start_date_time="2026-07-06T08:00:00.123Z",
                end_date_time="2026-07-08T05:30:00.000Z",
            ),
        ),
    )
    assert ReportLateRepair().message() is None


@pytest.mark.parametrize("field", ["reason", "exclusion_reason"])
def test_parameters_do_not_change(field: str) -> None:
    """What the journal says was asked is what was asked."""
    told: Any = PutOnHold(reason="x")
    with pytest.raises(ValidationError, match="frozen"):
        setattr(told, field, "y")
    assert told == PutOnHold(reason="x")
