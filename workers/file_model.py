"""Validate a YAML file by a pydantic model, and say every fault in a person's words.

Used for `danga.yaml` and `proxies.yaml`. A message names file, line and field, and never shows
a value that could be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import BadInput, Fault
from workers.literal_secret import literal_secrets
from workers.nearest import suggest
from workers.yaml_source import Place, YamlSource

_LINE = re.compile(r"[^:]*:(\d+)")
_WORDS = {
    "missing": "is missing",
    "string_type": "has to be text",
    "int_parsing": "has to be a whole number",
    "int_type": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_parsing": "has to be a number",
    "float_type": "has to be a number",
    "decimal_parsing": "has to be a number",
    "decimal_type": "has to be a number",
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
    "list_type": "has to be a list: each entry begins with a dash",
    "tuple_type": "has to be a list: each entry begins with a dash",
    "dict_type": "has to be a mapping: `key: value` lines",
    "model_type": "has to be a mapping: `key: value` lines",
    "model_attributes_type": "has to be a mapping: `key: value` lines",
    "string_pattern_mismatch": "is not of the form that is expected here",
    "string_too_short": "is empty",
    "too_short": "is empty",
    "decimal_max_places": "has too many digits after the point",
    "decimal_max_digits": "has too many digits",
    "decimal_whole_digits": "has too many digits before the point",
    "finite_number": "has to be a finite number",
}


class FileModel(BaseModel):
    """A part of a file: unknown keys are faults, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=FileModel)


def validate(source: YamlSource, model: type[Model]) -> Model:
    """Return the content as `model`; an empty file is an empty mapping.

    Raises:
        BadInput: all faults at once: unknown keys, wrong types, literal passwords.
    """
    secrets = dict(literal_secrets(source))
    try:
        read = model.model_validate({} if source.data is None else source.data)
    except ValidationError as error:
        faults = [_fault(one, source, model) for one in _outside(error, secrets)]
        raise BadInput(*in_order([*secrets.values(), *faults])) from None
    if secrets:
        raise BadInput(*in_order(secrets.values()))
    return read


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults of a file from its first line to its last."""
    return sorted(faults, key=_line)


def _line(fault: Fault) -> int:
    found = _LINE.match(fault.where)
    return int(found[1]) if found else 0


def doubles(
    source: YamlSource, names: Iterable[tuple[Place, str]], what: str = "id"
) -> Iterator[Fault]:
    """Yield a fault for each name that was used before, naming the line of the first."""
    first: dict[str, Place] = {}
    for path, name in names:
        if name in first:
            place = source.where(first[name]).split(" ")[0]
            yield Fault(source.where(path), f"the {what} {name} is used twice", f"first at {place}")
        else:
            first[name] = path


def _outside(error: ValidationError, told: Mapping[Place, Fault]) -> Iterator[ErrorDetails]:
    """The errors of places that no other fault has named yet."""
    for one in error.errors(include_url=False):
        if one["loc"] not in told:
            yield one


def _fault(error: ErrorDetails, source: YamlSource, model: type[FileModel]) -> Fault:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        holder = _model_at(model, path[:-1])
        known = [field.alias or name for name, field in holder.model_fields.items()]
        return Fault(source.where(path), "unknown key", suggest(str(path[-1]), known))
    return Fault(source.where(path), words_of(error))


def words_of(error: ErrorDetails) -> str:
    """Return what is wrong with a value, as a person says it."""
    kind = error["type"]
    if kind in {"enum", "literal_error"}:
        return f"has to be {error.get('ctx', {})['expected']}"
    said = error["msg"].removeprefix("Value error, ").replace("Input should be", "has to be")
    return _WORDS.get(kind, said)


def _model_at(model: type[FileModel], path: Place) -> type[FileModel]:
    """The model that describes the place `path`, for the names of its fields."""
    annotation: Any = model
    for part in path:
        if isinstance(part, str) and _is_model(annotation):
            fields = annotation.model_fields
            annotation = next(
                field.annotation for name, field in fields.items() if part in {name, field.alias}
            )
        annotation = _model_in(annotation)
    return annotation if _is_model(annotation) else model


def _model_in(annotation: Any) -> Any:
    """The model inside `tuple[Model, ...]`, `Model | None`, `dict[str, Model]`."""
    if _is_model(annotation):
        return annotation
    inner = (_model_in(argument) for argument in get_args(annotation))
    return next((found for found in inner if _is_model(found)), annotation)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, FileModel)
