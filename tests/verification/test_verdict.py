"""What holds of several expectations: how many, in which order, never within a span; and in what words it does not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.verification import telling
from simulator.verification.verdict import Inquiry, UnusableXPathError
from tests.verification.entries import START, Written

ADD = {"operation": "addFaultReport"}
AMEND = {"operation": "amendFaultReport"}
ACCEPTED = {"notification": "accepted"}
HELD = ""


def stands(inquiry: Inquiry, now: datetime = START) -> list[tuple[list[int], str]]:
    """Of each expectation the messages that it has taken, and why it does not hold."""
    told = []
    for index, verdict in enumerate(inquiry.verdicts(now)):
        near = telling.nearest(inquiry.tallies[index], verdict, lambda body: body)
        told.append((list(verdict.taken), telling.why(inquiry, index, verdict, near)))
    return told


def final(inquiry: Inquiry, now: datetime = START) -> list[bool]:
    """Of each expectation whether nothing can mend it."""
    return [inquiry.is_final(verdict) for verdict in inquiry.verdicts(now)]


@pytest.mark.parametrize(
    ("counts", "came", "trouble", "is_final"),
    [
        ({}, 0, "too few", False),
        ({}, 1, HELD, False),
        ({}, 3, HELD, False),
        ({"at_least": 2}, 1, "too few", False),
        ({"at_least": 2}, 2, HELD, False),
        ({"at_most": 1}, 0, HELD, False),
        ({"at_most": 1}, 1, HELD, False),
        ({"at_most": 1}, 2, "too many", True),
        ({"exactly": 2}, 1, "too few", False),
        ({"exactly": 2}, 2, HELD, False),
        ({"exactly": 2}, 3, "too many", True),
        ({"exactly": 0}, 0, HELD, False),
        ({"exactly": 0}, 1, "too many", True),
    ],
)
@pytest.mark.parametrize("in_order", [False, True])
def test_how_many(counts: dict[str, int], came: int, trouble: str, is_final: bool, in_order: bool) -> None:  # noqa: FBT001 - pytest hands them over
    """Too few may become enough; too many stay too many."""
    written = Written()
    for _ in range(came):
        written.request()
    inquiry = written.ask({**ADD, **counts}, in_order=in_order)
    (verdict,) = inquiry.verdicts(START)
    assert (verdict.trouble, inquiry.is_final(verdict)) == (trouble, is_final)


def test_without_an_order_all_that_fits_is_taken() -> None:
    """By each expectation for itself, so that two may take the same message."""
    written = Written()
    for _ in range(3):
        written.request()
    assert stands(written.ask(ADD, {**ADD, "at_least": 2})) == [([1, 3, 5], ""), ([1, 3, 5], "")]


# Words


def test_nothing_has_come() -> None:
    """Neither of that kind, nor of any other; or of which others."""
    written = Written()
    assert stands(written.ask(ADD)) == [([], "no addFaultReport has come, nor anything else")]
    written.request("amendFaultReport")
    written.notification("accepted", "delivered")
    written.request("amendFaultReport")
    others = "there was amendFaultReport (2), notification accepted (1)"
    assert stands(written.ask(ADD, {"notification": "resolved"})) == [
        ([], f"no addFaultReport has come; {others}"),
        ([], f"no notification resolved has come; {others}"),
    ]


def test_the_nearest_is_told() -> None:
    """The one with the fewest differences, and of equals the newest; three are kept."""
    written = Written()
    for level in ("1", "3", "4", "5"):
        written.request(body=f"<addFaultReport><priorityLevel>{level}</priorityLevel></addFaultReport>")
    written.request(ticket="~SPDEV1~REF-2", body="<addFaultReport/>")
    inquiry = written.ask({**ADD, "ticket": "~SPDEV1~REF-1", "fields": {"priorityLevel": "2"}})
    assert stands(inquiry) == [
        ([], "none of 5 addFaultReport that came fits; the nearest is #7: priorityLevel is '5', expected '2'")
    ]
    assert [one.message.seq for one in inquiry.tallies[0].nearest] == [7, 5, 3]


def test_some_fit_but_too_few() -> None:
    """Both are told: which do, and what comes nearest of those that don't."""
    written = Written()
    written.request()
    written.request(rule="xsd")
    nearest = "the nearest is #3: refused_by is xsd, expected none: it is taken"
    assert stands(written.ask({**ADD, "refused_by": None, "at_least": 2})) == [
        (
            [1],
            f"of 2 addFaultReport that came, #1 fits; expected 2 that do; {nearest}",
        )
    ]


def test_too_many_are_named() -> None:
    """Those beyond what may come, three of them."""
    written = Written()
    for _ in range(6):
        written.request()
    (told,) = stands(written.ask({**ADD, "at_most": 1}))
    assert told[1] == "too many: 6 fit, expected 1 at most; the surplus is #3, #5, #7 and 2 more"


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        (ADD, "addFaultReport: at least 1"),
        ({**ADD, "at_least": 2, "at_most": 3}, "addFaultReport: at least 2 and at most 3"),
        ({**ADD, "at_most": 3}, "addFaultReport: at most 3"),
        ({**ADD, "exactly": 0}, "addFaultReport: exactly 0"),
        ({**ADD, "never_within": "PT90M"}, "addFaultReport: never within PT1H30M"),
        ({**ADD, "refused_by": "xsd", "status": 400}, "addFaultReport, answered 400, refused by xsd: at least 1"),
        ({**ADD, "refused_by": None}, "addFaultReport, taken: at least 1"),
        (
            {
                **ACCEPTED,
                "ticket": "~A~1",
                "delivered": True,
                "fields": {"faultDetails.status": "accepted", "comment": None},
            },
            "notification accepted of ~A~1 with faultDetails.status 'accepted', comment nothing, delivered: at least 1",
        ),
        ({**ACCEPTED, "delivered": False}, "notification accepted, not taken by the buyer: at least 1"),
        (
            {**ADD, "xpath": [{"select": "//a"}, {"select": "//b", "one_of": ["c", "d"]}]},
            "addFaultReport with XPath //a something, XPath //b one of 'c', 'd': at least 1",
        ),
    ],
    ids=repr,
)
def test_what_is_expected_in_words(expectation: dict[str, Any], words: str) -> None:
    """All that is said, and how many."""
    (tally,) = Written().ask(expectation).tallies
    assert words == telling.expected(tally.judge)


# Deliveries


def test_an_outcome_that_comes_late_is_heard() -> None:
    """A message is judged again when more of it is known, and counts once."""
    written = Written()
    written.notification()
    inquiry = written.ask({**ACCEPTED, "delivered": True}, {**ACCEPTED, "exactly": 1})
    nearest = "the nearest is #1: delivered is not delivered so far, expected delivered"
    assert stands(inquiry) == [
        (
            [],
            f"none of 1 notification accepted that came fits; {nearest}",
        ),
        ([1], ""),
    ]
    written.outcome(1, "delivered")
    inquiry.take(written.journal.after(1, 1)[0])
    assert stands(inquiry) == [([1], ""), ([1], "")]
    assert inquiry.kinds == {"notification accepted": 1}
    assert [(tally.came, tally.nearest) for tally in inquiry.tallies] == [(1, []), (1, [])]


def test_a_later_outcome_counts() -> None:
    """Should an attempt be made again, the last one says what is so."""
    written = Written()
    written.notification(outcome="failed")
    inquiry = written.ask({**ACCEPTED, "delivered": False})
    assert stands(inquiry) == [([1], "")]
    written.outcome(1, "delivered")
    inquiry.take(written.journal.after(2, 1)[0])
    assert [taken for taken, _ in stands(inquiry)] == [[]]


# In order


def test_in_order_each_takes_the_first_behind_the_one_before() -> None:
    """The same kind twice needs two messages; what is left over is nobody's."""
    written = Written()
    written.request()  # 1
    written.notification()  # 3
    written.request()  # 4
    written.request()  # 6
    assert stands(written.ask(ADD, ACCEPTED, ADD, in_order=True)) == [([1], ""), ([3], ""), ([4], "")]


def test_out_of_order_is_named() -> None:
    """What fits, but came before the one that it must follow; another may still come."""
    written = Written()
    written.notification()  # 1
    written.request()  # 2
    inquiry = written.ask(ADD, ACCEPTED, in_order=True)
    early = "out of order: #1 fits, but came before #2, which an expectation before it has taken"
    assert stands(inquiry) == [([2], ""), ([], f"{early}; expected 1 after that, found 0")]
    assert final(inquiry) == [False, False]
    assert stands(written.ask(ADD, ACCEPTED)) == [([2], ""), ([1], "")]


def test_who_says_how_many_there_may_be_means_all() -> None:
    """One of them too early can't be mended."""
    written = Written()
    written.notification()  # 1
    written.request()  # 2
    written.notification()  # 4
    inquiry = written.ask(ADD, {**ACCEPTED, "exactly": 2}, in_order=True)
    early = "out of order: #1 fits, but came before #2, which an expectation before it has taken"
    assert stands(inquiry) == [([2], ""), ([1, 4], early)]
    assert final(inquiry) == [False, True]


def test_one_that_waits_for_a_delivery_may_still_move_the_order() -> None:
    """An earlier notification may be acknowledged later: what is behind it is then in order."""
    written = Written()
    written.notification()  # 1, under way
    written.request()  # 2
    written.notification(outcome="delivered")  # 4, 5
    inquiry = written.ask({**ACCEPTED, "delivered": True}, {**ADD, "exactly": 1}, in_order=True)
    early = "out of order: #2 fits, but came before #4, which an expectation before it has taken"
    assert stands(inquiry) == [([4], ""), ([2], early)]
    assert final(inquiry) == [False, False]
    written.outcome(1, "delivered")
    inquiry.take(written.journal.after(5, 1)[0])
    assert stands(inquiry) == [([1], ""), ([2], "")]


def test_what_may_be_missing_moves_nothing() -> None:
    """One that holds without a message leaves the order as it is."""
    written = Written()
    written.request()  # 1
    written.notification()  # 3
    assert stands(written.ask(ADD, {**AMEND, "at_most": 0}, ACCEPTED, in_order=True)) == [
        ([1], ""),
        ([], ""),
        ([3], ""),
    ]


# Never within


def test_never_is_open_until_the_span_is_over() -> None:
    """And then it holds; the end of the span is no part of it."""
    written = Written()
    written.request("amendFaultReport")
    written.request(at="10:00")
    inquiry = written.ask({**ADD, "never_within": "PT1H"})
    hour = timedelta(hours=1)
    advance = "the span ends at 2026-01-05T10:00:00.000Z of simulated time; advance the clock"
    just_before = START + hour - timedelta(milliseconds=1)
    assert stands(inquiry, just_before) == [([], f"open: none has come yet, but {advance}")]
    assert final(inquiry, just_before) == [False]
    assert stands(inquiry, START + hour) == [([], "")]


def test_one_that_comes_in_the_span_breaks_it_for_good() -> None:
    """At once, and also once the span is over."""
    written = Written()
    written.request(at="9:59")
    inquiry = written.ask({**ADD, "never_within": "PT1H"})
    for now in (START, START + timedelta(days=1)):
        assert stands(inquiry, now) == [([1], "#1 fits, and came before 2026-01-05T10:00:00.000Z")]
        assert final(inquiry, now) == [True]


# Secrets, and XPaths


def test_what_is_hidden_is_not_told() -> None:
    """A difference stays one, and tells the blanked text."""
    written = Written()
    written.request(body="<addFaultReport><priorityLevel>hunter2</priorityLevel></addFaultReport>")
    looks = {"fields": {"priorityLevel": "***", "serviceAffected": "S1"}, "xpath": [{"select": "//*", "one_of": ["x"]}]}
    inquiry = written.ask({**ADD, **looks})
    (verdict,) = inquiry.verdicts(START)
    (near,) = telling.nearest(inquiry.tallies[0], verdict, lambda body: body.replace(b"hunter2", b"***"))
    assert [(one.field, one.expected, one.found) for one in near.differences] == [
        ("priorityLevel", "'***'", "***"),
        ("serviceAffected", "'S1'", "not there"),
        ("XPath //*", "one of 'x'", "'***', '***'"),
    ]


def test_an_xpath_that_fails_on_a_message_is_no_verdict() -> None:
    """Else what must not be there would never be found."""
    written = Written()
    written.request()
    unusable = {**ADD, "at_most": 0, "xpath": [{"select": "//a"}, {"select": "//priorityLevel[contains('a')]"}]}
    with pytest.raises(UnusableXPathError, match="Invalid number of arguments") as caught:
        written.ask(AMEND, unusable)
    assert caught.value.place == ("expect", 1, "xpath", 1, "select")


def test_a_body_is_not_read_for_another_kind() -> None:
    """An XPath that fails on every message fails on none that is not asked about."""
    written = Written()
    written.request("amendFaultReport")
    inquiry = written.ask({**ADD, "xpath": [{"select": "//priorityLevel[contains('a')]"}]})
    assert stands(inquiry) == [([], "no addFaultReport has come; there was amendFaultReport (1)")]
