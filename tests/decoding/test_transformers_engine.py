"""The engine against transformers' own `generate`, on a tiny random model."""

import pytest
import torch

from cot_distill.decoding import Request, Sampling
from cot_distill.decoding.transformers_engine import TransformersEngine
from cot_distill.errors import UserError
from cot_distill.stopping import Stop
from cot_distill.students.base import load_model, load_tokenizer
from tests.decoding.completing import complete_all

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
    found = complete_all(TransformersEngine(model, tokenizer, batch_size), greedy(ids, 150))
    assert [completion.new_tokens for completion in found] == [len(tokens) for tokens in expected]
    assert [completion.finish_reason for completion in found] == [
        "stop" if tokens[-1] == end else "length" for tokens in expected
    ]
    assert [completion.text for completion in found] == [
        tokenizer.decode(tokens[:-1] if tokens[-1] == end else tokens, skip_special_tokens=True) for tokens in expected
    ]


def test_the_cap_is_kept(parts) -> None:
    model, tokenizer = parts
    engine = TransformersEngine(model, tokenizer, 4)
    (found,) = complete_all(engine, greedy([tokenizer.encode("How many?")], 5))
    assert (found.new_tokens, found.finish_reason) == (5, "length")


def test_a_template_s_end_token_ends_a_completion_beside_the_model_s_own(parts) -> None:
    model, tokenizer = parts
    ids = tokenizer.encode("How many?")
    (free,) = complete_all(TransformersEngine(model, tokenizer, 1), greedy([ids], 20))
    end = _generate(model, tokenizer, ids, 20)[5]
    (ended,) = complete_all(TransformersEngine(model, tokenizer, 1, end=end), greedy([ids], 20))
    assert (free.new_tokens, free.finish_reason) == (20, "length")
    assert (ended.new_tokens <= 6, ended.finish_reason) == (True, "stop")
    assert free.text.startswith(ended.text)


def test_a_sample_depends_on_its_seed_and_not_on_its_batch(parts) -> None:
    model, tokenizer = parts
    ids = [tuple(tokenizer.encode(text)) for text in PROMPTS]
    warm = Sampling(temperature=1.0, top_p=0.9, max_new_tokens=20, seed=7)
    requests = [Request(str(number), prompt, warm, sample) for number, prompt in enumerate(ids) for sample in (0, 1)]
    together = complete_all(TransformersEngine(model, tokenizer, 8), requests)
    alone = complete_all(TransformersEngine(model, tokenizer, 1), requests)
    assert [one.text for one in together] == [one.text for one in alone]
    assert all(together[place].text != together[place + 1].text for place in range(0, 8, 2))


def test_at_the_lowest_top_p_the_most_likely_token_is_drawn(parts) -> None:
    model, tokenizer = parts
    ids = [tokenizer.encode(text) for text in PROMPTS]
    engine = TransformersEngine(model, tokenizer, 4)
    narrow = Sampling(temperature=2.0, top_p=1e-9, max_new_tokens=15, seed=7)
    drawn = complete_all(engine, [Request(str(n), tuple(prompt), narrow) for n, prompt in enumerate(ids)])
    assert [one.text for one in drawn] == [one.text for one in complete_all(engine, greedy(ids, 15))]


def test_a_model_without_a_chat_template_cannot_be_talked_to(parts) -> None:
    talk = Request("p-1", (("user", "Hello"),), Sampling(0.0, 1.0, 5, 0))
    with pytest.raises(UserError, match="has no chat template; choose an instruction-tuned model"):
        complete_all(TransformersEngine(*parts, 1), [talk])


def greedy(prompts, cap: int) -> list[Request]:
    sampling = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=cap, seed=0)
    return [Request(str(number), tuple(prompt), sampling) for number, prompt in enumerate(prompts)]


def _generate(model, tokenizer, prompt: list[int], cap: int, **options: int) -> list[int]:
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=cap,
            do_sample=False,
            pad_token_id=1,
            **options,
        )
    return out[0, len(prompt) :].tolist()


def test_a_completion_ends_before_a_stop_string(parts) -> None:
    model, tokenizer = parts
    ids = [tuple(tokenizer.encode(text)) for text in PROMPTS]
    free = complete_all(TransformersEngine(model, tokenizer, 3), greedy(ids, 60))
    stop = (free[0].text[30:33], free[1].text[12:15])
    assert all(len(one) == 3 for one in stop)
    sampling = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=60, seed=0, stop=stop)
    found = complete_all(
        TransformersEngine(model, tokenizer, 3), [Request(str(n), one, sampling) for n, one in enumerate(ids)]
    )
    assert [one.text for one in found] == [
        one.text[: min((p for p in map(one.text.find, stop) if p >= 0), default=len(one.text))] for one in free
    ]
    assert found[1].finish_reason == "stop"
    assert found[1].new_tokens < 60
    cut = [one.text != other.text for one, other in zip(found, free, strict=True)]
    assert [one.finish_reason for one in found] == ["stop" if was else "length" for was in cut]


def test_beams_find_what_generate_finds_and_end_at_an_end_token(parts) -> None:
    model, tokenizer = parts
    ids = [tokenizer.encode(text) for text in PROMPTS]
    # So many that some searches end before the cap.
    model.generation_config.eos_token_id = ends = list(range(1, 40))
    expected = [_generate(model, tokenizer, prompt, 30, num_beams=5) for prompt in ids]
    sampling = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=30, seed=0, beam=5)
    requests = [Request(str(number), tuple(one), sampling) for number, one in enumerate(ids)]
    found = complete_all(TransformersEngine(model, tokenizer, 10), requests)
    ended = [tokens[-1] in ends for tokens in expected]
    assert any(ended)
    assert [one.finish_reason for one in found] == ["stop" if one else "length" for one in ended]
    assert [one.new_tokens for one in found] == [len(tokens) for tokens in expected]
    assert [one.text for one in found] == [
        tokenizer.decode(tokens[:-1] if tokens[-1] in ends else tokens, skip_special_tokens=True) for tokens in expected
    ]
    alone = complete_all(TransformersEngine(model, tokenizer, 4), greedy(ids, 30))
    assert [one.text for one in found] != [one.text for one in alone]


@pytest.mark.parametrize("beam", [None, 3])
def test_it_tells_how_far_it_is_token_by_token(parts, beam) -> None:
    model, tokenizer = parts
    sampling = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=12, seed=0, beam=beam)
    requests = [Request(str(n), tuple(tokenizer.encode(text)), sampling) for n, text in enumerate(PROMPTS)]
    told: list[tuple[float, float, int]] = []
    engine = TransformersEngine(model, tokenizer, 6 if beam else 2)
    engine.complete(requests, lambda *_: None, Stop(), lambda *far: told.append(far))
    assert [begun for *_, begun in told] == [2] * 12 + [4] * 12
    done = [one for one, *_ in told]
    assert done == sorted(set(done))
    # Something is left of a batch until its last token.
    assert [left > 0 for _, left, _ in told] == ([True] * 11 + [False]) * 2
