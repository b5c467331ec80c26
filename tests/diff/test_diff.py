"""`cot-distill diff` on branches that do better, worse, nothing, or something else."""

import json
import shutil

from tests.diff.conftest import Branches
from tests.tables.conftest import Study


def test_a_better_branch_passes_and_its_page_tells_all(branches: Branches) -> None:
    branches.branch("better", right="11110", examples=9, more={"truncated_rate": 0.2, "mean_words": 3})
    page = branches.diff("main", "better")
    base = branches.run("git", "rev-parse", "--short=7", "main").strip()
    assert page.splitlines()[2:11] == [
        "**Committed metrics**: ✅ accuracy passes the gate: +40.0 points, p = 0.500; it stops a drop of more than 2 points with p < 0.1.",
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
        "Head minus base: +40.0 points, 95% interval +0.0 to +80.0 (paired bootstrap); McNemar's exact p = 0.500; 5 test problems."
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
    done = branches.study.run("cot-distill", "diff", "main", "worse")
    assert (done.returncode, done.stderr) == (
        1,
        "cot-distill: Committed metrics: accuracy fell: -100.0 points, p = 0.062; the gate stops a drop of more than 2 points with p < 0.1\n",
    )
    assert "-100.0 points ▼ worse" in done.stdout
    branches.branch("slightly", right="01111")
    assert "passes the gate: -20.0 points, p = 1.000" in branches.diff("main")
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
    branches.run("dvc", "repro", "--quiet")
    page = branches.diff("main")
    assert "The working tree is dirty: 3 uncommitted files are included." in page and "+20.0 points" in page
    page = branches.diff("main", "HEAD")
    assert "3 uncommitted files are not part of this." in page and "No metric changed." in page


def test_the_base_is_where_the_histories_parted(branches: Branches) -> None:
    branches.branch("mine", right="11110")
    branches.run("git", "checkout", "--quiet", "main")
    branches.set(right="11111")
    branches.run("dvc", "repro", "--quiet")
    branches.commit("main moves on")
    page = branches.diff("main", "mine")
    assert "40.0%" in page and "80.0%" in page and "100.0%" not in page
    assert "- Base is the merge base with main, " in page


def test_verdicts_come_from_a_remote_and_without_them_the_counts_decide(branches: Branches, elsewhere) -> None:
    branches.run("dvc", "remote", "add", "--default", "store", str(elsewhere / "store"))
    branches.commit("remote")
    branches.branch("better", right="11110")
    branches.run("dvc", "push", "--quiet", "--all-branches")
    clone = Study(elsewhere / "clone")
    assert branches.study.run("git", "clone", "--quiet", ".", str(clone.folder)).returncode == 0
    page = clone.told("diff", "origin/main", "HEAD")
    assert "McNemar's exact p = 0.500" in page
    assert clone.run("dvc", "pull", "--quiet").returncode == 0
    assert "McNemar's exact p = 0.500" in clone.told("diff", "origin/main")

    for lost in (elsewhere / "store", clone.folder / ".dvc" / "cache"):
        shutil.rmtree(lost)
    page = clone.told("diff", "origin/main", "HEAD")
    assert "Head minus base: +40.0 points; unpaired, Fisher's exact p = 0.524; 5 test problems." in page
    assert "No verdicts of origin/main to pair" in page and "No verdicts of HEAD to pair" in page


def test_other_test_sets_are_told(branches: Branches) -> None:
    branches.branch("shorter", right="110", untuned_right="100")
    page = branches.diff("main")
    assert "THE TEST SETS DIFFER: 2 problems of base and 0 of head are left out" in page
    assert "3 test problems." in page
    branches.branch("others", stem="Where")
    page = branches.diff("main")
    assert "the gate cannot decide" in page and "the two runs share no test problem" in page


def test_experiments_are_revisions_and_other_graders_are_told(branches: Branches) -> None:
    branches.study.experiment("tried", right="'11100'")
    branches.run("git", "checkout", "--quiet", "--force", "main")
    page = branches.diff("main", "tried")
    assert "60.0%" in page and "McNemar's exact p = 1.000" in page and "GRADERS" not in page
    with (branches.folder / "dvc.lock").open("a") as file:
        file.write("  evaluate:\n    cmd: x\n    deps:\n    - {path: cot_distill/grading, hash: md5, md5: abc}\n")
    assert "THE GRADERS DIFFER by dvc.lock" in branches.diff("main")


def test_both_sides_are_reproduced(branches: Branches) -> None:
    branches.run("git", "checkout", "--quiet", "-b", "code")
    make = branches.folder / "make.py"
    make.write_text(make.read_text().replace('"tuned": by_seed', '"tuned": "00000" or by_seed'))
    branches.commit()
    before = branches.run("git", "status", "--porcelain")
    page = branches.diff("main", "HEAD", "--reproduce")
    committed, reproduced = page.split("## Reproduced metrics")
    assert "No metric changed." in committed and "-40.0 points, p = 0.500" in committed
    assert "| `eval.accuracy` | 40.0% (11.8% to 76.9%) | 0.0% (0.0% to 43.4%) | -40.0 points ▼ worse |" in reproduced
    assert "Both commits ran here, without uncommitted changes, with stem=Which, taught=two texts." in reproduced
    assert "| param" not in reproduced
    assert branches.run("git", "status", "--porcelain") == before
    assert branches.run("git", "worktree", "list").count("\n") == 1
    assert not list((branches.folder / ".dvc" / "tmp").glob("diff-*"))

    branches.set(gate={"max_drop": 0.02, "p": 0.6, "profile": {}})
    branches.commit()
    told = json.loads(branches.diff("main", "HEAD", "--reproduce", "--json", code=1))
    assert [one["gate"] for one in told["comparisons"]] == ["passed", "failed"]


def test_text_of_a_branch_stays_in_its_cell(branches: Branches) -> None:
    branches.branch("hostile", taught="a | b <img src=x> @someone [link](http://x)\n# title", **{"k`|<b>": 1})
    page = branches.diff("main")
    assert "| a \\| b &lt;img src=x> @\u200bsomeone \\[link\\](http://x) # title |" in page
    assert "| `k'\\|<b>` | " in page.replace("  ", "")


def test_faults_are_one_line(branches: Branches, elsewhere) -> None:
    study = branches.study
    assert "'nowhere' is no revision of this repository: name a commit, branch" in study.refused("diff", "nowhere")
    assert "gate.profile names 'training.epochs', which is no param at base" in _last_line(
        branches, {"max_drop": 0.0, "p": 0.1, "profile": {"training.epochs": 1}}
    )
    assert "gate.p is 7; Input should be less than or equal to 1" in _last_line(
        branches, {"max_drop": 0.0, "p": 7, "profile": {}}
    )
    branches.run("git", "checkout", "params.yaml")
    (branches.folder / "metrics" / "eval.json").write_text("no JSON")
    assert "workspace: metrics/eval.json is not valid JSON (Expecting value" in study.refused("diff", "main")
    branches.run("git", "checkout", "metrics")
    (branches.folder / "params.yaml").write_text("[")
    assert "workspace: params.yaml: not valid YAML" in study.refused("diff", "main")
    branches.run("git", "checkout", "params.yaml")
    (branches.folder / "dvc.yaml").write_text("stages: 7")
    assert "dvc.yaml' validation failed" in study.refused("diff", "main")
    branches.run("git", "checkout", "dvc.yaml")

    branches.branch("mine", right="11110")
    for number, options in enumerate((["--branch", "mine"], ["--no-single-branch", "--branch", "mine"])):
        shallow = Study(elsewhere / f"shallow-{number}")
        url = f"file://{branches.folder}"
        assert study.run("git", "clone", "-q", "--depth=1", *options, url, str(shallow.folder)).returncode == 0
        assert "this clone is shallow; run `git fetch --unshallow`" in shallow.refused("diff", "origin/main")

    (elsewhere / "git").mkdir()
    plain = Study(elsewhere / "git")
    assert plain.run("git", "init", "--quiet").returncode == 0
    assert "no DVC repository" in plain.refused("diff", "main")


def _last_line(branches: Branches, gate: dict[str, object]) -> str:
    branches.set(gate=gate)
    done = branches.study.run("cot-distill", "diff", "main", "--reproduce")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]
