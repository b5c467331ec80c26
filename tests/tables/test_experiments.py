"""Experiments of a small study: seeds pooled, two runs compared, answers read."""

import csv
import io
import re
import shutil

import pytest


@pytest.fixture
def rows(study):
    """The table over all experiments, as CSV rows."""
    return lambda: list(csv.DictReader(io.StringIO(study.told("tables", "--experiments", "--format", "csv"))))


def test_runs_that_differ_in_the_seed_alone_share_a_row(study, rows) -> None:
    by_seed = "01110/11000/11000"
    study.experiment("one", right=by_seed, seed=1)
    study.experiment("two", right=by_seed, seed=2)
    # Both seeds agree on every problem: the interval is that of 2 right among 5, not of 4 among 10.
    untuned, arm = rows()
    assert (untuned["role"], untuned["n"], untuned["accuracy"], untuned["gain"]) == ("untuned", "5", "0.2", "")
    assert "family" not in arm  # it only decides what Markdown tells
    assert (arm["run"], arm["seeds"], arm["n_seeds"], arm["n"]) == ("one two", "1 2", "2", "5")
    assert (arm["accuracy"], arm["accuracy_low"], arm["accuracy_high"]) == ("0.4", "0.1176", "0.7693")
    # one problem of five: 1/7 over √((2/7 - 1/49) / 7) with 6 degrees of freedom
    assert (arm["seed_sd"], arm["gain"], arm["p"], arm["p_holm"]) == ("0.0", "0.2", "0.4907", "0.4907")

    study.experiment("again", right=by_seed, seed=2)
    study.experiment("three", right=by_seed, seed=3)
    study.experiment("elsewhere", right=by_seed, seed=4, taught="another")
    _, *arms = rows()
    assert [row["n_seeds"] for row in arms] == ["3", "1"]
    # 60%, 40% and 40%, so a deviation of 0.2 / sqrt(3)
    assert [arms[0][name] for name in ("seeds", "accuracy", "seed_sd", "seed_min", "seed_max")] == (
        ["1 2 3", "0.4667", "0.1155", "0.4", "0.6"]
    )
    assert "| 3: 40.0% to 60.0%, sd 11.5 |" in study.told("tables", "--experiments")


def test_runs_of_one_seed_with_two_results_are_not_pooled(study, rows) -> None:
    by_seed = "11000/11100"
    study.experiment("one", right=by_seed, seed=1)
    study.experiment("two", right=by_seed, seed=2)
    code = (study.folder / "make.py").read_text()
    (study.folder / "make.py").write_text(code.replace("by_seed[", "'11111' or by_seed["))
    study.experiment("edited", right=by_seed, seed=2)
    assert [(row["run"], row["accuracy"]) for row in rows()[1:]] == [("one", "0.6"), ("edited", "1.0"), ("two", "0.4")]


def test_runs_of_other_training_code_are_not_pooled(study, rows) -> None:
    by_seed = "11000/11100"
    study.experiment("one", right=by_seed, seed=1)
    code = (study.folder / "train.py").read_text()
    (study.folder / "train.py").write_text(f"{code}# and more\n")
    study.experiment("two", right=by_seed, seed=2)
    assert [(row["run"], row["n_seeds"]) for row in rows()[1:]] == [("one", "1"), ("two", "1")]
    assert (
        "- word_problems, tiny, solver, 3, original: 2 rows of one cell, not pooled (one; two); "
        "they differ in none of their params: in code or data\n"
    ) in study.told("tables", "granularity", "--experiments")


def test_compare_tells_the_difference_and_its_table(study) -> None:
    study.experiment("one", right="'11110'")
    study.experiment("other", right="'10000'")
    assert study.told("compare", "one", "other") == (
        "5 test problems, the same for both\n\n"
        "| run   | right | accuracy | 95% interval   |\n"
        "| ----- | ----- | -------- | -------------- |\n"
        "| one   | 4     | 80.0%    | 37.6% to 96.4% |\n"
        "| other | 1     | 20.0%    | 3.6% to 62.4%  |\n\n"
        "one minus other: +60.0 points, 95% interval -14.7 to +100.0, p = 0.118, one seed\n"
        "(paired t-test over problems; one comparison, so p is not adjusted)\n"
        "(one seed: the student was trained once; p and interval cover the draw of test problems alone, and another seed may "
        "overturn them)\n\n"
        "| problems  | other right | other wrong |\n"
        "| --------- | ----------- | ----------- |\n"
        "| one right | 1           | 3           |\n"
        "| one wrong | 0           | 1           |\n"
    )
    assert "other minus workspace: +0.0 points, 95% interval -35.0 to +35.0, p = 1.000" in study.told(
        "compare", "other", "workspace"
    )


def test_compare_says_so_where_the_test_sets_differ(study) -> None:
    study.experiment("long", right="'11110'")
    study.experiment("short", right="'101'", untuned_right="'100'")
    told = study.told("compare", "long", "short")
    assert "THE TEST SETS DIFFER: what follows is on the 3 problems that both were asked;" in told
    assert "2 more of long and 0 more of short are left out" in told
    assert "| long  | 3     | 100.0%   |" in told
    study.experiment("others", stem="'How much'")
    assert "the two runs share no test problem" in study.refused("compare", "long", "others")
    assert "'nobody' is no experiment, tag or commit" in study.refused("compare", "long", "nobody")


def test_of_experiments_of_one_name_the_one_that_started_here_is_meant(study) -> None:
    study.experiment("one", right="'11110'")
    study.experiment("other", right="'10000'")
    commit = ("git", "commit", "--quiet", "--allow-empty", "--message")
    assert study.run(*commit, "next").returncode == 0
    study.experiment("one", right="'11000'")
    assert "one minus other: +20.0 points" in study.told("compare", "one", "other")
    assert study.run(*commit, "last").returncode == 0
    told = study.refused("compare", "one", "other")
    refs = study.run("git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps").stdout.splitlines()
    revs = [line[:9] for line in refs if line.endswith("/one")]
    assert re.search(
        f"2 experiments are called one, none made from this commit; name one of .*({'|'.join(revs)})", told
    )
    gains = sorted(
        line.split(" other: ")[1].split()[0]
        for rev in revs
        for line in study.told("compare", rev, "other").splitlines()
        if line.startswith(f"{rev} minus")
    )
    assert gains == ["+20.0", "+60.0"]


def test_show_reads_the_answers_that_are_wanted(study) -> None:
    study.experiment("one", right="'10100'")
    assert study.told("show", "one", "--wrong", "--limit", "1") == (
        "3 of 5 answers, the first 1 shown\n\n"
        "=== 1/3 p-1: wrong\n"
        "question:\n  How many 1?\n"
        "completion:\n  It is 0.\n"
        "predicted: 8 (read by last_number)\n"
        "gold: 7\n"
        "ambiguous: no\n"
        "contains_gold: no\n"
        "truncated: no\n"
        "new_tokens: 4\n"
        "stated: no\n"
        "asked_again: no\n"
    )
    assert study.told("show").startswith("5 of 5 answers\n\n=== 1/5 p-0: right\n")
    assert study.told("show", "one", "--untuned", "--right").startswith("1 of 5 answers\n\n=== 1/1 p-0: right\n")
    assert "=== 1/1 p-2: right" in study.told("show", "--problem", "p-2")
    assert "is 'p-9' the id of a test problem?" in study.refused("show", "--problem", "p-9")
    assert "5 answers, none of them as asked for" in study.refused("show", "--truncated")
    (study.folder / "data/verdicts/tuned.parquet").write_bytes(b"no table")
    told = (
        "workspace: data/verdicts/tuned.parquet is not as it was made; run `dvc checkout --force data/verdicts/tuned."
    )
    assert told in study.refused("show")


def test_show_tells_that_the_problems_were_made_anew(study) -> None:
    study.experiment("one")
    made = (study.folder / "make.py").read_text().split("for role")[0].replace('"7"', '"9"')
    assert study.run("python", "-c", made).returncode == 0
    assert "workspace: data/problems/test.parquet is not as it was made; run `dvc checkout" in study.refused("show")
    assert study.run("dvc", "commit", "--quiet", "--force").returncode == 0
    assert "data/problems/test.parquet differ on 'p-0'" in study.refused("show")


def test_tags_and_commits_are_gathered_with_their_commits(study) -> None:
    study.experiment("one", right="'11110'")
    for command in ("git add --all", "git commit --quiet --message kept", "git tag -a v1 -m first"):
        assert study.run(*command.split()).returncode == 0
    kept = study.run("git", "rev-parse", "HEAD").stdout.strip()
    study.experiment("two", right="'11000'", granularity=5)
    asked = (
        "query",
        "--format",
        "csv",
        "SELECT run, source, rev, granularity FROM runs WHERE role = 'tuned' ORDER BY 1",
    )
    assert study.told(*asked) == "run,source,rev,granularity\nworkspace,workspace,,5\n"
    told = study.told(*asked, "--tags").splitlines()[1:]
    assert told == [f"v1,tag,{kept},3", "workspace,workspace,,5"]
    assert f"main,commit,{kept},3" in study.told(*asked, "--rev", "main").splitlines()
    names = [line.split(",")[:2] for line in study.told(*asked, "--rev", "one", "--rev", "two").splitlines()[1:]]
    assert names == [["one", "experiment"], ["two", "experiment"]]
    assert "'nobody' is no experiment, tag or commit" in study.refused("tables", "--rev", "nobody")
    assert "'-x' is no experiment, tag or commit" in study.refused("tables", "--rev=-x")


def test_the_table_of_a_name_and_what_it_leaves_out(study) -> None:
    study.experiment("one", granularity=1)
    study.experiment("two", granularity=2)
    told = study.told("tables", "granularity", "--experiments", "--out", "table.md")
    written = (study.folder / "table.md").read_text()
    assert told == "" and "| one  |" in written and "| two  |" in written
    assert "no table 'levels'; there are granularity, format" in study.refused("tables", "levels")
    params = (study.folder / "params.yaml").read_text()
    (study.folder / "params.yaml").write_text(params.replace("granularity: 2", "granularity: 4"))
    stale = "its params.yaml has another granularity than its verdicts were made with"
    assert stale in study.refused("tables", "granularity")
    assert f"- not taken: workspace: {stale}; run `dvc repro`" in study.told("tables", "granularity", "--experiments")
    (study.folder / "dvc.lock").write_text("schema: [")
    assert "its dvc.lock cannot be read" in study.refused("tables", "granularity")


def test_runs_that_are_queued_or_whose_verdicts_are_not_here_are_named(study) -> None:
    study.experiment("one", right="'11110'")
    assert study.run("dvc", "exp", "run", "--queue", "--name", "later", "-S", "seed=9").returncode == 0
    assert "- not taken: later: queued" in study.told("tables", "best", "--experiments")
    (study.folder / ".dvc/cache/files").rename(study.folder / "lost")
    shown = study.told("tables", "best", "--experiments")  # the workspace has the same files
    assert "| one " in shown
    for role in ("untuned", "tuned"):
        (study.folder / f"data/verdicts/{role}.parquet").unlink()
    told = "data/verdicts/untuned.parquet is not in DVC's cache; run `dvc exp apply one`, then `dvc repro all`"
    assert told in study.refused("tables", "best", "--experiments")


_BEYOND = """
  beyond:
    foreach: ${beyond}
    do:
      cmd: python beyond.py ${item}
      deps: [data/students/tuned]
      outs: ["data/beyond/${item}/untuned.parquet", "data/beyond/${item}/tuned.parquet"]
"""
_ASK = """
import sys
from pathlib import Path
from cot_distill.evaluation.beyond.outcomes import Outcome
from cot_distill.records import write

marks = {"tuned": "11010", "untuned": "01000"}
for role, of in marks.items():
    rows = [Outcome(f"q/{n}", role, m == "1", "hub") for n, m in enumerate(of)]
    write(Path(f"data/beyond/{sys.argv[1]}/{role}.parquet"), rows, Outcome)
"""


def test_what_was_asked_beyond_is_gathered_while_it_is_of_this_student(study) -> None:
    study.write("beyond.py", _ASK)
    study.write("dvc.yaml", (study.folder / "dvc.yaml").read_text() + _BEYOND)
    study.write("params.yaml", (study.folder / "params.yaml").read_text() + "beyond: []\n")
    study.experiment("one", beyond="[arc_easy,mmlu]")
    (line, *_) = study.told("tables", "beyond").splitlines()[2:]
    assert [cell.strip() for cell in line.split("|")[1:-1]] == (
        ["arc_easy", "tiny", "word_problems", "solver", "3", "original", "5", "1"]
        + ["60.0%", "23.1% to 88.2%", "20.0%", "0.247 (0.247)", "40.0%", "workspace"]
    )
    study.experiment("alone", beyond="[]", seed=2)  # its dvc.lock still has what another student was asked
    assert (
        study.told(
            "query",
            "--experiments",
            "--format",
            "csv",
            "SELECT DISTINCT run, task FROM outcomes JOIN runs USING (run_id) ORDER BY task",
        )
        == "run,task\none,arc_easy\none,mmlu\n"
    )
    for path in (study.folder / ".dvc" / "cache" / "files").rglob("*"):
        if path.is_file() and b"hub" in path.read_bytes():
            path.unlink()
    shutil.rmtree(study.folder / "data/beyond")
    done = study.run("python", "-m", "cot_distill.cli", "tables", "granularity", "--experiments")
    assert (
        "- not taken: one: data/beyond/arc_easy/untuned.parquet is not in DVC's cache; run `dvc exp apply one`"
        in done.stdout
    )
    assert (done.returncode, "| one " in done.stdout) == (1, True)


@pytest.mark.slow
def test_a_run_that_present_code_would_make_otherwise_is_said_to_be_outdated(study) -> None:
    for name in ("stages/lib/a.py", "stages/b.py"):
        study.write(name, "first")
    study.write(
        "dvc.yaml", (study.folder / "dvc.yaml").read_text().replace("[make.py]", "[make.py, stages/lib, stages/b.py]")
    )
    study.experiment("one")
    study.experiment("two", granularity=5)
    asked = ("tables", "granularity", "--experiments")
    assert "outdated" not in study.told(*asked)
    outdated = "outdated: one, two: code, or data that it was made from, has changed since, so that all would run anew"
    for name in ("stages/lib/a.py", "stages/lib/new.py", "stages/b.py"):
        study.write(name, "second")
        assert f"\n- {outdated}\n" in study.told(*asked)
        if name.endswith("new.py"):
            (study.folder / name).unlink()
        else:
            study.write(name, "first")
    assert "outdated" not in study.told(*asked)
    study.write("stages/b.py", "second")
    study.experiment("new", granularity=4)
    found = study.told(
        "query", "--experiments", "--format", "csv", "SELECT run, stale FROM runs WHERE role = 'tuned' ORDER BY 1"
    )
    assert found == "run,stale\nnew,\none,all\ntwo,all\n"
    assert outdated in study.run("python", "-m", "cot_distill.cli", "tables", "--experiments").stderr
    assert outdated in study.run("python", "-m", "cot_distill.cli", "report", "--experiments").stderr
    html = (study.folder / "report.html").read_text()
    assert html.count(outdated) == 1
    study.write("params.yaml", (study.folder / "params.yaml").read_text().replace("stem: How many", "stem: How much"))
    assert "its params.yaml has another stem than its verdicts were made with" in study.refused("tables", "best")
