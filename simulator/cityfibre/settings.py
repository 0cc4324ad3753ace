"""The switches of the contract: which side of each contradiction an environment takes.

Names and defaults are those of ``docs/conformance.md``, which a test holds to this file. Everything here is
a plain value: nothing is read from the machine. ``simulator.config`` fills it from flags, variables and a file.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from simulator.core.instants import format_duration
from simulator.wire.networks import Networks

LONGEST_DELAY = timedelta(days=3660)
LONGEST_REFERENCE = 36
LARGEST_FILE = 1024 * 1024 * 1024
MOST_HOURS = 24 * 3660
MOST_RETRIES = 50
# Milliseconds at the finest, as all of simulated time.
_RETRY = ((30, "seconds"), (2, "minutes"), (10, "minutes"), (1, "hours"), (6, "hours"), (12, "hours"), (24, "hours"))
_DURATION = re.compile(r"P(?=[\dT])(\d{1,6}D)?(T(?=\d)(\d{1,6}H)?(\d{1,9}M)?(\d{1,9}(\.\d{1,3})?S)?)?")
_COUNTED = re.compile(r"[^{}]*\{(:0?\d{0,2}d?)?\}[^{}]*")


def _read_duration(value: object) -> object:
    """Refuse what pydantic would take for a duration beside ISO 8601: numbers, ``12:30``, ``3 days``."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and _DURATION.fullmatch(value.upper()):
        return value.upper()
    message = "expected an ISO 8601 duration such as PT30M, PT48H or P3D"
    raise ValueError(message)


def _check_duration(value: timedelta) -> timedelta:
    if not timedelta(0) <= value <= LONGEST_DELAY:
        message = f"a duration lies between PT0S and P{LONGEST_DELAY.days}D"
        raise ValueError(message)
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration),
    AfterValidator(_check_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),  # which can be read again; P1Y could not
]
"""An ISO 8601 duration, not negative, on the simulated clock: days, hours, minutes, seconds, milliseconds."""


def _check_reference_format(value: str) -> str:
    """A reference must hold the counter and fit the 36 characters that the tables allow."""
    message = "expected a text with one counter in it, such as CS{:07d}, of at most 36 characters"
    if not _COUNTED.fullmatch(value):
        raise ValueError(message)
    filled = value.format(9_999_999)
    told_back = filled.isprintable() and filled == " ".join(filled.split())  # a buyer's answer must find it again
    if len(filled) > LONGEST_REFERENCE or not told_back or filled.startswith("~"):
        raise ValueError(message)
    return value


def _read_digits(value: object) -> object:
    """Take the text of a file or a variable for the number it writes: pydantic compares literals as they come."""
    return int(value) if isinstance(value, str) and value in {"400", "500"} else value


def _read_durations(value: object) -> object:
    """Durations in a row, as a flag or a variable has them; ``none`` stands for not one."""
    if not isinstance(value, str):
        return value
    return [] if value.strip().casefold() == "none" else [one.strip() for one in value.split(",")]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DefaultLife(_Group):
    """How long a ticket stays in each state when no script leads it (delays from the state before)."""

    accept_after: Duration = Field(timedelta(0), description="pending to accepted; the flow text: almost instant")
    start_after: Duration = Field(timedelta(hours=2), description="accepted or re-opened to in-progress")
    resolve_after: Duration = Field(timedelta(hours=22), description="in-progress to resolved")
    close_after: Duration = Field(timedelta(hours=48), description="resolved to closed, when the buyer does not answer")
    up_to: Literal["resolved", "in-progress", "accepted", "pending"] = Field(
        "resolved", description="how far a ticket goes by itself; the rest is yours. close_after holds in any case"
    )


class Diary(_Group):
    """The engineers' diary: what a buyer may reserve."""

    capacity: int = Field(4, ge=0, le=1000, description="appointments in one slot of one region")
    hold: Duration = Field(timedelta(hours=12), description="how long a reserved key is kept for the buyer")
    window: int = Field(14, ge=1, le=60, description="days shown in one availability answer")
    horizon: int = Field(90, ge=1, le=366, description="days ahead that the diary is open")


class Sla(_Group):
    """How long a repair may take, by priorityLevel, and what counts as time (assumptions: the text has no figures).

    In hours, and not a duration: a day of the SLA's calendar is not one of 24 hours.
    """

    priority_1: int = Field(10, ge=0, le=MOST_HOURS, description="hours that a repair of priorityLevel 1 may take")
    priority_2: int = Field(20, ge=0, le=MOST_HOURS, description="the same for 2")
    priority_3: int = Field(30, ge=0, le=MOST_HOURS, description="the same for 3")
    priority_4: int = Field(40, ge=0, le=MOST_HOURS, description="the same for 4")
    other: int = Field(20, ge=0, le=MOST_HOURS, description="the same for any other level, and for none")
    calendar: Literal["working", "always"] = Field(
        "working", description="which hours count: 08:00 to 18:00 on the days of the diary, or all"
    )


_DURATIONS = {
    "anyOf": [
        {"type": "array", "items": {"type": "string", "format": "duration"}, "maxItems": MOST_RETRIES},
        {"type": "string"},
    ]
}


class Delivery(_Group):
    """How notifications are pushed (the text is silent on what follows when one does not get through)."""

    retry: Annotated[tuple[Duration, ...], BeforeValidator(_read_durations), WithJsonSchema(_DURATIONS)] = Field(
        tuple(timedelta(**{unit: count}) for count, unit in _RETRY),
        max_length=MOST_RETRIES,
        description="R18: how long after each failure the next attempt is made; or none",
    )
    jitter: float = Field(
        0.0, ge=0, le=1, allow_inf_nan=False, description="R18: share of each delay that the seed may add or take away"
    )


class Attachments(_Group):
    """Files that buyers announce and put (an assumption: the text does not say how)."""

    most_bytes: int = Field(10 * 1024 * 1024, ge=0, le=LARGEST_FILE, description="bytes of one file")


class SupplierSettings(_Group):
    """Every switch of ``docs/conformance.md``; the ruling's id stands in each description."""

    envelope: Literal["mirror", "soap", "bare", "sampled"] = Field("mirror", description="R1: how answers are wrapped")
    notification_envelope: Literal["bare", "soap"] = Field("bare", description="R2: how notifications are wrapped")
    http_status: Literal["documented", "always-200"] = Field(
        "documented", description="R3: the status of good answers and refusals"
    )
    fault_style: Literal["soap", "supplier"] = Field("soap", description="R5: children of a fault inside an envelope")
    notification_schema: Literal["documented", "xsd", "verbatim"] = Field(
        "documented", description="R7: as documented, as the XSD has it, or with the samples' quirks"
    )
    limits: Literal["warn", "enforce"] = Field(
        "warn", description="R10, R21, R22: limits that stand in the tables only"
    )
    reference_format: Annotated[str, AfterValidator(_check_reference_format)] = Field(
        "CS{:07d}", description="R29: maintainerFaultReference"
    )
    amend_cancels: bool = Field(True, description="R25: an amend with status cancelled cancels")
    tlos_without_key: Literal["reject", "wait"] = Field(
        "reject", description="R27: a total loss of service without a key"
    )
    appointment_rejection: Literal["element", "fault"] = Field(
        "element", description="R20: the shape of a refused appointment"
    )
    appointment_broken_xml: Annotated[Literal[400, 500], BeforeValidator(_read_digits)] = Field(
        400, description="R35: status of broken XML on appointment operations"
    )
    inventory: Literal["listed", "any"] = Field(
        "listed", description="§2.4: only listed ids, or a team's own from day one"
    )
    parent_reference: Literal["warn", "enforce"] = Field("warn", description="§2.5: an unknown parentFaultReference")
    appointment_keys: Literal["reserved", "any"] = Field(
        "reserved", description="§2.7: only keys reserved here, or any text"
    )
    source_addresses: Networks = Field((), description="§1: networks that requests may come from; none for any")
    validate_sent: bool = Field(False, description="validate every message that the simulator sends")
    default_life: DefaultLife = DefaultLife()
    diary: Diary = Diary()
    sla: Sla = Sla()
    delivery: Delivery = Delivery()
    attachments: Attachments = Attachments()
