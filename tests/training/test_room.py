"""How many tokens a GPU works on at a time: the stand-in counts a thousand bytes a token that a pass reads."""

import pytest
import torch

from cot_distill.training.room import tokens_at_a_time
from tests.training.test_trainer import rows


class Model:
    """A model whose only weight is asked for gradients."""

    def __init__(self) -> None:
        self.weight = torch.ones(1, requires_grad=True)

    def train(self) -> None:
        pass

    def zero_grad(self) -> None:
        self.weight.grad = None


class Trainer:
    def __init__(self, packed: bool) -> None:
        self.packed, self.model = packed, Model()
        self.read: list[int] = []

    def losses(self, portion):
        lengths = [len(row["input_ids"]) for row in portion]
        self.read.append(sum(lengths) if self.packed else len(lengths) * max(lengths))
        return self.model.weight * torch.ones(4)


class Memory:
    """So many bytes free; a pass over more than `most` tokens runs out of memory."""

    def __init__(self, trainer: Trainer, free: int, most: int = 10**9) -> None:
        self._trainer, self._free, self._most = trainer, free, most

    def free(self) -> int:
        return self._free

    def taken_by(self, work) -> int:
        work()
        if self._trainer.read[-1] > self._most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return 1000 * self._trainer.read[-1]

    def tidy(self) -> None:
        assert self._trainer.model.weight.grad is None


def given(*lengths: int):
    return [{"input_ids": [1] * length, "labels": [1] * length, "row": row} for row, length in enumerate(lengths)]


@pytest.mark.parametrize(
    ("packed", "free", "state", "expected", "tried"),
    [
        (True, 10**9, 0, 90, [90]),  # the whole step: 40 + 30 + 20 tokens
        (False, 10**9, 0, 120, [120]),  # padded to 40 each
        (True, 60_000, 0, 45, [90, 40]),  # 45 tokens hold the row of 40 alone
        (True, 110_000, 40_000, 45, [90, 40]),  # 99,000 bytes less the optimiser's
        (True, 1000, 0, 40, [90, 40]),  # never less than the longest row
        (False, 100_000, 0, 60, [120, 60]),
    ],
)
def test_a_step_is_halved_until_it_fits(packed, free, state, expected, tried) -> None:
    trainer = Trainer(packed)
    found = tokens_at_a_time(trainer, given(10, 40, 20, 5, 30), 3, state, Memory(trainer, free))
    assert (found, trainer.read) == (expected, tried)
    assert trainer.model.weight.grad is None


def test_running_out_of_memory_is_a_step_that_does_not_fit() -> None:
    trainer = Trainer(packed=True)
    assert tokens_at_a_time(trainer, given(10, 10, 10, 10), 4, 0, Memory(trainer, 10**9, most=20)) == 20


def test_the_trial_draws_nothing() -> None:
    before = torch.random.get_rng_state()
    trainer = Trainer(packed=True)
    tokens_at_a_time(trainer, rows(4, 200), 4, 0, Memory(trainer, 10**9))
    assert torch.equal(before, torch.random.get_rng_state())
