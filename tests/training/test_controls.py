"""What a user may set of an adapter and of the optimiser, and the validation."""

import json
import os
import signal
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from cot_distill.errors import UserError
from cot_distill.training.adapter import adapter
from cot_distill.training.finetune import finetune
from cot_distill.training.validation import Validation, held_out
from tests.students.architectures import CHATML, causal
from tests.training.training import digests, entry, examples, places, settings


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_peft_gets_what_was_set(tiny_student, tmp_path) -> None:
    chosen = settings(
        lora_alpha=3.0,
        lora_dropout=0.1,
        target_modules=["q_proj", "v_proj"],
        modules_to_save=["embed_tokens", "lm_head"],
        use_rslora=True,
        use_dora=True,
    )
    finetune(entry(tiny_student), examples(8), chosen, 1, places(tmp_path))
    config = json.loads((tmp_path / "student/adapter_config.json").read_text())
    told = {
        "r": 4,
        "lora_alpha": 3.0,
        "lora_dropout": 0.1,
        "target_modules": ["q_proj", "v_proj"],
        "modules_to_save": ["embed_tokens", "lm_head"],
        "use_rslora": True,
        "use_dora": True,
    }
    assert told.items() <= config.items()
    weights = load_file(tmp_path / "student/adapter_model.safetensors")
    assert {name.split(".")[-2] for name in weights if "layers" in name} >= {"lora_A", "lora_B"}
    base = load_file(tiny_student / "model.safetensors")
    saved = weights["base_model.model.lm_head.weight"]
    assert (saved != base["lm_head.weight"]).float().mean() > 0.5


def test_a_module_that_stands_in_several_layers_has_no_adapter(tiny_student) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_student)
    assert adapter(settings(target_modules="all-linear"), model, None).exclude_modules is None
    first, second = model.model.layers[:2]
    second.mlp.up_proj = first.mlp.up_proj  # as Zamba's layers do
    assert adapter(settings(target_modules="all-linear"), model, None).exclude_modules == {"up_proj"}


def test_modules_can_be_left_out_by_a_pattern(tiny_student, tmp_path) -> None:
    chosen = settings(exclude_modules=r".*\.layers\.0\..*")
    finetune(entry(tiny_student), examples(4), chosen, 1, places(tmp_path))
    names = load_file(tmp_path / "student/adapter_model.safetensors")
    assert all(".layers.1." in name for name in names) and len(names) == 14


@pytest.mark.parametrize(
    "change",
    [{"weight_decay": 0.5}, {"warmup_ratio": 0.9}, {"neftune_noise_alpha": 5.0}],
    ids=lambda one: next(iter(one)),
)
def test_the_optimiser_gets_what_was_set(tiny_student, tmp_path, change) -> None:
    for name, changes in (("with", change), ("without", {})):
        chosen = settings(method="full", learning_rate=1.0e-2, **changes)
        finetune(entry(tiny_student), examples(16), chosen, 1, places(tmp_path / name))
    norms = {
        name: load_file(tmp_path / name / "student/model.safetensors")["model.layers.0.mlp.up_proj.weight"].norm()
        for name in ("with", "without")
    }
    assert norms["with"] != norms["without"]
    rates = (tmp_path / "with/training/plots/metrics/learning_rate.tsv").read_text().split()[3::2]
    if "warmup_ratio" in change:
        assert float(rates[0]) < float(rates[1]) < float(rates[2])
    if "weight_decay" in change:
        assert norms["with"] < norms["without"]


def test_which_examples_are_held_out_is_the_seeds() -> None:
    assert held_out(10, 0.0, 1) == set()
    assert held_out(10, 0.2, 1) == held_out(10, 0.2, 1) != held_out(10, 0.2, 2)
    assert [len(held_out(count, 0.3, 1)) for count in (1, 2, 3, 10, 100)] == [0, 1, 1, 3, 30]
    assert len(held_out(10, 0.999, 1)) == 9


@pytest.mark.parametrize("changes", [{"dtype": "bfloat16", "method": "full"}, {}], ids=["full", "lora"])
def test_the_weights_with_the_least_loss_on_what_is_held_out_are_kept(
    tiny_student, tmp_path, monkeypatch, changes
) -> None:
    losses, weights = [3.0, 1.0, 2.0, 1.5], []
    real = Validation._loss

    def loss(self: Validation) -> float:
        assert 0 < real(self) < 20
        weights.append({name: weight.clone() for name, weight in self._trained()})
        return losses[len(weights) - 1]

    monkeypatch.setattr(Validation, "_loss", loss)
    chosen = settings(epochs=4, validation_share=0.3, **changes)
    outcome = finetune(entry(tiny_student), examples(20), chosen, 1, places(tmp_path))
    assert outcome is not None
    assert (outcome.examples, outcome.steps, outcome.validation_loss) == (14, 16, 1.0)
    curve = (tmp_path / "training/plots/metrics/validation_loss.tsv").read_text().split()
    assert curve == ["step", "validation_loss", "4", "3.0", "8", "1.0", "12", "2.0", "16", "1.5"]
    [file] = (tmp_path / "student").glob("*.safetensors")
    saved = load_file(file)
    for name, weight in weights[1].items():
        written = saved[name.replace(".default.", ".")]
        assert torch.equal(written.to(weight.dtype), weight)
        assert not torch.equal(weight, weights[3][name])


def test_a_validated_run_that_was_stopped_ends_as_if_it_was_not(tiny_student, tmp_path, monkeypatch) -> None:
    chosen = settings(epochs=3, validation_share=0.3)
    whole = finetune(entry(tiny_student), examples(20), chosen, 1, places(tmp_path / "whole"))
    real = Validation.on_step_end

    def stop(self: Validation, args: Any, state: Any, *rest: Any, **more: Any) -> None:
        real(self, args, state, *rest, **more)
        if state.global_step == 6:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Validation, "on_step_end", stop)
        with pytest.raises(UserError, match="at step 7 of 12"):
            finetune(entry(tiny_student), examples(20), chosen, 1, places(tmp_path / "mine"))
    assert finetune(entry(tiny_student), examples(20), chosen, 1, places(tmp_path / "mine")) == whole
    assert digests(tmp_path / "mine/student", "*") == digests(tmp_path / "whole/student", "*")
    assert digests(tmp_path / "mine/training", "*.tsv") == digests(tmp_path / "whole/training", "*.tsv")


def test_a_chat_template_of_ones_own(tmp_path) -> None:
    causal("llama", chat=None)(tmp_path / "model")
    (tmp_path / "mine.jinja").write_text(CHATML)
    own = {**entry(tmp_path / "model", "chat"), "chat_template_file": str(tmp_path / "mine.jinja")}
    finetune(own, examples(4), settings(), 1, places(tmp_path))
    assert (tmp_path / "student/chat_template.jinja").read_text() == CHATML
