"""What dvc.lock says of a revision's stages, and whether its params are those that they ran with."""

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from cot_distill.errors import UserError
from cot_distill.tables.runs import NO_DIFFERENCE, digest

_PARAMS = "params.yaml"
_CHECK = "check"
"""Its code changes no result: what it writes is the same, or the stages that follow tell."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it last ran: hashes by path, and the params that it ran with."""

    name: str
    deps: dict[str, str]
    outs: dict[str, str]
    params: dict[str, Any]
    """Those of params.yaml, by dotted name."""
    entries: dict[str, dict[str, Any]]
    """Those of other files, such as a catalogue's entry."""

    def makes(self, path: str) -> bool:
        """Whether a path is an out of this stage, or stands in one."""
        return any(path == out or path.startswith(f"{out}/") for out in self.outs)

    def but_the_seed(self) -> str:
        """A hash of what this stage ran with, the seed aside: its code, its data, its params and entries."""
        return digest([self.deps, {name: value for name, value in self.params.items() if name != "seed"}, self.entries])

    def other_params(self, params: Mapping[str, Any]) -> list[str]:
        """The names of the params that differ from these and that a result depends on."""
        return sorted(
            name
            for name, held in self.params.items()
            if name.partition(".")[0] not in NO_DIFFERENCE and held != value(params, name)
        )


def stages(text: str) -> list[Stage]:
    """The stages of a dvc.lock; raises UserError where it cannot be read."""
    try:
        found = [
            Stage(
                name,
                deps={one["path"]: one.get("md5", "") for one in stage.get("deps", [])},
                outs={one["path"]: one.get("md5", "") for one in stage.get("outs", [])},
                params=stage.get("params", {}).get(_PARAMS, {}),
                entries={file: held for file, held in stage.get("params", {}).items() if file != _PARAMS},
            )
            for name, stage in load(text)["stages"].items()
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError("its dvc.lock cannot be read") from error
    # DVC keeps stages that dvc.yaml has no longer; where a later one makes the same, that is what lies there.
    later: set[str] = set()
    kept = []
    for one in reversed(found):
        if not one.outs or not later.issuperset(one.outs):
            kept.append(one)
        later.update(one.outs)
    return kept[::-1]


def load(text: str) -> Any:
    """What a YAML text of a revision holds; a study has hundreds, of thousands of lines. Raises ValueError for none."""
    import yaml

    try:
        return yaml.load(text, _loader())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


@functools.cache
def _loader() -> Any:
    """PyYAML's parser in C, ten times as fast as ruamel.yaml's, taught to read YAML 1.2 as that does, and as DVC: `off`
    is a word there, 5e-05 a number, and 010 is ten."""
    import yaml
    from ruamel.yaml.resolver import implicit_resolvers

    class Loader(yaml.CSafeLoader):
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def whole(loader: Any, node: Any) -> int:
        digits = loader.construct_scalar(node).replace("_", "")
        return int(digits, 0 if digits.lstrip("+-")[:2] in ("0b", "0o", "0x") else 10)

    for versions, tag, pattern, first in implicit_resolvers:
        if (1, 2) in versions:
            Loader.add_implicit_resolver(tag, re.compile(pattern.pattern, pattern.flags), first)
    Loader.add_constructor("tag:yaml.org,2002:int", whole)
    return Loader


def leading_to(paths: Iterable[str], locked: Sequence[Stage]) -> list[Stage]:
    """The stages by which these paths were made, directly or through others, but for the check of params."""
    found: dict[str, Stage] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        for stage in locked:
            if stage.name not in (*found, _CHECK) and stage.makes(path):
                found[stage.name] = stage
                waiting += stage.deps
    return [stage for stage in locked if stage.name in found]


def made_otherwise(paths: Iterable[str], locked: Sequence[Stage], params: Mapping[str, Any]) -> list[str]:
    """The names of the params in which these differ from those that the paths were made with: what lies there is older
    than the params. The same for every command."""
    return sorted({name for stage in leading_to(paths, locked) for name in stage.other_params(params)})


def value(params: Any, name: str) -> Any:
    """A param by its dotted name; None where there is none."""
    for part in name.split("."):
        params = params.get(part) if isinstance(params, Mapping) else None
    return params
