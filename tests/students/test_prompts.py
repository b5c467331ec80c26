"""The one renderer: the student is trained on the very tokens that it is asked with."""

import pytest

from cot_distill.errors import UserError
from cot_distill.problems.wording import completion, prompt
from cot_distill.records import Example, Problem
from cot_distill.students.base import load_tokenizer
from cot_distill.students.prompts import render, render_examples
from cot_distill.students.templates import TEMPLATES
from tests.students.families import QWEN_CHAT
from tests.students.rendering import render_example

PROBLEM = Problem("p-1", "word_problems", "train", "Ann has 3 pens. How many?", None, "number", "3", None, None)


@pytest.fixture
def tokenizer(tiny_student):
    return load_tokenizer({"model": str(tiny_student)})


def test_prompt_and_completion_texts() -> None:
    assert prompt(PROBLEM) == 'Ann has 3 pens. How many?\n\nSolve this problem. End with the line "The answer is X."'
    assert completion("She has 3.", "3") == "She has 3.\nThe answer is 3."
    assert completion("", "3") == "The answer is 3."


def test_choices_are_lettered() -> None:
    problem = Problem("p", "word_problems", "train", "Which?", ("red", "blue"), "letter", "A", None, None)
    assert prompt(problem).startswith("Which?\n(A) red\n(B) blue\n\n")


@pytest.mark.parametrize("template", ["alpaca", "plain", "chat"])
def test_training_reads_the_tokens_of_evaluation_and_ends_in_one_eos(tokenizer, template) -> None:
    tokenizer.chat_template = QWEN_CHAT
    asked = render("Why?", template, tokenizer)
    ids, boundary = render_example("Why?", "So.", template, tokenizer)
    assert ids[:boundary] == asked
    assert tokenizer.decode(ids[boundary:-1]) == "So."
    assert ids[-1] == tokenizer.eos_token_id
    assert ids.count(tokenizer.eos_token_id) == 1


def test_many_are_rendered_as_each_one_alone(tokenizer) -> None:
    tokenizer.chat_template = QWEN_CHAT
    examples = [Example("a", "Why?", "So."), Example("b", "Wherefore?\n\n", "So."), Example("c", "Why?", "Thus </s>.")]
    for template in ("alpaca", "plain", "chat"):
        alone = [render_example(one.prompt, one.completion, template, tokenizer) for one in examples]
        assert render_examples(examples, template, tokenizer) == alone
    assert render_examples([], "plain", tokenizer) == []


def test_a_prompt_whose_tokens_change_is_refused() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    # The prompt ends in a line break; two in a row are one token.
    backend = Tokenizer(models.BPE(vocab={"</s>": 0, "a": 1, "Ċ": 2, "ĊĊ": 3}, merges=[("Ċ", "Ċ")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    merging = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>")
    assert render_example("a", "aa", "plain", merging) == ([1, 2, 1, 1, 0], 2)
    with pytest.raises(
        UserError, match=r"p-7: with template 'plain' the prompt's tokens change when .*'\\naa' follows"
    ):
        render_examples([Example("p-7", "a", "\naa")], "plain", merging)


def test_the_templates_that_there_are() -> None:
    assert TEMPLATES == ("alpaca", "gemma", "llama3", "plain", "chat")
