"""The words in which a problem is put and answered, before any template: the same for training and for evaluation."""

from cot_distill.grading import state
from cot_distill.records import Problem


def prompt(problem: Problem) -> str:
    """The text that asks the problem, before any template.

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
