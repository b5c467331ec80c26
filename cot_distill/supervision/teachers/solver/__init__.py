"""A teacher without a model: it writes the chain of thought of a word problem from its solution graph.

The six levels differ in kind, as the paper's do, and not only in length:

1. a bare plan in words, nothing computed;
2. a terse chain: a label and an equation a step;
3. a sentence with its equation a step;
4. what is asked and the facts that matter, then as at level 3;
5. a numbered list: what is known, what is not needed, then each operation with its reason and its meaning;
6. as at level 5, but every operation in small steps and checked by its inverse, and the result put back into the
   question.

The four formats have the same content: `original`; `least_to_most` asks a sub-question before each step;
`rephrase_and_respond` first states the problem in other words; `symbolic` names the numbers and calculates with the
names.

From level 2 on, the last equation gives the answer. The text does not include the answer sentence.
"""

from collections.abc import Callable

from cot_distill.errors import UserError
from cot_distill.problems.word_problems.graph import Graph
from cot_distill.problems.word_problems.shape import capital
from cot_distill.records import Problem
from cot_distill.supervision.teachers.solver.phrasing import Voice
from cot_distill.supervision.teachers.solver.symbols import symbolic

REVISION = "1"
"""The revision of the wording. Change it with the wording, so that rationales show which wording they have."""


def write(problem: Problem, granularity: int, format: str) -> str:
    """The chain of thought of `problem` at a level from 1 to 6 in one of the four formats.

    The same problem always gives the same text. Raises UserError if the problem has no (sound) solution graph, or
    if the level or the format does not exist.
    """
    if problem.solution is None:
        raise UserError(
            f"problem {problem.id!r} has no solution graph: the solver only writes for word_problems; "
            "choose another teacher"
        )
    if granularity not in range(1, 7):
        raise UserError(f"granularity is {granularity}; the solver writes levels 1 to 6")
    if format not in _FORMATS:
        raise UserError(f"format is {format!r}; the solver writes {', '.join(_FORMATS)}")
    try:
        graph = Graph.from_json(problem.solution)
    except ValueError as error:
        raise UserError(
            f"problem {problem.id!r} has a broken solution graph ({error}); run `dvc repro` to make it again"
        ) from error
    return _FORMATS[format](Voice(problem.id, graph, granularity))


def _original(voice: Voice) -> str:
    if voice.level == 1:
        return _plan(voice)
    return voice.layout([*voice.opening_lines(), *map(voice.body, voice.graph.steps), *voice.closing_lines()])


def _plan(voice: Voice) -> str:
    """The steps in words, as one sentence."""
    *clauses, last = (voice.plan(step) for step in voice.graph.steps)
    return capital(", ".join([*clauses, f"then {last}."]) if clauses else f"{last}.")


def _least_to_most(voice: Voice) -> str:
    pairs = [
        f"Q{number}: {step.ask}\nA{number}: {voice.body(step)}" for number, step in enumerate(voice.graph.steps, 1)
    ]
    return "\n".join([*voice.opening_lines(), *pairs, *voice.closing_lines()])


def _rephrase_and_respond(voice: Voice) -> str:
    facts = "; ".join(fact.clause for fact in voice.graph.facts if fact.needed)
    return f"In other words: {facts}. What has to be found is {voice.graph.goal}.\n{_original(voice)}"


_FORMATS: dict[str, Callable[[Voice], str]] = {
    "original": _original,
    "least_to_most": _least_to_most,
    "rephrase_and_respond": _rephrase_and_respond,
    "symbolic": symbolic,
}
