"""How fast a student is trained on a GPU, against tuned TRL; whether the losses are right; one JSON line a figure.

    make gpu-check      at most eight minutes on one GPU, without network

Models have the shapes of real ones and random weights, since speed does not depend on these. Each is first checked as
every student is (`training.trial`: losses against the model's own, gradients, saving), then fully fine-tuned for some
steps: packed, packed with compiled layers, and padded. Tuned TRL is `SFTTrainer` in bfloat16, packed where flash
attention is installed (else padded, with torch's own attention), with its fused head and batches of as many tokens.
Model FLOPs are six a weight and token; `utilisation` is their share of what the GPU can do (`PEAKS`).
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.figures import tell

SHAPES: dict[str, dict[str, Any]] = {
    "smollm2_1_7b": {
        "vocab_size": 49152,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 24,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "tie_word_embeddings": True,
    },
    "llama_3_2_1b": {
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": True,
    },
}
"""Sizes of Llama models."""
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12}
"""FLOPs a second in bfloat16, dense, by a part of the GPU's name, as its maker tells."""
WAYS = ("packed", "compiled", "padded")
TEXT = "So the first of them has three more than the second, which makes it easy to see what is left of all. "


def main(shapes: Mapping[str, Mapping[str, Any]], examples: int, batch: int, dtype: str = "bfloat16") -> None:
    """Measure and print every figure of these shapes, with so many examples in batches of `batch`."""
    import torch

    print(json.dumps({"device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"}), flush=True)
    for name, sizes in shapes.items():
        with tempfile.TemporaryDirectory() as scratch, _cache(Path(scratch)):
            folder = Path(scratch) / "model"
            weights = _write_model(folder, sizes, dtype)
            runs = {way: _ours(folder, Path(scratch) / way, way, examples, batch, dtype) for way in WAYS}
            trl = _trl(folder, Path(scratch) / "trl", examples, batch, dtype)
        for way, told in runs.items():
            tell(f"{name}_{way}_tokens_per_second", told["speed"], "tokens/s")
            tell(f"{name}_{way}_seconds", told["seconds"], "s")
            tell(f"{name}_{way}_peak_mb", told["peak_mb"], "MB")
        tell(f"{name}_trl_tokens_per_second", trl["speed"], "tokens/s")
        tell(f"{name}_trl_peak_mb", trl["peak_mb"], "MB")
        apart = max(abs(told["loss"] / runs["padded"]["loss"] - 1) for told in runs.values())
        tell(f"{name}_losses_apart", apart, "share")
        for way in ("packed", "compiled"):
            tell(f"{name}_{way}_over_trl", runs[way]["speed"] / trl["speed"], "ratio")
            tell(f"{name}_{way}_utilisation", 6 * weights * runs[way]["speed"] / _peak(), "share")


def _peak() -> float:
    """What this GPU can do, FLOPs a second; infinite if it is none that is known."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return next((peak for part, peak in PEAKS.items() if part in name), float("inf"))


@contextmanager
def _cache(scratch: Path) -> Iterator[None]:
    """Have checkpoints go to a folder that is deleted."""
    with mock.patch.dict("os.environ", {"COT_DISTILL_CACHE": str(scratch / "cache")}):
        yield


def _write_model(folder: Path, sizes: Mapping[str, Any], dtype: str) -> int:
    """Write a random Llama of these sizes with a tokenizer of bytes; returns how many weights it has."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    letters = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    set_seed(0)
    config = LlamaConfig(**sizes, max_position_embeddings=4096, bos_token_id=0, eos_token_id=1)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = LlamaForCausalLM(config).to(getattr(torch, dtype))
    model.save_pretrained(folder)
    return sum(weight.numel() for weight in model.parameters())


def _examples(count: int) -> list[Any]:
    """Texts as long as chains of thought are, in tokens: 100 to 500."""
    from cot_distill.records import Example

    return [
        Example(f"e-{number}", f"What is {number} + 1?", TEXT * (1 + number % 4) + f"The answer is {number + 1}.")
        for number in range(count)
    ]


def _entry(folder: Path) -> dict[str, Any]:
    return {"model": str(folder), "revision": None, "template": "plain", "chat_template": {}}


def _ours(folder: Path, scratch: Path, way: str, count: int, batch: int, dtype: Any) -> dict[str, float]:
    """The stage's own training, packed or padded."""
    from cot_distill.training import trial
    from cot_distill.training.finetune import OutputPaths, finetune
    from cot_distill.training.settings import Settings

    settings = Settings(
        method="full",
        epochs=1,
        batch_size=batch,
        learning_rate=1.0e-5,
        too_long="stop",
        device_batch=batch,
        gradient_checkpointing=False,
        dtype=dtype,
        parallel="none",
        processes=None,
    )
    places = OutputPaths(*(scratch / part for part in ("student", "curve", "speed")))
    _forget_peak()
    start = time.monotonic()
    reads = (lambda *_: "asked for") if way == "padded" else trial.switch_to_packing
    compiles = way == "compiled"  # a run that is long enough compiles by itself
    with (
        mock.patch("cot_distill.training.building.switch_to_packing", reads),
        mock.patch("cot_distill.training.building.compiles", return_value=compiles),
    ):
        outcome = finetune(_entry(folder), _examples(count), settings, 1, places)
    seconds = time.monotonic() - start
    lines = (places.speed / "plots/metrics/tokens_per_second.tsv").read_text(encoding="utf-8").splitlines()[1:]
    speeds = sorted(float(line.split("\t")[1]) for line in lines)
    return {
        "speed": speeds[len(speeds) // 2],
        "seconds": seconds,
        "loss": outcome.loss if outcome else 0.0,
        **_peak_mb(),
    }


def _trl(folder: Path, scratch: Path, count: int, batch: int, dtype: str) -> dict[str, float]:
    """TRL, tuned: its best attention that is installed, packing with it, as many tokens a batch."""
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, PrinterCallback, TrainerCallback
    from transformers.utils import is_flash_attn_2_available
    from trl import SFTConfig, SFTTrainer

    from cot_distill.students.base import load_tokenizer
    from cot_distill.students.prompts import render_examples

    tokenizer = load_tokenizer(_entry(folder))
    rows = [
        {"input_ids": ids, "labels": [-100] * asked + ids[asked:]}
        for ids, asked in render_examples(_examples(count), "plain", tokenizer)
    ]
    packing = torch.cuda.is_available() and is_flash_attn_2_available()
    tokens = sum(len(row["input_ids"]) for row in rows)
    together = batch * tokens // count
    times: list[float] = []

    class Watch(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            times.append(time.monotonic())

    _forget_peak()
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="flash_attention_2" if packing else "sdpa"
    )
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(scratch),
            num_train_epochs=1,
            per_device_train_batch_size=1 if packing else batch,
            max_length=together if packing else None,
            packing=packing,
            dataset_kwargs={"skip_prepare_dataset": not packing},
            learning_rate=1.0e-5,
            bf16=dtype == "bfloat16",
            gradient_checkpointing=False,
            save_strategy="no",
            report_to=[],
            logging_steps=10,
            use_cpu=not torch.cuda.is_available(),
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[Watch()],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    gaps = sorted(later - before for before, later in pairwise(times))
    return {"speed": tokens / len(times) / gaps[len(gaps) // 2], **_peak_mb()}


def _forget_peak() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak_mb() -> dict[str, float]:
    """The GPU's memory at its peak since it was forgotten; 0 without a GPU."""
    import torch

    return {"peak_mb": torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else 0.0}


if __name__ == "__main__":
    import torch

    if not torch.cuda.is_available():
        sys.exit("gpu-check: this machine has no GPU that torch sees")
    main(SHAPES, examples=640, batch=32)
