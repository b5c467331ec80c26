"""Verdict files that are missing or damaged: the run is left out by name, the others are shown, and the advice works."""

import csv
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from tests.tables.conftest import Study, made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with two experiments, pushed to a remote of Git and one of DVC; the second lies in the workspace."""
    folder = tmp_path_factory.mktemp("shared")
    study = made(folder / "study")
    study.run("git", "init", "--quiet", "--bare", str(folder / "git"))
    for command in (f"git remote add origin {folder / 'git'}", "git push --quiet origin main"):
        assert study.run(*command.split()).returncode == 0
    assert (
        study.run("dvc", "remote", "add", "--quiet", "--local", "--default", "store", str(folder / "dvc")).returncode
        == 0
    )
    study.experiment("one", granularity=1, right="'11110'")
    study.experiment("two", granularity=2, right="'11000'", untuned_right="'01000'")
    pushed = study.run("dvc", "exp", "push", "--quiet", "origin", "one", "two")
    assert pushed.returncode == 0, pushed.stderr
    return folder


@pytest.fixture
def copied(shared: Path, tmp_path: Path) -> Study:
    """A copy of it, whose remotes are the shared ones."""
    shutil.copytree(shared / "study", tmp_path / "study", symlinks=True)
    return Study(tmp_path / "study")


def _verdicts(study: Study, name: str) -> Path:
    """The cache's file of the tuned verdicts of an experiment."""
    lock = YAML(typ="safe").load(study.run("git", "show", f"{_rev(study, name)}:dvc.lock").stdout)
    oid = next(out["md5"] for out in lock["stages"]["all"]["outs"] if out["path"] == "data/verdicts/tuned.parquet")
    return study.folder / ".dvc/cache/files/md5" / oid[:2] / oid[2:]


def _rev(study: Study, name: str) -> str:
    refs = study.run("git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps").stdout.splitlines()
    return next(line.split()[0] for line in refs if line.endswith(f"/{name}"))


def _accuracies(text: str) -> dict[str, str]:
    return {row["runs"]: row["accuracy"] for row in csv.DictReader(io.StringIO(text))}


def _zeroed(path: Path) -> None:
    held = path.read_bytes()
    path.write_bytes(held[:40] + bytes(200) + held[240:])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "zeroed": _zeroed,
    "foreign": lambda path: pq.write_table(pa.table({"other": [1]}), path),
    "missing": lambda path: path.unlink(),
}
NOWHERE = {**DAMAGES, "nowhere": DAMAGES["missing"]}
"""Those, and the file that the remote lacks too."""
TABLE = ("tables", "granularity", "--experiments", "--format", "csv")


QUICK = [(True, "cut"), (False, "missing")]


@pytest.mark.parametrize(
    ("remote", "damage"),
    [
        pytest.param(remote, damage, marks=[] if (remote, damage) in QUICK else pytest.mark.slow)
        for remote in (True, False)
        for damage in DAMAGES
    ],
)
def test_the_run_is_left_out_by_name_and_the_advice_brings_it_back(copied: Study, damage: str, remote: bool) -> None:
    before = _accuracies(copied.told(*TABLE))
    assert before == {"one": "0.8", "two": "0.4"}
    path = _verdicts(copied, "one")
    path.chmod(0o644)
    DAMAGES[damage](path)
    if not remote:
        (copied.folder / ".dvc/config.local").unlink()
        assert copied.run("git", "remote", "remove", "origin").returncode == 0
    done = copied.run("python", "-m", "cot_distill.cli", *TABLE)
    assert (done.returncode, _accuracies(done.stdout)) == (1, {"two": "0.4"})
    notes = done.stderr.splitlines()
    assert notes[0].startswith("not taken: one: data/verdicts/tuned.parquet is ")
    assert notes[-1].startswith("cot-distill: some of the runs are not shown: one: data/verdicts/tuned.parquet is ")
    assert str(path) in notes[0] or damage == "missing"
    if damage != "missing":
        path.unlink()
    first, *others = re.findall(r"`(dvc [^`]+)`", notes[0])
    assert first == ("dvc exp pull origin one" if remote else "dvc exp apply one")
    for command in [first] if remote else [first, *others]:
        copied.run(*command.split())
    assert _accuracies(copied.told(*TABLE)) == before


@pytest.fixture(scope="module")
def four(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A copy of the study with two experiments more, enough for a chart without the first; tests mend what they break."""
    folder = tmp_path_factory.mktemp("four") / "study"
    shutil.copytree(shared / "study", folder, symlinks=True)
    study = Study(folder)
    for level, seed in ((3, 0), (4, 1)):  # the seed says which word counts
        study.experiment(f"level-{level}", granularity=level, seed=seed, right="11000/01110", untuned_right="'01000'")
    return study


OTHERS = ("--rev", "two", "--rev", "level-3", "--rev", "level-4")
COMMANDS = {
    "tables": ("tables", "--format", "csv"),
    "findings": ("findings",),
    "report": ("report", "--out", "r.html"),
    "charts": ("charts", "--out", "charts"),
    "query": ("query", "SELECT run, accuracy FROM arms, unnest(runs) AS of_arm(run) ORDER BY ALL", "--format", "csv"),
}


def _shown(study: Study, *command: str) -> tuple[int, str, str]:
    """The exit code, all that a command shows of the runs, and what it says beside."""
    shutil.rmtree(study.folder / "charts", ignore_errors=True)
    (study.folder / "r.html").unlink(missing_ok=True)
    done = study.run("python", "-m", "cot_distill.cli", *command)
    drawn = "".join(f"{path.name}\n{path.read_text()}" for path in sorted((study.folder / "charts").glob("*.svg")))
    page = "".join(path.read_text() for path in study.folder.glob("r.html"))
    cells = "\n".join(re.findall(r"<td[^>]*>[^<]*</td>", page))
    told = done.stdout if command[0] in ("tables", "findings", "query") else ""
    lines = [line for line in told.splitlines() if "not taken: " not in line]
    return done.returncode, "\n".join([*lines, cells, drawn]), done.stderr


QUICK_OF_ALL = [("cut", "tables"), ("missing", "findings")]


@pytest.mark.parametrize(
    ("damage", "command"),
    [
        pytest.param(damage, command, marks=[] if (damage, command) in QUICK_OF_ALL else pytest.mark.slow)
        for damage in NOWHERE
        for command in COMMANDS
    ],
)
def test_every_command_shows_the_others_as_they_are_without_it(
    shared: Path, four: Study, damage: str, command: str
) -> None:
    code, without, _ = _shown(four, *COMMANDS[command], *OTHERS)
    assert code == 0 and len(without) > 40
    path = _verdicts(four, "one")
    held, stored = path.read_bytes(), shared / "dvc/files/md5" / path.parent.name / path.name
    path.chmod(0o644)
    try:
        if damage == "nowhere":
            stored.rename(stored.with_suffix(".aside"))
        NOWHERE[damage](path)
        code, shown, told = _shown(four, *COMMANDS[command], "--rev", "one", *OTHERS)
    finally:
        path.write_bytes(held)
        if damage == "nowhere":
            stored.with_suffix(".aside").rename(stored)
    assert (code, shown) == (1, without)
    assert "some of the runs are not shown: one: data/verdicts/tuned.parquet is " in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_two_runs_are_not_compared_by_a_damaged_file_and_the_advice_mends_it(copied: Study, damage: str) -> None:
    before = copied.told("compare", "one", "two")
    path = _verdicts(copied, "one")
    path.chmod(0o644)
    DAMAGES[damage](path)
    if damage == "missing":  # it is read from the remote
        assert copied.told("compare", "one", "two") == before
        return
    told = copied.refused("compare", "one", "two")
    assert f"one: data/verdicts/tuned.parquet is damaged in DVC's cache; delete {path} and run `dvc exp pull " in told
    path.unlink()
    (command, *_) = re.findall(r"`(dvc [^`]+)`", told)
    assert copied.run(*command.split()).returncode == 0
    assert copied.told("compare", "one", "two") == before


@pytest.mark.slow
def test_what_no_remote_has_is_made_anew_as_the_advice_says(shared: Path, tmp_path: Path) -> None:
    for name in ("study", "git", "dvc"):
        shutil.copytree(shared / name, tmp_path / name, symlinks=True)
    study = Study(tmp_path / "study")
    moved = f"dvc remote modify --local store url {tmp_path / 'dvc'}"
    for command in (f"git remote set-url origin {tmp_path / 'git'}", moved):
        assert study.run(*command.split()).returncode == 0
    before = _accuracies(study.told(*TABLE))
    path = _verdicts(study, "one")
    path.unlink()
    (tmp_path / "dvc/files/md5" / path.parent.name / path.name).unlink()
    done = study.run("python", "-m", "cot_distill.cli", *TABLE)
    assert (done.returncode, _accuracies(done.stdout)) == (1, {"two": "0.4"})
    pull, *make = re.findall(r"`(dvc [^`]+)`", done.stderr.splitlines()[0])
    study.run(*pull.split())
    assert _accuracies(study.run("python", "-m", "cot_distill.cli", *TABLE).stdout) == {"two": "0.4"}
    for command in make:
        study.run(*command.split())
    assert _accuracies(study.told(*TABLE)) == before


def test_the_workspaces_own_damaged_file_is_named(copied: Study) -> None:
    path = copied.folder / "data/verdicts/tuned.parquet"
    path.unlink()
    path.write_bytes(b"PAR1")
    told = copied.refused("tables", "granularity")
    assert "workspace: data/verdicts/tuned.parquet is not as it was made; run `dvc checkout --force" in told
    (command, *_) = re.findall(r"`(dvc [^`]+)`", told)
    assert copied.run(*command.split()).returncode == 0
    assert "| 40.0% " in copied.told("tables", "granularity")


@pytest.mark.parametrize(
    "command", [pytest.param(name, marks=() if name == "tables" else pytest.mark.slow) for name in COMMANDS]
)
def test_a_cache_that_cannot_be_written_is_read(four: Study, command: str) -> None:
    asked = (*COMMANDS[command], "--rev", "one", *OTHERS)
    before, cache = _shown(four, *asked), four.folder / ".dvc/cache"
    assert before[0] == 0 and len(before[1]) > 40
    for path in [cache, *cache.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert _shown(four, *asked) == before
    finally:
        for path in [cache, *cache.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
