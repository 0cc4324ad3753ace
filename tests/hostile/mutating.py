"""Good messages, damaged: which one, how and where follows from a seed and a number, so that each can be had again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.messages import request
from tests.rig import in_soap

EXAMPLES = Path(__file__).parents[1] / "examples"
OPERATIONS = (
    "addFaultReport",
    "amendFaultReport",
    "resolveResponse",
    "requestFaultReportUpdate",
    "queryAppointmentAvailability",
    "reserveAppointment",
)
EXAMPLE_OF = {
    "add_fault_report": "addFaultReport",
    "add_total_loss_of_service": "addFaultReport",
    "amend_with_a_file": "amendFaultReport",
    "query_appointment_availability": "queryAppointmentAvailability",
    "reserve_appointment": "reserveAppointment",
    "resolve_response": "resolveResponse",
}
MUTATIONS = (1, 1, 1, 2, 2, 3, 4)
"""How many there are of one message: a single one gets further than many."""
ELSEWHERE = 0.05
"""How often a message goes to an operation that is not its own."""
LONGEST = 256 * 1024

MARKUP = b"""<~>~/>~</~<a>~</a>~<a/>~
~<!--~-->~<![CDATA[~]]>~<?x?>~<?xml version="1.0"?>~<!DOCTYPE a>~<!ENTITY x "y">~&
~&amp;~&#0;~&#65;~&#x10FFFF;~&#xFFFF;~&x;~"~'~=~:~;~ ~\t~\r~\0~\xff~\xfe~\xef\xbb\xbf~\xff\xfe~\xed\xa0\x80
~\xc0\x80~\xf4\x90\x80\x80~\xc3~\xe2\x80\xae~<addFaultReport>~</addFaultReport>~<updates>~<update/>
~<attachments>~<attachment><filename>a</filename></attachment>~<comment/>~<soap:Header>~<soap:Body>
~</soap:Body>~<soap:Fault/>~ soap:mustUnderstand="1"~ xmlns=""~ xmlns="urn:x"~ xmlns:soap="urn:x"
~ xml:lang="en"~ xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"
~ xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="a:b"~ a="b"~encoding="utf-16"
~encoding="utf-7"~version="1.1"~standalone='yes'"""
VALUES = b"""0~-1~+1~1e9~99999999999999999999~-0~0x1F~NaN~INF~true~TRUE~1~false~null~None~undefined~2026-02-30
~0000-00-00
~9999-12-31~99999999-01-01~-0001-01-01~2026-01-05T24:00:00Z~2026-01-05T09:00:00+14:01
~2026-01-05T09:00:00.999999999999Z~1970-01-01T00:00:00Z~2038-01-19T03:14:08Z~2100-01-01T00:00:00Z~00:00
~24:00~08:00~SPDEV1~SPDEV2~S21709~REF-1~REF~~CS0053224~Service Outage~Impaired Service~cancelled~closed
~pending~accepted~buyer~seller~Confirmed~ftthl2r~10002491172~../../etc/passwd~%s%n%x~{}~${x}~' or '1'='1
~A\xcc\x88~\xf0\x9f\x92\xa9~\xe2\x80\x8b~\xc2\xa0~\xd9\xa3"""
TOKENS = tuple(one.strip(b"\n") for one in (MARKUP + b"~" + VALUES).split(b"~"))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged message, and the operation that it is posted to."""

    operation: str
    body: bytes


def sources() -> tuple[Mutant, ...]:
    """Good messages of all six operations, bare and in envelopes, and those of the documentation."""
    made = [(operation, wrap(request(operation))) for operation in OPERATIONS for wrap in (str, in_soap)]
    shown = [(operation, (EXAMPLES / f"{name}.xml").read_text("utf-8")) for name, operation in EXAMPLE_OF.items()]
    return tuple(Mutant(operation, text.encode()) for operation, text in [*made, *shown])


def mutant(seed: int, number: int, good: Sequence[Mutant]) -> Mutant:
    """The mutant of that number: the same each time, whichever others are made."""
    random = Random(f"{seed}/{number}")
    source = random.choice(good)
    body = source.body
    for _ in range(random.choice(MUTATIONS)):
        body = random.choice(_WAYS)(body, random, good)
    operation = random.choice(OPERATIONS) if random.random() < ELSEWHERE else source.operation
    return Mutant(operation, body[:LONGEST])


def _span(body: bytes, random: Random) -> tuple[int, int]:
    """A stretch of a body: as often a piece between two brackets as any bytes."""
    if random.random() < 0.5:
        marks = [at for at, byte in enumerate(body) if byte in b"<>"] or [0]
        first, second = sorted((random.choice(marks), random.choice(marks)))
        return first, min(second, first + 400)
    start = random.randint(0, len(body))
    return start, min(len(body), start + random.choice((1, 2, 8, 64)))


def _splice(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    at = random.randint(0, len(body))
    return body[:at] + random.choice(TOKENS) + body[at:]


def _splice_at_a_tag(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    marks = [at for at, byte in enumerate(body) if byte in b"<>/"] or [0]
    at = random.choice(marks) + random.randint(0, 1)
    return body[:at] + random.choice(TOKENS) + body[at:]


def _another_value(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    """The text between two tags becomes another."""
    start = body.find(b">", random.randint(0, len(body))) + 1
    end = body.find(b"<", start)
    return body[:start] + random.choice(TOKENS) + body[end:] if 0 < start <= end else body


def _replace(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    start, end = _span(body, random)
    return body[:start] + random.choice(TOKENS) + body[end:]


def _delete(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    start, end = _span(body, random)
    return body[:start] + body[end:]


def _duplicate(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    start, end = _span(body, random)
    return body[:end] + body[start:end] * random.choice((1, 1, 1, 2, 20)) + body[end:]


def _lengthen(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    """A token, many times: lengths are limits too."""
    at = random.randint(0, len(body))
    return body[:at] + random.choice(TOKENS) * random.choice((36, 37, 64, 65, 257, 2_001)) + body[at:]


def _swap(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    """Two stretches change places."""
    (a, b), (c, d) = sorted((_span(body, random), _span(body, random)))
    return body[:a] + body[c:d] + body[b:c] + body[a:b] + body[d:] if b <= c else body


def _deal_lines(body: bytes, random: Random, good: Sequence[Mutant]) -> bytes:
    """Whole lines, and so mostly whole elements: one goes, comes twice, moves, or comes from elsewhere."""
    lines = body.split(b"\n")
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines.insert(at, random.choice(random.choice(good).body.split(b"\n")))
    return b"\n".join(lines)


def _graft(body: bytes, random: Random, good: Sequence[Mutant]) -> bytes:
    """A stretch of another message."""
    other = random.choice(good).body
    start, end = _span(other, random)
    at = random.randint(0, len(body))
    return body[:at] + other[start:end] + body[at:]


def _flip(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    changed = bytearray(body)
    for _flipped in range(random.choice((1, 1, 2, 8)) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    return body[: random.randint(0, len(body))]


def _encode(body: bytes, random: Random, _: Sequence[Mutant]) -> bytes:
    """Another encoding, with or without its mark, and declared or not."""
    declared = random.choice(("", '<?xml version="1.0" encoding="{}"?>'))
    encoding = random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig", "latin-1"))
    text = declared.format(encoding) + body.decode("utf-8", "replace")
    return text.encode(encoding, "replace")


_WAYS: tuple[Callable[[bytes, Random, Sequence[Mutant]], bytes], ...] = (
    _splice,
    _splice_at_a_tag,
    *(_another_value,) * 5,
    *(_deal_lines,) * 5,
    _replace,
    _delete,
    _duplicate,
    _lengthen,
    _swap,
    _graft,
    _flip,
    _cut,
    _encode,
)
