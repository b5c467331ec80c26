"""A whole run: what it writes, that it is the same each time, that it learns as plain TRL does, and bad input."""

import json
from types import SimpleNamespace

import psutil
import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from trl import SFTConfig, SFTTrainer

from cot_distill.errors import UserError
from cot_distill.students.base import load_tokenizer
from cot_distill.students.prompts import render_examples
from cot_distill.training import estimate, packing
from cot_distill.training import trainer as trainer_module
from cot_distill.training.finetune import finetune
from tests.students.families import FAMILIES
from tests.training.training import digests, entry, examples, places, settings


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def losses(folder) -> dict[int, float]:
    """The points of a curve by their steps."""
    lines = (folder / "plots/metrics/loss.tsv").read_text().splitlines()[1:]
    return {int(step): float(loss) for step, loss in (line.split("\t") for line in lines)}


@pytest.mark.parametrize("batch", [{"device_batch": 8}, {"device_batch": 2}], ids=["whole", "accumulated"])
def test_it_learns_as_plain_trl_does(tiny_student, tmp_path, monkeypatch, batch) -> None:
    chosen = settings(method="full", batch_size=4, learning_rate=1.0e-2, **batch)
    given = examples(80)
    order: list[int] = []

    def pack(rows, **named):
        order.extend(row["row"] for row in rows)
        return packing.pack(rows, **named)

    monkeypatch.setattr(trainer_module, "pack", pack)
    outcome = finetune(entry(tiny_student), given, chosen, 3, places(tmp_path))
    assert outcome.steps == 20
    ours = losses(tmp_path / "training")

    tokenizer = load_tokenizer(entry(tiny_student))
    rendered = render_examples(given, "plain", tokenizer)
    rows = [{"input_ids": ids, "labels": [-100] * asked + ids[asked:]} for ids, asked in rendered]
    order = order[3:]  # three are read beforehand: two to see whether the model can be packed, one to try it out
    assert sorted(order) == list(range(80)) != order
    arguments = SFTConfig(
        output_dir=str(tmp_path / "plain"),
        num_train_epochs=1,
        per_device_train_batch_size=4,
        learning_rate=1.0e-2,
        lr_scheduler_type="cosine",
        bf16=False,
        train_sampling_strategy="sequential",
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        save_strategy="no",
        report_to=[],
        logging_steps=1,
        use_cpu=True,
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    model = AutoModelForCausalLM.from_pretrained(tiny_student, dtype=torch.float32)
    data = Dataset.from_list([rows[number] for number in order])
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
    trainer.train()
    plain = {log["step"]: log["loss"] for log in trainer.state.log_history if "loss" in log}
    assert list(ours) == list(plain) == list(range(1, 21))
    assert plain[20] < 0.8 * plain[1]
    assert ours == pytest.approx(plain, rel=0.01)


def test_training_twice_gives_the_same_student(tiny_student, tmp_path) -> None:
    given = examples(64)
    for name in ("one", "other"):
        finetune(entry(tiny_student), given, settings(batch_size=16), 1, places(tmp_path / name))
    one, other = (digests(tmp_path / name / "student", "*") for name in ("one", "other"))
    assert one == other
    finetune(entry(tiny_student), given, settings(batch_size=16), 2, places(tmp_path / "another"))
    assert digests(tmp_path / "another/student", "*.safetensors") != digests(tmp_path / "one/student", "*.safetensors")


def test_full_fine_tuning_writes_a_whole_model_that_loads(tiny_student, tmp_path) -> None:
    outcome = finetune(entry(tiny_student), examples(8), settings(method="full"), 1, places(tmp_path))
    student = tmp_path / "student"
    files = {path.name for path in student.iterdir()}
    assert {"model.safetensors", "config.json", "generation_config.json", "tokenizer.json"} <= files
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pth", ".md"))]
    loaded = AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32)
    base = AutoModelForCausalLM.from_pretrained(tiny_student, dtype=torch.float32)
    assert not torch.equal(loaded.lm_head.weight, base.lm_head.weight)
    assert loaded.config._attn_implementation == base.config._attn_implementation
    ids = torch.tensor([[5, 9, 30]])
    # Read by torch's own attention, it says what its weights say: nothing of the packed one stayed behind.
    assert torch.isfinite(loaded(ids).logits).all()
    assert outcome.examples == 8 and outcome.dropped == 0 and outcome.steps == 2
    assert outcome.loss == pytest.approx(losses(tmp_path / "training")[2], abs=1e-4)


def test_bfloat16_weights_stay_bfloat16_and_move_at_a_low_rate(tiny_student, tmp_path) -> None:
    chosen = settings(method="full", dtype="bfloat16", learning_rate=2.0e-4, epochs=6)
    finetune(entry(tiny_student), examples(40), chosen, 1, places(tmp_path))
    trained = load_file(tmp_path / "student/model.safetensors")
    assert {weight.dtype for weight in trained.values()} == {torch.bfloat16}
    # It begins as ones, whose neighbours lie 20 and 40 steps of this rate away: each step alone is rounded off.
    norm = trained["model.norm.weight"]
    assert (norm != 1).float().mean() > 0.5


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_lora_writes_an_adapter_that_loads(tiny_student, tmp_path, dtype) -> None:
    from peft import PeftModel

    catalogued = entry(tiny_student) | {"model": str(tiny_student)}
    finetune(catalogued, examples(8), settings(dtype=dtype), 1, places(tmp_path))
    student = tmp_path / "student"
    files = {path.name for path in student.iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json", "tokenizer.json"} <= files
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pth", ".md"))]
    config = json.loads((student / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (4, 8, 0.0)
    assert config["target_modules"] == sorted(config["target_modules"]) and "lm_head" not in config["target_modules"]
    base = AutoModelForCausalLM.from_pretrained(tiny_student, dtype=torch.float32)
    ids = torch.tensor([[5, 9, 30]])
    before = base(ids).logits
    after = PeftModel.from_pretrained(base, str(student))(ids).logits
    assert (after - before).abs().max() > 1e-4


@pytest.mark.parametrize("method", ["lora", "full"])
def test_whoever_generates_stops_at_the_taught_end(tmp_path, method) -> None:
    folder = FAMILIES["llama"](tmp_path / "base")
    template = "llama3"
    finetune(entry(folder, template), examples(4), settings(method=method), 1, places(tmp_path))
    student = tmp_path / "student"
    tokenizer = AutoTokenizer.from_pretrained(student)
    end = tokenizer.convert_tokens_to_ids("<|eot_id|>")
    assert GenerationConfig.from_pretrained(student).eos_token_id == [end, 1]


def test_the_chat_template_comes_along(tmp_path) -> None:
    folder = FAMILIES["qwen3"](tmp_path / "base")
    finetune(entry(folder, "chat"), examples(4), settings(), 1, places(tmp_path))
    written = AutoTokenizer.from_pretrained(tmp_path / "student")
    assert written.chat_template == AutoTokenizer.from_pretrained(folder).chat_template


def test_bloom_takes_padded_batches_and_learns(tmp_path) -> None:
    folder = FAMILIES["bloom"](tmp_path / "base")
    chosen = settings(method="full", learning_rate=1.0e-2, epochs=3)
    outcome = finetune(entry(folder), examples(24), chosen, 1, places(tmp_path))
    curve = losses(tmp_path / "training")
    assert outcome.steps == 18
    assert curve[18] < 0.9 * curve[1]


def test_gradient_checkpointing_changes_memory_and_nothing_else(tiny_student, tmp_path) -> None:
    for name, on in (("with", True), ("without", False)):
        chosen = settings(method="full", gradient_checkpointing=on)
        finetune(entry(tiny_student), examples(12), chosen, 1, places(tmp_path / name))
    with_, without = (load_file(tmp_path / name / "student/model.safetensors") for name in ("with", "without"))
    for name, weight in with_.items():
        torch.testing.assert_close(weight, without[name], rtol=1e-4, atol=1e-6)


def _stopped(*given, **changes) -> str:
    model, taught, folder = given
    with pytest.raises(UserError) as error:
        finetune(entry(model), taught, settings(**changes), 1, places(folder))
    assert not (folder / "student").exists()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_no_examples_are_told(tiny_student, tmp_path) -> None:
    assert _stopped(tiny_student, [], tmp_path) == (
        "no examples to train on; see the reasons in metrics/supervision/report.md"
    )


def test_an_example_over_the_limit_is_named_or_dropped(tiny_student, tmp_path) -> None:
    given = examples(8)
    lengths = [len(ids) for ids, _ in render_examples(given, "plain", load_tokenizer(entry(tiny_student)))]
    limit = sorted(lengths)[-3]
    longest = given[lengths.index(max(lengths))].problem_id
    over = sum(length > limit for length in lengths)
    assert 0 < over < 4
    assert _stopped(tiny_student, given, tmp_path, max_tokens=limit) == (
        f"{over} of 8 examples are over training.max_tokens of {limit}, the longest, {longest}, has {max(lengths)} tokens; "
        "cut, they would lose their answers: raise training.max_tokens, or leave them out by training.too_long drop"
    )
    told = _stopped(tiny_student, given, tmp_path, max_tokens=16, too_long="drop")
    assert told == "all 8 examples are over training.max_tokens of 16; raise it"
    chosen = settings(max_tokens=limit, too_long="drop")
    outcome = finetune(entry(tiny_student), given, chosen, 1, places(tmp_path))
    assert (outcome.examples, outcome.dropped) == (8 - over, over)
    assert outcome.tokens == sum(length for length in lengths if length <= limit)


def _poisoned(folder, name: str, token: int | None):
    """Makes a weight no number: all of it, or the row of one token."""
    weights = load_file(folder / "model.safetensors")
    weights[name][... if token is None else token] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_the_example_whose_loss_is_no_number_is_named(tmp_path) -> None:
    folder = FAMILIES["llama"](tmp_path / "base")
    # The embedding of a letter that one prompt alone holds.
    given = examples(12)
    given[7] = type(given[7])(given[7].problem_id, f"@ {given[7].prompt}", given[7].completion)
    token = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids("@")
    _poisoned(folder, "model.embed_tokens.weight", token)
    told = _stopped(folder, given, tmp_path, batch_size=12)
    assert told == (
        "training: the loss is nan at step 1, example sum-007; look at it with `cot-distill preview --problem ID`, "
        "or lower training.learning_rate"
    )


def test_a_padded_batch_whose_loss_is_no_number_names_its_examples(tmp_path) -> None:
    folder = FAMILIES["bloom"](tmp_path / "base")
    _poisoned(folder, "transformer.ln_f.weight", None)
    told = _stopped(folder, examples(2), tmp_path, batch_size=2)
    assert told.startswith("training: the loss is nan at step 1, examples sum-00")
    assert "sum-000" in told and "sum-001" in told


def test_a_rate_that_blows_up_is_told_with_its_step(tiny_student, tmp_path) -> None:
    told = _stopped(tiny_student, examples(40), tmp_path, method="full", learning_rate=0.99e38, epochs=3)
    assert told.startswith("training: the loss is ")
    assert "at step 1," not in told


def test_too_little_memory_is_a_warning_since_the_estimate_is_rough(tiny_student, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1_000_000))
    assert finetune(entry(tiny_student), examples(4), settings(), 1, places(tmp_path)).steps == 1
    assert capfd.readouterr().err == (
        "training: may need about 0.0 GB more memory, and this machine has 0.0 GB free; if it runs out, set "
        "training.gradient_checkpointing, lower training.device_batch or device_tokens, or take "
        "training.method lora\n"
    )


def test_a_gpu_that_runs_out_of_memory_is_told(tiny_student, tmp_path, monkeypatch) -> None:
    def losses(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee its documentation")

    monkeypatch.setattr(trainer_module, "next_token_losses", losses)
    monkeypatch.setattr("cot_distill.training.building.switch_to_packing", lambda *_: None)
    assert _stopped(tiny_student, examples(4), tmp_path) == (
        "training: the GPU's memory does not suffice (CUDA out of memory. Tried to allocate 2.00 GiB.); set "
        "training.gradient_checkpointing, lower training.device_batch or device_tokens, or take training.method lora"
    )


def test_too_little_disk_stops_before_anything_is_trained(tiny_student, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(estimate.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    told = _stopped(tiny_student, examples(4), tmp_path, method="full")
    assert told.startswith(f"{tmp_path}/student: the student takes about 0.0 GB")


@pytest.mark.skipif(torch.cuda.is_available(), reason="it has a GPU")
def test_four_bits_need_a_gpu(tiny_student, tmp_path) -> None:
    assert _stopped(tiny_student, examples(4), tmp_path, method="qlora") == (
        "training.method is qlora, which needs an NVIDIA GPU; take lora on this machine"
    )
