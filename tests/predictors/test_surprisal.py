"""The predictors against a model whose probabilities are known, and against the tiny student's own loss."""

from types import SimpleNamespace

import pytest
import torch

from cot_distill.predictors.surprisal import measure
from cot_distill.records import Example
from cot_distill.students.base import load_model, load_tokenizer
from cot_distill.students.prompts import render_examples

EXAMPLES = [
    Example("p-1", "What is 2 and 3?", "It is 5.\nThe answer is 5."),
    Example("p-2", "What is 4 and 3? Think.", "4 and 3 are 7.\nSo it is 7.\nThe answer is 7."),
    Example("p-3", "What is 1 and 1?", "The answer is 2."),
]


class Certain(torch.nn.Module):
    """After any token it gives the token `likely` half of the probability, and all others the same share of the rest."""

    device = torch.device("cpu")

    def __init__(self, vocabulary: int, likely: int) -> None:
        super().__init__()
        self._logits = torch.zeros(vocabulary)
        self._logits[likely] = torch.log(torch.tensor(vocabulary - 1.0))

    def get_decoder(self):
        return lambda input_ids, attention_mask: SimpleNamespace(last_hidden_state=torch.zeros(*input_ids.shape, 1))

    def get_output_embeddings(self):
        return lambda states: self._logits.expand(len(states), -1)


@pytest.fixture(scope="module")
def tokenizer(tiny_student):
    return load_tokenizer({"model": str(tiny_student)})


def test_surprisal_and_rank_of_a_model_whose_probabilities_are_known(tokenizer) -> None:
    size = len(tokenizer)
    likely = tokenizer("5", add_special_tokens=False)["input_ids"][0]
    [(ids, start)] = render_examples(EXAMPLES[:1], "plain", tokenizer)
    taught = ids[start:]
    hits = taught.count(likely)
    assert hits == 2
    found = measure(Certain(size, likely), tokenizer, "plain", EXAMPLES[:1], 10)
    half, rest = 0.6931472, float(torch.log(torch.tensor(2.0 * (size - 1))))
    surprisal = (hits * half + (len(taught) - hits) * rest) / len(taught)
    assert found.rows == 1
    assert found.surprisal == pytest.approx(surprisal, rel=1e-4)
    # The likely token has rank 1; of all others, which are equally likely, each has one above it.
    assert found.rank_surprisal == pytest.approx(
        (hits * 1 + (len(taught) - hits) * 2) / len(taught) / surprisal, rel=1e-4
    )


def test_surprisal_is_the_loss_of_a_row_whatever_it_is_batched_with(tiny_student, tokenizer) -> None:
    entry = {"model": str(tiny_student), "template": "plain"}
    model = load_model(entry, "float32").eval()
    losses = []
    for ids, start in render_examples(EXAMPLES, "plain", tokenizer):
        labels = torch.tensor([[-100] * start + ids[start:]])
        with torch.inference_mode():
            losses.append(float(model(input_ids=torch.tensor([ids]), labels=labels).loss))
    found = measure(model, tokenizer, "plain", EXAMPLES, 10)
    assert found.surprisal == pytest.approx(sum(losses) / 3, rel=1e-4)
    assert found.rank_surprisal * found.surprisal <= 100
    assert found.local_surprisal > 0


def test_rows_are_spread_over_the_examples(tokenizer) -> None:
    model = Certain(len(tokenizer), 5)
    assert measure(model, tokenizer, "plain", EXAMPLES, 2).rows == 2
    assert measure(model, tokenizer, "plain", EXAMPLES * 5, 4).rows == 4
    assert measure(model, tokenizer, "plain", EXAMPLES, 3) == measure(model, tokenizer, "plain", EXAMPLES, 99)
