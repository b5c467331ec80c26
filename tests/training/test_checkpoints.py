"""Checkpoints: a run that dies at any moment and is run again ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cot_distill.errors import UserError
from cot_distill.training import checkpoints, trainer
from cot_distill.training.finetune import finetune
from tests.conftest import ROOT
from tests.training.training import digests, entry, examples, places, settings

RUN = """
import json, sys
from pathlib import Path
from cot_distill.training import checkpoints
from cot_distill.training.finetune import finetune
from tests.training.training import entry, examples, places, settings
real = checkpoints.mark
def mark(written):
    real(written)
    if written.name == "checkpoint-12":
        sys.stdin.read()  # it is killed here at the latest
checkpoints.mark = mark
model, folder, count, changes = sys.argv[1:]
chosen = settings(**json.loads(changes))
print(finetune(entry(Path(model)), examples(int(count)), chosen, 1, places(Path(folder)), save_every=0.0))
"""
"""A run that keeps a checkpoint of every step."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def begun(model: Path, folder: Path, count: int, changes: str) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(model), str(folder), str(count), changes],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(run: subprocess.Popen[str], cache: Path, step: int) -> None:
    """Until a checkpoint of this step, or a later one, is whole."""
    until = time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until:
        found = [checkpoints.latest(place) for place in cache.glob("checkpoints/*") if place.is_dir()]
        if any(place and int(place.name.rpartition("-")[2]) >= step for place in found):
            return
        time.sleep(0.002)
    raise AssertionError(run.communicate(timeout=60))


def ended(folder: Path) -> dict[str, str]:
    """All that a run leaves, but for its speed."""
    return digests(folder / "student", "*") | digests(folder / "training", "*.tsv", "*.json")


@pytest.mark.parametrize(
    ("changes", "after", "later"),
    [
        pytest.param({"method": "lora"}, 2, 0.03, marks=pytest.mark.slow, id="lora"),
        pytest.param({"method": "lora", "dtype": "bfloat16"}, 3, 0.02, marks=pytest.mark.slow, id="lora_bfloat16"),
        pytest.param(
            {"method": "full", "dtype": "bfloat16", "device_batch": 2},
            4,
            0.01,
            marks=pytest.mark.slow,
            id="full_bfloat16",
        ),
    ],
)
def test_a_killed_run_continues_to_the_same_bytes(tiny_student, tmp_path, cache, capfd, changes, after, later) -> None:
    given, chosen = examples(80), settings(**changes)
    finetune(entry(tiny_student), given, chosen, 1, places(tmp_path / "undisturbed"))
    assert not list((cache / "checkpoints").iterdir())

    folder = tmp_path / "killed"
    run = begun(tiny_student, folder, len(given), json.dumps(changes))
    wait_for(run, cache, after)
    time.sleep(later)
    run.kill()
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    assert not (folder / "student").exists()

    capfd.readouterr()
    assert finetune(entry(tiny_student), given, chosen, 1, places(folder)).steps == 20
    [told] = [line for line in capfd.readouterr().err.splitlines() if line.startswith("training: continues from step ")]
    assert after <= int(told.split()[-1]) <= 12
    assert ended(folder) == ended(tmp_path / "undisturbed")
    assert not list((cache / "checkpoints").iterdir())


@pytest.mark.slow
def test_a_point_of_the_curve_that_was_begun_before_the_checkpoint_is_whole(tiny_student, tmp_path, cache) -> None:
    # Two hundred steps, so that a point is the mean of two; the run dies between them.
    given, chosen = examples(200), settings(batch_size=1)
    finetune(entry(tiny_student), given, chosen, 1, places(tmp_path / "undisturbed"))
    with pytest.MonkeyPatch.context() as patch:
        _at_step(patch, 6, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(UserError, match="at step 6 of 200"):
            finetune(entry(tiny_student), given, chosen, 1, places(tmp_path / "stopped"))
    with pytest.MonkeyPatch.context() as patch:
        _at_step(patch, 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(UserError, match="at step 7 of 200"):
            finetune(entry(tiny_student), given, chosen, 1, places(tmp_path / "stopped"))
    outcome = finetune(entry(tiny_student), given, chosen, 1, places(tmp_path / "stopped"))
    assert outcome.steps == 200
    assert ended(tmp_path / "stopped") == ended(tmp_path / "undisturbed")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_signal_stops_at_the_next_step_and_the_run_continues(tiny_student, tmp_path, cache, number) -> None:
    finetune(entry(tiny_student), examples(60), settings(), 1, places(tmp_path / "undisturbed"))
    folder = tmp_path / "stopped"

    def request(*_: object) -> None:
        os.kill(os.getpid(), number)

    with pytest.MonkeyPatch.context() as patch:
        _at_step(patch, 5, request)
        with pytest.raises(UserError) as error:
            finetune(entry(tiny_student), examples(60), settings(), 1, places(folder))
    assert str(error.value) == (
        f"training stopped ({signal.Signals(number).name}) at step 5 of 15; run the same command again to continue"
    )
    assert not (folder / "student").exists()
    [kept] = cache.glob("checkpoints/*/checkpoint-*")
    assert kept.name == "checkpoint-5" and (kept / "complete").is_file()
    outcome = finetune(entry(tiny_student), examples(60), settings(), 1, places(folder))
    assert outcome.steps == 15
    assert ended(folder) == ended(tmp_path / "undisturbed")


def test_a_signal_in_the_last_step_stops_nothing(tiny_student, tmp_path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _at_step(patch, 3, lambda: os.kill(os.getpid(), signal.SIGTERM))
        outcome = finetune(entry(tiny_student), examples(12), settings(), 1, places(tmp_path))
    assert outcome.steps == 3
    assert (tmp_path / "student/adapter_model.safetensors").is_file()


def _at_step(patch: pytest.MonkeyPatch, step: int, act) -> None:
    """Have something happen while a step, counted from 1, is worked on."""
    real, seen = trainer.next_token_losses, []

    def losses(*given):
        seen.append(1)
        if len(seen) == step + 2:  # two are taken before: of packed rows, and of an example
            act()
        return real(*given)

    patch.setattr(trainer, "next_token_losses", losses)


def test_a_failed_run_keeps_its_checkpoints_and_other_examples_or_params_start_afresh(
    tiny_student, tmp_path, cache, capfd
) -> None:
    def fail() -> None:
        raise UserError("the lights went out")

    with pytest.MonkeyPatch.context() as patch:
        _at_step(patch, 6, fail)
        with pytest.raises(UserError, match="the lights went out"):
            finetune(entry(tiny_student), examples(32), settings(), 1, places(tmp_path), save_every=0.0)
    [kept] = cache.glob("checkpoints/*/checkpoint-*/complete")
    capfd.readouterr()
    for given in ((examples(32), settings(learning_rate=1.0e-3), 1), (examples(32), settings(), 2)):
        with pytest.MonkeyPatch.context() as patch:
            _at_step(patch, 1, fail)
            with pytest.raises(UserError, match="the lights went out"):
                finetune(entry(tiny_student), *given, places(tmp_path))
        assert "continues" not in capfd.readouterr().err
        assert kept.is_file()
    finetune(entry(tiny_student), examples(31), settings(), 1, places(tmp_path))
    assert "continues" not in capfd.readouterr().err
    assert kept.is_file()
    finetune(entry(tiny_student), examples(32), settings(), 1, places(tmp_path))
    assert "training: continues from step " in capfd.readouterr().err
    assert not kept.exists()


def test_a_torn_checkpoint_is_ignored_and_removed(cache, tmp_path) -> None:
    place = cache / "checkpoints" / "run"
    for step in (9, 10, 11):
        (place / f"checkpoint-{step}").mkdir(parents=True)
    for step in (9, 10):
        checkpoints.mark(place / f"checkpoint-{step}")
    assert checkpoints.latest(place) == place / "checkpoint-10"
    with checkpoints.folder("run", first=True) as kept_at:
        assert sorted(path.name for path in kept_at.iterdir()) == ["checkpoint-10", "checkpoint-9"]
    assert not place.exists()
    assert checkpoints.latest(place) is None


def test_there_is_a_whole_checkpoint_at_any_moment_after_the_first(tiny_student, tmp_path, cache, monkeypatch) -> None:
    before, after = [], []
    real = checkpoints.mark

    def mark(checkpoint: Path) -> None:
        before.append(checkpoints.latest(checkpoint.parent))
        real(checkpoint)
        after.append(checkpoint)

    monkeypatch.setattr(checkpoints, "mark", mark)
    finetune(entry(tiny_student), examples(20), settings(), 1, places(tmp_path), save_every=0.0)
    assert [path.name for path in after] == ["checkpoint-1", "checkpoint-2", "checkpoint-3", "checkpoint-4"]
    assert before == [None, *after[:-1]]


def test_what_is_trained_names_the_run() -> None:
    assert checkpoints.key({"seed": 1, "rows": [[1, 2]]}) == checkpoints.key({"rows": [[1, 2]], "seed": 1})
    assert checkpoints.key({"seed": 1, "rows": [[1, 2]]}) != checkpoints.key({"seed": 1, "rows": [[1, 3]]})


def test_runs_of_the_same_student_wait_for_each_other(cache) -> None:
    def begin() -> subprocess.Popen[str]:
        code = (
            "import sys\nfrom cot_distill.training import checkpoints\n"
            "with checkpoints.folder('run', True) as place:\n"
            "    print('in', flush=True)\n    sys.stdin.readline()\n    assert place.is_dir()\n"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    first = begin()
    assert first.stdout.readline() == "in\n"
    second = begin()
    assert second.stderr.readline() == "training: another process trains the same student; waiting for it\n"
    assert first.communicate("go\n", timeout=30) == ("", "")
    assert second.stdout.readline() == "in\n"
    third = begin()
    assert third.stderr.readline() == "training: another process trains the same student; waiting for it\n"
    assert second.communicate("go\n", timeout=30) == ("", "")
    assert third.communicate("go\n", timeout=30) == ("in\n", "")
    assert [run.returncode for run in (first, second, third)] == [0, 0, 0]
    assert not list((cache / "checkpoints").iterdir())
