"""How fast SmolLM2-135M is fine-tuned on SVAMP with GPT-4o's published chains of thought, against plain TRL.

    python -m benchmarks.train PUBLISHED BENCHMARKS               warm speed; about 16 to 22 minutes
    python -m benchmarks.train PUBLISHED BENCHMARKS --whole-run   also all examples, 3 epochs, compiling; over an hour

Plain TRL is `SFTTrainer` on the same rows in the same order: float32 weights and bfloat16 autocast, as it loads models
by itself, batches of 8 padded to the longest, logits at every position; no packing and no gradient checkpointing on
either side, in a process that is as Python starts it. "Fused" is the same with TRL's own head, which newer versions
have and which computes logits at trained positions alone. "Float32" is TRL without bfloat16: the curve that all should
follow. Each side runs in a process of its own, in turn; close everything else first.

A machine's speed drifts by more than what is measured. So plain TRL and ours take turns, speeds are compared on the
same batches, and a ratio is the median of the turns'; the lowest and the highest are told too.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import tell
from benchmarks.generate import project, set_params
from benchmarks.pipeline import ROOT

_WARM = 6
"""Steps before the speed counts: compiling happens in the first two."""
_EXAMPLES = 240
_BATCH = 8
_RATE = {"lora": 2.0e-4, "full": 5.0e-5}
_STEPS_OF_TRL = 14
"""More would take long, and its speed does not change."""
_TURNS = 2


def main(published: Path, benchmarks: Path, whole_run: bool) -> None:
    """Measure and print every figure."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["COT_DISTILL_CACHE"] = str(Path(scratch) / "cache")
        folder = Path(scratch) / "project"
        project(folder, [], dataset="svamp", teacher="gpt_4o_published")
        set_params(folder, benchmarks=str(benchmarks.absolute()), published=str(published.absolute()))
        for stage in ("prepare", "generate", "transform"):
            subprocess.run([sys.executable, "-m", f"stages.{stage}"], cwd=folder, check=True, stdout=sys.stderr)
        examples = folder / "data/examples/examples.parquet"
        for method in ("lora", "full"):
            turns = [
                tuple(_run(side, method, examples, _EXAMPLES, 1) for side in ("trl", "ours")) for _ in range(_TURNS)
            ]
            fused, exact = (_run(side, method, examples, _EXAMPLES, 1) for side in ("fused", "float32"))
            ratios = [_speed(ours) / _speed(trl) for trl, ours in turns]
            tell(f"{method}_trl_tokens_per_second", statistics.median(_speed(trl) for trl, _ in turns), "tokens/s")
            tell(f"{method}_tokens_per_second", statistics.median(_speed(ours) for _, ours in turns), "tokens/s")
            tell(f"{method}_over_trl", statistics.median(ratios), "ratio")
            tell(f"{method}_over_trl_lowest", min(ratios), "ratio")
            tell(f"{method}_over_trl_highest", max(ratios), "ratio")
            trl, ours = turns[-1]
            tell(f"{method}_over_trl_fused", _speed(ours) / _speed(fused), "ratio")
            tell(f"{method}_peak_mb", ours["peak_mb"], "MB", baseline=min(trl["peak_mb"], fused["peak_mb"]))
            tell(f"{method}_loss_from_trl", 100 * _apart(ours["losses"], fused["losses"]), "%")
            tell(f"{method}_loss_from_float32", 100 * _apart(ours["losses"], exact["losses"]), "%")
            tell(f"{method}_trl_loss_from_float32", 100 * _apart(fused["losses"], exact["losses"]), "%")
            if whole_run:
                trl, ours = (_run(side, method, examples, None, 3) for side in ("trl", "ours"))
                tell(f"{method}_run_over_trl", trl["seconds"] / ours["seconds"], "ratio")
                tell(f"{method}_run_peak_mb", ours["peak_mb"], "MB", baseline=trl["peak_mb"])
                tell(f"{method}_run_loss_from_trl", 100 * _apart(ours["losses"], _folded(trl, ours)), "%")


def _apart(losses: list[float], others: list[float]) -> float:
    """How far two curves are apart in the mean over their common steps, as a share."""
    return statistics.mean(abs(one - other) / other for one, other in zip(losses, others, strict=False))


def _folded(told: dict[str, Any], other: dict[str, Any]) -> list[float]:
    """The loss of one side as the other tells it: a long run's curve has means of some steps each."""
    steps = round(len(told["losses"]) / len(other["losses"]))
    return [statistics.mean(told["losses"][at : at + steps]) for at in range(0, len(told["losses"]), steps)]


def _speed(told: dict[str, Any]) -> float:
    """The median over the warm steps that all sides take, in tokens a second."""
    return float(statistics.median(told["speeds"][_WARM:_STEPS_OF_TRL]))


def _run(side: str, method: str, examples: Path, count: int | None, epochs: int) -> dict[str, Any]:
    """One side in a process of its own: its loss and speed at each step, the seconds of all, its peak memory."""
    command = [sys.executable, "-m", "benchmarks.train", f"--{side}", method, str(examples), str(count or 0)]
    done = subprocess.run([*command, str(epochs)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{side} {method}: {told['seconds']:.0f} s, median {_speed(told):.0f} tokens/s", file=sys.stderr, flush=True)
    return told


def _side(side: str, method: str, path: Path, count: int, epochs: int) -> None:
    from cot_distill import records
    from cot_distill.memory import keep_freed_memory
    from cot_distill.records import Example

    examples = records.read(path, Example)[: count or None]
    if side == "ours":
        keep_freed_memory()  # as the stage does
        told = _ours(method, examples, epochs)
    else:
        told = _trl(method, examples, epochs, side, _STEPS_OF_TRL if count else None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**told, "peak_mb": peak}))


def _ours(method: Any, examples: list[Any], epochs: int) -> dict[str, Any]:
    from cot_distill import students
    from cot_distill.training.finetune import OutputPaths, finetune
    from cot_distill.training.settings import Settings

    settings = Settings(
        method=method,
        epochs=epochs,
        batch_size=_BATCH,
        learning_rate=_RATE[method],
        too_long="stop",
        device_batch=_BATCH,
        gradient_checkpointing=False,
        dtype="bfloat16",
        parallel="none",
        processes=None,
    )
    with tempfile.TemporaryDirectory() as scratch:
        places = OutputPaths(*(Path(scratch) / name for name in ("student", "curve", "speed")))
        start = time.monotonic()
        finetune(students.entry("smollm2_135m", Path("students.yaml")), examples, settings, 100, places)
        seconds = time.monotonic() - start
        losses, speeds = (
            [float(line.split("\t")[1]) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
            for file in (
                places.curve / "plots/metrics/loss.tsv",
                places.speed / "plots/metrics/tokens_per_second.tsv",
            )
        )
    return {"losses": losses, "speeds": speeds, "seconds": seconds}


def _trl(method: str, examples: list[Any], epochs: int, side: str, steps: int | None) -> dict[str, Any]:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTTrainer

    from cot_distill import students
    from cot_distill.students.base import load_model, load_tokenizer
    from cot_distill.students.prompts import render_examples
    from cot_distill.training.order import Order

    entry = students.entry("smollm2_135m", Path("students.yaml"))
    start = time.monotonic()
    tokenizer = load_tokenizer(entry)
    rows = [
        {"input_ids": ids, "labels": [-100] * asked + ids[asked:]}
        for ids, asked in render_examples(examples, entry["template"], tokenizer)
    ]
    tokens = 0
    speeds: list[float] = []

    class Watch(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.start, self.tokens = time.monotonic(), tokens

        def on_step_end(self, _: Any, __: Any, control: Any, **___: Any) -> None:
            speeds.append((tokens - self.tokens) / (time.monotonic() - self.start))
            control.should_training_stop = len(speeds) == steps

    class Counting(SFTTrainer):
        def _get_train_sampler(self, *_: Any) -> Order:
            lengths = [len(row["input_ids"]) for row in rows]
            return Order(lengths, _BATCH, 1, 100, by_length=False, epoch=lambda: int(self.state.epoch or 0))

        def compute_loss(self, model: Any, inputs: Any, *given: Any, **named: Any) -> Any:
            nonlocal tokens
            tokens += int(inputs["attention_mask"].sum())
            if side != "fused":
                return model(**inputs, use_cache=False).loss
            return super().compute_loss(model, inputs, *given, **named)

    with tempfile.TemporaryDirectory() as scratch:
        adapter = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        trainer = Counting(
            model=load_model(entry, "float32"),
            args=_trl_arguments(scratch, method, epochs, side),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            peft_config=adapter if method == "lora" else None,
            callbacks=[Watch()],
        )
        trainer.train()
    losses = [log["loss"] for log in trainer.state.log_history if "loss" in log]
    return {"losses": losses, "speeds": speeds, "seconds": time.monotonic() - start}


def _trl_arguments(folder: str, method: str, epochs: int, side: str) -> Any:
    from trl import SFTConfig

    return SFTConfig(
        output_dir=folder,
        num_train_epochs=epochs,
        per_device_train_batch_size=_BATCH,
        learning_rate=_RATE[method],
        lr_scheduler_type="cosine",
        seed=100,
        bf16=side != "float32",
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


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0] in ("--trl", "--fused", "--float32", "--ours"):
        _side(given[0].removeprefix("--"), given[1], Path(given[2]), int(given[3]), int(given[4]))
    elif len([one for one in given if one != "--whole-run"]) == 2:
        main(Path(given[0]), Path(given[1]), "--whole-run" in given)
    else:
        sys.exit("usage: python -m benchmarks.train PUBLISHED BENCHMARKS [--whole-run]")
