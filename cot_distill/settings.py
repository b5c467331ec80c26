"""Sections of YAML files as frozen objects that are checked when they are made, and their faults in words."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError


class Section(BaseModel):
    """A section of params.yaml or an entry of a catalogue. Values are not converted, and unknown keys are errors."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def one_of(valid: Iterable[Any]) -> AfterValidator:
    """A check that a value is one of these, for valid values that are known only at run time."""
    choices = tuple(valid)

    def check(value: Any) -> Any:
        if value not in choices:
            raise ValueError(f"valid: {', '.join('null' if choice is None else str(choice) for choice in choices)}")
        return value

    return AfterValidator(check)


def faults(error: ValidationError) -> Iterator[str]:
    """A phrase for each bad value: its dotted name, the value, and the valid ones."""
    yield from dict.fromkeys(_in_words(fault) for fault in error.errors())


def _in_words(fault: Any) -> str:
    # one of two types: pydantic reports both, each under the name of the type
    if fault["loc"][-1:] in (("int",), ("str",)):
        return f"{'.'.join(map(str, fault['loc'][:-1]))} is {fault['input']!r}; give a whole number or a word"
    name = ".".join(map(str, fault["loc"])) or "the file"
    if fault["type"] == "missing":
        return f"{name} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{name} is not a known setting"
    if fault["type"] == "literal_error":
        valid = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return f"{name} is {fault['input']!r}; valid: {valid}"
    advice = fault["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return f"{name} is {fault['input']!r}; {advice}"
