"""The one renderer: turns a prompt into the tokens that the student reads, in training and in evaluation alike."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.templates import Frame

AS_ITS_TEMPLATE, PLAIN = "template", "plain"
"""How thoughts are laid out before the answer: as the student's own template thinks, or as text."""


def render(prompt_text: str, template: str, tokenizer: Any) -> list[int]:
    """Token ids of a prompt as the student reads it: its template around it, and one BOS where the tokenizer adds one
    or the template needs one. Raises UserError where the template does not fit the tokenizer."""
    runs = frame(template, tokenizer).runs(prompt_text)
    return _joined(runs, _tokens([run for run in runs if isinstance(run, str)], template, tokenizer))


def render_example(prompt_text: str, completion_text: str, template: str, tokenizer: Any) -> tuple[list[int], int]:
    """Token ids of prompt, completion and end token, and how many of them are the prompt.

    Raises UserError where the prompt's tokens are not a prefix of the whole (the student would be trained on other
    tokens than it is asked with), and as `render` does.
    """
    return render_examples([Example("example", prompt_text, completion_text)], template, tokenizer)[0]


def render_examples(
    examples: Sequence[Example], template: str, tokenizer: Any, thoughts: str = AS_ITS_TEMPLATE
) -> list[tuple[list[int], int]]:
    """`render_example` for many at once, in a fraction of the time. `thoughts` (AS_ITS_TEMPLATE or PLAIN) says how an
    example's thoughts are laid out; a template that knows of none has them plain."""
    around = frame(template, tokenizer)
    prompts = [around.runs(example.prompt) for example in examples]
    # The completion continues the prompt's last text, and texts that meet are read as one.
    whole = [_met([*runs, *_completion(one, around, thoughts)]) for runs, one in zip(prompts, examples, strict=True)]
    ids = _tokens([run for runs in (*prompts, *whole) for run in runs if isinstance(run, str)], template, tokenizer)
    rendered = []
    for example, prompt_runs, runs in zip(examples, prompts, whole, strict=True):
        prompt_ids, example_ids = _joined(prompt_runs, ids), _joined(runs, ids)
        if example_ids[: len(prompt_ids)] != prompt_ids:
            raise UserError(
                f"{example.problem_id}: with template {template!r} the prompt's tokens change when the completion "
                f"{example.completion[:40]!r} follows; choose another template for this student"
            )
        rendered.append(([*example_ids, around.end], len(prompt_ids)))
    return rendered


def _completion(example: Example, around: Frame, thoughts: str) -> list[int | str]:
    """What the student is to write, its thoughts first where it has some."""
    if not example.thoughts:
        return [example.completion]
    thinking = around.thinking if thoughts == AS_ITS_TEMPLATE else None
    before, between = thinking or ([], ["\n"])
    return [*before, example.thoughts, *between, example.completion]


def _met(runs: Iterable[int | str]) -> list[int | str]:
    """The same runs, texts that follow each other joined."""
    met: list[int | str] = []
    for run in runs:
        if isinstance(run, str) and met and isinstance(met[-1], str):
            met[-1] += run
        else:
            met.append(run)
    return met


def end_token_id(template: str, tokenizer: Any) -> int:
    """The token that ends the student's turn: it is trained, and evaluation stops at it.

    Raises UserError as `render` does."""
    return frame(template, tokenizer).end


def frame(template: str, tokenizer: Any) -> Frame:
    """The template's frame for this tokenizer. Raises UserError where they do not fit."""
    return _frame(template, tokenizer, str(tokenizer.chat_template))


@functools.lru_cache(maxsize=4)
def _frame(template: str, tokenizer: Any, _: str) -> Frame:
    return Frame(template, tokenizer)


def _tokens(texts: Iterable[str], template: str, tokenizer: Any) -> dict[str, list[int]]:
    """The token ids of each text, none of them a control token, whatever the text says."""
    different = [*dict.fromkeys(texts)]
    if not different:
        return {}
    found = tokenizer(different, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
    control = frame(template, tokenizer).control_ids - {tokenizer.unk_token_id}
    for text, ids in zip(different, found, strict=True):
        if not control.isdisjoint(ids):
            name = tokenizer.convert_ids_to_tokens(next(token for token in ids if token in control))
            raise UserError(
                f"a text holds {name}, which this student's tokenizer takes for a control token ({text[:40]!r}); "
                "mend the tokenizer or leave the problem out"
            )
    return dict(zip(different, found, strict=True))


def _joined(runs: Sequence[int | str], tokens: dict[str, list[int]]) -> list[int]:
    return [token for run in runs for token in (tokens[run] if isinstance(run, str) else (run,))]
