"""What tells one local engine's answers from another's: the declared revision is that of these very bytes."""

import hashlib

from cot_distill.decoding import Request, Sampling
from cot_distill.decoding.local import REVISIONS, computed_by
from cot_distill.decoding.transformers_engine import TransformersEngine
from cot_distill.students.base import load_model, load_tokenizer
from tests.decoding.completing import complete_all

DECODED = {1: "a33fe1afddf0be25e1c8931b8e7476a5b173beeed3379049a22c403ad75db644"}
"""By revision of the engine `transformers`, the SHA-256 of what it writes below. Where this fails after a change of the
engine, stored answers are stale: raise the engine's number in `decoding/local.py`, and write the new hash here."""


def test_the_revision_of_the_transformers_engine_names_the_bytes_that_it_writes(tiny_student) -> None:
    entry = {"model": str(tiny_student)}
    tokenizer = load_tokenizer(entry)
    engine = TransformersEngine(load_model(entry, "float32"), tokenizer, 2)
    prompts = [tuple(tokenizer.encode(text)) for text in ("How many pens?", "A", "Ann has 3 pens; Bob has 4 more.")]
    greedy, drawn = Sampling(0.0, 1.0, 40, 1), Sampling(1.0, 0.9, 40, 1)
    requests = [
        Request(f"{number}", prompt, sampling) for sampling in (greedy, drawn) for number, prompt in enumerate(prompts)
    ]
    written = "\0".join(completion.text for completion in complete_all(engine, requests))
    assert hashlib.sha256(written.encode()).hexdigest() == DECODED[REVISIONS["transformers"]]


def test_an_engine_is_told_by_revision_libraries_and_device() -> None:
    told = computed_by("transformers")
    assert told["engine_revision"] == REVISIONS["transformers"]
    assert set(told["libraries"]) == {"torch", "transformers"}
    assert told["device"]
