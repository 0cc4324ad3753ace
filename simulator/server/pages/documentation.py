"""An OpenAPI document as a page tells it: operations by their tags, schemas as tables."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
LONGEST_DEFAULT = 100
"""Characters of a default that is shown."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body, an answer or a query; ``type`` has the name of a schema where ``link`` leads to one."""

    name: str
    type: str
    link: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A method and a path, and all that is told of it."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    parameters: list[Field]
    body: Field | None
    answer: Field | None
    status: str
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of the document's own."""

    name: str
    about: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Groups:
    """The page: what it is about, operations by tag, then the schemas."""

    about: str
    operations: dict[str, list[Operation]]
    schemas: list[Schema]


def grouped(document: Json) -> Groups:
    """A document, made ready to be shown."""
    operations: dict[str, list[Operation]] = {}
    for path, of_path in document["paths"].items():
        for method, one in of_path.items():
            operations.setdefault(one["tags"][0], []).append(_operation(method, path, one))
    schemas = document.get("components", {}).get("schemas", {})
    return Groups(
        document.get("info", {}).get("description", ""),
        operations,
        [Schema(name, _about(one), list(_fields(one))) for name, one in schemas.items()],
    )


def _operation(method: str, path: str, one: Json) -> Operation:
    good = next(status for status in one["responses"] if status.startswith("2"))
    return Operation(
        id=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        about=one.get("description", ""),
        parameters=[
            _field(
                f"{parameter['name']}", parameter["schema"], parameter.get("required", False), parameter["description"]
            )
            for parameter in one.get("parameters", ())
        ],
        body=_content(one["requestBody"]) if "requestBody" in one else None,
        answer=_content(one["responses"][good]),
        status=good,
        problems=[f"{status} {about['description']}" for status, about in one["responses"].items() if status != good],
    )


def _content(holder: Json) -> Field | None:
    for media_type, content in holder.get("content", {}).items():
        return _field(media_type, content.get("schema", {}), bool(holder.get("required")), "")
    return None


def _fields(schema: Json) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield _field(name, one, name in required, _about(one))


def _field(name: str, schema: Json, required: bool, about: str) -> Field:  # noqa: FBT001 - a value, not a flag
    told, link = _type(schema)
    default = "" if schema.get("default") is None else f" [{json.dumps(schema['default'])}]"
    return Field(name, told, link, required, f"{about}{default if len(default) < LONGEST_DEFAULT else ''}")


def _about(schema: Json) -> str:
    return " ".join(str(schema.get("description", "")).replace("``", "").split())


def _type(schema: Json) -> tuple[str, str]:
    """A type in a few words, and the schema that it is, if it is one."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return name, name
    if "const" in schema:
        return json.dumps(schema["const"]), ""
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"]), ""
    for union in ("anyOf", "oneOf"):
        if union in schema:
            parts = [_type(one) for one in schema[union]]
            links = [link for _, link in parts if link]
            return " | ".join(told for told, _ in parts), links[0] if len(links) == 1 else ""
    if schema.get("type") == "array":
        told, link = _type(schema.get("items", {}))
        return f"list of {told}", link
    if isinstance(schema.get("additionalProperties"), dict):
        told, link = _type(schema["additionalProperties"])
        return f"mapping to {told}", link
    kind = str(schema.get("type", "anything"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind, ""
