"""Typed binding both ways: a message is a frozen dataclass, its fields are the elements, in the order they are sent.

A field ``buyer_identifier`` is the element ``buyerIdentifier``. Its annotation says how it is read::

    str | None            text, kept as sent; integers too, whose length nobody limits
    bool | None           xs:boolean
    Comment | None        another message
    tuple[Update, ...]    a list; ``parts("update")`` names the element of each part, held by the field's own element

Instants stay text: they are echoed as the buyer spelt them (R21). Bind only what the schema has let through.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from lxml import etree

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_M = TypeVar("_M")
_WHITE = str.maketrans("\t\r\n", "   ")


def element(name: str = "", *, namespace: str | None = None, collapse: bool = False) -> Any:  # noqa: ANN401 - as dataclasses.field
    """A field whose element has another name or namespace than its message, or whose white space collapses."""
    return dataclasses.field(default=None, metadata={"name": name, "namespace": namespace, "collapse": collapse})


def required(name: str = "", *, namespace: str | None = None, collapse: bool = True) -> Any:  # noqa: ANN401 - as dataclasses.field
    """A field that the schema requires; its white space collapses, as in the XSD's non-empty strings."""
    return dataclasses.field(metadata={"name": name, "namespace": namespace, "collapse": collapse})


def parts(name: str, *, when_empty: bool = False) -> Any:  # noqa: ANN401 - as dataclasses.field
    """A list: an element that holds any number of elements of that name; left out when empty, unless asked for."""
    return dataclasses.field(default=(), metadata={"parts": name, "when_empty": when_empty})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands in a message: its full tag, and the message or the list that it holds, if any.

    ``inner`` is the message below it; with ``part``, the element's children all have that tag and are such messages.
    """

    tag: str
    inner: type | None = None
    part: str = ""


def outline(message: type, namespace: str = "") -> dict[str, Place]:
    """A message class as people see it: its elements by their local names, in the order in which they are sent."""
    return _outline(typing.cast("Any", message), namespace)


@cache
def _outline(message: Any, namespace: str) -> dict[str, Place]:  # noqa: ANN401 - a dataclass, as a cache takes it
    namespace = _namespace(message) or namespace
    hints = typing.get_type_hints(message)
    places: dict[str, Place] = {}
    for field in dataclasses.fields(message):
        about, kind = field.metadata, _plain(hints[field.name])
        name = about.get("name") or camel_case(field.name)
        part = about.get("parts", "")
        inner: Any = typing.get_args(kind)[0] if part else kind
        tag = _tag(name, _first(about.get("namespace"), namespace))
        places[name] = Place(
            tag,
            typing.cast("type", inner) if dataclasses.is_dataclass(inner) else None,
            _tag(part, namespace) if part else "",
        )
    return places


def collapse(text: str) -> str:
    """Collapse white space as XSD does: a no-break space and its like are text."""
    return " ".join(filter(None, text.translate(_WHITE).split(" ")))  # five times as fast as a regular expression


@dataclass(frozen=True, slots=True)
class _Slot:
    """How one field is read and written."""

    field: str
    tag: str
    read: Callable[[etree._Element], object]
    write: Callable[[etree._Element, str, Any], None]
    when_empty: bool


def bind(message: type[_M], source: etree._Element) -> _M:
    """Read a message from its element. Of a repeated child the last one wins (R24)."""
    slots = _slots(typing.cast("Any", message), _namespace(message))
    values: dict[str, object] = {}
    for child in source:
        slot = slots.get(str(child.tag))
        if slot is not None:
            values[slot.field] = slot.read(child)
    return message(**values)


def unbind(message: object, name: str = "", *, root: bool = True) -> etree._Element:
    """Write a message as an element called ``name``; what is ``None`` or an empty list is left out.

    A root without a namespace carries the schema hint of the published samples.
    """
    kind = type(message)
    namespace = _namespace(kind)
    prefixes: dict[str | None, str] = dict(getattr(kind, "NSMAP", {})) or ({"xsi": XSI} if root else {})
    target = etree.Element(_tag(name or kind.__name__, namespace), nsmap=prefixes or None)
    if root and not namespace:
        target.set(f"{{{XSI}}}noNamespaceSchemaLocation", "../faultReport.xsd")
    _fill(target, message, namespace)
    return target


def _fill(target: etree._Element, message: object, namespace: str) -> None:
    for tag, slot in _slots(typing.cast("Any", type(message)), namespace).items():
        value = getattr(message, slot.field)
        if value is not None and (value != () or slot.when_empty):
            slot.write(target, tag, value)


def _namespace(message: type) -> str:
    return str(getattr(message, "NAMESPACE", ""))


def _tag(name: str, namespace: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def camel_case(field: str) -> str:
    """``buyer_identifier`` as the contract spells it: ``buyerIdentifier``."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


@cache
def _slots(message: Any, namespace: str) -> dict[str, _Slot]:  # noqa: ANN401 - a dataclass, as a cache takes it
    """The plan of a message class: its elements by tag, made once for each namespace it is used in."""
    hints = typing.get_type_hints(message)
    slots: dict[str, _Slot] = {}
    for field in dataclasses.fields(message):
        about = field.metadata
        tag = _tag(about.get("name") or camel_case(field.name), _first(about.get("namespace"), namespace))
        read, write = _codec(hints[field.name], namespace, about)
        slots[tag] = _Slot(field.name, tag, read, write, bool(about.get("when_empty")))
    return slots


def _first(own: str | None, inherited: str) -> str:
    return inherited if own is None else own


def _codec(
    hint: Any,  # noqa: ANN401 - a type hint is any object
    namespace: str,
    about: typing.Mapping[str, Any],
) -> tuple[Callable[[etree._Element], object], Callable[[etree._Element, str, Any], None]]:
    kind = _plain(hint)
    if typing.get_origin(kind) is tuple:
        return _list_codec(typing.get_args(kind)[0], namespace, _tag(about["parts"], namespace))
    if dataclasses.is_dataclass(kind):
        return _message_codec(typing.cast("type", kind), namespace)
    if kind is bool:
        return (lambda child: (child.text or "").strip() in {"true", "1"}), _write_bool
    if about.get("collapse"):
        return (lambda child: collapse(child.text or "")), _write_text
    return (lambda child: child.text or ""), _write_text


def _plain(hint: Any) -> Any:  # noqa: ANN401 - a type hint is any object
    """The type of an annotation, without its ``| None``."""
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _message_codec(
    kind: type, namespace: str
) -> tuple[Callable[[etree._Element], object], Callable[[etree._Element, str, Any], None]]:
    def read(child: etree._Element) -> object:
        slots = _slots(kind, namespace)
        return kind(**{slot.field: slot.read(one) for one in child if (slot := slots.get(str(one.tag)))})

    def write(target: etree._Element, tag: str, value: object) -> None:
        _fill(etree.SubElement(target, tag), value, namespace)

    return read, write


def _list_codec(
    kind: type, namespace: str, part: str
) -> tuple[Callable[[etree._Element], object], Callable[[etree._Element, str, Any], None]]:
    read_one, write_one = _message_codec(kind, namespace)

    def read(child: etree._Element) -> object:
        return tuple(read_one(one) for one in child if one.tag == part)

    def write(target: etree._Element, tag: str, value: tuple[object, ...]) -> None:
        holder = etree.SubElement(target, tag)
        for one in value:
            write_one(holder, part, one)

    return read, write


def _write_bool(target: etree._Element, tag: str, value: bool) -> None:  # noqa: FBT001 - a value, not a flag
    etree.SubElement(target, tag).text = "true" if value else "false"


def _write_text(target: etree._Element, tag: str, value: object) -> None:
    etree.SubElement(target, tag).text = str(value)
