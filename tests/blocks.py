"""The command blocks of a page of the documentation, and how they are run.

A block is fenced: ```sh holds commands, ```console commands behind `$ ` with what they print. A line of three dots in one
character (…) stands for lines left out. A comment on the line above the fence says what differs:

<!-- not-run: REASON -->   nothing of it is run; docs/not-run.md lists it
<!-- varies: REASON -->    it is run, and must succeed; what it prints depends on more than the numbers in it
<!-- fails -->             its last command ends with another exit code than 0
"""

import dataclasses
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(r"(?:^<!-- (fails|(?:not-run|varies): [^\n]+) -->\n)?^```(sh|console)\n(.*?)^```$", re.M | re.S)
_MARK = "@@@"
_NUMBER = re.compile(r"[-+−]?\$?\d[\d.,]*(?:e-\d+)?%?")


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a block, and the lines that the page shows below it; None where it shows none."""

    text: str
    shown: list[str] | None


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of commands."""

    page: str
    line: int
    mark: str
    commands: list[Command]

    @property
    def not_run(self) -> str:
        """Why it is not run; empty where it is."""
        return self.mark.removeprefix("not-run: ") if self.mark.startswith("not-run") else ""


def blocks(page: Path) -> Iterator[Block]:
    """The command blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        mark, kind, body = found.groups()
        lines = re.sub(r"\s*\\\n\s*", " ", body).splitlines()
        commands: list[Command] = []
        for line in lines:
            if kind == "sh" and line.strip():
                commands.append(Command(line, None))
            elif line.startswith("$ "):
                commands.append(Command(line[2:], []))
            elif kind == "console":
                assert commands and commands[-1].shown is not None, f"{page.name}: {line}: behind which command?"
                commands[-1].shown.append(line)
        yield Block(page.name, text.count("\n", 0, found.start()) + 1, mark or "", commands)


def run(of: list[Block], folder: Path, environment: dict[str, str]) -> Iterator[tuple[Block, Command, int, str]]:
    """Run the commands of these blocks in one shell; each with its exit code and what it printed."""
    every = [(block, command) for block in of for command in block.commands]
    script = "\n".join(f"{command.text}\nprintf '\\n{_MARK} %d\\n' $?" for _, command in every)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    told = re.split(rf"\n{_MARK} (\d+)\n", done.stdout)
    assert len(told) == 2 * len(every) + 1, done.stdout[-2000:]
    for (block, command), printed, code in zip(every, told[::2], told[1::2], strict=False):
        yield block, command, int(code), printed


def differs(shown: list[str], printed: str) -> str | None:
    """The first line shown that was not printed, numbers and the width of tables apart; None where all were."""
    there = [_plain(line) for line in printed.splitlines() if line.strip()]
    place, anywhere = 0, False
    for line in shown:
        if line.strip() == "…":
            anywhere = True
        elif line.strip():
            wanted = _plain(line)
            found = next((at for at in range(place, len(there)) if there[at] == wanted), None)
            if found is None or (found != place and not anywhere):
                return f"{line!r} is shown, and {there[place : place + 3]} printed"
            place, anywhere = found + 1, False
    return None if anywhere or place == len(there) else f"{there[place]!r} is printed, and not shown"


def listed(pages: list[Path]) -> str:
    """docs/not-run.md: the blocks that no test runs, with why."""
    told = [
        "# Commands that no test runs\n",
        "A test runs every other command of README and these pages. `tests/blocks.py` makes this list.\n",
        "| page | first command | why |\n|---|---|---|",
    ]
    for page in pages:
        for block in blocks(page):
            if block.not_run:
                first = " ".join(shlex.quote(word) if "|" in word else word for word in block.commands[0].text.split())
                told.append(f"| {page.name} | `{first.split('  #')[0].replace('|', '&#124;')}` | {block.not_run} |")
    return "\n".join(told) + "\n"


def _plain(line: str) -> str:
    line = re.sub(r"[<=] (?=\d)", "", re.sub(r"[-─]{2,}", "-", line))
    return " ".join(_NUMBER.sub("0", line).split())
