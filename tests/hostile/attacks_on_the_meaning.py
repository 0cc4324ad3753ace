"""Attacks on whoever reads a tree: hints to fetch, types of the sender's own, envelopes that wrap, absurd values."""

import re

from tests.hostile.attack import (
    ENVELOPE,
    MALFORMED,
    TAKEN,
    UNDERSTAND,
    VERSION,
    XSD,
    Attack,
    Make,
    on_the_message,
    put,
    tagged,
    valued,
)
from tests.rig import SOAP, in_soap

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{}"/>'
SIGNED = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Reference URI="#body"/></ds:Signature>'


def header(block: str) -> Make:
    """A header for the envelope."""
    return lambda document, lures: document.replace(
        "<soap:Body>", f"<soap:Header>{put(block, lures)}</soap:Header><soap:Body>"
    )


def swapped(old: str, new: str) -> Make:
    """Something in place of what stands in the document."""
    return lambda document, _: document.replace(old, new)


def moved_to_the_header(document: str, _: object) -> str:
    """The good message in a signed header, and another one in the Body."""
    message = document.partition("<soap:Body>")[2].partition("</soap:Body>")[0]
    wrapped = document.replace(message, '<evil id="body"/>')
    return wrapped.replace("<soap:Body>", f"<soap:Header>{SIGNED}<w>{message}</w></soap:Header><soap:Body>")


def where_anything_may_stand(markup: str) -> Make:
    """Inside of the appointment's type, whose content is anybody's; a report has no such place."""
    return lambda document, lures: re.sub(
        "<fault></fault>|<name>Fault desk</name>", lambda _: f"<fault>{put(markup, lures)}</fault>", document
    )


FETCHED = (
    Attack("XInclude in a value", valued(INCLUDE.format("FILE:")), XSD),
    Attack("XInclude of a page", valued(INCLUDE.format("HTTP:")), XSD),
    Attack("XInclude where anything may stand", where_anything_may_stand(INCLUDE.format("FILE:")), XSD, TAKEN, "MSG-5"),
    Attack(
        "a schema's location",
        on_the_message(f'{XSI} xsi:schemaLocation="urn:x HTTP: urn:y FILE:"'),
        TAKEN,
        read="MSG-1",
    ),
    Attack(
        "a schema's location without a namespace",
        on_the_message(f'{XSI} xsi:noNamespaceSchemaLocation="FILE:"'),
        TAKEN,
        read="MSG-1",
    ),
    Attack(
        "a schema's location of an FTP file",
        on_the_message(f'{XSI} xsi:noNamespaceSchemaLocation="FTP:"'),
        TAKEN,
        read="MSG-1",
    ),
    Attack(
        "a schema's location in what is refused",
        on_the_message(f'{XSI} xsi:noNamespaceSchemaLocation="FILE:" xsi:schemaLocation="urn:x HTTP:" evil="1"'),
        XSD,
    ),
    Attack(
        "a type of a schema elsewhere where anything may stand",
        where_anything_may_stand(f'<a {XSI} xmlns="urn:x" xsi:schemaLocation="urn:x HTTP: urn:x FILE:"><b/></a>'),
        XSD,
        TAKEN,
        "MSG-5",
    ),
    Attack("xml:base", on_the_message('xml:base="HTTP:"'), XSD),
    Attack("xml:id", tagged('xml:id="a"'), XSD),
    Attack("a link", tagged('xmlns:l="http://www.w3.org/1999/xlink" l:href="HTTP:"'), XSD),
)
TYPES = (
    Attack("a type that nobody has", tagged(f'{XSI} xsi:type="evil"'), XSD),
    Attack("a type of an unbound prefix", tagged(f'{XSI} xsi:type="p:evil"'), XSD),
    Attack("a type that is no name", tagged(f'{XSI} xsi:type="a:b:c d"'), XSD),
    Attack("a type that is empty", tagged(f'{XSI} xsi:type=""'), XSD),
    Attack("a wider type", tagged(f'{XSI} {XS} xsi:type="xs:anyType"'), XSD),
    Attack("another simple type", tagged(f'{XSI} {XS} xsi:type="xs:integer"'), XSD),
    Attack("another message's type", on_the_message(f'{XSI} xsi:type="amendment"'), XSD),
    Attack("nil", tagged(f'{XSI} xsi:nil="true"'), XSD),
    Attack("nil of the whole", on_the_message(f'{XSI} xsi:nil="1"'), XSD),
    Attack("nil that is no truth", tagged(f'{XSI} xsi:nil="maybe"'), XSD),
    Attack("an attribute of xsi's that is none", tagged(f'{XSI} xsi:evil="1"'), XSD),
)
NAMESPACES = (
    Attack("another namespace", tagged('xmlns="urn:evil"'), XSD),
    Attack("xml bound anew", on_the_message('xmlns:xml="urn:evil"'), MALFORMED),
    Attack("xmlns bound", on_the_message('xmlns:xmlns="urn:evil"'), MALFORMED),
    Attack("a prefix bound to nothing", on_the_message('xmlns:p=""'), MALFORMED),
    Attack("an unbound prefix", valued("<p:a/>"), MALFORMED),
    Attack("a name of two colons", valued('<a:b:c xmlns:a="urn:a"/>'), MALFORMED),
    Attack(
        "the envelope's prefix bound anew",
        swapped("<soap:Body>", '<soap:Body xmlns:soap="urn:evil">'),
        ENVELOPE,
        style="soap",
    ),
    Attack(
        "a child of another namespace beside its own", valued('MSG-1</messageId><messageId xmlns="urn:evil">2'), XSD
    ),
)
ENVELOPES = (
    Attack("SOAP 1.2", swapped(SOAP, "http://www.w3.org/2003/05/soap-envelope"), VERSION, style="soap"),
    Attack("an envelope of nobody", swapped(SOAP, "urn:evil"), VERSION, style="soap"),
    Attack("two Bodies", swapped("</soap:Body>", "</soap:Body><soap:Body><a/></soap:Body>"), ENVELOPE, style="soap"),
    Attack("a Body in front", swapped("<soap:Body>", "<soap:Body><a/></soap:Body><soap:Body>"), ENVELOPE, style="soap"),
    Attack("two messages", swapped("<soap:Body>", "<soap:Body><a/>"), ENVELOPE, style="soap"),
    Attack("no Body", lambda d, _: d[: d.index("<soap:Body>")] + "</soap:Envelope>", ENVELOPE, style="soap"),
    Attack("a header behind", swapped("</soap:Body>", "</soap:Body><soap:Header/>"), ENVELOPE, style="soap"),
    Attack("two headers", swapped("<soap:Body>", "<soap:Header/><soap:Header/><soap:Body>"), ENVELOPE, style="soap"),
    Attack("an envelope in an envelope", lambda d, _: in_soap(d), XSD, style="soap"),
    Attack("a header to be understood", header('<h soap:mustUnderstand="1"/>'), UNDERSTAND, style="soap"),
    Attack("the same in a word", header('<h soap:mustUnderstand="true"/>'), UNDERSTAND, style="soap"),
    Attack("the same among white space", header('<h soap:mustUnderstand=" 1&#10;"/>'), UNDERSTAND, style="soap"),
    Attack(
        "the same for another actor",
        header('<h soap:mustUnderstand="1" soap:actor="urn:x"/>'),
        UNDERSTAND,
        style="soap",
    ),
    Attack(
        "a header of SOAP 1.2's",
        header('<h xmlns:s="http://www.w3.org/2003/05/soap-envelope" s:mustUnderstand="1"/>'),
        TAKEN,
        read="MSG-1",
        style="soap",
    ),
    Attack("a signed header that wraps the message", moved_to_the_header, XSD, style="soap"),
    Attack("a signature beside the message", header(SIGNED), TAKEN, read="MSG-1", style="soap"),
    Attack(
        "security with an external key",
        header('<w:Security xmlns:w="urn:w"><w:Reference URI="HTTP:"/></w:Security>'),
        TAKEN,
        read="MSG-1",
        style="soap",
    ),
    Attack(
        "addressing with an answer elsewhere",
        header('<a:ReplyTo xmlns:a="urn:a"><a:Address>HTTP:</a:Address></a:ReplyTo>'),
        TAKEN,
        read="MSG-1",
        style="soap",
    ),
    Attack(
        "an attached part",
        swapped("<soap:Body>", '<soap:Body xmlns:xop="urn:x" xop:href="cid:x">'),
        TAKEN,
        read="MSG-1",
        style="soap",
    ),
)
VALUES = (
    Attack("a year of eight digits", valued("99999999-01-05T09:00:00Z", "sentAt"), TAKEN, read="MSG-1"),
    Attack("a year of 100,000 digits", valued(f"{'9' * 100_000}-01-05T09:00:00Z", "sentAt"), XSD),
    Attack("a year before Christ", valued("-0044-03-15T09:00:00Z", "sentAt"), TAKEN, read="MSG-1"),
    Attack("the year 0", valued("0000-01-05T09:00:00Z", "sentAt"), XSD),
    Attack("the 29th of February of 2025", valued("2025-02-29T09:00:00Z", "sentAt"), XSD),
    Attack("hour 24", valued("2026-01-05T24:00:01Z", "sentAt"), XSD),
    Attack("second 60", valued("2026-01-05T23:59:60Z", "sentAt"), XSD),
    Attack("a zone beyond 14 hours", valued("2026-01-05T09:00:00+14:01", "sentAt"), XSD),
    Attack(
        "a second of 100,000 digits", valued(f"2026-01-05T09:00:00.{'9' * 100_000}Z", "sentAt"), TAKEN, read="MSG-1"
    ),
    Attack("digits of another script", valued("٢٠٢٦-01-05T09:00:00Z", "sentAt"), XSD),
    Attack("infinity", valued("INF", "sentAt"), XSD),
    Attack("a buyer of 200,000 letters", valued("B" * 200_000, "buyerIdentifier"), XSD),
    Attack("a buyer split by a comment", valued("SP<!-- -->DEV1", "buyerIdentifier"), TAKEN, read="MSG-1"),
    Attack("a buyer split by an element", valued("SP<a/>DEV1", "buyerIdentifier"), XSD),
)
ATTACKS = FETCHED + TYPES + NAMESPACES + ENVELOPES + VALUES
