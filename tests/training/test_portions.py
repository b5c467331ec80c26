"""Micro-batches by tokens: how rows are put together, and that what is learned does not depend on it."""

import pytest
import torch
from safetensors.torch import load_file

from cot_distill.training.finetune import finetune
from cot_distill.training.portions import portions
from cot_distill.training.trainer import StudentTrainer
from tests.students.families import FAMILIES
from tests.training.training import entry, examples, places, settings


def rows(*lengths: int) -> list[dict[str, object]]:
    return [{"input_ids": [1] * length, "row": number} for number, length in enumerate(lengths)]


def lengths(made) -> list[list[int]]:
    return [[len(row["input_ids"]) for row in portion] for portion in made]


@pytest.mark.parametrize(
    ("given", "tokens", "padded", "expected"),
    [
        ((3, 7, 5, 5), 10, False, [[7, 3], [5, 5]]),
        ((4, 6, 3, 7, 9, 1), 10, False, [[9, 1], [7, 3], [6, 4]]),
        ((6, 5, 4, 3), 10, False, [[6, 4], [5, 3]]),
        ((20, 2), 10, False, [[20], [2]]),
        ((5, 4, 3), 10, True, [[5, 4], [3]]),
        ((3,), 10, True, [[3]]),
    ],
)
def test_rows_are_put_together_by_best_fit(given, tokens, padded, expected) -> None:
    assert lengths(portions(rows(*given), tokens, padded)) == expected


@pytest.mark.parametrize("family", ["llama", "bloom"])
def test_what_is_learned_does_not_depend_on_how_a_batch_is_divided(tmp_path, monkeypatch, family) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    folder = FAMILIES[family](tmp_path / "model")
    found = {}
    for name, changes in (("whole", {}), ("tokens", {"device_tokens": 120})):
        chosen = settings(method="full", batch_size=8, **changes)
        outcome = finetune(entry(folder), examples(19), chosen, 1, places(tmp_path / name))
        assert outcome is not None
        found[name] = load_file(tmp_path / name / "student/model.safetensors"), outcome
    assert found["tokens"][1].loss == pytest.approx(found["whole"][1].loss, rel=1e-5)
    assert (found["tokens"][1].steps, found["tokens"][1].tokens) == (3, found["whole"][1].tokens)
    for name, weight in found["whole"][0].items():
        torch.testing.assert_close(found["tokens"][0][name], weight, rtol=1e-3, atol=1e-5)


def test_what_is_held_out_is_read_by_tokens_too(tiny_student, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    real, read = StudentTrainer.losses, []

    def losses(self, rows):
        if not self.model.training:
            read.append([len(row["input_ids"]) for row in rows])
        return real(self, rows)

    found = {}
    for name, changes in (("whole", {}), ("tokens", {"device_tokens": 130})):
        chosen = settings(batch_size=16, device_batch=16, validation_share=0.5, **changes)
        monkeypatch.setattr(StudentTrainer, "losses", losses)
        read.clear()
        outcome = finetune(entry(tiny_student), examples(32), chosen, 1, places(tmp_path / name))
        assert outcome is not None
        found[name] = outcome.validation_loss, read[1:]  # the first is the trial
    assert found["tokens"][0] == pytest.approx(found["whole"][0], rel=1e-6)
    assert [len(one) for one in found["whole"][1]] == [16]
    assert sum(map(len, found["tokens"][1])) == 16
    assert len(found["tokens"][1]) > 4 and max(map(sum, found["tokens"][1])) <= 130
