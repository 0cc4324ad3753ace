"""What each action of the supplier takes, typed: the control API and scenarios read it with the same models."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.cityfibre.messages import Exclusion, LateRepairNotification
from simulator.core.instants import format_instant

LONGEST_REASON = 1_000
"""Characters of a reason, a comment or a finding."""
LONGEST_EXCLUSION_REASON = 5
MOST_DELAY_DAYS = 100_000
MOST_EXCLUSIONS = 100
FAULT_REPAIRED = "fault repaired"
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_INSTANT = "expected an instant with its zone, such as 2026-01-06T09:00:00Z"


def _check_text(text: str) -> str:
    """XML can't carry every character, and some would forge what a person reads."""
    if not _UNFIT.search(text):
        return text.strip()
    message = "control characters, and those that turn the direction of writing, are not taken"
    raise ValueError(message)


def _check_not_blank(text: str) -> str:
    if text:
        return text
    message = "expected something other than white space"
    raise ValueError(message)


def _read_instant(value: object) -> object:
    """An instant is spelt out; pydantic would take a number for seconds since 1970."""
    if not isinstance(value, str | datetime) or (isinstance(value, str) and "T" not in value.upper()):
        raise ValueError(_INSTANT)
    return value


def _to_utc(instant: datetime) -> datetime:
    """At either end of the calendar there is no UTC for every zone."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(_INSTANT) from None


Text = Annotated[str, Field(max_length=LONGEST_REASON), AfterValidator(_check_text)]
NotBlank = Annotated[Text, AfterValidator(_check_not_blank)]
ExclusionReason = Annotated[
    str, Field(max_length=LONGEST_EXCLUSION_REASON), AfterValidator(_check_text), AfterValidator(_check_not_blank)
]
Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant), AfterValidator(_to_utc)]
Days = Annotated[int, Field(ge=0, le=MOST_DELAY_DAYS)]


class Parameters(BaseModel):
    """An action that takes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WithReason(Parameters):
    """Why: it becomes the statusReason, and a line of the history."""

    reason: Text = Field("", description="becomes statusReason, and stands in the history")


class GiveUpAppointment(Parameters):
    """Why the visit is not made. The status has not changed, so it is no statusReason."""

    reason: Text = Field("", description="stands in the history")


class Reject(Parameters):
    """The page of the notification: "when and why"."""

    reason: NotBlank = Field(description="becomes statusReason, and stands in the history")


class Resolve(Parameters):
    """What has been done; the page of the notification lists a reason."""

    reason: Annotated[Text, AfterValidator(lambda text: text or FAULT_REPAIRED)] = Field(
        FAULT_REPAIRED, description="becomes statusReason, and stands in the history"
    )


class PutOnHold(WithReason):
    """The SLA's clock stands until the ticket leaves the state."""

    exclusion_reason: ExclusionReason = Field("HOLD", description="what a late repair calls the pause; 5 characters")


class CommentOn(Parameters):
    """The newest comment; it takes the place of the one before."""

    value: NotBlank = Field(description="the comment's text")


class Triage(Parameters):
    """What the supplier has found out (flow 6)."""

    findings: NotBlank = Field(description="becomes triageFindings")
    complete: bool = Field(True, description="becomes triageComplete")


class CompleteAppointment(Parameters):
    """How the visit ended (the text: Closure Code Reference)."""

    closure_code: Literal["FR", "FNR", "HAZ", "NA", "NAPUV", "ASQ", "NDT", "UNF", "MBORC", "FTA", "SREQ"] = Field(
        description="one of the codes of the text"
    )


class MissAppointment(Parameters):
    """Whose fault it was, and the other four of the six flags (XSD missedAppointmentType)."""

    by: Literal["seller", "end-user"] = Field(description="sets sellerMissedAppointment or endUserMissedAppointment")
    amended: bool = Field(False, description="sets Amended")
    cancelled: bool = Field(False, description="sets Cancelled")
    end_user_pre_agreed: bool = Field(False, description="sets endUserPreAgreed")
    mborc: bool = Field(False, description="sets MBORC: matters beyond reasonable control")


class ExcludedSpan(Parameters):
    """One exclusion of a late repair (XSD exclusionType)."""

    exclusion_reason: ExclusionReason = Field(description="becomes exclusionReason; 5 characters")
    number_of_days: Days = Field(description="becomes numberOfDays")
    start: Instant = Field(description="becomes startDateTime")
    end: Instant = Field(description="becomes endDateTime")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            message = "end lies before start"
            raise ValueError(message)
        return self


class ReportLateRepair(Parameters):
    """Figures of one's own, all three or none; without them they are reckoned from the ticket's SLA."""

    total_delay_in_days: Days | None = Field(None, description="days in all")
    seller_delay_days: Days | None = Field(None, description="days that are the supplier's")
    non_seller_delay_days: Days | None = Field(None, description="days that are not")
    exclusions: tuple[ExcludedSpan, ...] = Field(
        (), max_length=MOST_EXCLUSIONS, description="each: exclusion_reason, number_of_days, start, end"
    )

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        figures = (self.total_delay_in_days, self.seller_delay_days, self.non_seller_delay_days)
        given = [one is not None for one in figures]
        if any(given) != all(given) or (self.exclusions and not any(given)):
            message = "say all three figures, with exclusions or without, or say nothing and they are reckoned"
            raise ValueError(message)
        return self

    def message(self) -> LateRepairNotification | None:
        """The figures as they are sent; ``None`` where they are to be reckoned."""
        if self.total_delay_in_days is None:
            return None
        return LateRepairNotification(
            total_delay_in_days=str(self.total_delay_in_days),
            seller_delay_days=str(self.seller_delay_days),
            non_seller_delay_days=str(self.non_seller_delay_days),
            exclusions=tuple(
                Exclusion(
                    exclusion_reason=one.exclusion_reason,
                    number_of_days=str(one.number_of_days),
                    start_date_time=format_instant(one.start),
                    end_date_time=format_instant(one.end),
                )
                for one in self.exclusions
            ),
        )
