"""The graph of dvc.yaml: what re-runs what, with stand-ins for the stages that cost; and the files that users edit."""

import re
import shutil
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import load_yaml

from tests.conftest import ROOT

EVALUATE = {"evaluate@untuned", "evaluate@tuned"}
TRAINED = {"train", "evaluate@tuned", "tabulate"}
"""What follows from other examples."""
ALL = {"check", "prepare", "generate", "transform", "measure", "predict", "tabulate"} | EVALUATE | TRAINED


MIXTURE = [{"weight": 1, "granularity": 6}, {"weight": 4}]


def test_a_changed_choice_changes_the_stages_that_read_it_and_no_other(graph) -> None:
    assert graph.changed() == set()
    for file, change, changed in (
        ("teachers.yaml", {"llama_3_70b_published__family": "another"}, {"check"}),
        ("teachers.yaml", {"solver__licence": "ours"}, {"check", "generate", "transform"}),
        ("students.yaml", {"smollm2_360m__training__epochs": 9}, {"check"}),
        ("students.yaml", {"tiny__training__epochs": 2}, {"check", "measure", "predict", "train"}),
        ("params.yaml", {"training__learning_rate": 5.0e-4}, {"check", "train"}),
        ("params.yaml", {"training__max_tokens": 900}, {"check", "measure", "train"}),
        ("params.yaml", {"seed": 7}, {"check", "train", "tabulate"}),
        ("params.yaml", {"granularity": 2}, {"check", "generate", "transform", "measure", "tabulate"}),
        ("params.yaml", {"format": "symbolic"}, {"check", "transform", "measure", "tabulate"}),
        ("params.yaml", {"verified_only": True}, {"check", "transform"}),
        ("params.yaml", {"decoding__max_new_tokens": 9}, {"check", "measure"} | EVALUATE),
        ("params.yaml", {"grading__judge": "gpt_4o"}, {"check"} | EVALUATE),
        ("params.yaml", {"evaluation__split": "dev"}, {"check"} | EVALUATE),
        ("params.yaml", {"dev_problems": 9}, {"check", "prepare"}),
        ("params.yaml", {"predict_examples": 9}, {"check", "predict"}),
        ("params.yaml", {"data_seed": 2}, {"check", "prepare", "generate", "transform"}),
        ("params.yaml", {"training__thoughts": "plain"}, {"check", "measure", "predict", "train"}),
        ("params.yaml", {"selection__keep": "longest"}, {"check", "transform", "tabulate"}),
        ("params.yaml", {"mixture": MIXTURE}, {"check", "generate", "transform", "measure", "tabulate"}),
        ("params.yaml", {"teacher_seed": 2}, {"check", "generate", "transform"}),
        # Limits, prices and the gate are no reason to ask again.
        ("params.yaml", {"calls__tries": 2, "calls__max_cost": 9.0, "gate__p": 0.5}, {"check"}),
        ("params.yaml", {"own__file": "mine.csv"}, {"check", "prepare"}),
    ):
        before = (graph.folder / file).read_text()
        graph.edit(file, change)
        assert graph.changed() == changed, change
        (graph.folder / file).write_text(before)


def test_changed_code_changes_the_stages_that_it_can_matter_to_and_no_other(graph) -> None:
    for room, changed in (
        # What only exports, draws, tabulates or drives re-trains and re-asks nothing.
        ("cot_distill/sharing", set()),
        ("cot_distill/report", set()),
        ("cot_distill/diff", set()),
        ("cot_distill/studies", set()),
        ("cot_distill/commands", set()),
        ("cot_distill/cli.py", set()),
        ("cot_distill/tables", {"tabulate"}),
        # What asks models concerns what asks them, which replays the journal; training is not among it.
        ("cot_distill/decoding", {"generate", "transform"} | EVALUATE),
        ("cot_distill/grading", {"prepare", "generate", "transform"} | EVALUATE),
        ("cot_distill/problems", {"prepare", "generate", "transform"} | EVALUATE),
        ("cot_distill/evaluation", {"tabulate"} | EVALUATE),
        ("cot_distill/supervision", {"generate", "transform", "measure"}),
        ("cot_distill/training", {"train"}),
        ("cot_distill/predictors", {"predict"}),
        ("cot_distill/students", {"check", "measure", "predict", "train"} | EVALUATE),
        ("cot_distill/weights", {"measure", "predict", "train"}),
        ("stages/train.py", {"check", "train"}),
        ("stages/evaluate.py", {"check"} | EVALUATE),
        ("stages/params.py", {"check"}),
    ):
        path = graph.folder / room
        file = path / "added.py" if path.is_dir() else path
        before = "" if path.is_dir() else file.read_text()
        file.write_text(f"{before}# A comment.\n")
        assert graph.changed() == changed, room
        file.unlink() if path.is_dir() else file.write_text(before)


def test_a_change_re_runs_what_follows_from_it_and_stops_where_nothing_does(graph) -> None:
    assert graph.repro() == set()
    graph.edit("students.yaml", {"tiny__training__epochs": 2})
    assert graph.repro() == {"check", "measure", "predict"} | TRAINED
    graph.set(data_seed=2)
    assert graph.repro() == ALL
    # The same problems come of it, whatever else lies in that folder.
    with (graph.folder / "data/benchmarks/README.md").open("a") as readme:
        readme.write("x")
    assert graph.repro() == {"prepare"}


def test_a_bad_student_is_found_before_anything_is_made_and_valid_ids_are_told(versioned) -> None:
    versioned.set(student="smolm2", granularity=4)
    done = versioned.run("dvc", "repro")
    assert done.returncode != 0
    assert "student is 'smolm2'; valid: smollm2_135m" in done.stderr
    assert not (versioned.folder / "data/problems").exists()


@pytest.mark.slow
def test_other_datasets_and_benchmarks_are_stages_when_they_are_asked_for(graph) -> None:
    def names() -> set[str]:
        return set(graph.good("dvc", "stage", "list", "--name-only").split())

    assert names() == ALL
    graph.set(transfer=["svamp", "gsm8k"], beyond=["csqa"])
    datasets = {f"transfer@{dataset}-{role}" for dataset in ("svamp", "gsm8k") for role in ("untuned", "tuned")}
    benchmarks = {"beyond@csqa-untuned", "beyond@csqa-tuned"}
    assert names() == ALL | datasets | benchmarks
    assert graph.repro("transfer@svamp-untuned") == {"check", "prepare", "transfer@svamp-untuned"}
    assert graph.repro() == datasets - {"transfer@svamp-untuned"} | benchmarks
    assert graph.changed() == set()
    assert not [line for line in graph.good("git", "status", "--short").splitlines() if "data/" in line]
    with (graph.folder / "cot_distill/evaluation/__init__.py").open("a") as code:
        code.write("# A comment.\n")
    assert graph.changed() == EVALUATE | datasets | benchmarks | {"tabulate"}


def test_a_student_s_entry_is_changed_from_the_command_line(graph) -> None:
    graph.good("dvc", "exp", "run", "-S", "students.yaml:smollm2_360m.training.epochs=9", "check")
    assert graph.changed() == set()
    graph.good("dvc", "exp", "run", "-S", "students.yaml:tiny.training.epochs=2", "check")
    assert graph.changed() == {"measure", "predict", "train"}
    assert _diff(graph, "students.yaml") == ["-    epochs: 3", "+    epochs: 9", "-    epochs: 3", "+    epochs: 2"]


@pytest.mark.slow
def test_a_mixture_is_chosen_on_the_command_line_and_follows_the_entries_of_its_teachers(graph) -> None:
    listed = "mixture=[{weight:1,granularity:3},{weight:4,granularity:3,teacher:gpt_4o}]"
    graph.good("dvc", "exp", "run", "-S", listed, "check")
    assert "prepare" in graph.changed()
    assert graph.repro("transform") == {"prepare", "generate", "transform"}
    graph.edit("teachers.yaml", {"llama_3_70b_published__family": "another"})
    assert graph.repro("transform") == {"check"}
    graph.edit("teachers.yaml", {"gpt_4o__licence": "ours"})
    assert graph.repro("transform") == {"check", "prepare", "generate", "transform"}


def test_an_experiment_that_is_kept_changes_one_line_of_params(graph) -> None:
    graph.good("dvc", "exp", "run", "--name", "five", "-S", "granularity=5", "check")
    graph.good("git", "checkout", "--", ".")
    assert _diff(graph, "params.yaml") == []
    graph.good("dvc", "exp", "apply", "five")
    [old, new] = _diff(graph, "params.yaml")
    assert old.startswith("-granularity: 3 ") and new.startswith("+granularity: 5 ")
    assert _diff(graph, "teachers.yaml") == _diff(graph, "students.yaml") == []


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("params.yaml", "granularity=3"),
        ("teachers.yaml", "solver.source=solver"),
        ("students.yaml", "smollm2_135m.training.epochs=1"),
    ],
)
def test_the_files_that_users_edit_are_laid_out_as_dvc_writes_them(name, same, tmp_path: Path) -> None:
    copy = Path(shutil.copy(ROOT / name, tmp_path))
    apply_overrides(copy, [same])  # as by -S
    assert copy.read_text() == (ROOT / name).read_text()


def test_dvc_yaml_reads_like_a_method_section() -> None:
    text = (ROOT / "dvc.yaml").read_text()
    assert len(text.splitlines()) <= 150
    for name, stage in load_yaml(ROOT / "dvc.yaml")["stages"].items():
        assert stage["desc"].endswith("."), name
        assert len(stage["deps"]) <= 8, name
        for dep in stage["deps"]:
            if dep.startswith("cot_distill/"):  # a room, or a module beside the rooms
                assert dep.count("/") == 1 and (ROOT / dep).exists(), dep
            elif dep.startswith("stages"):
                assert dep in ("stages", f"stages/{_module(stage)}.py"), dep
            else:
                assert dep.startswith(("data/", "${")) or (
                    name == "check" and dep in ("params.yaml", "teachers.yaml", "students.yaml")
                ), dep


@pytest.mark.parametrize("seed", ["0", "7"])
def test_the_drawn_graph_fits_the_screen(seed, versioned) -> None:
    """Whatever order Python gives to sets, on which the drawing depends."""
    versioned.environment["PYTHONHASHSEED"] = seed
    assert max(map(len, versioned.good("dvc", "dag").splitlines())) <= 120


def _module(stage) -> str:
    return re.match(r"python -m stages\.(\w+)", stage["cmd"])[1]


def _diff(project, file: str) -> list[str]:
    lines = project.good("git", "diff", "--unified=0", "--", file).splitlines()
    return [line for line in lines if re.match(r"[-+](?![-+])", line)]
