"""How fast teachers are asked: an API at its ideal rate, 100,000 problems, a replay; an API with a limit; and vLLM
against itself alone.

    python -m benchmarks.generate            the API's, against a stand-in on loopback; about 8 minutes
    python -m benchmarks.generate --limited  those with a limit alone; about 2 minutes
    python -m benchmarks.generate BENCHMARKS vLLM's (`make install-vllm`), on 256 problems of SVAMP in that folder

The stand-in answers after 200 ms, 64 at once, and queues the rest, so that the ideal is 320 calls a second. With a
limit it takes 500 requests a minute, 5 of them at once, and the ideal is that rate.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.figures import tell
from benchmarks.pipeline import ROOT
from cot_distill import records
from cot_distill.records import Problem

LATENCY, AT_ONCE = 0.2, 64
PER_MINUTE, BURST = 500, 5
WISHES = {"ms": "retry-after-ms: 120", "seconds": "Retry-After: 1", "none": ""}
_GENERATE = [sys.executable, "-m", "stages.generate"]
# The stage in a process of its own, which tells its peak resident memory in MB on its last line.
_MEASURED = """
import resource, sys
sys.argv = ["generate"]
from stages.generate import app
try:
    app()
except SystemExit as end:
    assert not end.code, end.code
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@contextmanager
def server(log: Path, *options: str) -> Iterator[str]:
    """The stand-in's address while the block runs."""
    command = [
        sys.executable,
        "-m",
        "tests.chat_server",
        "--latency",
        str(LATENCY),
        "--at-once",
        str(AT_ONCE),
        *options,
    ]
    with subprocess.Popen([*command, "--log", str(log)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.terminate()


def project(folder: Path, problems: list[Problem], **values: str) -> None:
    """A clone whose problems are these, with some lines of params.yaml changed."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    set_params(folder, **values)
    records.write(folder / "data/problems/train.parquet", problems, Problem)
    records.write(folder / "data/problems/test.parquet", [], Problem)


def set_params(folder: Path, **values: str) -> None:
    """Change lines of params.yaml, `name: …` where it first stands; behind that are the values of the small profile."""
    path = folder / "params.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    for name, value in values.items():
        place = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{name}:"))
        indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        lines[place] = f"{indent}{name}: {value}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def additions(count: int) -> list[Problem]:
    """So many problems, none like another."""
    return [
        Problem(
            id=f"sum-{number:06}",
            dataset="own",
            split="train",
            question=f"A farm counts {number} eggs on Monday and 7 more on Tuesday. How many eggs are there in all?",
            choices=None,
            answer_kind="number",
            gold=str(number + 7),
            rationale=None,
            solution=None,
        )
        for number in range(count)
    ]


def api(scratch: Path) -> None:
    """The figures of the API engine, through the stage."""
    for count, name in ((5_000, "api"), (100_000, "100k")):
        folder, log = scratch / name, scratch / f"{name}.jsonl"
        project(folder, additions(count), teacher="gpt_4o", dataset="svamp")
        with server(log) as url:
            environment = {**os.environ, "OPENAI_BASE_URL": url, "COT_DISTILL_CACHE": str(scratch / f"cache-{name}")}
            start = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-c", _MEASURED],
                cwd=folder,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            seconds = time.monotonic() - start
            if count == 5_000:
                times = [json.loads(line)["at"] for line in log.read_text(encoding="utf-8").splitlines()]
                ideal = count / AT_ONCE * LATENCY
                calls = max(times) - min(times)  # from the first request's arrival to the last one's answer
                tell("api_over_ideal", ideal / calls, "ratio")
                tell("api_command_over_ideal", ideal / seconds, "ratio")
                continue
            tell("api_100k_peak_mb", float(done.stdout.splitlines()[-1]), "MB")
            start = time.monotonic()
            subprocess.run(_GENERATE, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
            tell("replay_100k_seconds", time.monotonic() - start, "s")


def limited(scratch: Path) -> None:
    """The figures of an API with a limit, by what it says when it refuses; the three are asked at once."""
    with ThreadPoolExecutor(len(WISHES)) as threads:
        shares = dict(zip(WISHES, threads.map(lambda name: _limited(scratch, name), WISHES), strict=True))
    for name, share in shares.items():
        tell(f"paced_over_ideal_{name}", share, "ratio")
    tell("paced_over_ideal", min(shares.values()), "ratio")


def _limited(scratch: Path, name: str) -> float:
    folder, log, count = scratch / f"limited-{name}", scratch / f"limited-{name}.jsonl", 400
    project(folder, additions(count), teacher="gpt_4o", dataset="svamp")
    with server(log, "--per-minute", str(PER_MINUTE), "--burst", str(BURST), "--wish", WISHES[name]) as url:
        environment = {**os.environ, "OPENAI_BASE_URL": url, "COT_DISTILL_CACHE": str(scratch / f"cache-{name}")}
        subprocess.run(_GENERATE, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len({line["answered"] for line in lines if "answered" in line}) == count
    times = [float(line["at"]) for line in lines]
    calls = max(times) - min(times)
    return count / PER_MINUTE * 60 / calls


def vllm(scratch: Path, benchmarks: Path) -> None:
    """The stage's rate over that of `LLM.chat` with the same engine, prompts and sampling; the start is left out."""
    from cot_distill.decoding.models import Model
    from cot_distill.decoding.vllm_engine import VLLMEngine
    from cot_distill.supervision.teachers.collecting import Subject
    from cot_distill.supervision.teachers.model import ModelTeacher
    from stages import params
    from stages.generate import generate
    from stages.prepare import prepare

    folder = scratch / "vllm"
    project(folder, [])
    changed = {"dataset": "svamp", "teacher": "smollm2_135m_vllm", "train_problems": "256", "attempts": "1"}
    set_params(folder, benchmarks=str(benchmarks.absolute()), **changed)
    os.chdir(folder)
    os.environ["COT_DISTILL_CACHE"] = str(scratch / "cache-vllm")
    prepare()
    chosen = params.load()
    teacher = chosen.teach(chosen.teacher)
    assert isinstance(teacher, ModelTeacher)
    problems = records.read(Path("data/problems/train.parquet"), Problem)
    requests: Any = [teacher.request(Subject(problem, 3), 0) for problem in problems]
    arguments = {**teacher.model.arguments, "disable_log_stats": False}
    engine = teacher.model.model_copy(update={"arguments": arguments}).start(
        chosen.calls.settings(chosen.teacher).limits
    )
    assert isinstance(engine, VLLMEngine)
    mock.patch.object(Model, "start", return_value=engine).start()  # to the end of the process
    conversations = [[{"role": turn[0], "content": turn[1]} for turn in request.prompt] for request in requests]
    sampling = [engine.sampling(request) for request in requests]
    rates: dict[str, list[float]] = {"bare": [], "stage": []}
    for side in ("bare", "stage", "stage", "bare"):
        engine.llm.reset_prefix_cache()
        start = time.monotonic()
        if side == "bare":
            outputs = engine.llm.chat(conversations, sampling, use_tqdm=False)
            tokens = sum(len(output.outputs[0].token_ids) for output in outputs)
        else:
            shutil.rmtree(scratch / "cache-vllm" / "journal", ignore_errors=True)
            before = prefix_cache(engine.llm)
            generate()
            tokens = sum(
                row.tokens_out or 0 for row in records.read(Path("data/rationales/attempts.parquet"), records.Attempt)
            )
            found, looked_for = (now - then for now, then in zip(prefix_cache(engine.llm), before, strict=True))
        rates[side].append(tokens / (time.monotonic() - start))
        print(f"{side}: {tokens} tokens, {rates[side][-1]:.1f}/s", file=sys.stderr, flush=True)
    bare, stage = (statistics.median(rates[side]) for side in ("bare", "stage"))
    tell("vllm_bare_tokens_per_second", bare, "tokens/s")
    tell("vllm_stage_tokens_per_second", stage, "tokens/s")
    tell("vllm_stage_over_bare", stage / bare, "ratio")
    tell("vllm_prefix_cache_hits", found / looked_for, "share of prompt tokens")


def prefix_cache(llm: Any) -> tuple[int, int]:
    """Prompt tokens that were found in vLLM's prefix cache, and those that were looked for, since its start."""
    counts = {metric.name: getattr(metric, "value", 0) for metric in llm.get_metrics()}
    return counts["vllm:prefix_cache_hits"], counts["vllm:prefix_cache_queries"]


def main(chosen: str | None) -> None:
    """Measure and print every figure; `chosen`: `--limited`, or the folder of benchmarks."""
    with tempfile.TemporaryDirectory() as scratch:
        if chosen is None:
            api(Path(scratch))
        if chosen in (None, "--limited"):
            limited(Path(scratch))
        else:
            vllm(Path(scratch), Path(chosen))
            os.chdir(ROOT)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
