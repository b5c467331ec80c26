"""The one renderer: the student is trained on the very tokens that it is asked with."""

import pytest

from cot_distill.errors import UserError
from cot_distill.records import Problem
from cot_distill.students.base import load_tokenizer
from cot_distill.students.prompts import completion, prompt, render, render_example

PROBLEM = Problem("p-1", "word_problems", "train", "Ann has 3 pens. How many?", None, "number", "3", None, None)
CHATML = (
    "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}>{% endif %}"
)


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


@pytest.mark.parametrize("template", ["plain", "chat"])
def test_training_reads_the_tokens_of_evaluation_and_ends_in_one_eos(tokenizer, template) -> None:
    tokenizer.chat_template = CHATML
    asked = render("Why?", template, tokenizer)
    ids, boundary = render_example("Why?", "So.", template, tokenizer)
    assert ids[:boundary] == asked
    assert tokenizer.decode(ids[boundary:-1]) == "So."
    assert ids[-1] == tokenizer.eos_token_id
    assert ids.count(tokenizer.eos_token_id) == 1
    assert ids.count(tokenizer.bos_token_id) == (1 if template == "chat" else 0)


def test_a_chat_template_that_is_not_there_is_told(tokenizer) -> None:
    with pytest.raises(UserError, match="use template 'plain'"):
        render("Why?", "chat", tokenizer)


def test_a_prompt_whose_tokens_change_is_refused(tokenizer) -> None:
    class Merging:
        eos_token, eos_token_id = "</s>", 1

        def encode(self, text: str, add_special_tokens: bool) -> list[int]:
            return [len(text)]  # one token for any text: the prompt's is never a prefix

    with pytest.raises(UserError, match="tokens change"):
        render_example("Why?", "So.", "plain", Merging())
