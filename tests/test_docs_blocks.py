"""The commands of the documentation do what it says: each is run, in a copy of the repository with a tiny student."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blocks import Block, blocks, differs, run
from tests.conftest import ROOT, ChatServer, Make, copied
from tests.made_pages import PAGES, pages

_COMMAND = re.compile(r"^(?: {4}|\t)(?:\$ )?(?:cot-distill|dvc|make|git|pip|python|export|vllm|hf|source|cd) ", re.M)


def _run_ones(page: Path) -> list[Block]:
    return [block for block in blocks(page) if not block.not_run]


@pytest.fixture(scope="session")
def template(made_once: Callable[[str, Make], Path], repository: Path) -> Path:
    """A repository whose pipeline has run by default, in which the default student is a tiny one."""

    def make(folder: Path) -> None:
        made = copied(repository, folder)
        shutil.copytree(ROOT / "docs" / "example", made.folder / "docs" / "example")
        shutil.copytree(ROOT / "studies", made.folder / "studies")
        shutil.copy(ROOT / "teachers.yaml", made.folder)
        tiny = (made.folder / "students.yaml").read_text(encoding="utf-8").partition("tiny:")[2]
        model = re.findall(r"model: (.*)", tiny)[0]
        made.edit("students.yaml", {"smollm2_135m__model": model, "smollm2_135m__template": "plain"})
        made.set(student="smollm2_135m")
        made.commit("a tiny student by the default's name")
        made.good("dvc", "repro")
        made.commit("run")

    return made_once("docs", make)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if _run_ones(page)], ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Path, template: Path, tmp_path: Path) -> None:
    project = copied(template, tmp_path)
    server = ChatServer(tmp_path / "server.jsonl")
    servers = {f"{name}_BASE_URL": server.url for name in ("OPENAI", "GEMINI", "DASHSCOPE")}
    keys = {f"{name}_API_KEY": "a-key" for name in ("OPENAI", "GEMINI", "DASHSCOPE")}
    project.environment |= {**servers, **keys, "PYTHONPATH": str(project.folder)}
    try:
        for block, command, code, printed in run(_run_ones(page), project.folder, project.environment):
            where = f"{block.page}, line {block.line}: {command.text}\n{printed}"
            failing = block.mark == "fails" and command is block.commands[-1]
            assert (code != 0) == failing, where
            if command.shown and not block.mark.startswith("varies"):
                assert (told := differs(command.shown, printed)) is None, f"{where}\n{told}"
    finally:
        server.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_stand_in_blocks_that_are_run_or_marked(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert _COMMAND.findall(text) == [], "put commands between ```sh or ```console and ```"
    marks = re.findall(r"^<!-- (?:fails|not-run|varies).*\n(.*)$", text, re.M)
    assert all(re.fullmatch(r"```(sh|console)", fence) for fence in marks), "a mark stands right above its fence"
    assert len(marks) == sum(bool(block.mark) for block in blocks(page))


@pytest.mark.parametrize("name", ["schema.md", "params.md", "not-run.md"])
def test_pages_that_are_made_are_current(name: str) -> None:
    made = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert made == pages()[name], "python -m tests.made_pages"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["accuracy 24.0%, p < 0.001"], "accuracy 8%, p = 1.000\n", True),
        (["| run   | n |", "|---|---|"], "| run | n |\n| --- | --- |\n", False),
        (["| run   | n |", "| -- | --- |"], "| run | n |\n| --- | --- |\n", True),
        (["one", "…", "four"], "one\ntwo\nthree\nfour\n", True),
        (["one", "…"], "two\n", False),
        (["one", "three"], "one\ntwo\nthree\n", False),
        (["one"], "one\ntwo\n", False),
        (["one", "two"], "one\n", False),
        (["trained 4 runs"], "skipped 4 runs", False),
    ],
)
def test_what_is_printed_is_told_from_what_is_shown(shown: list[str], printed: str, same: bool) -> None:
    assert (differs(shown, printed) is None) == same


def test_a_page_is_read_as_it_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo one \\\n    two\none two\n$ false\n```\n\n<!-- not-run: a key -->\n```sh\nexit 1\n```\n"
    )
    first, second = blocks(page)
    assert [(command.text, command.shown) for command in first.commands] == [
        ("echo one two", ["one two"]),
        ("false", []),
    ]
    assert (second.not_run, second.line) == ("a key", 8)
    ran = [
        (command.text, code, printed.strip()) for _, command, code, printed in run([first], tmp_path, {"PATH": "/bin"})
    ]
    assert ran == [("echo one two", 0, "one two"), ("false", 1, "")]


def test_the_costs_are_those_of_the_prompts() -> None:
    from benchmarks.costs import table

    made = table(["word_problems"], ROOT / "data" / "benchmarks")
    shown = re.sub(r" {2,}", " ", (ROOT / "docs" / "costs.md").read_text(encoding="utf-8"))
    for row in made.splitlines()[2:]:
        assert re.sub(r" {2,}", " ", row) in shown, "python -m benchmarks.costs"
