"""``notification_schema: verbatim``: notifications with the quirks of the published samples, element by element (R7).

Buyers' generated clients break on exactly these. What is no quirk but a stand-in of the documentation's author, such as
the maintainerFaultReference "(Not in report; only after creation)", is not sent: a buyer could find no ticket by it.
"""

import re
from dataclasses import dataclass, replace
from types import MappingProxyType

from simulator.cityfibre.messages import FaultDetails, FaultReport

_MILLISECONDS = re.compile(r"\.(\d{3})Z$")
_FLAGS = (
    "seller_missed_appointment",
    "amended",
    "cancelled",
    "end_user_missed_appointment",
    "end_user_pre_agreed",
    "mborc",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is particular about one published sample, beside the triage that none of them has (R6)."""

    sent_at: bool = True
    fraction: bool = True
    update_fraction: bool = True
    capital_parties: bool = False
    flags_all_no: bool = False


SAMPLED = MappingProxyType(
    {
        "accepted": Sample(),
        "rejected": Sample(),
        "in-progress": Sample(),
        "on-hold": Sample(sent_at=False, update_fraction=False, capital_parties=True),
        "resolved": Sample(),
        "closed": Sample(fraction=False),
        "cancelled": Sample(fraction=False),
        "amended": Sample(),
        "appointment-confirmation": Sample(),
        "appointment-completed": Sample(),
        "appointment-cancelled": Sample(),
        "appointment-missed": Sample(flags_all_no=True),
    }
)
"""The twelve published samples by our names. What has no sample is sent as documented."""


def as_sampled(report: FaultReport, name: str) -> FaultReport:
    """A notification of one of the ``SAMPLED`` kinds as its sample has it; some instants lose their milliseconds."""
    sample = SAMPLED[name]
    updates = tuple(
        replace(
            one,
            updated_by=one.updated_by.capitalize() if one.updated_by and sample.capital_parties else one.updated_by,
            updated_time=_spelt(one.updated_time, fraction=sample.update_fraction),
        )
        for one in report.updates
    )
    comment = report.comment
    if comment is not None:
        comment = replace(comment, commented_time=_spelt(comment.commented_time, fraction=True) or "")
    return replace(
        report,
        report_date_time=_spelt(report.report_date_time, fraction=True),
        sent_at=_spelt(report.sent_at, fraction=sample.fraction) if sample.sent_at else None,
        fault_details=_details(report.fault_details or FaultDetails(), sample),
        updates=updates,
        comment=comment,
    )


def _details(details: FaultDetails, sample: Sample) -> FaultDetails:
    missed = details.missed_appointment
    if missed is not None and sample.flags_all_no:
        missed = replace(missed, **dict.fromkeys(_FLAGS, "N"))
    return replace(details, triage_complete=None, triage_findings=None, missed_appointment=missed)


def _spelt(instant: str | None, *, fraction: bool) -> str | None:
    """An instant with milliseconds, as ours are: with four digits as most samples have (R21), or with none."""
    return _MILLISECONDS.sub(r".\g<1>0Z" if fraction else "Z", instant) if instant else instant
