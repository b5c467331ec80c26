"""A student's whole way: preview, training, merged export, evaluation; each step is held to the one before it."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from cot_distill.evaluation.answering import Decoding, verdicts
from cot_distill.problems.wording import prompt
from cot_distill.records import Example, Problem
from cot_distill.sharing.export import export
from cot_distill.students.base import load_tokenizer
from cot_distill.students.chat_templates import chat_template
from cot_distill.students.preview import Shown, preview
from cot_distill.students.prompts import end_token_id, render, render_examples
from cot_distill.training.finetune import finetune
from tests.training.training import places, settings

EXAMPLES = [
    Example(f"e-{number}", f"What is {number} + {2 * number}?", f"{number} and {'so ' * number}on.\nThe answer is 3.")
    for number in range(4)
]
PROBLEMS = [
    Problem(f"p-{number}", "svamp", "test", f"Ann has {'many ' * number}pens.", None, "number", "7", None, None)
    for number in range(2)
]
CARD = "---\ntags:\n- cot-distill\n---\n"
_SLOWER = re.compile(r"^training: batches are padded, not packed, which is slower: (.*)$", re.MULTILINE)


def entry(model: Path, template: str = "chat") -> dict[str, Any]:
    return {"model": str(model), "revision": None, "template": template, "chat_template": {}}


def travel(model: Path, method: str, dtype: str, place: Path, capfd: Any) -> str:
    """How the student's batches are: `packed`, or `padded` and why. Raises UserError where it is refused, and
    AssertionError where a step does not fit the one before it."""
    own = entry(model)
    tokenizer = load_tokenizer(own)
    shown = preview(EXAMPLES, "chat", tokenizer, 512, Shown(1, False, None), colour=False)
    end = end_token_id("chat", tokenizer)
    assert f"{tokenizer.convert_ids_to_tokens(end)}⟧" in shown
    for example, (ids, asked) in zip(EXAMPLES, render_examples(EXAMPLES, "chat", tokenizer), strict=True):
        assert render(example.prompt, "chat", tokenizer) == ids[:asked]
        assert ids.count(tokenizer.bos_token_id) == 1
        assert ids[-1] == end

    losses = []
    capfd.readouterr()
    for device_batch in (1, 4):
        chosen = settings(method=method, dtype=dtype, device_batch=device_batch, learning_rate=1.0e-3)
        outcome = finetune(own, EXAMPLES, chosen, 1, places(place / str(device_batch)))
        assert outcome is not None
        losses.append(outcome.loss)
    told = capfd.readouterr().err
    assert losses[0] == pytest.approx(losses[1], rel=1e-4 if dtype == "float32" else 2e-2)
    trained = place / "4/student"
    assert end in ends(GenerationConfig.from_pretrained(trained))
    _export(own, model, tokenizer, end, trained, place / "out", dtype)
    slower = _SLOWER.search(told)
    return f"padded: {slower[1]}" if slower else "packed"


def ends(config: Any) -> list[int]:
    return config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]


def _export(own: dict[str, Any], model: Path, tokenizer: Any, end: int, trained: Path, out: Path, dtype: str) -> None:
    asked = EXAMPLES[0].prompt
    ids = render(asked, "chat", tokenizer)
    tokenizer.chat_template = chat_template("chat", tokenizer, asked, ids)
    export(own, trained, tokenizer, end, CARD, out)
    whole = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
    if (trained / "adapter_config.json").is_file():
        base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        student = PeftModel.from_pretrained(base, str(trained))
    else:
        student = AutoModelForCausalLM.from_pretrained(trained, dtype=torch.float32)
    with torch.no_grad():
        logits, wanted = (one.eval()(input_ids=torch.tensor([ids])).logits for one in (whole, student))
    torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=1e-3)

    turns = [{"role": "user", "content": asked}]
    exported = AutoTokenizer.from_pretrained(out)
    assert exported.apply_chat_template(turns, add_generation_prompt=True, return_dict=False) == ids
    decoding = Decoding(
        engine="transformers",
        batch_size=2,
        max_new_tokens=12,
        dtype="float32",
        beam=None,
        stop=(),
        samples=1,
        temperature=0.0,
        top_p=1.0,
        seed=1,
        ask_again=False,
    )
    naive = {one.id: _greedy(whole, exported, render(prompt(one), "chat", tokenizer), 12) for one in PROBLEMS}
    ours = {one.problem_id: one.completion for one in verdicts(own, trained, PROBLEMS, decoding)}
    theirs = {one.problem_id: one.completion for one in verdicts(entry(out), None, PROBLEMS, decoding)}
    assert ours == theirs == naive, (ours, theirs, naive)


def _greedy(model: Any, tokenizer: Any, ids: list[int], limit: int) -> str:
    """What a model writes behind a prompt, read whole for each token: no cache, no padding."""
    written: list[int] = []
    while len(written) < limit and (not written or written[-1] not in ends(model.generation_config)):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([[*ids, *written]]), use_cache=False).logits
        written.append(int(logits[0, -1].argmax()))
    text = written[:-1] if written[-1] in ends(model.generation_config) else written
    # The mark by which a prompt opens thoughts stands before what is written there.
    opened = "<think>\n" if str(tokenizer.decode(ids)).endswith("<think>\n") else ""
    return opened + str(tokenizer.decode(text, skip_special_tokens=True))
