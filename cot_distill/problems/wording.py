"""The words in which a problem is put and answered, before any template: the same for training and for evaluation."""

from string import ascii_uppercase

from cot_distill.grading import state
from cot_distill.records import Problem


def prompt(problem: Problem) -> str:
    """The text that asks the problem, before any template.

    It names the answer line but no way to get there, so that an untuned student, an answer-only one and
    every CoT arm read the same words.
    """
    return f'{question(problem)}\n\nSolve this problem. End with the line "The answer is X."'


def question(problem: Problem) -> str:
    """The question and, a line each, its choices by letter."""
    choices = zip(ascii_uppercase, problem.choices or (), strict=False)
    return "\n".join([problem.question, *(f"({letter}) {choice}" for letter, choice in choices)])


def completion(rationale: str, answer: str) -> str:
    """The text that the student learns to write: the rationale (may be empty), then the answer line."""
    return f"{rationale}\n{state(answer)}" if rationale else state(answer)
