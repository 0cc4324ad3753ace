"""Messages walked from our XSDs: whatever a schema allows, and the same with one breach that it does not.

Only what the schemas use is understood: a new construct is a KeyError here, and not a silent gap.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from simulator import resources

XS = "{http://www.w3.org/2001/XMLSchema}"
FILES = {
    "addFaultReport": "faultReport.xsd",
    "amendFaultReport": "faultReport.xsd",
    "resolveResponse": "faultReport.xsd",
    "requestFaultReportUpdate": "faultReport.xsd",
    "queryAppointmentAvailabilityRequest": "appointments.xsd",
    "reserveAppointmentRequest": "appointments.xsd",
}
"""The schema of each request, by its element."""
MOST_REPEATED = 3
LONGEST = 40
"""Characters of a text without a limit of its own."""
UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple type: what it is at bottom, and what narrows it."""

    root: str
    shortest: int = 0
    longest: int = UNLIMITED
    words: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(slots=True)
class Node:
    """An element of a message that is being made. ``model`` is how its children may stand; empty for a text."""

    tag: str
    model: str = ""
    simple: Simple = field(default_factory=lambda: Simple("string"))
    text: str = ""
    needed: bool = False
    children: list["Node"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator["Node"]:
        """This one and all below it, but for what stands where anything may."""
        yield self
        for child in self.children if self.model != "any" else ():
            yield from child.walk()

    def element(self) -> etree._Element:
        """The node as XML."""
        made = etree.Element(self.tag, self.attributes)
        made.text = self.text
        made.extend([child.element() for child in self.children])
        return made


# -- the schemas


@cache
def declarations(file: str) -> Mapping[tuple[str, str], etree._Element]:
    """Global elements and types of a schema and of those that it imports, by kind and full name."""
    root = etree.parse(resources.schemas() / file).getroot()
    found: dict[tuple[str, str], etree._Element] = {}
    for child in root.iterchildren(f"{XS}*"):
        if child.tag == f"{XS}import":
            found.update(declarations(child.attrib["schemaLocation"]))
        else:
            found[str(child.tag).removeprefix(XS), _global_name(child, child.attrib["name"])] = child
    return found


def _global_name(at: etree._Element, name: str) -> str:
    """A name that a schema gives, in the schema's own namespace."""
    namespace = at.getroottree().getroot().get("targetNamespace")
    return f"{{{namespace}}}{name}" if namespace else name


def _referred(at: etree._Element, name: str) -> str:
    """A name that a schema refers to, by its prefix."""
    prefix, _, local = name.rpartition(":")
    namespace = at.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


# -- what is valid


@cache
def messages(element: str) -> st.SearchStrategy[Node]:
    """Every request of that name that its schema allows."""
    known = declarations(FILES[element])
    (found,) = [one for (kind, name), one in known.items() if kind == "element" and name.rpartition("}")[2] == element]
    return _nodes(found, known)


def _nodes(declared: etree._Element, known: Mapping[tuple[str, str], etree._Element]) -> st.SearchStrategy[Node]:
    needed = declared.get("minOccurs", "1") != "0"
    if (reference := declared.get("ref")) is not None:
        declared = known["element", _referred(declared, reference)]
    tag = _global_name(declared, declared.attrib["name"])
    kind = declared.get("type")
    inline = next(iter(declared), None)
    name = "" if kind is None else _referred(declared, kind)
    if name == f"{XS}anyType":
        return st.builds(
            Node, st.just(tag), st.just("any"), needed=st.just(needed), children=st.lists(ANYTHING, max_size=2)
        )
    complex_type = known.get(("complexType", name), inline)
    if complex_type is not None and complex_type.tag == f"{XS}complexType":
        model = complex_type[0]
        children = _MODELS[str(model.tag)](model, known)
        return st.builds(
            Node, st.just(tag), st.just(str(model.tag).removeprefix(XS)), needed=st.just(needed), children=children
        )
    simple = _simple(name, known)
    return st.builds(Node, st.just(tag), simple=st.just(simple), text=_texts(simple), needed=st.just(needed))


def _all(model: etree._Element, known: Mapping[tuple[str, str], etree._Element]) -> st.SearchStrategy[list[Node]]:
    """Each at most once, in any order."""
    parts = [_maybe(child, known) for child in model.iterchildren(f"{XS}element")]
    return st.tuples(*parts).flatmap(lambda drawn: st.permutations([one for one in drawn if one is not None]))


def _sequence(model: etree._Element, known: Mapping[tuple[str, str], etree._Element]) -> st.SearchStrategy[list[Node]]:
    """One element, as often as one likes: no other sequence is in a request."""
    (child,) = model
    assert child.get("maxOccurs") == "unbounded"
    return st.lists(_nodes(child, known), max_size=MOST_REPEATED)


def _choice(model: etree._Element, known: Mapping[tuple[str, str], etree._Element]) -> st.SearchStrategy[list[Node]]:
    """One of several, or any of them as often as one likes."""
    one = st.one_of(*(_nodes(child, known) for child in model.iterchildren(f"{XS}element")))
    repeated = model.get("maxOccurs") == "unbounded"
    return st.lists(one, max_size=MOST_REPEATED) if repeated else one.map(lambda node: [node])


def _maybe(child: etree._Element, known: Mapping[tuple[str, str], etree._Element]) -> st.SearchStrategy[Node | None]:
    there = _nodes(child, known)
    return st.none() | there if child.get("minOccurs") == "0" else there


_MODELS: Mapping[str, Callable[..., st.SearchStrategy[list[Node]]]] = {
    f"{XS}all": _all,
    f"{XS}sequence": _sequence,
    f"{XS}choice": _choice,
}
ANYTHING: st.SearchStrategy[Node] = st.recursive(
    st.builds(Node, st.sampled_from(["a", "{urn:any}b"]), st.just("any"), attributes=st.sampled_from([{}, {"c": "d"}])),
    lambda below: st.builds(
        Node, st.sampled_from(["a", "{urn:any}b"]), st.just("any"), children=st.lists(below, max_size=2)
    ),
    max_leaves=4,
)


# -- values


def _simple(name: str, known: Mapping[tuple[str, str], etree._Element]) -> Simple:
    if name.startswith(XS):
        return Simple(name.removeprefix(XS))
    restriction = known["simpleType", name][0]
    simple = _simple(_referred(restriction, restriction.attrib["base"]), known)
    for facet in restriction:
        simple = _FACETS[str(facet.tag).removeprefix(XS)](simple, facet.attrib["value"])
    return simple


_FACETS: Mapping[str, Callable[[Simple, str], Simple]] = {
    "minLength": lambda simple, value: replace(simple, shortest=int(value)),
    "maxLength": lambda simple, value: replace(simple, longest=int(value)),
    "enumeration": lambda simple, value: replace(simple, words=(*simple.words, value)),
    "pattern": lambda simple, value: replace(simple, pattern=value),
}
LETTERS = st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
VISIBLE = st.characters(min_codepoint=0x21, exclude_categories=["Cs", "Z", "Cc"], exclude_characters="\ufffe\uffff")
AROUND = st.sampled_from(["", "", "", " ", "\n\t"])
ZONES = st.sampled_from(["", "Z", "+01:00", "-14:00"])
INSTANTS = st.builds(lambda at, zone: at.isoformat() + zone, st.datetimes(), ZONES)
DAYS = st.dates().map(str)


def _texts(simple: Simple) -> st.SearchStrategy[str]:
    """Values of a simple type; white space around one whose type collapses it."""
    if simple.words:
        return st.sampled_from(simple.words)
    if simple.pattern not in {"", ".*"}:
        return _PATTERNS[simple.pattern]
    return _ROOTS[simple.root](simple)


def _around(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda before, value, behind: before + value + behind, AROUND, values, AROUND)


def _strings(simple: Simple) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=simple.shortest, max_size=min(simple.longest, LONGEST))


def _tokens(simple: Simple) -> st.SearchStrategy[str]:
    rest = st.text(LETTERS, max_size=min(simple.longest, LONGEST) - 1)
    return _around(st.builds(lambda first, more: first + more, VISIBLE, rest)) if simple.shortest else _strings(simple)


_ROOTS: Mapping[str, Callable[[Simple], st.SearchStrategy[str]]] = {
    "string": _strings,
    "token": _tokens,
    "boolean": lambda _: _around(st.sampled_from(["true", "false", "1", "0"])),
    "integer": lambda _: _around(st.integers(-(10**30), 10**30).map(str)),
    "date": lambda _: _around(st.builds(lambda day, zone: day + zone, DAYS, ZONES)),
    "dateTime": lambda _: _around(INSTANTS),
}
_PATTERNS: Mapping[str, st.SearchStrategy[str]] = {
    "[0-9]{4}-[0-9]{2}-[0-9]{2}": DAYS,
    "([01][0-9]|2[0-3]):[0-5][0-9]": _around(st.times().map(lambda at: f"{at:%H:%M}")),
}


# -- what is nearly valid

Breach = Callable[[Node, Node], Any]
"""Breaks an element, in its parent."""
BREACHES: Mapping[str, tuple[Callable[[Node, Node], bool], Breach]] = {
    "left out": (
        lambda one, parent: one.needed and parent.model == "all",
        lambda one, parent: parent.children.remove(one),
    ),
    "said twice": (lambda _, parent: parent.model == "all", lambda one, parent: parent.children.append(replace(one))),
    "of another namespace": (
        lambda *_: True,
        lambda one, _: setattr(one, "tag", "{urn:another}" + one.tag.rpartition("}")[2]),
    ),
    "misspelt": (lambda *_: True, lambda one, _: setattr(one, "tag", one.tag + "x")),
    "with an attribute": (lambda one, _: one.model != "any", lambda one, _: one.attributes.update(evil="1")),
    "with a stranger": (lambda one, _: one.model != "any", lambda one, _: one.children.append(Node("stranger", "any"))),
    "with text between": (
        lambda one, _: one.model in {"all", "choice", "sequence"},
        lambda one, _: setattr(one, "text", "x"),
    ),
    "too long": (
        lambda one, _: one.simple.longest < UNLIMITED,
        lambda one, _: setattr(one, "text", "x" * (one.simple.longest + 1)),
    ),
    "blank": (lambda one, _: one.simple.shortest > 0, lambda one, _: setattr(one, "text", " \n")),
    "another word": (lambda one, _: bool(one.simple.words), lambda one, _: setattr(one, "text", "evil")),
    "of another form": (
        lambda one, _: not one.model and (one.simple.root not in {"string", "token"} or one.simple.pattern != ""),
        lambda one, _: setattr(one, "text", "x y"),
    ),
}
"""By name: to which elements it can be done, and how."""


def possible(message: Node) -> list[tuple[str, Node, Node]]:
    """Every breach that a message can have: its name, the element and its parent."""
    pairs = [(one, parent) for parent in message.walk() if parent.model != "any" for one in parent.children]
    return [(name, one, parent) for name, (can, _) in BREACHES.items() for one, parent in pairs if can(one, parent)]


@st.composite
def broken(draw: st.DrawFn, element: str) -> tuple[str, Node]:
    """A request with exactly one breach, and its name."""
    message = draw(messages(element))
    name = draw(st.sampled_from(sorted({name for name, _, _ in possible(message)})))
    one, parent = draw(st.sampled_from([(one, parent) for found, one, parent in possible(message) if found == name]))
    BREACHES[name][1](one, parent)
    return name, message
