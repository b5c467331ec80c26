"""What the documentation names is there (files that it links to, commands, options, params), and no page is too long."""

import itertools
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cot_distill import catalogue
from cot_distill.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_MAY_BE_LONG = {
    "internals.md",
    "schema.md",
    "params.md",
    "not-run.md",
}  # an appendix, and pages that tests.made_pages makes
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)]*)?\)")
_CODE = re.compile(r"^ {4,}(.+)$|`([^`\n]+)`", re.M)
_FENCED = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        there = Path(os.path.normpath(page.parent / path)) if path else page
        assert there.exists(), path
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.M)
            assert anchor[1:] in [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings], anchor


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of each command of ours or of DVC that a page names."""
    text = re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))
    fenced = [line.removeprefix("$ ") for block in _FENCED.findall(text) for line in block.splitlines()]
    for line in [*fenced, *(block or inline for block, inline in _CODE.findall(_FENCED.sub("", text)))]:
        for command in re.split(r"&&|;|\|", re.sub(r"\s#\s.*", "", line)):
            words = command.split()
            if words[:1] == ["cot-distill"] or words[:2] in (["dvc", "exp"], ["dvc", "repro"]):
                try:
                    yield shlex.split(command)
                except ValueError:  # a quotation that goes on in the next cell or line
                    yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_are_there(page: Path) -> None:
    for words in _commands(page):
        if words[0] != "cot-distill":
            continue
        command: Any = typer.main.get_command(app)
        rest = words[1:]
        while hasattr(command, "commands") and rest and rest[0] in command.commands:
            command, rest = command.commands[rest[0]], rest[1:]
        options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
        if hasattr(command, "commands"):
            assert not rest or not re.fullmatch(r"[a-z-]+", rest[0]), words
        for word in rest:
            if re.match(r"--?[a-zA-Z]", word):
                assert word.partition("=")[0] in options, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_params_that_are_set_are_there(page: Path) -> None:
    params = catalogue.load_any(ROOT / "params.yaml")
    for words in _commands(page):
        for before, word in itertools.pairwise(words):
            name = word.partition("=")[0]
            if before != "-S" or ":" in name or not re.fullmatch(r"[a-z_.]+", name):
                continue
            first, *deeper = name.split(".")
            assert first in params, words
            if deeper and isinstance(params[first], dict) and deeper[0] != "prices":
                assert deeper[0] in params[first], words


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in _MAY_BE_LONG], ids=lambda page: page.name)
def test_a_page_that_people_write_is_short(page: Path) -> None:
    most = 620 if page.name == "README.md" else 1200
    assert len(page.read_text(encoding="utf-8").split()) <= most


def test_the_site_leads_to_every_page() -> None:
    site = catalogue.load_any(ROOT / "mkdocs.yml")
    named = [page for section in site["nav"] for pages in section.values() for page in pages]
    assert sorted(named) == sorted(["index.md", *(page.name for page in (ROOT / "docs").glob("*.md"))])
