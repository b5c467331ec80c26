"""`cot-distill export`: the folder loads like any model and writes what the trained student writes."""

import importlib
import json
import os
import shutil
import sys
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from cot_distill import cli

STAGES = (
    ("prepare",),
    ("generate",),
    ("transform",),
    ("measure",),
    ("train",),
    ("evaluate", "untuned"),
    ("evaluate", "tuned"),
    ("tabulate",),
)
FILES = {"README.md", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors"}
FILES |= {"tokenizer.json", "tokenizer_config.json"}


@pytest.fixture
def project(project, monkeypatch):
    """The project, as this process's working folder: what is run in it here need not be imported again."""
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("COT_DISTILL_CACHE", project.environment["COT_DISTILL_CACHE"])
    return project


def stage(name: str, *options: str) -> None:
    """Run a stage in this process."""
    done = CliRunner().invoke(importlib.import_module(f"stages.{name}").app, options)
    assert done.exit_code == 0, done.output


@pytest.fixture
def trained(project, tmp_path):
    """Runs the stages of the project with some params changed. Student `half`: in bfloat16."""

    def run(**params: object):
        half = {"half__model": str(tmp_path / "half"), "half__template": "plain", "half__licence": "MIT"}
        project.edit("students.yaml", half)
        project.set(training__learning_rate=0.05, **params)
        for one in STAGES:
            stage(*one)
        return project

    return run


@pytest.fixture
def exported(monkeypatch, capfd):
    """Runs `cot-distill export` in this process; the first argument is where that is."""

    def run(_: object, folder: str = "out") -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["cot-distill", "export", folder])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return SimpleNamespace(returncode=ended.value.code or 0, stdout=out, stderr=err)

    return run


def test_a_lora_student_merged_is_the_adapter_on_its_base(trained, exported, tiny_student) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from cot_distill.students.prompts import render

    project = trained()
    done = exported(project)
    assert done.returncode == 0, done.stderr
    assert "publish it with `cot-distill publish out OWNER/NAME`" in done.stdout
    folder = project.folder / "out"
    assert {path.name for path in folder.iterdir()} == FILES
    for path in folder.iterdir():
        content = path.read_text("latin-1")
        assert str(project.folder.parent) not in content and str(tiny_student) not in content
        assert os.stat(path).st_nlink == 1 and os.stat(path).st_mode == os.stat(folder / "README.md").st_mode

    base = AutoModelForCausalLM.from_pretrained(tiny_student)
    untuned = AutoModelForCausalLM.from_pretrained(tiny_student)
    adapted = PeftModel.from_pretrained(base, project.folder / "data/students/tuned")
    merged, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert merged.dtype == torch.float32
    turns = [{"role": "user", "content": "Ann has 3 pens.\nHow many?"}]
    ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt", return_dict=False)
    assert ids[0].tolist() == render("Ann has 3 pens.\nHow many?", "plain", tokenizer)
    with torch.no_grad():
        logits, same, other = merged(ids).logits, adapted(input_ids=ids).logits, untuned(ids).logits
    assert torch.allclose(logits, same, atol=1e-4)
    assert not torch.allclose(logits, other, atol=1e-1)
    written = [
        model.generate(input_ids=ids, max_new_tokens=24, do_sample=False, pad_token_id=1) for model in (merged, adapted)
    ]
    assert torch.equal(*written)

    generation = json.loads((folder / "generation_config.json").read_text())
    generation.pop("transformers_version")
    assert generation == {"bos_token_id": 0, "do_sample": False, "eos_token_id": 1, "pad_token_id": 1}
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlanguage: en\n")
    assert "\n# tiny-word_problems-solver-level-3\n" in card
    assert 'End with the line "The answer is X."' in card
    assert "\n| examples | 8 |\n" in card
    assert "\n| data/students/tuned | sha256 " in card

    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert exported(project).returncode == 0  # an earlier export is replaced
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert not list(project.folder.glob(".*.partial"))


def test_a_student_of_a_bfloat16_base_is_exported_in_bfloat16(trained, exported, tiny_student, tmp_path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoModelForCausalLM.from_pretrained(tiny_student, dtype=torch.bfloat16).save_pretrained(tmp_path / "half")
    AutoTokenizer.from_pretrained(tiny_student).save_pretrained(tmp_path / "half")
    project = trained(student="half")
    assert exported(project).returncode == 0
    weights = load_file(project.folder / "out/model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}


def test_a_fully_trained_student_is_copied_as_it_is(trained, exported) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    project = trained(training__method="full")
    weights = project.folder / "data/students/tuned/model.safetensors"
    weights.chmod(0o444)  # as DVC leaves a link to its cache
    done = exported(project)
    assert done.returncode == 0, done.stderr
    folder = project.folder / "out"
    assert {path.name for path in folder.iterdir()} >= FILES
    assert (folder / "model.safetensors").read_bytes() == weights.read_bytes()
    assert not os.path.samefile(folder / "model.safetensors", weights)
    assert os.access(folder / "model.safetensors", os.W_OK)
    AutoModelForCausalLM.from_pretrained(folder)
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert "\n| method | full |\n" in (folder / "README.md").read_text()


def test_nothing_but_an_earlier_export_is_replaced(project, exported) -> None:
    (project.folder / "mine").mkdir()
    (project.folder / "mine/notes.txt").write_text("keep me")
    for name in ("mine", "params.yaml", "."):
        done = exported(project, name)
        assert done.returncode == 1
        assert done.stderr == f"cot-distill: {name}: exists already and is not an earlier export; name a new folder\n"
    assert (project.folder / "mine/notes.txt").read_text() == "keep me"


def test_without_a_trained_student_or_metrics_a_line_says_what_to_do(project, exported) -> None:
    done = exported(project)
    assert done.returncode == 1
    assert done.stderr == (
        "cot-distill: data/students/tuned: holds no trained student; make one with `dvc repro`, or get it with `dvc pull`\n"
    )
    stage("prepare")
    (project.folder / "data/students/tuned").mkdir(parents=True)
    (project.folder / "data/students/tuned/adapter_model.safetensors").write_bytes(b"")
    for name in ("generate", "transform"):
        stage(name)
    done = exported(project)
    assert done.returncode == 1
    assert done.stderr.startswith("cot-distill: metrics/supervision.json: cannot be read (")
    assert done.stderr.endswith("run `dvc repro` first\n") and done.stderr.count("\n") == 1
    assert not (project.folder / "out").exists()


@pytest.mark.slow
def test_the_card_tells_of_the_params_that_the_student_was_made_with(versioned, exported, monkeypatch) -> None:
    monkeypatch.chdir(versioned.folder)
    versioned.good("dvc", "repro", "--quiet")
    versioned.good("git", "add", "--all")
    versioned.good("git", "commit", "--quiet", "--message", "run")
    commit = versioned.good("git", "rev-parse", "HEAD").strip()
    assert exported(versioned).returncode == 0
    card = (versioned.folder / "out/README.md").read_text()
    assert f"\n| code | {commit} |\n" in card
    lock = (versioned.folder / "dvc.lock").read_text()
    for out in ("data/problems", "data/rationales", "data/examples", "data/students/tuned"):
        [row] = [line for line in card.splitlines() if line.startswith(f"| {out} | md5 ")]
        assert f"md5: {row.split()[4]}\n" in lock

    versioned.set(calls__concurrency=3)  # no result depends on it
    shutil.rmtree(versioned.folder / "data/rationales")  # as in a clone that pulled what it needs alone
    (versioned.folder / "stages/train.py").write_text("# changed code\n")
    assert exported(versioned).returncode == 0
    assert f"\n| code | {commit} + uncommitted changes |\n" in (versioned.folder / "out/README.md").read_text()

    versioned.set(granularity=5)
    done = exported(versioned, "other")
    assert done.returncode == 1
    assert "is not that of the workspace's params and data (" in done.stderr
    assert "params.yaml: granularity is modified" in done.stderr
    assert done.stderr.endswith("run `dvc repro` first\n") and done.stderr.count("\n") == 1
    assert not (versioned.folder / "other").exists()
