"""Writes ``docs/lifecycle.md``: ``make docs``, or ``python -m docs.generator.page``.

The sentences are here; diagrams and tables come from the code's own tables, messages from a session with the simulator.
"""

from pathlib import Path

from docs.generator import messages, tables
from docs.generator.session import SWITCHES
from docs.generator.story import play
from simulator.cityfibre import ACTIONS, NOTIFICATIONS, SAMPLED, TRANSITIONS, VISIT_TRANSITIONS, SupplierSettings
from simulator.cityfibre.actions import UNDER_REPAIR
from simulator.cityfibre.attachments import MOST_FILES
from simulator.cityfibre.ticket import PAUSED, State, Trigger
from simulator.config import flag_name

PAGE = Path(__file__).parents[1] / "lifecycle.md"
_NOTE = (
    "note right of resolved",
    "    reopen: the buyer rejects the repair",
    "    close: the buyer accepts it, or is silent",
    "end note",
)


def page() -> str:
    """The whole page."""
    parts = (_intro(), _states(), _appointments(), _by_itself(), _actions(), _sla(), _files(), _notifications())
    return "\n\n".join((*parts, _session())) + "\n"


def _intro() -> str:
    return f"""# The life of a ticket

For developers of buyers' systems, above all for the unhappy paths: the states of a ticket, how to bring them about,
and what you are told. What is answered to your requests stands in [conformance.md](conformance.md).

All below is produced by the code: diagrams and tables are its own, and every message was sent in
[a session](#a-session). `make docs` writes this page, and a test holds it to the code.

A ticket lives on [by itself](#by-itself). All else happens when you say so, by one of {len(ACTIONS)}
[actions](#actions) of the [control API](control-api.md#actions):

```console
$ curl -s --json '{{"action": "put-on-hold", "reason": "Nobody was in", "exclusion_reason": "CUST"}}' \\
    http://127.0.0.1:41224/control/v1/environments/cfsit/tickets/CS0053224/actions
```"""


def _states() -> str:
    close_after = tables.hours(SupplierSettings().default_life.close_after)
    ends = tables.listed(state for state, ways in TRANSITIONS.items() if not ways)
    fixed = tables.listed((state for state, ways in TRANSITIONS.items() if ways and Trigger.CANCEL not in ways), "or")
    return f"""## States

{tables.diagram(TRANSITIONS, note=_NOTE)}

- `reopen` is the buyer's alone: a `resolveResponse` that rejects the repair. Each other edge is an action of the
  supplier, of that name.
- `close` comes about in three ways: the buyer accepts the repair by a `resolveResponse`; the buyer is silent for
  {close_after} (`default_life.close_after`); the action.
- `cancel` in two: an `amendFaultReport` with the status `cancelled` (`amend_cancels`, R25); the action. A ticket that
  is {fixed} is not cancelled.
- {ends} are the end. Nothing changes such a ticket: an action gets 409, a request that would change it 400."""


def _appointments() -> str:
    return f"""## Appointments

A report or an amend with a reserved key books an appointment. The newest one of a ticket is what the actions move:

{tables.diagram(VISIT_TRANSITIONS, direction="LR")}

- The buyer books another by an amend with another key. After `failed`, `cancelled` and `missed`, and after `completed`
  with another code than `FR`, the ticket waits for that: it is not resolved by itself.
- An amend with another key cancels an appointment that has not ended. So does the end of the ticket, unless the slot
  has begun. No notification of its own is sent of that.
- A failed or cancelled appointment gives its slot back, unless the slot has begun.
- In messages: `appointmentConfirmationStatus` is `Confirmed` or `Failed`, and missing before that. A completed
  appointment has `appointmentClosureCode`, and `appointmentCancelled` is `false`; of a cancelled one it is `true`.
- A missed appointment is told by `missedAppointment` in the fault details. In `appointments` it looks as it did before.

How a visit has ended, in `complete-appointment`:

{tables.closure_codes()}"""


def _by_itself() -> str:
    return f"""## By itself

{tables.states()}

- A delay counts from the state before, in simulated time.
- A ticket whose appointment is ahead is not resolved before the slot is over. Once it is completed with `FR`, only the
  delay counts: where that has passed, the ticket is resolved in the same instant. Where it was completed with another
  code, missed, failed or cancelled, the ticket is not resolved by itself before the buyer has booked another.
- To lead a ticket yourself, say how far it goes: `--default-life-up-to in-progress` leaves the repair to you,
  `accepted` the work too, `pending` all of it.
- To reject a ticket, keep it pending: with `pending`, or with a longer `default_life.accept_after`.
- To miss an appointment after its end, use `in-progress` or less: the ticket would be resolved at that end.
- With `tlos_without_key: wait` a total loss of service without a key is `pending` until an amend brings one (R27)."""


def _actions() -> str:
    repair = tables.listed((state for state in State if state in UNDER_REPAIR), "or")
    return f"""## Actions

An action that is not possible is answered with 409 and what would be, and leaves no trace. What is bold must be given.
*Under repair* is {repair}.

{tables.actions()}

- *late-repair* follows `resolve` only where the repair is late.
- `report-late-repair` takes all three figures, with exclusions or without. Without any of them they are reckoned from
  [the SLA](#the-sla), and a repair that is not late gets 409.

{tables.parameters()}"""


def _sla() -> str:
    pauses = " and ".join(f"`{state}` (`{why}`)" for state, why in PAUSED.items())
    return f"""## The SLA

{tables.sla_hours()}

- The clock runs from acceptance, in the hours from 08:00 to 18:00 of a working day; with `sla.calendar: always` every
  hour counts.
- It stands while the ticket is {pauses}.
  The word in brackets is the pause's exclusionReason; `put-on-hold` takes another.
- With an appointment, a repair is not late before that is over. Once the supplier has missed, failed or cancelled one,
  a later one puts nothing off.
- An amend of priorityLevel moves the deadline. One that has passed stays: nothing moves it any more.
- The buyer is not told that a deadline passes. The journal has `sla-exceeded`, the control API `sla`.
- A ticket that is resolved late is told twice: *resolved*, then *late-repair*. Where it is resolved again, both come
  again.
- `sellerDelayDays` are the days, of 24 h each, that have begun after the deadline, without the pauses there. Each pause
  is an exclusion of as many days as it has whole ones; their sum is `nonSellerDelayDays`. `totalDelayInDays` is both.

Hours, calendar and the count of days are assumptions of ours ([conformance.md](conformance.md#6-what-is-assumed))."""


def _files() -> str:
    most = SupplierSettings().attachments.most_bytes // 1024 // 1024
    return f"""## Files

A report or an amend may announce files in `attachments`, {MOST_FILES} for one ticket. The answer has a `url` for each;
PUT the file there, up to {most} MiB (`attachments.most_bytes`). The history then gets "Added NAME". No notification is
sent of it: *full-update* is the one that lists files, without their urls. What else a PUT may get:
[conformance.md](conformance.md#3-the-life-of-a-ticket)."""


def _notifications() -> str:
    return f"""## Notifications

Every one is a `notifyFaultReportUpdate` with the whole ticket. All show references, contacts and fault details with
status and triage. What else each shows is in the table; `statusReason` and `missedAppointment` stand in the fault
details.

{tables.notifications()}

- `on` has the actions and the operations. A ticket that lives by itself sends the same.
- *amended* shows the comment only where one has just been made.
- *accepted* and *appointment-missed* have no history: their pages list none.
- With `notification_schema: xsd` there is one `appointment`, the newest, in place of `appointments` (R7)."""


def _session() -> str:
    documented, verbatim = play(), play(notification_schema="verbatim")
    flags = " ".join(
        f"{flag_name((group, name))} {value}" for group, values in SWITCHES.items() for name, value in values.items()
    )
    return f"""## A session

{len(documented)} faults of one buyer, under `{flags}`.
Times are UTC. What the supplier does can be posted to the control API as it stands; the buyer's requests are in
`docs/generator/story.py`. What is bold is shown whole [below](#every-notification).

{messages.chapters(documented)}

## Every notification

As it was sent in that session, in the order of the table. Of several of a kind, one that somebody caused is shown.
{len(SAMPLED)} of the {len(NOTIFICATIONS)} have a published sample; what `notification_schema: verbatim` makes of them
is told below each.

{messages.messages(documented, verbatim)}"""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
