"""The engine against transformers' own `generate`, on a tiny random model."""

import pytest
import torch

from cot_distill.decoding.transformers_engine import TransformersEngine
from cot_distill.students.base import load_model, load_tokenizer

PROMPTS = ["How many pens?", "A", "Ann has 3 pens and Bob has 4 more than she has. How many has Bob?", "Why so?"]


@pytest.fixture
def parts(tiny_student):
    entry = {"model": str(tiny_student)}
    return load_model(entry, "float32"), load_tokenizer(entry)


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_the_same_tokens_as_generate_whatever_the_batch(parts, batch_size) -> None:
    model, tokenizer = parts
    ids = [tokenizer.encode(text) for text in PROMPTS]
    plain = [_generate(model, tokenizer, prompt, 150) for prompt in ids]
    # An end that some rows meet and others do not, so that rows leave their batch at different steps.
    end = plain[0][20]
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, end]
    expected = [_generate(model, tokenizer, prompt, 150) for prompt in ids]
    assert len({len(tokens) for tokens in expected}) > 1
    found = TransformersEngine(model, tokenizer, batch_size).complete(ids, 150)
    assert [completion.new_tokens for completion in found] == [len(tokens) for tokens in expected]
    assert [completion.finish_reason for completion in found] == [
        "stop" if tokens[-1] == end else "length" for tokens in expected
    ]
    assert [completion.text for completion in found] == [
        tokenizer.decode(tokens[:-1] if tokens[-1] == end else tokens, skip_special_tokens=True) for tokens in expected
    ]


def test_the_cap_is_kept(parts) -> None:
    model, tokenizer = parts
    (found,) = TransformersEngine(model, tokenizer, 4).complete([tokenizer.encode("How many?")], 5)
    assert (found.new_tokens, found.finish_reason) == (5, "length")


def _generate(model, tokenizer, prompt: list[int], cap: int) -> list[int]:
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=cap, do_sample=False, pad_token_id=1
        )
    return out[0, len(prompt) :].tolist()
