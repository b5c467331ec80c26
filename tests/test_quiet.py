"""What is written while something starts is held back, and shown where the start fails."""

import subprocess
import sys

CHATTER = """
import os, subprocess, sys
from cot_distill.quiet import held_back

def chatter():
    print("by Python")
    print("to standard error", file=sys.stderr)
    os.write(1, b"by a library\\n")
    subprocess.run([sys.executable, "-c", "print('by a process')"], check=True)

"""


def run(code: str) -> tuple[str, str]:
    """What a process writes that runs this code, to standard output and error."""
    done = subprocess.run([sys.executable, "-c", CHATTER + code], capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


def test_a_start_that_succeeds_is_silent() -> None:
    assert run("with held_back(): chatter()\nprint('afterwards')") == ("afterwards\n", "")


def test_a_start_that_fails_shows_all_of_it() -> None:
    out, err = run(
        "try:\n  with held_back():\n    chatter()\n    raise RuntimeError\nexcept RuntimeError: print('failed')"
    )
    assert out == "failed\n"
    assert sorted(err.splitlines()) == ["by Python", "by a library", "by a process", "to standard error"]


def test_ctrl_c_shows_nothing() -> None:
    code = "try:\n  with held_back():\n    chatter()\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt: pass"
    assert run(code) == ("", "")


def test_what_a_process_writes_later_can_still_be_shown() -> None:
    late = "import sys; sys.stdin.readline(); print('out of memory')"
    start = f"with held_back() as held: engine = subprocess.Popen([sys.executable, '-c', {late!r}], stdin=-1)\n"
    assert run(start + "engine.communicate(b'\\n')") == ("", "")
    assert run(start + "engine.communicate(b'\\n')\nheld.show()") == ("", "out of memory\n")
