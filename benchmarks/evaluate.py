"""How fast students are asked: vLLM with all prompts at once against one a call, and our transformers engine against a
plain loop.

    python -m benchmarks.evaluate BENCHMARKS vllm            (`make install-vllm`)
    python -m benchmarks.evaluate BENCHMARKS STUDENT

Both ask the first 256 test problems of SVAMP in the folder BENCHMARKS, greedily, 128 new tokens at most, each side with
the same loaded model; loading and a first call to warm up are left out. STUDENT is a folder that training wrote from
the default student (`data/students/tuned` of a run): what a tuned student writes differs in length, and the plain loop
decodes each batch until its longest completion has ended.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import tell
from cot_distill import problems, students
from cot_distill.decoding import Completion, Engine, Failure, Request, Sampling
from cot_distill.memory import keep_freed_memory
from cot_distill.problems.wording import prompt
from cot_distill.stopping import Stop
from cot_distill.students.prompts import end_token_id, render

STUDENT = "smollm2_135m"
COUNT, NEW_TOKENS, BATCH = 256, 128, 32
ONE_BY_ONE = 16
"""So many prompts are asked one by one, and their time is scaled to all: the whole would take minutes."""


def requests(benchmarks: Path, tokenizer: Any) -> list[Request]:
    """The prompts, in the order of the file."""
    template = students.entry(STUDENT, Path("students.yaml"))["template"]
    sizes: dict[str, problems.Size] = {"train": None, "test": COUNT}
    with tempfile.TemporaryDirectory() as scratch:
        loaded = problems.load("svamp", benchmarks, Path(scratch) / "revisions.yaml", 1, sizes)
    greedy = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=NEW_TOKENS, seed=0)
    return [
        Request(problem.id, tuple(render(prompt(problem), template, tokenizer)), greedy)
        for problem in loaded.problems["test"]
    ]


def vllm(benchmarks: Path) -> None:
    """The evaluation's one call for all prompts, over the paper's scripts' call of `LLM.generate` for each."""
    keep_freed_memory()  # as the stage does
    from vllm import SamplingParams

    from cot_distill.decoding.vllm_engine import VLLMEngine
    from cot_distill.students.base import load_tokenizer
    from cot_distill.weights.loading import location

    entry = students.entry(STUDENT, Path("students.yaml"))
    tokenizer = load_tokenizer(entry)
    asked = requests(benchmarks, tokenizer)
    longest = max(len(one.prompt) for one in asked)
    arguments = {"dtype": "bfloat16", "seed": 0, "max_num_seqs": COUNT, "max_model_len": longest + NEW_TOKENS}
    engine = VLLMEngine(location(entry["model"])[0], None, arguments, end=end_token_id(entry["template"], tokenizer))
    engine.llm.generate([{"prompt_token_ids": list(asked[-1].prompt)}], SamplingParams(max_tokens=8), use_tqdm=False)
    engine.llm.reset_prefix_cache()
    together, tokens = timed(lambda: completed(engine, asked))
    tell("vllm_seconds", together, "s")
    tell("vllm_tokens_per_second", tokens / together, "tokens/s")
    engine.llm.reset_prefix_cache()

    def one_by_one() -> int:
        # Spread over the file, so that they are like the rest.
        some = asked[:: len(asked) // ONE_BY_ONE][:ONE_BY_ONE]
        written = 0
        for one in some:
            [done] = engine.llm.generate([{"prompt_token_ids": list(one.prompt)}], engine.sampling(one), use_tqdm=False)
            written += len(done.outputs[0].token_ids)
        return written

    each, tokens = timed(one_by_one)
    tell(f"vllm_one_by_one_seconds_of_{ONE_BY_ONE}_prompts", each, "s")
    tell("vllm_one_by_one_tokens_per_second", tokens / each, "tokens/s")
    tell("vllm_over_one_by_one", each / ONE_BY_ONE * len(asked) / together, "ratio, one by one scaled by prompts")


def transformers(benchmarks: Path, trained: Path) -> None:
    """Our engine over `model.generate` on padded batches of the same size, in the order of the file."""
    from cot_distill.decoding.transformers_engine import TransformersEngine
    from cot_distill.students.base import load_model, load_tokenizer

    entry = students.entry(STUDENT, Path("students.yaml"))
    tokenizer = load_tokenizer(entry)
    asked = requests(benchmarks, tokenizer)
    end = end_token_id(entry["template"], tokenizer)
    plain = load_model(entry, "auto", trained)
    engine = TransformersEngine(load_model(entry, "auto", trained), tokenizer, BATCH, end=end)
    sides: dict[str, Callable[[Sequence[Request]], int]] = {
        "plain": lambda some: generated(plain, tokenizer, end, some),
        "ours": lambda some: completed(engine, some),
    }
    seconds: dict[str, float] = {}
    for name, side in sides.items():
        side(asked[:4])
        seconds[name], tokens = timed(partial(side, asked))
        tell(f"transformers_{name}_seconds", seconds[name], "s")
        tell(f"transformers_{name}_tokens_per_second", tokens / seconds[name], "tokens/s")
    tell("transformers_over_plain", seconds["plain"] / seconds["ours"], "ratio")


def completed(engine: Engine, asked: Sequence[Request]) -> int:
    """The tokens that an engine writes for all of them."""
    tokens = 0

    def arrived(_: Request, answer: Completion | Failure) -> None:
        nonlocal tokens
        assert isinstance(answer, Completion)
        tokens += answer.new_tokens

    engine.complete(asked, arrived, Stop())
    return tokens


def generated(model: Any, tokenizer: Any, end: int, asked: Sequence[Request]) -> int:
    """The tokens that `model.generate` writes for all of them, up to each one's end."""
    import torch

    tokens = 0
    for start in range(0, len(asked), BATCH):
        prompts = [list(one.prompt) for one in asked[start : start + BATCH]]
        batch = tokenizer.pad({"input_ids": prompts}, padding_side="left", return_tensors="pt")
        with torch.inference_mode():
            out = model.generate(
                **batch,
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
                eos_token_id=[end, tokenizer.eos_token_id],
                pad_token_id=tokenizer.pad_token_id,
            )
        for row in out[:, batch["input_ids"].shape[1] :].tolist():
            tokens += next((place + 1 for place, token in enumerate(row) if token == end), len(row))
    return tokens


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """(seconds, what it returns)."""
    start = time.monotonic()
    found = work()
    return time.monotonic() - start, found


if __name__ == "__main__":
    folder, what = Path(sys.argv[1]), sys.argv[2]
    if what == "vllm":
        vllm(folder)
    else:
        transformers(folder, Path(what))
