"""Verification: says whether a teacher's completion is fit to train on, and if not, why."""

import dataclasses
import re
from collections.abc import Sequence

from cot_distill.decoding import Completion, Failure
from cot_distill.decoding.replies import was_cut, was_filtered
from cot_distill.grading import equal
from cot_distill.records import Problem
from cot_distill.supervision.answer_line import split_answer
from cot_distill.supervision.cleaning import clean, drop_prompt_parts
from cot_distill.supervision.measures import refers_to_gold

VERDICTS = (
    *("good", "gold_referring", "wrong_answer", "placeholder", "looping", "truncated", "no_answer", "no_thoughts"),
    *("empty", "refused", "too_long", "no_response"),
)
"""All verdicts, from the best to the worst. `generation.rejected: keep` keeps the attempt with the best one."""

_LOOPING = "looping"
_REFUSALS = {"moderation": "refused", "too_long": "too_long"}
# Braces after a letter, ^ or _ are LaTeX: "\text{solution}".
_BLANK = re.compile(
    r"\[(?:your|insert)\b[^\]\n]{0,60}\]|"
    r"\[(?:the )?(?:final )?(?:solution|answer|rationale|explanation|reasoning)(?: here)?\]|"
    r"(?<![A-Za-z^_}])\{(?:answer|solution)\}",
    re.I,
)
_NO_ANSWER = re.compile(r"The answer is (?:X|\.\.\.|__+)(?=[.\s]|$)")
_PROMPT_LINE = re.compile(r"\n *(?:Style|Problem):|\(The answer is known")
_LEAST_REPEATS = 4
_SHORTEST_LOOP, _LONGEST_LOOP = 3, 40
"""A passage of this many words that occurs four times in a row is a loop."""


@dataclasses.dataclass(frozen=True, slots=True)
class Examined:
    """A completion's parts, and the verdict on it."""

    text: str
    """The rationale without its answer sentence, or the thoughts if these are wanted."""
    stated: str | None
    right: bool
    """Whether the stated answer is gold."""
    verdict: str


def examine(problem: Problem, answer: Completion | Failure, thoughts: bool = False) -> Examined:
    """Judge a teacher's completion for a problem by its gold. Thoughts are never part of the text. If `thoughts` are
    wanted, they are the rationale, and the answer is the one that the text after them states. The verdicts, in the
    order of the checks:

    `no_response` (the request failed), `refused` (by moderation or the model), `too_long` (for the model's context),
    `truncated` (cut at the token cap, or broken off, as are thoughts that did not end), `looping` (a repeated passage,
    or words without end), `placeholder` (words of the prompt instead of an answer), `no_answer`, `empty` (only the
    answer), `no_thoughts` (they are wanted, and there are none), `wrong_answer`, `gold_referring` (mentions the answer
    that it was given), `good`.
    """
    if isinstance(answer, Failure):
        return Examined("", None, False, _REFUSALS.get(answer.cause, "no_response"))
    thought, said, ended = answer.parts
    text, rules = clean(said)
    parted = split_answer(text, problem.answer_kind, problem.choices)
    right = parted.stated is not None and equal(parted.stated, problem.gold, problem.answer_kind)
    taught, verdict = parted.text, _verdict(said, rules, parted.stated)
    if thoughts:
        taught, rules = clean(thought)
        # Thoughts mention the prompt, and the text after them may be only the answer.
        verdict = verdict or (_LOOPING if "cut_degenerate_tail" in rules or _loops(thought) else None)
    if was_filtered(answer.finish_reason):
        verdict = "refused"
    elif was_cut(answer.finish_reason) or not ended:
        verdict = "truncated"
    elif verdict is None and not any(char.isalnum() for char in taught):
        verdict = "no_thoughts" if thoughts else "empty"
    elif verdict is None:
        verdict = "wrong_answer" if not right else "gold_referring" if refers_to_gold(taught) else "good"
    return Examined(taught, parted.stated, right, verdict)


def _verdict(said: str, rules: Sequence[str], stated: str | None) -> str | None:
    """What is wrong with a teacher's text, whatever its answer; None if nothing is."""
    if "cut_degenerate_tail" in rules or _loops(said):
        return _LOOPING
    if drop_prompt_parts.__name__ in rules or _echoes(said):
        return "placeholder"
    if stated is None:
        return "no_answer" if any(char.isalnum() for char in said) else "empty"
    return None


def _echoes(text: str) -> bool:
    """Whether the text repeats the prompt or contains unfilled placeholders."""
    lines = f"\n{text}"
    return any(pattern.search(lines) for pattern in (_BLANK, _NO_ANSWER, _PROMPT_LINE))


def _loops(text: str) -> bool:
    """Whether a passage of 3 to 40 words stands four times in a row."""
    words = text.split()
    # A text that repeats a passage has few different words.
    if len(words) < _LEAST_REPEATS * _SHORTEST_LOOP or len(set(words)) * 2 > len(words):
        return False
    for size in range(_SHORTEST_LOOP, min(_LONGEST_LOOP, len(words) // _LEAST_REPEATS) + 1):
        run = 0
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            if run >= size * (_LEAST_REPEATS - 1):
                return True
    return False
