"""Files and folders that are written whole or not at all."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.files import alone, write_aside, write_text

REPLACE = """
import os, signal, sys
from pathlib import Path
from cot_distill.files import write_aside

real = os.rename
def rename(old, new):
    real(old, new)
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))  # the old folder has just been moved aside

with write_aside(Path("student")) as aside:
    aside.mkdir()
    (aside / "weights").write_text("new")
    os.rename = rename
"""


def folder(path: Path, content: str) -> None:
    path.mkdir()
    (path / "weights").write_text(content)


def replace(path: Path, content: str) -> None:
    with write_aside(path) as aside:
        folder(aside, content)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    folder(tmp_path / "student", "old")
    replace(tmp_path / "student", "new")
    assert (tmp_path / "student/weights").read_text() == "new"
    assert names(tmp_path) == ["student"]


def test_ctrl_c_while_one_folder_takes_the_place_of_another_leaves_the_old_one(tmp_path: Path) -> None:
    folder(tmp_path / "student", "old")
    done = subprocess.run([sys.executable, "-c", REPLACE, "SIGINT"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr.endswith("KeyboardInterrupt\n")
    assert (tmp_path / "student/weights").read_text() == "old"
    assert names(tmp_path) == ["student"]


def test_a_kill_while_one_folder_takes_the_place_of_another_loses_neither(tmp_path: Path) -> None:
    folder(tmp_path / "student", "old")
    done = subprocess.run([sys.executable, "-c", REPLACE, "SIGKILL"], cwd=tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert sorted((path / "weights").read_text() for path in tmp_path.iterdir()) == ["new", "old"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_fails_while_it_is_written_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    folder(tmp_path / "student", "old")

    def fail() -> None:
        with write_aside(tmp_path / "student") as aside:
            folder(aside, "torn")
            raise error

    with pytest.raises(error):
        fail()
    assert (tmp_path / "student/weights").read_text() == "old"
    assert names(tmp_path) == ["student"]


def test_a_folder_is_never_replaced_by_a_file_nor_written_where_it_may_not(tmp_path: Path) -> None:
    folder(tmp_path / "student", "old")
    with pytest.raises(UserError, match="student: is a folder; name a file"):
        write_text(tmp_path / "student", "text")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/below: cannot be written \(.*\); free space or check permissions"):
        write_text(tmp_path / "file" / "below", "text")
    with pytest.raises(UserError, match="is not the name of a file"):
        write_text(Path("/"), "text")
    assert names(tmp_path) == ["file", "student"]
    assert os.listdir(tmp_path / "student") == ["weights"]


def test_a_lock_that_cannot_be_written_or_held_is_told_in_a_line(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=r"/file/lock: cannot be written \(.*\); check permissions"),
        alone(tmp_path / "file" / "lock"),
    ):
        pass

    def none(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", none)
    with (
        pytest.raises(UserError, match=r"/lock: cannot be locked \(Function not implemented\)"),
        alone(tmp_path / "lock"),
    ):
        pass
