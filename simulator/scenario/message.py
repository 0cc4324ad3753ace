"""A message as a scenario speaks of it: elements by their local names, written from a mapping and read back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from simulator.cityfibre.appointment_messages import ALA, CFH
from simulator.cityfibre.operation import Operation
from simulator.wire.binding import Place, collapse, outline
from simulator.wire.envelope import local_name, open_envelope
from simulator.wire.errors import ProtocolError
from simulator.wire.reader import read

Path = tuple[str, ...]


ELEMENTS = "elements"
"""What is said in the place of a text where there are elements inside."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The elements of one message; those of a message that can't be read are none."""

    root: etree._Element | None

    def texts(self, path: Path) -> list[str]:
        """The texts at a path from the message's children on; of a repeated element there are several.

        One that has elements inside has :data:`ELEMENTS` in the place of a text.
        """
        found = [self.root] if self.root is not None else []
        for name in path:
            found = [child for one in found for child in one if _is_called(child, name)]
        return [_text(one) for one in found]

    def texts_anywhere(self, path: Path) -> list[str]:
        """The texts of every element, at any depth, whose own name and those above it end with a path."""
        if self.root is None:
            return []
        return [_text(one) for one in self.root.iter() if _ends_with(one, path)]

    def first(self, path: Path) -> etree._Element | None:
        """The first element, at any depth, whose own name and those above it end with a path."""
        if self.root is None:
            return None
        return next((one for one in self.root.iter() if _ends_with(one, path)), None)

    def value(self, path: Path) -> Any:  # noqa: ANN401 - a text, or a mapping of them
        """What a later step puts in for a reference: a text, a mapping where there are elements inside, or ``None``."""
        found = self.first(path)
        return None if found is None else _as_value(found)


def fields_of(body: bytes) -> Fields:
    """The fields of a message as it goes on the wire, bare or in an envelope."""
    try:
        return Fields(open_envelope(read(body))[0])
    except ProtocolError:
        return Fields(None)


def _text(element: etree._Element) -> str:
    return ELEMENTS if _children(element) else collapse(element.text or "")


def _is_called(element: etree._Element, name: str) -> bool:
    return isinstance(element.tag, str) and local_name(element) == name


def _ends_with(element: etree._Element | None, path: Path) -> bool:
    for name in reversed(path):
        if element is None or not _is_called(element, name):
            return False
        element = element.getparent()
    return True


def _as_value(element: etree._Element) -> Any:  # noqa: ANN401 - as value
    children = _children(element)
    if not children:
        return collapse(element.text or "")
    values: dict[str, Any] = {}
    for child in children:
        name, value = local_name(child), _as_value(child)
        if name not in values:
            values[name] = value
        elif isinstance(values[name], list):
            values[name].append(value)
        else:
            values[name] = [values[name], value]
    return values


def _children(element: etree._Element) -> list[etree._Element]:
    """The elements inside, without comments and instructions."""
    return [child for child in element if isinstance(child.tag, str)]


def names_in(message: type) -> frozenset[str]:
    """Every element's name that a message may have in it, at any depth."""
    return frozenset(_names(message))


def _names(message: type) -> Iterator[str]:
    for name, place in outline(message).items():
        yield name
        if place.part:
            yield etree.QName(place.part).localname
        if place.inner is not None:
            yield from _names(place.inner)


def paths(message: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The leaves of a mapping, each with its path; a list has the leaves of its members."""
    for name, value in message.items():
        path = (*above, name)
        if isinstance(value, dict) and value and not is_matcher(value):
            yield from paths(value, path)
        elif isinstance(value, list):
            for one in value:
                yield from paths(one, path) if isinstance(one, dict) else [(path, one)]
        else:
            yield path, value


MATCHERS = frozenset({"matches", "one_of", "present", "not"})
"""The keys of a matcher. No element of a message has such a name."""


def is_matcher(value: Mapping[str, Any]) -> bool:
    """Whether a mapping says how a text must be, and not what elements there are."""
    return bool(value) and value.keys() <= MATCHERS


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two mappings as one; where both speak, the second is heard."""
    both = dict(under)
    for name, value in over.items():
        below = both.get(name)
        both[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def write(operation: Operation, message: Mapping[str, Any]) -> etree._Element:
    """The request that a mapping describes, its elements in the order of the contract; ``None`` leaves one out.

    What the contract has no place for is not written: the loader has refused it.
    """
    namespace = str(getattr(operation.request, "NAMESPACE", ""))
    prefixes: dict[str | None, str] = {None: ALA, "cfh": CFH} if namespace else {}
    tag = f"{{{namespace}}}{operation.request_element}" if namespace else operation.request_element
    root = etree.Element(tag, nsmap=prefixes or None)
    _fill(root, message, outline(operation.request), namespace)
    return root


def _fill(target: etree._Element, message: Mapping[str, Any], places: Mapping[str, Place], namespace: str) -> None:
    for name, place in places.items():
        value = message.get(name)
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                _write_one(etree.SubElement(target, place.tag), one, place, namespace)


def _write_one(child: etree._Element, value: object, place: Place, namespace: str) -> None:
    if not isinstance(value, dict):
        child.text = str(value)
    elif place.part and place.inner is not None:
        parts = value.get(etree.QName(place.part).localname)
        for one in parts if isinstance(parts, list) else [parts]:
            if one is not None:
                _write_one(etree.SubElement(child, place.part), one, Place(place.part, place.inner), namespace)
    elif place.inner is not None:
        _fill(child, value, outline(place.inner, namespace), namespace)
