"""A study's file, and its expansion: a union of products over params. Each combination is an experiment.

about: Which granularity suits which student?
matched: true                      # all arms of one dataset train on the same problems
params: {dataset: svamp}           # what all runs share
grids:                             # each a product over its lists; the study is their union
  - granularity: [0, 1, 2, 3]
    training.method: [lora, full]
"""

import copy
import dataclasses
import re
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from cot_distill import catalogue
from cot_distill.errors import UserError
from cot_distill.repository.params import put, set_known
from cot_distill.settings import Section, faults

FOLDER = Path("studies")
MATCH_ARMS = "match_arms"
_UNNAMED = ("benchmarks", "published", "beyond_data", "calls", "gate", MATCH_ARMS)
"""Params that are never part of a run's name: paths of data, how fast a teacher is asked, and what a check
tolerates."""
_NAME = re.compile(r"\w[\w-]*", re.ASCII)


def _not_empty(value: Any) -> Any:
    if value == []:
        raise ValueError("give at least one value")
    return value


class Study(Section):
    """A study's file."""

    about: str
    """What the study asks, in a line."""
    matched: bool = False
    """Whether all arms of one dataset train on the same problems."""
    params: dict[str, Any] = Field(default={})
    """Params that all runs share, dotted."""
    max_hours: float | None = Field(default=None, gt=0)
    """How many hours of machines the jobs of a cluster may take for it in all; null: no limit."""
    grids: Annotated[list[dict[str, Annotated[Any, AfterValidator(_not_empty)]]], AfterValidator(_not_empty)]
    """Each a product: a param, dotted, and its value or the list of its values."""


@dataclasses.dataclass(frozen=True, slots=True)
class Combination:
    """One run of a study."""

    name: str
    """The experiment's name: the study's name, and the values of the params that the grids vary."""
    changes: dict[str, Any]
    """The dotted params that the study and the command line set."""
    values: dict[str, Any]
    """All values of params.yaml, with these params set."""

    def with_param(self, param: str, value: Any) -> "Combination":
        """The same run with one more param set."""
        values = copy.deepcopy(self.values)
        put(values, param, value)
        return Combination(self.name, {**self.changes, param: value}, values)


def load(folder: Path, name: str) -> Study:
    """The study `name` of a folder of studies. Raises UserError, one line, if it is not there or malformed."""
    path = folder / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not path.is_file():
        names = sorted(other.stem for other in folder.glob("*.yaml") if _NAME.fullmatch(other.stem))
        advice = "" if _NAME.fullmatch(name) else "a name takes letters, digits, _ and -; "
        raise UserError(f"{path}: no such study; {advice}there are: {', '.join(names) or 'none'}")
    try:
        return Study.model_validate(catalogue.load_any(path))
    except ValidationError as error:
        keys = ", ".join(Study.model_fields)
        raise UserError(f"{path}: {'; '.join(faults(error))} (the keys of a study are {keys})") from None


def expand(
    name: str, study: Study, base: Mapping[str, Any], chosen: Mapping[str, Any], check: Callable[[Any, str], object]
) -> list[Combination]:
    """The runs of a study, in the order of its file. A run that several grids name is listed once.

    `base` is the values of params.yaml, `chosen` the params of the command line, which take precedence. `check` gets
    each combination's values and their origin. Raises UserError, one line with the first fault.
    """
    where = FOLDER / f"{name}.yaml"
    runs: dict[str, Combination] = {}
    refused: list[str] = []
    for changes, factors in _products(study, chosen):
        run = "-".join([name, *(label(param, changes[param]) for param in factors)])
        values = copy.deepcopy(dict(base))
        for param, value in changes.items():
            set_known(values, param, value, str(where))
        if run in runs:
            if runs[run].values != values:
                raise UserError(f"{where}: two runs would both be called {run}; give the grids other values")
            continue
        runs[run] = Combination(run, changes, values)
        try:
            check(values, run)
        except UserError as error:
            refused.append(str(error))
    if refused:
        more = f"; and {len(refused) - 1} more" if len(refused) > 1 else ""
        raise UserError(f"{where}: {len(refused)} of {len(runs)} runs cannot be made: {refused[0]}{more}")
    return list(runs.values())


def set_params(text: str) -> tuple[str, Any]:
    """The param and the value of a text `param=value`, whose value is YAML. Raises UserError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    param, equals, value = text.partition("=")
    if not equals or not param:
        raise UserError(f"-S {text}: write it as param=value")
    try:
        return param, YAML(typ="safe", pure=True).load(value)
    except YAMLError:
        raise UserError(f"-S {text}: the value is not valid YAML") from None


def _products(study: Study, chosen: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[str]]]:
    """(all changes, the params that are part of the run's name) of every combination."""
    made = []
    for grid in study.grids:
        lists = [value if isinstance(value, list) else [value] for value in grid.values()]
        named = [*grid, *(param for param in chosen if param not in grid)]
        factors = [param for param in named if param.split(".")[0] not in _UNNAMED]
        for picked in product(*lists):
            made.append(({**study.params, **dict(zip(grid, picked, strict=True)), **chosen}, factors))
    return made


def label(param: str, value: Any) -> str:
    """A value in a run's name. An id is used alone; a number or a switch follows the name of its param."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):  # the arms of a mixture
        return "_".join([param, *(label("", "_".join(map(str, one.values()))) for one in value)])
    shown = value if isinstance(value, str) else f"{param.rpartition('.')[2]}_{'null' if value is None else value}"
    # Characters that git allows in a ref. `-` separates values.
    return re.sub(r"[^A-Za-z0-9_.]+|\.(?=\.|$)|^\.", "_", shown).removesuffix(".lock") or "_"
