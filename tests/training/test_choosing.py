"""What computes on a GPU is tried first: what fails is not taken, and a line says why."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from cot_distill.students.base import load_tokenizer
from cot_distill.training import choosing
from cot_distill.training.building import build
from cot_distill.training.choosing import choose_kernels, round_alike, try_compiled
from tests.training.test_trainer import rows
from tests.training.training import entry, settings


def built(folder, tmp_path) -> tuple[Any, Any, Any]:
    """A trainer, the example that it is tried on, and the losses of that by the model's own code."""
    some = rows(4, 200)
    student = entry(folder)
    names = [str(number) for number in range(4)]
    trainer, reading = build(student, load_tokenizer(student), names, some, settings(), 1, tmp_path)
    return trainer, min(some, key=lambda row: len(row["input_ids"])), reading.own


def compiled_by(backend: Any) -> Any:
    def compile_layers(model: Any) -> None:
        for layer in model.get_base_model().get_decoder().layers:
            layer.compile(backend=backend)

    return compile_layers


def broken(graph: Any, _: Any) -> Any:
    raise NotImplementedError("no such card\nat line 3")


def wrong(graph: Any, _: Any) -> Any:
    return lambda *given: [one * 1.5 if one.is_floating_point() else one for one in graph(*given)]


@pytest.mark.parametrize(
    ("backend", "told"), [(broken, "no such card"), (wrong, "the losses differ then")], ids=["broken", "wrong"]
)
def test_a_compiler_that_fails_is_not_taken(tiny_student, tmp_path, monkeypatch, backend, told) -> None:
    torch._dynamo.reset()
    trainer, row, own = built(tiny_student, tmp_path)
    monkeypatch.setattr(choosing, "compile_layers", compiled_by(backend))
    reason = try_compiled(trainer, row, own)
    assert reason is not None and told in reason and "\n" not in reason
    assert all(weight.grad is None for weight in trainer.model.parameters())
    torch.testing.assert_close(trainer.losses([row]).detach(), own, rtol=1e-4, atol=1e-5)


def test_a_compiler_that_works_is_taken(tiny_student, tmp_path, monkeypatch) -> None:
    torch._dynamo.reset()
    trainer, row, own = built(tiny_student, tmp_path)
    seen = []
    monkeypatch.setattr(choosing, "compile_layers", compiled_by(lambda graph, _: seen.append(1) or graph))
    assert try_compiled(trainer, row, own) is None
    before = len(seen)
    torch.testing.assert_close(trainer.losses([row]).detach(), own, rtol=1e-4, atol=1e-5)
    assert before and len(seen) == before


def pass_that(fails: str | None) -> Any:
    """A trainer whose pass fails where torch is strict."""
    weight = torch.ones(2, requires_grad=True)

    def losses(_: Any) -> Any:
        if fails and torch.are_deterministic_algorithms_enabled():
            raise RuntimeError(fails)
        return weight

    model = SimpleNamespace(eval=lambda: model, zero_grad=lambda: None, device=torch.device("cuda"))
    return SimpleNamespace(model=model, losses=losses)


@pytest.fixture
def lenient():
    yield
    torch.use_deterministic_algorithms(False)


def test_kernels_that_round_otherwise_are_taken_only_where_there_are_no_others(lenient) -> None:
    assert round_alike(pass_that(None), {}) is None
    assert torch.are_deterministic_algorithms_enabled() and not torch.is_deterministic_algorithms_warn_only_enabled()
    fault = "cumsum_cuda_kernel does not have a deterministic implementation"
    assert choose_kernels(pass_that(fault), {}, None, False) == [f"two runs may differ by rounding: {fault}"]
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    with pytest.raises(RuntimeError, match="no such card"):
        round_alike(pass_that("no such card"), {})
