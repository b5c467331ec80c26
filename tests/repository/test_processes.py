"""Ending what runs in private checkouts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cot_distill.repository.processes import MARK, end, end_leftovers

_WAIT = "import time; print(flush=True); time.sleep(60)"
_DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def _start(folder: Path, code: str = _WAIT) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, MARK: str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout and process.stdout.readline()
    return process


def test_leftovers_are_those_of_the_folder_and_of_what_lies_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    ours = [_start(folder), _start(folder / "0")]
    others = [_start(tmp_path / "copies-of-another"), _start(tmp_path)]
    try:
        assert end_leftovers(folder) == 2
        assert all(process.wait(10) is not None for process in ours)
        assert [process.poll() for process in others] == [None, None]
        assert end_leftovers(folder) == 0
    finally:
        for process in others:
            process.kill()


def test_all_are_interrupted_and_those_that_do_not_listen_are_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("cot_distill.repository.processes._GRACE_SECONDS", 1.0)
    willing, deaf = _start(tmp_path), _start(tmp_path, _DEAF)
    end([deaf, willing])
    assert (willing.returncode, deaf.returncode) == (-signal.SIGINT, -signal.SIGKILL)
