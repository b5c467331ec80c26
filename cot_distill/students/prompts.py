"""The one renderer: a problem becomes the student's prompt, the same for training and for evaluation."""

from typing import Any

from cot_distill.errors import UserError
from cot_distill.grading import state
from cot_distill.records import Problem

TEMPLATES = ("chat", "plain")


def prompt(problem: Problem) -> str:
    """The text that asks the problem, before any chat template.

    It names the answer line but no way to get there, so that an untuned student, an answer-only one and
    every CoT arm read the same words.
    """
    lines = [problem.question]
    if problem.choices:
        lines += [f"({chr(ord('A') + index)}) {choice}" for index, choice in enumerate(problem.choices)]
    lines += ["", 'Solve this problem. End with the line "The answer is X."']
    return "\n".join(lines)


def completion(rationale: str, answer: str) -> str:
    """The text that the student learns to write: the rationale (may be empty), then the answer line."""
    return f"{rationale}\n{state(answer)}" if rationale else state(answer)


def render(prompt_text: str, template: str, tokenizer: Any) -> list[int]:
    """Token ids of a prompt as the student reads it, its chat template around it and exactly one BOS at most."""
    ids: list[int] = tokenizer.encode(_frame(prompt_text, template, tokenizer), add_special_tokens=template == "plain")
    return ids


def render_example(prompt_text: str, completion_text: str, template: str, tokenizer: Any) -> tuple[list[int], int]:
    """Token ids of prompt, completion and EOS, and how many of them are the prompt.

    Raises UserError where the prompt's tokens are not a prefix of the whole: the student would be trained
    on other tokens than it is asked with.
    """
    frame = _frame(prompt_text, template, tokenizer)
    asked = tokenizer.encode(frame, add_special_tokens=template == "plain")
    whole = tokenizer.encode(frame + completion_text, add_special_tokens=template == "plain")
    while whole and whole[-1] == tokenizer.eos_token_id and not completion_text.endswith(tokenizer.eos_token):
        whole.pop()  # some tokenizers add an EOS of their own
    if whole[: len(asked)] != asked:
        raise UserError(
            f"template {template!r}: the prompt's tokens change when the completion {completion_text[:40]!r} follows; "
            "choose another template for this student"
        )
    return [*whole, tokenizer.eos_token_id], len(asked)


def _frame(prompt_text: str, template: str, tokenizer: Any) -> str:
    if template == "plain":
        return f"{prompt_text}\n"
    if not tokenizer.chat_template:
        raise UserError("template 'chat': this student's tokenizer has no chat template; use template 'plain'")
    turns = [{"role": "user", "content": prompt_text}]
    return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
