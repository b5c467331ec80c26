"""Ctrl-C is one line and code 130, whenever it comes: while modules are imported, in a library, in a destructor."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cot_distill.evaluation import statistics
from cot_distill.stopping import one_line_on_interrupt
from tests.inprocess import cot_distill
from tests.tables.conftest import Study, made

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("cot_distill", "cot-distill: stopped\n"),
        ("stages.prepare", "stopped; run the same command again to continue\n"),
    ],
)
def test_ctrl_c_while_modules_are_imported_is_one_line(tmp_path: Path, module: str, line: str) -> None:
    (tmp_path / "typer.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-m", module]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", line)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study with a run."""
    found = made(tmp_path_factory.mktemp("study"))
    found.experiment("one", granularity=1)
    return found


def test_ctrl_c_while_duckdb_computes_is_one_line(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "paired", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    ended = cot_distill(study.folder, "tables", "granularity")
    assert (ended.code, ended.out, ended.err) == (130, "", "cot-distill: stopped\n")


class _Deaf:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_that_a_destructor_swallows_is_heard_again(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        with one_line_on_interrupt("stopped"):
            _Deaf()
            threading.Event().wait(60)
            pytest.fail("nobody heard it")

    with pytest.raises(SystemExit, match="130"):
        run()
    assert capsys.readouterr().err == "stopped\n"
