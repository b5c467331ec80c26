"""The literal layout of packed batches."""

from types import SimpleNamespace
from typing import Any

import pytest

from cot_distill.training.packing import objection, pack

N = -100


def row(number: int, prompt: list[int], completion: list[int]) -> dict[str, Any]:
    return {"input_ids": prompt + completion, "labels": [N] * len(prompt) + completion, "row": number}


def packed(*rows: dict[str, Any], share: bool = True) -> dict[str, Any]:
    made = pack(rows, share)
    assert made.pop("labels").equal(made["shift_labels"])
    assert made.pop("ends").tolist() == made["bounds"]
    return {name: one if isinstance(one, list) else one.tolist() for name, one in made.items()}


def test_what_all_rows_begin_with_stands_there_once() -> None:
    assert packed(row(7, [1, 2, 3, 4], [5, 6]), row(3, [1, 2, 8], [9])) == {
        "input_ids": [[1, 2, 3, 4, 5, 8]],
        "shift_labels": [[N, N, N, 5, 6, 9]],
        "position_ids": [[0, 1, 2, 3, 4, 2]],
        "trained": [3, 4, 5],
        "bounds": [2, 5, 6],
        "rows": [7, 3],
    }


def test_rows_that_share_nothing_stand_one_after_another() -> None:
    assert packed(row(0, [1, 2], [3]), row(1, [4, 5], [6, 7])) == {
        "input_ids": [[1, 2, 4, 5, 6]],
        "shift_labels": [[N, 3, N, 6, 7]],
        "position_ids": [[0, 1, 0, 1, 2]],
        "trained": [1, 3, 4],
        "bounds": [0, 2, 5],
        "rows": [0, 1],
    }


def test_without_sharing_each_row_stands_whole() -> None:
    assert packed(row(0, [1, 2, 3], [4]), row(1, [1, 2, 3], [5]), share=False) == {
        "input_ids": [[1, 2, 3, 1, 2, 3]],
        "shift_labels": [[N, N, 4, N, N, 5]],
        "position_ids": [[0, 1, 2, 0, 1, 2]],
        "trained": [2, 5],
        "bounds": [0, 3, 6],
        "rows": [0, 1],
    }


def test_a_row_alone_is_itself_but_for_its_last_token() -> None:
    assert packed(row(0, [1, 2, 3], [4, 5])) == {
        "input_ids": [[1, 2, 3, 4]],
        "shift_labels": [[N, N, 4, 5]],
        "position_ids": [[0, 1, 2, 3]],
        "trained": [2, 3],
        "bounds": [2, 4],
        "rows": [0],
    }


def test_what_is_not_trained_at_all_is_read_to_its_last_but_one() -> None:
    assert packed({"input_ids": [1, 2, 3], "labels": [N, N, N], "row": 0}) == {
        "input_ids": [[1, 2]],
        "shift_labels": [[N, N]],
        "position_ids": [[0, 1]],
        "trained": [],
        "bounds": [2, 2],
        "rows": [0],
    }


@pytest.mark.parametrize(
    ("prompts", "prefix"),
    [
        # Each rest needs the token whose hidden state predicts the first trained one.
        (([1, 2, 3], [1, 2, 3]), 2),
        (([1, 2, 3, 4], [1, 2, 3]), 2),
        (([1, 2, 9], [1, 2, 3]), 2),
        (([1, 9, 3], [1, 2, 3]), 1),
        (([1], [1, 2, 3]), 0),
    ],
)
def test_the_shared_beginning_ends_before_the_last_token_of_a_prompt(prompts, prefix) -> None:
    made = packed(*(row(number, prompt, [7, 8]) for number, prompt in enumerate(prompts)))
    assert made["bounds"][0] == prefix
    assert [made["shift_labels"][0][end - 1] for end in made["bounds"][1:]] == [8, 8]
    assert made["shift_labels"][0].count(7) == 2


def model(supported: bool = True, bias: object = None, **config: Any) -> Any:
    text = SimpleNamespace(**config)
    text.get_text_config = lambda: text
    head = SimpleNamespace(bias=bias)
    return SimpleNamespace(_supports_attention_backend=supported, config=text, get_output_embeddings=lambda: head)


SLIDING = {"layer_types": ["full_attention", "sliding_attention"]}


def test_a_model_is_packed_where_its_attention_alone_mixes_tokens_and_looks_back_at_all() -> None:
    assert objection(model(), 100) is None
    assert objection(model(**SLIDING, sliding_window=100), 100) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (model(**SLIDING, sliding_window=99), "its attention looks 99 tokens back, and the longest example has 100"),
        (model(layer_types=["linear_attention", "full_attention"]), "it has layers of linear_attention"),
        (model(attn_logit_softcapping=50.0), "its attention caps scores"),
        (model(final_logit_softcapping=30.0), "its head caps logits"),
        (model(bias=1), "its head has a bias"),
        (model(supported=False), "its attention cannot be replaced"),
    ],
)
def test_what_speaks_against_packing_is_told(given, told) -> None:
    assert objection(given, 100) == told
