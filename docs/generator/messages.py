"""The part of ``docs/lifecycle.md`` that a session makes: its chapters, and the XML of every notification."""

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from lxml import etree

from docs.generator.session import Chapter, Step, Told
from docs.generator.tables import listed, setting_of, table
from simulator.cityfibre import NOTIFICATIONS, SAMPLED
from simulator.cityfibre.life import STEPS

_WHO = {"buyer": "buyer", "supplier": "supplier", "clock": "time"}


def chapters(session: Sequence[Chapter]) -> str:
    """Each fault's own table. What is bold in it has its XML below."""
    shown = {id(told) for _, _, told in pictured(session)}
    parts = []
    for chapter in session:
        header = ("when", "who", "what", "the buyer is told", "the ticket is then")
        rows = table(header, (_row(step, shown) for step in chapter.steps))
        parts.append(f"### {chapter.title}: {chapter.reference}\n\n{rows}")
    return "\n\n".join(parts)


def _row(step: Step, shown: set[int]) -> tuple[str, ...]:
    told = ", ".join(f"***{one.name}***" if id(one) in shown else f"*{one.name}*" for one in step.told)
    return _clock(step.at), _WHO[step.who], _what(step), told, f"`{step.status}`" if step.status else ""


def _clock(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %H:%M}"


def _what(step: Step) -> str:
    if step.who == "supplier":
        return f"`{step.said}`"
    if step.who == "buyer":
        return f"`{step.cause}`: {step.said}"
    if step.cause in STEPS:
        return f"`{setting_of(STEPS[step.cause])}` is over"
    return "the SLA's deadline has passed"


def pictured(session: Iterable[Chapter]) -> list[tuple[Chapter, Step, Told]]:
    """One of each kind, in the order of ``NOTIFICATIONS``: the first that somebody caused, or else the first."""
    every = [(chapter, step, told) for chapter in session for step in chapter.steps for told in step.told]
    every.sort(key=lambda one: one[1].who == "clock")
    return [next(one for one in every if one[2].name == kind.name) for kind in NOTIFICATIONS]


def messages(documented: Sequence[Chapter], verbatim: Sequence[Chapter]) -> str:
    """The XML of each notification, what led to it, and what the samples' quirks change in it."""
    quirky = {told.name: told.xml for _, _, told in pictured(verbatim)}
    more = {"appointment-confirmation": _failed(documented)}
    return "\n\n".join(
        _message(chapter, step, told, f"{more.get(told.name, '')}{_of_verbatim(told, quirky[told.name])}")
        for chapter, step, told in pictured(documented)
    )


def _message(chapter: Chapter, step: Step, told: Told, more: str) -> str:
    before = [one.name for one in step.told[: step.told.index(told)]]
    follows = f" It comes right after *{before[-1]}*." if before else ""
    return f"""<details>
<summary><b>{html.escape(told.name)}</b></summary>

{_clock(step.at)}, {chapter.reference}: {_cause(step)}.{follows}

{_block(told.xml)}

{more}

</details>"""


def _cause(step: Step) -> str:
    return {
        "supplier": f"the supplier's `{step.said}`",
        "buyer": f"the buyer's `{step.cause}` ({step.said})",
        "clock": f"by itself, since {_what(step)}",
    }[step.who]


def _block(xml: str) -> str:
    return f"```xml\n{xml}\n```"


def _of_verbatim(told: Told, quirky: str) -> str:
    quirks = _quirks(told.xml, quirky)
    if told.name in SAMPLED:
        return f"With `notification_schema: verbatim`: {'; '.join(quirks)}."
    if quirks:
        raise LookupError(f"{told.name} has no sample, and yet verbatim changes it: {quirks}")
    return "The text has no sample of it: `notification_schema: verbatim` changes nothing."


def _failed(session: Sequence[Chapter]) -> str:
    """What stands in place of the confirmed appointment where the supplier could not confirm it."""
    step = next(step for chapter in session for step in chapter.steps if step.cause == "fail-appointment")
    found = re.search(r"^  <appointments>.*?^  </appointments>$", step.told[0].xml, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError("a failed confirmation shows no appointments")
    return f"After `fail-appointment` the same notification has:\n\n{_block(found[0])}\n\n"


# -- what the samples' quirks change

_KINDS = (
    (re.compile(r"\.\d{3}Z"), re.compile(r"\.\d{4}Z"), "four digits of a fraction in {}"),
    (re.compile(r"\.\d{3}Z"), re.compile(r":\d\dZ"), "no fraction in {}"),
    (re.compile("buyer|seller"), re.compile("Buyer|Seller"), "`Buyer` and `Seller` in {}"),
    (re.compile("Y"), re.compile("N"), "`N` in {}, as in all six flags"),
)
"""What a text may become, and how that is said."""


def _quirks(documented: str, verbatim: str) -> list[str]:
    """In words, all that is different.

    Raises:
        LookupError: there are no words yet for a difference.
    """
    before, after = _texts(documented), _texts(verbatim)
    if set(after) - set(before):
        raise LookupError(f"verbatim adds {set(after) - set(before)}")
    gone = [f"no `{_name(path)}`" for path in before if path not in after]
    found: dict[str, dict[str, None]] = {}
    for path, texts in after.items():
        for one, other in zip(before[path], texts, strict=True):
            if one != other:
                found.setdefault(_kind(one, other), {})[_name(path)] = None
    return [*gone, *(words.format(listed(names)) for words, names in found.items())]


def _kind(one: str, other: str) -> str:
    for was, became, words in _KINDS:
        if was.search(one) and became.search(other):
            return words
    raise LookupError(f"no words yet for {one!r} that becomes {other!r}")


def _texts(xml: str) -> dict[str, list[str]]:
    """The texts at each path of an XML, in order."""
    root = etree.fromstring(xml.encode())
    texts: dict[str, list[str]] = {}
    for element in root.iter():
        path = [str(one.tag) for one in (element, *element.iterancestors())][::-1]
        texts.setdefault("/".join(path), []).append((element.text or "").strip())
    return texts


def _name(path: str) -> str:
    return path.rpartition("/")[2]
