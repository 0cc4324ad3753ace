"""Verifications over HTTP: what holds, what does not and why, waiting for it, and what nobody has expected."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from simulator.core.journal import Journal
from simulator.runtime.environments import Environment
from simulator.server.control import verifying as control
from tests.conftest import Start
from tests.messages import FIRST_REFERENCE, add, amend, resolve
from tests.rig import Simulator
from tests.situations import reported, resolved

ADD = {"operation": "addFaultReport"}
ACCEPTED = {"notification": "accepted"}
Verified = tuple[int, dict[str, Any]]


async def verify(simulator: Simulator, *expect: dict[str, Any], **more: Any) -> Verified:  # noqa: ANN401 - any JSON
    """Status and document of a verification's answer."""
    body = json.dumps({"expect": expect, **more}).encode()
    headers = {"Content-Type": "application/json"}
    answer = await simulator.send("POST", f"{simulator.control_url}/verify", body, headers)
    assert answer.content_type.startswith("application/json" if answer.status == 200 else "application/problem+json")
    return answer.status, json.loads(answer.body)


async def unmatched(simulator: Simulator, query: str = "") -> list[tuple[int, str, int | None, str | None]]:
    """Seq, name, status and rule of what nobody has expected."""
    messages = (await simulator.control("GET", f"/unmatched{query}"))["messages"]
    return [(one["seq"], one["name"], one["status"], one["refused_by"]) for one in messages]


async def test_what_holds_is_told_with_its_messages(simulator: Simulator) -> None:
    """In words, with their seqs, and how far was looked."""
    await reported(simulator)
    expected = [
        {**ADD, "status": 201, "fields": {"faultDetails.type": "Impaired Service"}},
        {**ACCEPTED, "delivered": True},
    ]
    assert await verify(simulator, *expected, in_order=True) == (
        200,
        {
            "verified": True,
            "expectations": [
                {
                    "expected": "addFaultReport with faultDetails.type 'Impaired Service', answered 201: at least 1",
                    "count": 1,
                    "matched": [1],
                },
                {"expected": "notification accepted, delivered: at least 1", "count": 1, "matched": [7]},
            ],
            "last": simulator.last_seq,
        },
    )


async def test_what_does_not_hold_is_a_problem_that_says_why(simulator: Simulator) -> None:
    """The detail can be acted on; beside it stands all of it. Nothing has changed, and nothing is taken."""
    await reported(simulator)
    state, seq = simulator.state(), simulator.last_seq
    wrong = {**ADD, "fields": {"priorityLevel": "1"}}
    status, problem = await verify(simulator, ACCEPTED, wrong)
    why = "none of 1 addFaultReport that came fits; the nearest is #1: priorityLevel is '2', expected '1'"
    assert (status, problem["verified"], problem["last"]) == (409, False, seq)
    assert problem["detail"] == (
        f"1 of 2 expectations failed: expect[1] addFaultReport with priorityLevel '1': at least 1 — {why}"
    )
    assert problem["expectations"] == [
        {
            "expected": "notification accepted: at least 1",
            "count": 1,
            "matched": [7],
            "held": True,
            "open": False,
            "why": "",
            "nearest": [],
        },
        {
            "expected": "addFaultReport with priorityLevel '1': at least 1",
            "count": 0,
            "matched": [],
            "held": False,
            "open": True,
            "why": why,
            "nearest": [
                {
                    "seq": 1,
                    "at": "2026-01-05T09:00:00.000Z",
                    "ticket": "~SPDEV1~REF-1",
                    "differences": [{"field": "priorityLevel", "expected": "'1'", "found": "'2'"}],
                }
            ],
        },
    ]
    assert (simulator.state(), simulator.last_seq) == (state, seq)
    assert len(await unmatched(simulator)) == 2


async def test_a_ticket_is_named_either_way(simulator: Simulator) -> None:
    """By the maintainer's reference or the buyer's; of the latter form it may be yet to come."""
    await reported(simulator)
    for name in (FIRST_REFERENCE, "~SPDEV1~REF-1"):
        status, told = await verify(simulator, {**ADD, "ticket": name})
        assert (status, told["expectations"][0]["expected"]) == (200, "addFaultReport of ~SPDEV1~REF-1: at least 1")
    status, problem = await verify(simulator, {**ADD, "ticket": "~SPDEV1~REF-2"})
    assert (status, problem["expectations"][0]["nearest"][0]["differences"]) == (
        409,
        [{"field": "ticket", "expected": "~SPDEV1~REF-2", "found": "~SPDEV1~REF-1"}],
    )
    status, problem = await verify(simulator, ADD, {**ADD, "ticket": "CS1"})
    assert status == 404
    assert problem["detail"].startswith("expect[1].ticket: no ticket is known as 'CS1'")


async def test_only_what_came_after_an_entry_counts(simulator: Simulator) -> None:
    """``last`` of one verification is ``after`` of the next; an outcome of what came before is no message."""
    await simulator.post("addFaultReport", add())
    _, told = await verify(simulator, ADD)
    await simulator.advance()
    status, problem = await verify(simulator, ADD, ACCEPTED, after=told["last"])
    assert status == 409
    assert [one["why"] for one in problem["expectations"]] == [
        "no addFaultReport has come, nor anything else",
        "no notification accepted has come, nor anything else",
    ]
    await simulator.post("amendFaultReport", amend())
    assert (await verify(simulator, {"operation": "amendFaultReport"}, after=told["last"]))[0] == 200


# Waiting


async def soon(waiting: Awaitable[Verified], then: Callable[[], Awaitable[object]]) -> Verified:
    """Let something happen while a verification waits; it answers long before its time is up."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0.1)
    assert not task.done()
    await then()
    async with asyncio.timeout(5):
        return await task


async def test_it_waits_until_it_holds(simulator: Simulator) -> None:
    """A client need not ask again and again; several may wait at once."""
    later = {**ACCEPTED, "delivered": True, "ticket": "~SPDEV1~REF-1"}
    first = asyncio.ensure_future(verify(simulator, {**ADD, "exactly": 1}, timeout=30))
    status, told = await soon(verify(simulator, later, timeout=30), lambda: simulator.post("addFaultReport", add()))
    assert (status, told["expectations"][0]["matched"]) == (200, [7])
    assert (await first)[0] == 200


async def test_time_may_be_up(simulator: Simulator) -> None:
    """What would still be possible is said to be open."""
    status, problem = await verify(simulator, ADD, timeout=0.3)
    assert (status, problem["expectations"][0]["open"]) == (409, True)


async def test_what_can_not_be_mended_is_told_at_once(simulator: Simulator) -> None:
    """One too many, although another expectation is still waited for."""
    expected: list[dict[str, Any]] = [{**ADD, "at_most": 0}, {"notification": "resolved"}]
    status, problem = await soon(
        verify(simulator, *expected, timeout=30), lambda: simulator.post("addFaultReport", add())
    )
    assert status == 409
    assert [(one["open"], one["matched"]) for one in problem["expectations"]] == [(False, [1]), (True, [])]


async def test_never_is_waited_for_on_the_simulated_clock(simulator: Simulator) -> None:
    """Open until the clock has passed the span, whatever moves it."""
    await reported(simulator)
    never = {"operation": "amendFaultReport", "never_within": "PT1H"}
    status, problem = await verify(simulator, never)
    assert (status, problem["expectations"][0]["open"], problem["expectations"][0]["why"]) == (
        409,
        True,
        "open: none has come yet, but the span ends at 2026-01-05T10:00:00.000Z of simulated time; advance the clock",
    )
    status, told = await soon(verify(simulator, never, timeout=30), lambda: simulator.advance("PT1H"))
    assert (status, told["expectations"][0]["matched"]) == (200, [])


async def test_a_span_begins_with_the_window(simulator: Simulator) -> None:
    """At the instant of the entry that it comes after; with a journal that has no entry yet, now."""
    never = {"operation": "resolveResponse", "never_within": "PT30M"}
    await simulator.advance("PT5M")
    _, first = await verify(simulator, never)
    await simulator.post("amendFaultReport", amend())
    await simulator.advance("PT5M")
    await reported(simulator)
    seq = simulator.last_seq
    await simulator.advance("PT5M")
    _, second = await verify(simulator, never, after=seq)
    ends = [one["expectations"][0]["why"].partition(" ends at ")[2][:16] for one in (first, second)]
    assert ends == ["2026-01-05T09:35", "2026-01-05T09:40"]


async def test_never_is_broken_at_once(simulator: Simulator) -> None:
    """The request that must not come is named."""
    await reported(simulator)
    never = {"operation": "amendFaultReport", "never_within": "PT1H"}
    seq = simulator.last_seq + 1
    status, problem = await soon(
        verify(simulator, never, timeout=30), lambda: simulator.post("amendFaultReport", amend())
    )
    assert (status, problem["expectations"][0]["matched"], problem["expectations"][0]["open"]) == (409, [seq], False)


async def test_never_is_waited_for_while_the_clock_runs_by_itself(simulator: Simulator) -> None:
    """Nothing happens that could wake anybody; the span counts from the entry that the window comes after."""
    await reported(simulator)
    await simulator.advance("PT10M")
    await simulator.post("amendFaultReport", amend())
    never = {"operation": "resolveResponse", "never_within": "PT30M"}
    waiting = verify(simulator, never, after=simulator.last_seq, timeout=30)
    status, told = await soon(waiting, lambda: simulator.control("POST", "/clock/resume", {"rate": 3600}))
    assert (status, told["verified"]) == (200, True)
    now = (await simulator.control("GET", "/clock"))["now"]
    assert now >= "2026-01-05T09:40"


async def test_never_is_not_over_before_what_is_due_has_happened(simulator: Simulator) -> None:
    """A timer within the span that has not fired yet holds the verdict back, even where the clock has gone by."""
    await reported(simulator)
    now = simulator.environment.driver.now()
    assert control._reached(simulator.environment.driver) == now  # noqa: SLF001 - else only a race could show it
    following = simulator.environment.engine.schedule.next()
    assert following is not None
    simulator.environment.driver.now = lambda: following.due.replace(year=2027)  # type: ignore[method-assign]
    assert control._reached(simulator.environment.driver) == following.due  # noqa: SLF001 - as above


async def test_a_reset_ends_the_wait(simulator: Simulator) -> None:
    """What is waited for belongs to a life that is over."""
    status, problem = await soon(verify(simulator, ADD, timeout=30), lambda: simulator.control("POST", "/reset"))
    assert (status, problem["detail"]) == (409, "the environment was reset or removed meanwhile")


async def test_a_reset_while_the_journal_is_read_is_noticed(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What held in the former life is not told, and takes nothing in the new one."""
    await reported(simulator)
    look = control._look  # noqa: SLF001 - a reset just then is a matter of luck

    async def look_and_reset(*args: Any) -> int:  # noqa: ANN401 - as it is called
        seq = await look(*args)
        await simulator.environment.reset()
        return seq

    monkeypatch.setattr(control, "_look", look_and_reset)
    status, problem = await verify(simulator, ADD)
    assert (status, problem["detail"]) == (409, "the environment was reset or removed meanwhile")
    assert simulator.environment.verified == set()


async def test_a_client_that_hangs_up_takes_nothing(simulator: Simulator) -> None:
    """Nobody has heard of the verdict, so nothing counts as expected."""
    waiting = asyncio.ensure_future(verify(simulator, ADD, timeout=30))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.sleep(0.1)
    await reported(simulator)
    await asyncio.sleep(0.1)
    assert [name for _, name, _, _ in await unmatched(simulator)] == ["addFaultReport", "accepted"]


async def test_not_too_many_wait(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not wait is answered all the same."""
    await reported(simulator)
    monkeypatch.setattr(control, "MOST_STREAMS", 0)
    status, problem = await verify(simulator, ADD, timeout=1)
    assert (status, problem["detail"]) == (429, "0 streams and verifications are under way already; end one")
    assert (await verify(simulator, ADD))[0] == 200


async def test_a_server_that_stops_waits_for_nobody(start: Start) -> None:
    """A verification under way is ended, long before its time is up."""
    simulator = await start()
    waiting = asyncio.ensure_future(verify(simulator, ADD, timeout=30))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(3):
        await simulator._server.stop()  # noqa: SLF001 - its session must outlive it
    (ended,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(ended, Exception)


# The window


async def test_what_the_journal_has_dropped_can_not_be_verified(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is it told what nobody expected; the first entry that is kept is named."""
    monkeypatch.setattr(Journal.__init__, "__defaults__", (5, 1_000_000))
    simulator = await start()
    await reported(simulator)
    first = simulator.last_seq - 4
    detail = f"the journal keeps nothing before #{first}; say after {first - 1}, or more"
    status, problem = await verify(simulator, ADD)
    assert (status, problem["detail"], problem["first_seq"]) == (409, detail, first)
    answer = await simulator.send("GET", f"{simulator.control_url}/unmatched")
    assert (answer.status, json.loads(answer.body)["detail"]) == (409, detail)
    assert (await verify(simulator, {**ADD, "at_most": 0}, after=first - 1))[0] == 200


async def test_a_seq_of_a_former_life_is_refused(simulator: Simulator) -> None:
    """Else a test would wait for what came long ago."""
    await reported(simulator)
    last = simulator.last_seq
    await simulator.control("POST", "/reset")
    status, problem = await verify(simulator, ADD, after=last)
    detail = f"the journal ends at #0, before #{last}; was the environment reset?"
    assert (status, problem["detail"], problem["next_seq"]) == (409, detail, 1)


# What is wrong with a verification


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        (
            {"expect": [{**ADD, "xpath": [{"select": "//a", "one_of": [5]}]}]},
            [("expect[0].xpath[0].one_of", "expected a list of texts, found a list")],
        ),
        (
            {"expect": [{**ADD, "fields": {"priorityLevel": {"one_of": [5]}}}]},
            [("expect[0].fields.priorityLevel.one_of[0]", "expected text, found 5")],
        ),
        ({}, [("expect", "`expect` is missing")]),
        (
            {"expect": [{"operation": "addFaultreport"}, {"notification": "accepted", "equals": "x"}]},
            [("expect[0].operation", ""), ("expect[1].equals", "")],
        ),
        ({"expect": [ADD], "timeout": 61}, [("timeout", "expected at most 60.0, found 61")]),
        (
            {"expect": [{**ADD, "never_within": "1h"}]},
            [("expect[0].never_within", "expected an ISO 8601 duration such as PT30M, PT48H or P3D")],
        ),
        (
            {"expect": [{**ADD, "xpath": [{"select": "//a:b"}]}, {**ADD, "refused_by": "xds"}]},
            [
                ("expect[0].xpath[0].select", "the prefix `a` is not in namespaces"),
                ("expect[1].refused_by", "no rule of addFaultReport is called `xds` — did you mean `xsd`?"),
            ],
        ),
    ],
    ids=repr,
)
async def test_every_error_is_told_with_its_place(
    simulator: Simulator, document: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    """Before anything is looked at; where no error's text is given, its place alone is."""
    answer = await simulator.send(
        "POST", f"{simulator.control_url}/verify", json.dumps(document), {"Content-Type": "application/json"}
    )
    told = [(one["field"], one["error"]) for one in json.loads(answer.body)["errors"]]
    assert answer.status == 422
    assert [
        (field, error if wanted else "") for (field, error), (_, wanted) in zip(told, errors, strict=True)
    ] == errors


async def test_an_xpath_that_fails_on_a_message_is_a_problem_of_its_place(simulator: Simulator) -> None:
    """Although nothing was wrong with it before the message came."""
    await reported(simulator)
    unusable = {**ADD, "at_most": 0, "xpath": [{"select": "//priorityLevel[contains('a')]"}]}
    status, problem = await verify(simulator, ACCEPTED, unusable)
    error = "can't be evaluated: Invalid number of arguments"
    assert (status, problem["errors"]) == (422, [{"field": "expect[1].xpath[0].select", "error": error}])


async def test_secrets_are_not_told(simulator: Simulator) -> None:
    """What a difference finds in a message is blanked as everywhere else."""
    await simulator.post("addFaultReport", "<addFaultReport><password>hunter2</password></addFaultReport>")
    status, problem = await verify(simulator, {**ADD, "xpath": [{"select": "//password", "one_of": ["swordfish"]}]})
    assert (status, problem["expectations"][0]["nearest"][0]["differences"]) == (
        409,
        [{"field": "XPath //password", "expected": "one of 'swordfish'", "found": "'***'"}],
    )
    assert "hunter2" not in json.dumps(problem)
    assert (await verify(simulator, {**ADD, "xpath": [{"select": "//password", "one_of": ["hunter2"]}]}))[0] == 200


async def test_messages_that_are_none(simulator: Simulator) -> None:
    """No XML, too many attributes, a wrong envelope: they count, and nothing in them does."""
    attributes = " ".join(f"b{n}=''" for n in range(65))
    for body in ("", "hello", f"<a {attributes}/>", "<Envelope/>"):
        await simulator.post("addFaultReport", body)
    refused: list[dict[str, Any]] = [{"refused_by": "xml-not-well-formed", "exactly": 2}, {"refused_by": "xml-limit"}]
    assert (await verify(simulator, *({**ADD, **one} for one in refused), {**ADD, "exactly": 4}))[0] == 200
    blank = {**ADD, "at_most": 0, "fields": {"serviceAffected": {"present": False}}}
    assert (await verify(simulator, blank))[0] == 200


async def test_a_message_in_an_envelope_is_looked_into(simulator: Simulator) -> None:
    """As if it had come bare."""
    await simulator.post("addFaultReport", add(), soap=True)
    looks = {"fields": {"serviceAffected": "S21709"}, "xpath": [{"select": "/addFaultReport/serviceAffected"}]}
    assert (await verify(simulator, {**ADD, **looks}))[0] == 200


# What nobody has expected


async def test_what_nobody_has_expected(simulator: Simulator) -> None:
    """Only a verification that holds takes what it expected; a reset forgets it."""
    await resolved(simulator)
    await simulator.post("resolveResponse", resolve({"buyerFaultReference": "REF-9"}))
    everything = [name for _, name, _, _ in await unmatched(simulator)]
    assert everything == ["addFaultReport", "accepted", "in-progress", "resolved", "resolveResponse"]
    await verify(simulator, ADD, {"notification": "closed"})
    assert len(await unmatched(simulator)) == 5
    await verify(simulator, ADD, ACCEPTED)
    await verify(simulator, {"notification": "in-progress"})
    (told, refused) = await unmatched(simulator)
    assert told[1:] == ("resolved", None, None)
    assert refused[1:] == ("resolveResponse", 400, "ticket-known")
    await simulator.control("POST", "/reset")
    assert await unmatched(simulator) == []
    await reported(simulator)
    assert [name for _, name, _, _ in await unmatched(simulator)] == ["addFaultReport", "accepted"]


async def test_it_is_told_in_pages(simulator: Simulator) -> None:
    """``last`` leads from one to the next, and at the end to the end of the journal."""
    await resolved(simulator)
    names, after = [], 0
    for _ in range(4):
        page = await simulator.control("GET", f"/unmatched?after={after}&limit=1")
        names += [one["name"] for one in page["messages"]]
        after = page["last"]
    assert names == ["addFaultReport", "accepted", "in-progress", "resolved"]
    page = await simulator.control("GET", f"/unmatched?after={after}&limit=1")
    assert page == {"last": simulator.last_seq, "messages": []}
    assert await simulator.control("GET", "/unmatched?limit=0") == {"last": 0, "messages": []}


async def test_a_message_is_told_in_full(simulator: Simulator) -> None:
    """What it is, of which ticket, and when it came."""
    await reported(simulator)
    request, notification = (await simulator.control("GET", "/unmatched"))["messages"]
    ticket, at = "~SPDEV1~REF-1", "2026-01-05T09:00:00.000Z"
    assert request == {
        "seq": 1,
        "at": at,
        "ticket": ticket,
        "kind": "operation",
        "name": "addFaultReport",
        "status": 201,
        "refused_by": None,
    }
    assert notification == {
        "seq": 7,
        "at": at,
        "ticket": ticket,
        "kind": "notification",
        "name": "accepted",
        "status": None,
        "refused_by": None,
    }


async def test_what_is_left_over_in_order_is_nobody_s(simulator: Simulator) -> None:
    """The second of two, where one is expected before something else."""
    await reported(simulator)
    await reported(simulator, {"buyerFaultReference": "REF-2", "serviceAffected": "S18650"})
    assert (await verify(simulator, ADD, ACCEPTED, in_order=True))[0] == 200
    assert [name for _, name, _, _ in await unmatched(simulator)] == ["addFaultReport", "accepted"]


async def test_what_the_journal_has_dropped_is_remembered_no_longer(simulator: Simulator) -> None:
    """The memory of what was expected does not outgrow the journal."""
    await reported(simulator)
    environment: Environment = simulator.environment
    environment.verified.update(range(-1000, 1))
    assert (await verify(simulator, ADD))[0] == 200
    assert environment.verified == {1}
