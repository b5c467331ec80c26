"""Any student: it goes its whole way, or is refused before it is trained. The table of docs/architectures.md is held to it."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from cot_distill.errors import UserError
from tests.conftest import ROOT
from tests.students.architectures import ARCHITECTURES
from tests.students.journey import travel

KINDS = [(method, dtype) for method in ("lora", "full") for dtype in ("float32", "bfloat16")]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))


def told(name: str) -> str:
    """What the page says of an architecture."""
    lines = (ROOT / "docs/architectures.md").read_text(encoding="utf-8").splitlines()
    [row] = [line for line in lines if line.startswith(f"| {name} | ")]
    return row.removeprefix(f"| {name} | ").removesuffix(" |")


def went(name: str, kinds: list[tuple[str, str]], place: Path, capfd: Any) -> str:
    """How the architecture's batches are, or with which line it is refused; the same for all these kinds of training."""
    ARCHITECTURES[name](place / "model")
    found = set()
    for method, dtype in kinds:
        try:
            found.add(travel(place / "model", method, dtype, place / f"{method}-{dtype}", capfd))
        except UserError as error:
            found.add(f"refused: {error}")
    [one] = found
    return one


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("llama with harmony's channels", ("lora", "float32")),
        ("llama with a sentencepiece tokenizer", ("lora", "bfloat16")),
        ("phi", ("full", "float32")),
    ],
)
def test_a_student_goes_its_whole_way(name, kind, tmp_path, capfd) -> None:
    assert went(name, [kind], tmp_path, capfd) == told(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_page_says_how_an_architecture_is_trained(name, tmp_path, capfd) -> None:
    assert went(name, KINDS, tmp_path, capfd) == told(name)


def test_the_page_names_these_architectures_alone() -> None:
    lines = (ROOT / "docs/architectures.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| architecture | its batches are |") + 2
    table = takewhile(lambda line: line.startswith("|"), lines[start:])
    assert [line.split(" | ")[0].removeprefix("| ") for line in table] == [*ARCHITECTURES]
