"""The trainer against plain TRL: padded batches, whole logits, torch's own attention."""

import random
import shutil
from typing import Any

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig
from torch._dynamo.utils import counters
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from cot_distill.training import trial
from cot_distill.training.compiling import compile_layers
from cot_distill.training.packing import IGNORED
from cot_distill.training.trainer import StudentTrainer, collate
from cot_distill.training.trial import switch_to_packing
from tests.students.families import FAMILIES


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: build(tmp_path_factory.mktemp(name)) for name, build in FAMILIES.items()}


def rows(count: int, vocabulary: int) -> list[dict[str, Any]]:
    """Prompts that begin alike, completions of different lengths."""
    draw = random.Random(3)

    def some(low: int, high: int) -> list[int]:
        return [draw.randrange(5, vocabulary) for _ in range(draw.randint(low, high))]

    start = some(20, 20)
    made = []
    for number in range(count):
        prompt, completion = start + some(1, 40), some(1, 60)
        made.append({"input_ids": prompt + completion, "labels": [IGNORED] * len(prompt) + completion, "row": number})
    return made


class _Gradients(TrainerCallback):
    """Keeps the gradients of the first optimiser step."""

    def __init__(self) -> None:
        self.kept: dict[str, torch.Tensor] = {}

    def on_pre_optimizer_step(self, args, state, control, model=None, **_: Any) -> None:
        if not self.kept:
            self.kept = {
                name: weight.grad.float().clone() for name, weight in model.named_parameters() if weight.requires_grad
            }


def first_step(
    folder,
    out,
    dtype,
    method: str,
    packed: bool,
    micro_batch: int,
    accumulated: int,
    compiled: bool = False,
    collator=collate,
):
    """The gradients and the loss of a batch, by the student's trainer packed or by plain TRL padded."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    data = rows(micro_batch * accumulated, len(tokenizer))
    arguments = SFTConfig(
        output_dir=str(out),
        max_steps=1,
        per_device_train_batch_size=micro_batch,
        gradient_accumulation_steps=accumulated,
        learning_rate=1.0e-3,
        max_grad_norm=1.0e9,
        bf16=False,
        seed=5,
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        report_to=[],
        logging_steps=1,
        use_cpu=True,
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    if packed:
        assert switch_to_packing(model, data, compiled) is None
    else:
        data = [{name: row[name] for name in ("input_ids", "labels")} for row in data]
    options = {
        "model": model,
        "args": arguments,
        "train_dataset": Dataset.from_list(data),
        "processing_class": tokenizer,
        "peft_config": LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
        if method == "lora"
        else None,
    }
    if packed:
        names = [f"row-{number}" for number in range(len(data))]
        trainer = StudentTrainer(
            names=names, masters=False, packed=True, compiled=compiled, data_collator=collator, **options
        )
    else:
        trainer = SFTTrainer(**options)
    if method == "lora":
        torch.manual_seed(1)  # the second matrix begins as zeros, which would make the first one's gradient zero
        for name, weight in trainer.model.named_parameters():
            if weight.requires_grad:
                weight.data = weight.data.to(dtype)
            if "lora_B" in name:
                weight.data.normal_(std=0.02)
    if compiled:
        compile_layers(trainer.model)
    gradients = _Gradients()
    trainer.add_callback(gradients)
    trainer.train()
    assert gradients.kept
    return gradients.kept, next(log["loss"] for log in trainer.state.log_history if "loss" in log)


def _apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The distance of all gradients, in parts of their norm."""
    assert one.keys() == other.keys()
    difference = sum(float((one[name] - other[name]).square().sum()) for name in one)
    return (difference / sum(float(gradient.square().sum()) for gradient in other.values())) ** 0.5


@pytest.mark.parametrize(
    ("family", "method"),
    [
        ("gemma", "full"),
        ("llama", "lora"),
        ("qwen3", "lora"),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (("gemma", "lora"), ("llama", "full"), ("qwen3", "full"))
        ),
    ],
)
def test_gradients_of_a_step_are_plain_trls(folders, tmp_path, family, method) -> None:
    plain, loss = first_step(
        folders[family], tmp_path, torch.float32, method, packed=False, micro_batch=3, accumulated=2
    )
    ours, own = first_step(folders[family], tmp_path, torch.float32, method, packed=True, micro_batch=3, accumulated=2)
    assert own == pytest.approx(loss, rel=1e-5)
    assert ours.keys() == plain.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(
            gradient, plain[name], rtol=1e-4, atol=1e-6, msg=lambda told, at=name: f"{at}: {told}"
        )

    half, _ = first_step(folders[family], tmp_path, torch.bfloat16, method, packed=False, micro_batch=3, accumulated=2)
    own_half, _ = first_step(
        folders[family], tmp_path, torch.bfloat16, method, packed=True, micro_batch=3, accumulated=2
    )
    assert _apart(own_half, plain) < 1.5 * _apart(half, plain) < 0.1


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_compiled_layers_give_the_same_gradients(folders, tmp_path, method) -> None:
    torch._dynamo.reset()  # what other tests compiled was for other models
    counters.clear()
    sizes = {"micro_batch": 3, "accumulated": 2}
    plain, loss = first_step(folders["llama"], tmp_path, torch.float32, method, packed=False, **sizes)
    ours, own = first_step(folders["llama"], tmp_path, torch.float32, method, packed=True, compiled=True, **sizes)
    assert own == pytest.approx(loss, rel=1e-5)
    assert ours.keys() == plain.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(
            gradient, plain[name], rtol=1e-4, atol=1e-6, msg=lambda told, at=name: f"{at}: {told}"
        )
    assert counters["stats"]["unique_graphs"] > 0
    assert not counters["graph_break"], "a layer is one graph, or its pieces wait for each other"


def test_how_a_batch_is_divided_changes_no_gradient(folders, tmp_path) -> None:
    whole, loss = first_step(
        folders["llama"], tmp_path, torch.float32, "full", packed=True, micro_batch=6, accumulated=1
    )
    parts, own = first_step(
        folders["llama"], tmp_path, torch.float32, "full", packed=True, micro_batch=1, accumulated=6
    )
    assert own == pytest.approx(loss, rel=1e-5)
    assert _apart(parts, whole) < 1e-5


def test_a_model_whose_positions_are_no_input_is_not_packed(folders) -> None:
    model = AutoModelForCausalLM.from_pretrained(folders["bloom"])
    before = model.config._attn_implementation
    assert switch_to_packing(model, rows(3, 200), compiled=False) == "its attention cannot be replaced"
    assert model.config._attn_implementation == before


def _scaled(model: Any) -> None:
    """Logits that are a product with the head's weights and something else, by little."""
    model.lm_head.register_forward_hook(lambda _, __, logits: 1.02 * logits)


def _of_other_heads(model: Any) -> None:
    model.config.num_key_value_heads = model.config.num_attention_heads
    assert model.model.layers[0].self_attn.num_key_value_groups > 1


def _fails(model: Any) -> None:
    """A kernel that is not there, seen where attention is packed alone."""

    def forward(_: Any, __: Any, named: dict[str, Any]) -> None:
        if "layout" in named:
            raise NotImplementedError("no kernel for this\nmachine")

    model.model.layers[0].self_attn.register_forward_pre_hook(forward, with_kwargs=True)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_scaled, "its losses differ in packed rows"),
        (_of_other_heads, "a layer has 2 heads over 1, unlike its configuration"),
        (_fails, "its code fails on them (no kernel for this)"),
    ],
)
def test_a_model_that_reads_packed_rows_otherwise_is_switched_back(folders, spoil, told) -> None:
    model = AutoModelForCausalLM.from_pretrained(folders["llama"])
    with torch.no_grad():
        model.lm_head.weight.mul_(20.0)
    spoil(model)
    before = model.config._attn_implementation
    assert switch_to_packing(model, rows(3, 200), compiled=False) == told
    assert model.config._attn_implementation == before


def test_the_packing_check_moves_its_batch_to_the_models_device(folders, monkeypatch) -> None:
    model = AutoModelForCausalLM.from_pretrained(folders["llama"])
    seen = []

    def forward(_: Any, **batch: Any) -> tuple[None, torch.Tensor]:
        seen.extend(tensor.device.type for name, tensor in batch.items() if name != "compiled")
        return None, torch.zeros(1)

    monkeypatch.setattr(trial, "own_losses", lambda *_: torch.zeros(1))
    monkeypatch.setattr(trial, "packed_forward", forward)
    monkeypatch.setattr(trial, "use_packed_attention", lambda *_: None)
    switch_to_packing(model.to("meta"), rows(3, 200), compiled=False)
    assert set(seen) == {"meta"}
