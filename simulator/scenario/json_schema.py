"""What a model's keys take, as JSON Schema for editors: a looser reading than pydantic's, since scalars are text to us.

A number may stand wherever a text may, and the other way round. Where values may refer to others, any of them may be a
text that begins with a dollar. ``patternErrorMessage`` is no word of JSON Schema; editors that know it show it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulator.core.instants import format_duration
from simulator.scenario.values import MARKS

Schema = dict[str, Any]

REFERENCE = r"\$"
"""What a text begins with that refers to another; two of them begin a text that does not."""
VARIABLE = "[a-z][a-z0-9_]*"
TEXT = ("string", "number", "boolean")
"""What the YAML of an editor makes of a text without quotes."""
_DURATION = "[Pp](?=[0-9Tt])[0-9DdTtHhMmSs.]+"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"


def properties(model: type[BaseModel], refers: Collection[str] | None = None) -> Schema:
    """What a model's keys take; ``refers`` names those that may refer to other values, where not all may."""
    says = model.model_json_schema(by_alias=True)
    made: Schema = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        loose = _Loose(says.get("$defs", {}), refers is None or key in refers)
        made[key] = {**loose(says["properties"][key]), **_about(field)}
    return made


def _about(field: FieldInfo) -> Schema:
    about: Schema = {"description": field.description} if field.description else {}
    default = field.get_default()
    if isinstance(default, timedelta):
        default = format_duration(default)
    if isinstance(default, str | int | float) and default != "":
        about["default"] = default
    return about


def closed(keys: Schema, model: type[BaseModel]) -> Schema:
    """A mapping with these keys and no other, of which it must have those that the model must."""
    required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    about = {"description": sentence(model.__doc__)} if model.__doc__ else {}
    return {
        "type": "object",
        **about,
        "properties": keys,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


class _Loose:
    """What pydantic says of a value, as a person may write it in YAML."""

    def __init__(self, definitions: Mapping[str, Schema], refers: bool) -> None:  # noqa: FBT001 - one of two readings
        self._definitions = definitions
        self._refers = refers

    def __call__(self, says: Schema) -> Schema:
        """The looser schema; nested models are put in place of references to them."""
        about = _kept(says, "description", "examples")
        match says:
            case {"$ref": name}:
                return {**self(self._definitions[name.rpartition("/")[2]]), **about}
            case {"anyOf": [one, {"type": "null"}]}:
                return {**_or_nothing(self(one)), **about}
            case {"anyOf": [*several]}:
                return {"anyOf": [self(one) for one in several], **about}
            case {"enum": words}:
                return {**choice(words, refers=self._refers), **about}
            case {"const": word}:
                return {**choice([word], refers=self._refers), **about}
            case {"type": "object"}:
                return {**self._mapping(says), **about}
            case {"type": "array", "items": items}:
                return {**_kept(says, "minItems", "maxItems"), "type": "array", "items": self._items(items), **about}
        return {**self._scalar(says), **about}

    def _items(self, items: Schema) -> Schema:
        return {} if "oneOf" in items else self(items)

    def _mapping(self, says: Schema) -> Schema:
        made = _kept(says, "required", "maxProperties", "additionalProperties")
        if "properties" in says:
            made["properties"] = {key: {**self(one), **_default(one)} for key, one in says["properties"].items()}
        if isinstance(says.get("additionalProperties"), dict):
            made["additionalProperties"] = self(says["additionalProperties"])
        return {"type": "object", **made}

    def _scalar(self, says: Schema) -> Schema:
        limits = _kept(says, "minimum", "maximum", "exclusiveMinimum")
        match says:
            case {"type": "boolean"}:
                return self._or_text("boolean", "true|false|yes|no|on|off", "true or false")
            case {"type": "integer"}:
                return {**self._or_text("integer", "[0-9]+", "a whole number"), **limits}
            case {"type": "number"}:
                return {**self._or_text("number", r"[0-9]+(\.[0-9]+)?", "a number"), **limits}
            case {"format": "duration"}:
                return self._or_text("string", _DURATION, "a duration, such as PT30M or PT48H")
            case {"format": "date-time"}:
                return self._or_text("string", _INSTANT, "an instant with its zone, such as 2026-01-06T09:00:00Z")
            case {"examples": _}:  # the moment of a wait
                moment = f"{_DURATION}|{_TIME}|{'|'.join(MARKS)}"
                return self._or_text("string", moment, "PT2H, 12:30, or a moment of the ticket")
        return self._text(says)

    def _or_text(self, kind: str, pattern: str, wanted: str) -> Schema:
        """A type, and the texts that stand for it."""
        kinds = dict.fromkeys((kind, "string"))
        alternatives = f"{REFERENCE}.*|{pattern}" if self._refers else pattern
        return {
            "type": list(kinds) if len(kinds) > 1 else kind,
            "pattern": whole(alternatives),
            "patternErrorMessage": f"expected {wanted}",
        }

    def _text(self, says: Schema) -> Schema:
        made: Schema = {"type": list(TEXT)}
        least, most = says.get("minLength", 0), says.get("maxLength")
        if "pattern" in says:
            return {**made, "pattern": says["pattern"]}
        if not least and most is None:
            return made
        length = f"[\\s\\S]{{{least},{'' if most is None else most}}}"
        alternatives = f"{REFERENCE}.*|{length}" if self._refers else length
        said = f"expected {f'at most {most}' if most else f'at least {least}'} characters"
        return {**made, "pattern": whole(alternatives), "patternErrorMessage": said}


def choice(words: Iterable[object], *, refers: bool = True) -> Schema:
    """One of some words, and a number as one of them both ways."""
    both = [one for word in words for one in _both_ways(word)]
    return {"anyOf": [{"enum": both}, ref("reference")]} if refers else {"enum": both}


def _both_ways(word: object) -> list[object]:
    if isinstance(word, int):
        return [word, str(word)]
    return [int(word), word] if isinstance(word, str) and word.isdigit() else [word]


def _or_nothing(made: Schema) -> Schema:
    if "anyOf" in made:
        return made  # an editor would propose `null` among the words
    kinds = made["type"]
    return {**made, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}


def _default(says: Schema) -> Schema:
    default = says.get("default")
    return {"default": default} if isinstance(default, str | int | float) and default != "" else {}


def _kept(says: Schema, *names: str) -> Schema:
    return {name: says[name] for name in names if name in says}


def whole(pattern: str) -> str:
    """A pattern of the whole text."""
    return f"^({pattern})$"


def ref(name: str) -> Schema:
    """What the schema says elsewhere under that name."""
    return {"$ref": f"#/$defs/{name}"}


def sentence(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").partition("\n\n")[0].split()).replace("``", "`")
