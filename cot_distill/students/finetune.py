"""Supervised fine-tuning of a student on examples, by TRL's own trainer."""

import dataclasses
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.files import write_aside
from cot_distill.records import Example
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.students.prompts import render_example

METHODS = ("lora", "full")


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How a student is trained; the fields are the `training` section of params.yaml."""

    method: str
    epochs: int
    batch_size: int
    """Examples per optimiser step."""
    learning_rate: float
    lora_rank: int
    max_tokens: int
    """The longest example in tokens, prompt, completion and EOS together; a longer one stops the run."""
    dtype: str
    """`auto`, `bfloat16` or `float32`; see `device_dtype`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a training run did."""

    examples: int
    tokens: int
    """Tokens of all examples once, prompts included."""
    steps: int
    losses: tuple[tuple[int, float], ...]
    """(optimiser step, mean loss per completion token since the entry before)."""


def finetune(entry: dict[str, Any], examples: Sequence[Example], settings: Settings, seed: int, out: Path) -> Outcome:
    """Train the student of a catalogue entry and write it to the folder `out`: an adapter (LoRA) or a whole model.

    Raises UserError where an example is too long, the table is empty, the model cannot be loaded or the loss
    stops being a number.
    """
    if not examples:
        raise UserError("no examples to train on; check data/examples and the reasons in metrics/supervision.json")
    tokenizer = load_tokenizer(entry)
    rows = [_row(example, entry["template"], tokenizer, settings.max_tokens) for example in examples]
    _seed_everything(seed)
    with tempfile.TemporaryDirectory() as scratch:  # the trainer makes its folder even where it saves nothing
        trainer = _trainer(entry, tokenizer, rows, settings, seed, scratch)
        trainer.train()
    losses = tuple((log["step"], log["loss"]) for log in trainer.state.log_history if "loss" in log)
    if settings.method == "lora":
        # The catalogue's name instead of this machine's path, and a set in order: equal training gives equal bytes.
        adapter = trainer.model.peft_config["default"]
        adapter.base_model_name_or_path = str(entry["model"])
        adapter.target_modules = sorted(adapter.target_modules)
    with write_aside(out) as aside:
        _save(trainer.model, tokenizer, aside)
    return Outcome(len(rows), sum(len(row["input_ids"]) for row in rows), trainer.state.global_step, losses)


def _row(example: Example, template: str, tokenizer: Any, max_tokens: int) -> dict[str, list[int]]:
    ids, asked = render_example(example.prompt, example.completion, template, tokenizer)
    if len(ids) > max_tokens:
        raise UserError(
            f"example {example.problem_id} has {len(ids)} tokens, training.max_tokens is {max_tokens}; "
            "a cut example would lose its answer: raise training.max_tokens"
        )
    return {"input_ids": ids, "labels": [-100] * asked + ids[asked:]}


def _trainer(
    entry: dict[str, Any], tokenizer: Any, rows: list[dict[str, list[int]]], settings: Settings, seed: int, scratch: str
) -> Any:
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    model = load_model(entry, settings.dtype)
    steps = math.ceil(len(rows) / settings.batch_size) * settings.epochs
    arguments = SFTConfig(
        output_dir=scratch,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        seed=seed,
        bf16=False,  # the weights are loaded in the wanted type; no autocast on top
        gradient_checkpointing=False,
        max_length=None,  # checked above: nothing is ever cut
        train_sampling_strategy="group_by_length",
        save_strategy="no",
        report_to=[],
        logging_nan_inf_filter=False,  # a loss that is no number must be seen, not averaged away
        logging_steps=max(1, steps // 50),
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=_adapter(settings) if settings.method == "lora" else None,
        callbacks=[_callback(steps)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _adapter(settings: Settings) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _callback(steps: int) -> Any:
    from transformers import TrainerCallback

    from cot_distill.progress import Progress

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Shows progress and stops at the first loss that is no number."""

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.progress = Progress("training", steps, "steps").__enter__()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.progress.advance()

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
            if not math.isfinite(logs.get("loss", 0.0)):
                raise UserError(
                    f"training: the loss is {logs['loss']} at step {state.global_step}; lower training.learning_rate"
                )

        def on_train_end(self, *_: Any, **__: Any) -> None:
            self.progress.__exit__()

    return Watch()


def _seed_everything(seed: int) -> None:
    import torch
    from transformers import set_seed

    set_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    from safetensors import SafetensorError

    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)  # a form to fill in, with this machine's path in it
    except SafetensorError as error:
        raise OSError(28, f"{error}".splitlines()[0]) from error
