"""`cot-distill diff` on branches that do better, worse, nothing, or something else."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from tests.diff.conftest import Branches
from tests.inprocess import cot_distill


def test_a_better_branch_passes_and_its_page_tells_all(anywhere: Branches) -> None:
    branches = anywhere
    branches.branch("better", right="11110", examples=9, more={"truncated_rate": 0.2, "mean_words": 3})
    page = branches.diff("main", "better")
    base = branches.run("git", "rev-parse", "--short=7", "main").strip()
    assert page.splitlines()[2:11] == [
        "**Committed metrics**: ✅ accuracy passes the gate: +40.0 points, p = 0.247, one seed; it stops a drop of more than 2 points with p < 0.1.",
        "",
        "## Committed metrics",
        "",
        "```",
        "accuracy  0%                       50%                   100%",
        "base            ├─────────────●─────────────────┤              40.0% (11.8% to 76.9%)",
        "head                         ├────────────────────●───────┤    80.0% (37.6% to 96.4%)",
        "```",
    ]
    assert (
        "Head minus base: +40.0 points, 95% interval -25.9 to +83.0, p = 0.247, one seed (paired t-test over problems, one comparison); 5 test problems."
        in page
    )
    assert "| `eval.accuracy`       | 40.0% (11.8% to 76.9%) | 80.0% (37.6% to 96.4%) | +40.0 points ▲ better |" in page
    assert "| `eval.truncated_rate` | –                      | 20.0% (3.6% to 62.4%)  | added                 |" in page
    assert "| `eval.mean_words`     | –                      | 3                      | added                 |" in page
    assert "| `supervision.examples` | 7    | 9    | +2     |" in page
    assert "| `right`               | 11000 | 11110 |        |" in page
    assert page.endswith(f"- Base is {base}; head is {branches.run('git', 'rev-parse', '--short=7', 'better')[:7]}.\n")


def test_a_significant_drop_fails_and_a_small_one_passes(branches: Branches) -> None:
    branches.branch("good", right="11111")
    branches.run("git", "branch", "--force", "main", "good")
    branches.branch("worse", right="00000")
    done = branches.told("main", "worse", code=1)
    assert done.err == (
        "cot-distill: Committed metrics: accuracy fell: -100.0 points, p = 0.018, one seed; the gate stops a drop of more than 2 points with p < 0.1\n"
    )
    assert "-100.0 points ▼ worse" in done.out
    branches.branch("slightly", right="01111")
    assert "passes the gate: -20.0 points, p = " in branches.diff("main")
    # Whoever changes the threshold does so in sight: it is a param.
    branches.branch("loose", right="00000", gate={"max_drop": 1.0, "p": 0.1, "profile": {}})
    assert "`gate.max_drop`" in branches.diff("main")


def test_an_unchanged_branch_and_metrics_that_go(branches: Branches) -> None:
    branches.run("git", "checkout", "--quiet", "-b", "same")
    (branches.folder / "notes.md").write_text("a note")
    branches.commit()
    page = branches.diff("main", "same")
    assert "No metric changed." in page and "| param" not in page and "+0.0 points" in page

    branches.branch("more", more={"extra": {"deep": 1.5}})
    branches.run("git", "branch", "--force", "main", "more")
    branches.branch("less", more={})
    assert "| `eval.extra.deep` | 1.5  | –    | removed |" in branches.diff("main")
    told = json.loads(branches.diff("main", "--json"))["comparisons"][0]
    assert (told["metrics"], told["gate"]) == (
        [
            {
                "name": "eval.extra.deep",
                "kind": "removed",
                "base": 1.5,
                "head": None,
                "base_interval": None,
                "head_interval": None,
                "reading": None,
            }
        ],
        "passed",
    )
    (branches.folder / "metrics" / "eval.json").write_text('{"n": 5}')
    page = branches.diff("main")
    assert "the gate cannot decide" in page and "- eval.accuracy is missing in workspace." in page


def test_a_dirty_tree_is_told_and_counts_only_without_head(branches: Branches) -> None:
    branches.run("git", "checkout", "--quiet", "-b", "mine")
    branches.set(right="11100")
    branches.make()
    page = branches.diff("main")
    assert "The working tree is dirty: 3 uncommitted files are included." in page and "+20.0 points" in page
    page = branches.diff("main", "HEAD")
    assert "3 uncommitted files are not part of this." in page and "No metric changed." in page


def test_the_base_is_where_the_histories_parted(branches: Branches) -> None:
    branches.branch("mine", right="11110")
    branches.run("git", "checkout", "--quiet", "main")
    branches.set(right="11111")
    branches.make()
    branches.commit("main moves on")
    page = branches.diff("main", "mine")
    assert "40.0%" in page and "80.0%" in page and "100.0%" not in page
    assert "- Base is the merge base with main, " in page


@pytest.mark.slow
def test_verdicts_come_from_a_remote(branches: Branches, elsewhere) -> None:
    branches.run("dvc", "remote", "add", "--default", "store", str(elsewhere / "store"))
    branches.commit("remote")
    branches.branch("better", right="11110")
    branches.run("dvc", "push", "--quiet", "--all-branches")
    clone = Branches(elsewhere / "clone")
    branches.run("git", "clone", "--quiet", ".", str(clone.folder))
    assert "p = 0.247" in clone.diff("origin/main", "HEAD")


def test_without_verdicts_nothing_is_decided(branches: Branches) -> None:
    branches.branch("better", right="11110")
    shutil.rmtree(branches.folder / ".dvc" / "cache")
    page = branches.diff("main", "HEAD")
    assert "**Committed metrics**: ⚠ the gate cannot decide, since eval.accuracy cannot be compared." in page
    assert "No verdicts of main to pair" in page and "No verdicts of HEAD to pair" in page
    assert "| `eval.accuracy` | 40.0% (11.8% to 76.9%) | 80.0% (37.6% to 96.4%) | +40.0 points ▲ better |" in page
    assert json.loads(branches.diff("main", "HEAD", "--json"))["comparisons"][0]["gate"] == "undecided"


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "zeroed": lambda path: path.write_bytes(path.read_bytes()[:40] + bytes(200) + path.read_bytes()[240:]),
    "foreign": lambda path: pq.write_table(pa.table({"other": [1]}), path),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize(
    "damage", [pytest.param(name, marks=() if name == "cut" else pytest.mark.slow) for name in DAMAGES]
)
def test_a_damaged_file_decides_nothing_and_the_advice_mends_it(branches: Branches, damage: str) -> None:
    branches.branch("better", right="11110")
    before = branches.diff("main", "HEAD")
    assert "p = 0.247" in before
    main = branches.run("git", "rev-parse", "main").strip()
    lock = YAML(typ="safe").load(branches.run("git", "show", "main:dvc.lock"))
    oids = {out["path"]: out["md5"] for out in lock["stages"]["all"]["outs"]}
    oid = oids["data/verdicts/tuned.parquet"]
    path = branches.folder / ".dvc/cache/files/md5" / oid[:2] / oid[2:]
    path.chmod(0o644)
    DAMAGES[damage](path)
    page = branches.diff("main", "HEAD")
    assert "the gate cannot decide" in page and "Head minus base" not in page
    assert "| `eval.accuracy` | 40.0% (11.8% to 76.9%) | 80.0% (37.6% to 96.4%) | +40.0 points" in page
    advice = f"run `git checkout {main}`, then `dvc repro all`."
    assert advice in page and "No verdicts of main to pair" in page
    assert damage == "missing" or f"delete {path} and {advice}" in page
    path.unlink(missing_ok=True)
    for command in re.findall(r"`([^`]+)`", advice):
        branches.run(*command.split())
    branches.run("git", "checkout", "--quiet", "better")
    assert branches.diff("main", "HEAD") == before


def test_a_cache_that_cannot_be_written_is_read(branches: Branches) -> None:
    branches.branch("better", right="11110")
    before = branches.diff("main", "HEAD")
    cache = branches.folder / ".dvc/cache"
    for path in [cache, *cache.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert branches.diff("main", "HEAD") == before
    finally:
        for path in [cache, *cache.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_other_test_sets_are_told(branches: Branches) -> None:
    branches.branch("shorter", right="110", untuned_right="100")
    page = branches.diff("main")
    assert "THE TEST SETS DIFFER: 2 problems of base and 0 of head are left out" in page
    assert "3 test problems." in page
    branches.branch("others", stem="Where")
    page = branches.diff("main")
    assert "the gate cannot decide" in page and "the two runs share no test problem" in page


def test_experiments_are_revisions(branches: Branches) -> None:
    branches.set(right="11100")
    branches.make()
    branches.run("dvc", "exp", "save", "--name", "tried")
    branches.run("git", "checkout", "--quiet", "--force", "main")
    page = branches.diff("main", "tried")
    assert "60.0%" in page and "p = 0.491" in page


def test_verdicts_of_other_params_or_other_code_are_no_result_of_a_change(branches: Branches) -> None:
    branches.run("git", "checkout", "--quiet", "-b", "mine")
    branches.set(right="00000")
    old = "- The verdicts of {} were made with another right; run `dvc repro`."
    page = branches.diff("main")
    assert "the gate cannot decide" in page and old.format("workspace") in page and "Head minus base" not in page
    branches.commit("params alone")
    assert old.format("mine") in branches.diff("main", "mine")
    assert old.format("the merge base with mine") not in branches.diff("mine", "main")
    branches.make()
    assert "-40.0 points" in branches.diff("main")
    branches.commit("made")
    (branches.folder / "cot_distill/grading/number.py").write_text("# reads numbers anew\n")
    told = "- outdated: {}: code, or data that it was made from, has changed since, so that all would run anew."
    page = branches.diff("main")
    assert "-40.0 points" in page and told.format("workspace") in page
    branches.commit("code alone")
    assert told.format("HEAD") in branches.diff("main", "HEAD")


def test_what_the_lock_files_say_of_the_graders_is_told(branches: Branches) -> None:
    assert "grader" not in branches.diff("main").lower()
    branches.run("git", "checkout", "--quiet", "-b", "graded")
    (branches.folder / "cot_distill/grading/number.py").write_text("# reads numbers anew\n")
    branches.make()
    branches.commit()
    assert "THE GRADERS DIFFER by dvc.lock" in branches.diff("main", "graded")

    unknown = "Whether the graders differ is not known: no dvc.lock says what graded "
    (branches.folder / "dvc.lock").unlink()
    assert f"- {unknown}workspace." in branches.diff("main")
    branches.commit("no lock")
    page = branches.diff("main", "HEAD")
    assert f"- {unknown}HEAD." in page and "GRADERS DIFFER" not in page
    assert "No verdicts of HEAD to pair" in page


def test_both_sides_are_reproduced(anywhere: Branches) -> None:
    branches = anywhere
    branches.run("git", "checkout", "--quiet", "-b", "code")
    (branches.folder / "code.txt").write_text("worse")
    branches.set(gate={"max_drop": 0.02, "p": 0.6, "profile": {"stem": "Which", "taught": "two texts"}})
    branches.commit()
    before = branches.run("git", "status", "--porcelain")
    done = _reproduced(branches)
    assert done.returncode == 1 and "p = 0.247, one seed; the gate stops" in done.stderr.splitlines()[-1]
    committed, reproduced = done.stdout.split("## Reproduced metrics")
    assert "No metric changed." in committed and "-40.0 points, p = 0.247, one seed" in committed
    assert "| `eval.accuracy` | 40.0% (11.8% to 76.9%) | 0.0% (0.0% to 43.4%) | -40.0 points ▼ worse |" in reproduced
    assert "Both commits ran here, without uncommitted changes, with stem=Which, taught=two texts." in reproduced
    assert branches.run("git", "status", "--porcelain") == before
    assert not list((branches.folder / ".dvc" / "tmp").glob("diff-*"))


def _reproduced(branches: Branches) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cot_distill.cli", "diff", "main", "HEAD", "--reproduce"]
    return subprocess.run(command, cwd=branches.folder, env=branches.environment, capture_output=True, text=True)


def test_text_of_a_branch_stays_in_its_cell(branches: Branches) -> None:
    branches.branch("hostile", taught="a | b <img src=x> @someone [link](http://x)\n# title", **{"k`|<b>": 1})
    page = branches.diff("main")
    assert "| a \\| b &lt;img src=x> @\u200bsomeone \\[link\\](http://x) # title |" in page
    assert "| `k'\\|<b>` | " in page.replace("  ", "")


def test_faults_are_one_line(branches: Branches, elsewhere) -> None:
    assert "'nowhere' is not a revision of this repository: name a commit, branch" in branches.refused("nowhere")
    branches.set(gate={"max_drop": 0.0, "p": 0.1, "profile": {"training.epochs": 1}})
    done = branches.told("main", "--reproduce", code=1)
    assert done.err == (
        "cot-distill: gate.profile cannot be run at base: params.yaml: 'training.epochs' is not a param of params.yaml; params.yaml lists them\n"
    )
    branches.set(gate={"max_drop": 0.0, "p": 7, "profile": {}})
    assert "gate.p is 7; it should be less than or equal to 1" in branches.refused("main")
    branches.run("git", "checkout", "params.yaml")
    (branches.folder / "metrics" / "eval.json").write_text("no JSON")
    assert "workspace: metrics/eval.json is not valid JSON (Expecting value" in branches.refused("main")
    branches.run("git", "checkout", "metrics")
    (branches.folder / "params.yaml").write_text("[")
    assert "workspace: params.yaml: not valid YAML" in branches.refused("main")
    branches.run("git", "checkout", "params.yaml")
    (branches.folder / "dvc.yaml").write_text("stages: 7")
    assert "dvc.yaml' validation failed" in branches.refused("main")
    branches.run("git", "checkout", "dvc.yaml")

    branches.branch("mine", right="11110")
    for number, options in enumerate((["--branch", "mine"], ["--no-single-branch", "--branch", "mine"])):
        shallow = Branches(elsewhere / f"shallow-{number}")
        branches.run("git", "clone", "-q", "--depth=1", *options, f"file://{branches.folder}", str(shallow.folder))
        assert "this clone is shallow; run `git fetch --unshallow`" in shallow.refused("origin/main")

    shutil.rmtree(branches.folder / ".dvc")
    assert "no DVC repository" in branches.refused("main")
    (branches.folder / "dvc.yaml").unlink()
    assert "not in a project" in branches.refused("main")


def test_a_folder_of_the_project_is_as_good_as_its_root(branches: Branches) -> None:
    branches.branch("mine", right="11110")
    here = branches.diff("main")
    branches.folder = branches.folder / "metrics"
    assert branches.diff("main") == here


def test_answers_are_read_and_compared_in_a_part_of_a_repository(branches: Branches, part: Branches) -> None:
    for project in (branches, part):
        project.branch("mine", right="11110")
        shown = cot_distill(project.folder / "metrics", "show", "main", "--right")
        assert shown.code == 0 and shown.out.count("It is 1.") == 2, shown.err
        compared = cot_distill(project.folder, "compare", "mine", "main")
        assert compared.code == 0 and "+40.0 points" in compared.out, compared.err
