"""Which runs are finished, by what their experiments' lock files say, in a project that is a part of a repository."""

import json
import re

import pytest

from tests.inprocess import cot_distill
from tests.layouts import SVAMP, official
from tests.studies.conftest import ALL


@pytest.mark.parametrize(
    ("path", "old", "new", "state"),
    [
        ("README.md", "", "Of no account.", "finished"),
        ("../top.txt", "", "Of no account.", "finished"),
        ("stages/tabulate.sh", "mkdir", "mkdir  ", "finished"),  # made from the verdicts alone
        ("stages/train.sh", "sleep 1", "sleep 2", "outdated"),
        ("stages/evaluate.sh", "level=0", "level=00", "outdated"),
        ("data/match_arms.txt", "", "p-1\n", "outdated"),
        ("dvc.yaml", "desc: Trains.", "desc: Trains it.", "finished"),
        ("dvc.yaml", "train.sh ${granularity}", "train.sh  ${granularity}", "outdated"),
        ("dvc.yaml", "[seed, training,", "[seed, training, own,", "outdated"),
        ("dvc.yaml", "[stages/tabulate.sh, ", "[stages/tabulate.sh, stages/train.sh, ", "finished"),
        ("params.yaml", "tries: 8", "tries: 9", "finished"),
        ("params.yaml", "max_drop: 0.02", "max_drop: 0.03", "finished"),
        ("params.yaml", "benchmarks: data/benchmarks", "benchmarks: data/published", "finished"),
        ("params.yaml", "seed: 100 ", "seed: 101 ", "outdated"),
        ("params.yaml", "student: smollm2_135m", "student: qwen3_0_6b", "outdated"),
        ("params.yaml", "transfer: []", "transfer: [svamp]", "outdated"),  # was never asked
        ("students.yaml", "learning_rate: 2.0e-3", "learning_rate: 1.0e-3", "outdated"),
        ("students.yaml", "learning_rate: 5.0e-5", "learning_rate: 5.0e-6", "finished"),  # of other students
    ],
)
def test_what_a_change_does_to_a_finished_run(finished, path: str, old: str, new: str, state: str) -> None:
    file = finished.folder / path
    text = file.read_text() if file.exists() else ""
    assert old in text
    finished.write(path, text.replace(old, new, 1) if old else text + new)
    assert finished.states("small") == dict.fromkeys(ALL, state)
    if path != "params.yaml":  # those of a study's runs are the workspace's, those of an experiment its own
        done = finished.told("query", "SELECT DISTINCT stale IS NULL FROM runs WHERE role = 'tuned'", "--experiments")
        assert [line.strip("| ") for line in done.out.splitlines()[2:]] == [str(state == "finished").lower()]


def test_a_later_commit_and_other_params_on_the_command_line(finished) -> None:
    finished.write("README.md", "Of no account.")
    finished.good("git", "add", "README.md")
    finished.good("git", "commit", "--quiet", "--message", "more")
    assert finished.states("small") == dict.fromkeys(ALL, "finished")
    assert finished.states("small", "-S", "seed=7") == {f"{name}-seed_7": "missing" for name in ALL}
    assert finished.states("small", "-S", "benchmarks=/elsewhere") == dict.fromkeys(ALL, "finished")
    table = finished.told("study", "table", "small").out
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["-", *ALL]


def test_commands_find_the_project_from_a_folder_of_it_and_say_where_there_is_none(finished) -> None:
    status = cot_distill(finished.folder / "data" / "published", "study", "status", "small")
    assert status.code == 0 and status.out.count("finished") == 2
    outside = cot_distill(finished.beside, "study", "status", "small")
    assert (outside.code, outside.out) == (1, "")
    assert outside.err == (
        f"cot-distill: {finished.beside}: not in a project: neither this folder nor one above it has dvc.yaml and params.yaml; change into your clone\n"
    )


def test_what_reads_experiments_works_in_a_part_of_a_repository(finished) -> None:
    for arguments in (["tables", "--experiments"], ["tables", "granularity", "--rev", ALL[0], "--rev", ALL[1]]):
        done = finished.told(*arguments)
        assert done.code == 0 and "12.5%" in done.out and "25.0%" in done.out, done.out + done.err
    done = finished.told("query", "SELECT DISTINCT run FROM runs WHERE role = 'tuned' ORDER BY run", "--experiments")
    assert [line.strip("| ") for line in done.out.splitlines()[2:]] == ALL
    assert finished.told("findings", "--experiments").code == 0
    finished.write("notes/README.md", "")
    done = cot_distill(finished.folder / "notes", "report", "--experiments", "--out", "page.html")
    assert done.code == 0 and "small-granularity_2" in (finished.folder / "notes/page.html").read_text(), done.err
    done = cot_distill(finished.folder / "notes", "charts", "--experiments", "--out", "charts")
    assert done.code == 0 and (finished.folder / "notes/charts/alt.md").is_file(), done.err


def test_ctrl_c_is_told_in_one_line(finished, monkeypatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cot_distill.repository.root.find_root", interrupted)
    for arguments in (["tables"], ["study", "status", "small"], ["diff", "main"], ["show"]):
        done = finished.told(*arguments)
        assert (done.code, done.out, done.err) == (130, "", "cot-distill: stopped\n")


@pytest.mark.parametrize("text", ["", "[0.25]", '{"accuracy": "high"}', "{", json.dumps({"accuracy": None})])
def test_metrics_that_cannot_be_read_are_no_accuracy(finished, text: str) -> None:
    name = "small-granularity_1"
    ref = finished.good("git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{name}").strip()
    finished.good("git", "checkout", "--quiet", "--force", "--detach", ref)
    finished.write("metrics/eval.json", text)
    finished.good("git", "commit", "--quiet", "--all", "--message", "x")
    finished.good("git", "update-ref", ref, "HEAD")
    finished.good("git", "checkout", "--quiet", "main")
    rows = [line.split("|") for line in finished.told("study", "status", "small").out.splitlines()[2:]]
    assert [[cell.strip() for cell in row[2:4]] for row in rows] == [["finished", ""], ["finished", "25.0%"]]


def test_values_that_no_run_can_have_are_refused_by_status_too(repository) -> None:
    for wrong, told in (("seed=abc", "seed is 'abc'"), ("teacher=nobody", "teacher is 'nobody'; valid: solver")):
        for command in ("run", "status", "table"):
            done = repository.told("study", command, "small", "-S", wrong)
            assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
            assert "studies/small.yaml: 2 of 2 runs cannot be made: small-granularity_1-" in done.err
            assert told in done.err


def test_a_study_without_its_data_says_which_params_name_them(repository) -> None:
    repository.write(
        "studies/my-study.yaml",
        "about: Which?\nmatched: true\nparams: {dataset: svamp, teacher: gpt_4o_published}\n"
        "grids: [{granularity: [0, 1]}]\n",
    )
    assert repository.states("my-study") == dict.fromkeys(
        ["my-study-granularity_0", "my-study-granularity_1"], "missing"
    )
    assert repository.told("study", "run", "my-study", "--dry-run").err == (
        "cot-distill: my-study needs data that are not here: data/published has no rationales of the release, and "
        "data/benchmarks has no official files of svamp; docs/reproduce-the-paper.md says where to get them, then name their folders: "
        "-S published=/path/to/published -S benchmarks=/path/to/benchmarks\n"
    )
    # Answers alone need none.
    repository.write(
        "studies/answers.yaml", "about: None?\nparams: {teacher: gpt_4o_published}\ngrids: [{granularity: 0}]\n"
    )
    assert repository.told("study", "run", "answers", "--dry-run").code == 0


def test_a_dry_run_of_a_matched_study_needs_no_list_of_problems_yet(repository) -> None:
    official(repository.folder / "benchmarks")
    for level in (1, 2):
        rows = [
            {"instruction": f"{row['Body']} {row['Question']}", "output": f"Count. The answer is {row['Answer']:.0f}"}
            for row in SVAMP["train"]
        ]
        repository.write(f"released/SVAMP_ChatGPT_level{level}_ranked.json", json.dumps(rows))
    repository.write(
        "studies/my-study.yaml",
        "about: Which?\nmatched: true\nparams: {dataset: svamp, teacher: gpt_4o_published, dev_problems: 0}\n"
        "grids: [{granularity: [1, 2]}]\n",
    )
    folders = ("-S", "benchmarks=benchmarks", "-S", "published=released")
    done = repository.told("study", "run", "my-study", "--dry-run", *folders)
    assert (done.code, done.err) == (0, "")
    assert "\nmatched: all arms of svamp train on the same 2 problems\n" in done.out
    assert not (repository.folder / "studies/matched").exists()


def test_a_table_without_runs_names_the_params_that_runs_have(finished) -> None:
    names = [
        name
        for name in finished.good("git", "for-each-ref", "--format=%(refname)", "refs/exps").split()
        if "small-" in name
    ]
    for ref in names:  # as `study run small -S decoding.max_new_tokens=9 -S training.method=full` names them
        finished.good("git", "checkout", "--quiet", "--force", "--detach", ref)
        text = (finished.folder / "params.yaml").read_text(encoding="utf-8")
        changed = re.sub(r"(\ndecoding:(?:.|\n)*?max_new_tokens: *)\d+", r"\g<1>9", text)
        changed = re.sub(r"(\ntraining:(?:.|\n)*?method:)[^\n]*", r"\g<1> full", changed)
        assert (
            changed.count("max_new_tokens: 9\n") + changed.count("max_new_tokens: 9 ") == 1
            and "method: full\n" in changed
        )
        finished.write("params.yaml", changed)
        finished.good("git", "commit", "--quiet", "--all", "--message", "x")
        finished.good("git", "update-ref", f"{ref}-max_new_tokens_9-full", "HEAD")
        finished.good("git", "update-ref", "-d", ref)
    finished.good("git", "checkout", "--quiet", "--force", "main")
    done = finished.told("study", "table", "small")
    assert (done.code, done.err) == (
        1,
        "cot-distill: small: no run is finished; there are runs with other params: add -S training.method=full "
        "-S decoding.max_new_tokens=9\n",
    )


def test_a_dry_run_says_what_teachers_would_cost_once_for_what_arms_share(repository) -> None:
    repository.write(
        "studies/taught.yaml",
        "about: Which?\nparams: {teacher: gpt_4o}\n"
        "grids: [{granularity: [0, 1, 2], seed: [1, 2]}, {granularity: 1, format: symbolic}]\n",
    )
    told = repository.told("study", "run", "taught", "--dry-run").out
    assert "calls to make: 480 (160 of them rewrites in a format; retries" in told
    assert "cost, estimated: $0.5" in told
    repository.write("studies/own.yaml", "about: None?\ngrids: [{granularity: [1, 2]}]\n")
    assert "calls to make" not in repository.told("study", "run", "own", "--dry-run").out
