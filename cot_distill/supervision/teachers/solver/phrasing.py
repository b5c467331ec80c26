"""The solver's wording of the parts of a solution graph: lists, plans, operations and steps, by level."""

import random
from collections.abc import Sequence

from cot_distill.problems.word_problems.graph import Graph, Step
from cot_distill.problems.word_problems.shape import capital
from cot_distill.supervision.teachers.solver.arithmetic import equation, inverse, small_steps

_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_LINKS = {"+": "and", "-": "from", "*": "by", "/": "by"}


class Voice:
    """One problem's graph at one level, with the wording of its text.

    The wording varies with the problem, but not within a text. The same problem always gets the same wording.
    """

    def __init__(self, problem_id: str, graph: Graph, level: int) -> None:
        rng = random.Random(f"{problem_id}/{level}")
        self.graph = graph
        self.level = level
        self.opening = rng.choice(("The question asks", "We want to know", "We have to find"))
        self.check = rng.choice(("Check", "To check"))

    def equation(self, step: Step) -> str:
        """The step with its numbers: "6 * 4 = 24"."""
        return equation(step.op, *self.graph.values(step))

    def nouns(self, step: Step) -> tuple[str, str]:
        """The nouns of the two operands, with their articles."""
        parts = self.graph.parts
        return the(parts[step.operands[0]].noun), the(parts[step.operands[1]].noun)

    def plan(self, step: Step) -> str:
        """The operation in words, without the result that was just found: "subtract the pencils given away"."""
        left, right = self.nouns(step)
        latest = [earlier.key for earlier in self.graph.steps[: self.graph.steps.index(step)]]
        if step.op == "+" and sorted(step.operands) == sorted(latest):
            return "add both results"
        if step.operands[0] in latest[-1:]:
            return f"{_VERBS[step.op]} {'by ' if step.op in '*/' else ''}{right}"
        if step.operands[1] in latest[-1:]:
            return {
                "+": f"add {left}",
                "-": f"subtract that from {left}",
                "*": f"multiply by {left}",
                "/": f"divide {left} by that",
            }[step.op]
        return _order(step.op, left, right)

    def operation(self, step: Step) -> str:
        """The operation with its numbers, and why it is the right one."""
        left, right = self.graph.values(step)
        return f"{capital(_order(step.op, str(left), str(right)))}, because {step.why}"

    def sentence(self, step: Step) -> str:
        """The facts that this step uses, and its result: "There are 6 boxes and ..., so ..."."""
        steps = self.graph.steps
        used = {key for earlier in steps[: steps.index(step)] for key in (earlier.key, *earlier.operands)}
        reasons = [
            fact.clause for key in step.operands for fact in self.graph.facts if fact.key == key and key not in used
        ]
        result = f"so {step.state(self.equation(step))}."
        return capital(f"{' and '.join(reasons)}, {result}" if reasons else result)

    def body(self, step: Step) -> str:
        """The text of one step in the original format at this level."""
        if self.level == 1:
            return capital(self.plan(step)) + "."
        if self.level == 2:
            return f"{capital(step.noun)}: {self.equation(step)}."
        if self.level in (3, 4):
            return self.sentence(step)
        if self.level == 5:
            return f"{self.operation(step)}: {self.equation(step)}. So {step.state(step.value)}."
        return f"{self.operation(step)}. {self.working(step)}So {step.state(self.equation(step))}. {self.checked(step)}"

    def working(self, step: Step) -> str:
        """The operation in small steps, with a space at the end; empty if the operation is easy."""
        small = small_steps(step.op, *self.graph.values(step))
        return "" if small == [self.equation(step)] else f"In small steps: {', '.join(small)}. "

    def checked(self, step: Step) -> str:
        """The result checked by the inverse operation."""
        return f"{self.check}: {inverse(step.op, *self.graph.values(step))}."

    def opening_lines(self) -> list[str]:
        """The lines before the steps at this level; none up to level 3."""
        if self.level < 4:
            return []
        asked = f"{self.opening} {self.graph.goal}."
        known = [fact for fact in self.graph.facts if fact.needed]
        if self.level == 4:
            return [asked, f"What matters: {listed([f'{the(fact.noun)} ({fact.value})' for fact in known])}."]
        idle = [fact.clause for fact in self.graph.facts if not fact.needed]
        return [
            asked,
            f"Known: {'; '.join(fact.clause for fact in known)}.",
            f"Not needed: {'; '.join(idle)}." if idle else "All of these numbers are needed.",
        ]

    def closing_lines(self) -> list[str]:
        """The lines after the steps: at level 6, the result in the question's context."""
        if self.level < 6:
            return []
        last = self.graph.steps[-1]
        return [f"Back to the question, {self.graph.goal}: {last.state(self.equation(last))}."]

    def layout(self, lines: Sequence[str]) -> str:
        """The lines as one paragraph up to level 4, as a numbered list above."""
        if self.level < 5:
            return " ".join(lines)
        return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def the(noun: str) -> str:
    """`noun` with its article. A noun that begins with a name ("Mia's cards") has none."""
    return noun if noun[0].isupper() else f"the {noun}"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([part for part in (", ".join(items[:-1]), items[-1]) if part])


def _order(op: str, left: str, right: str) -> str:
    """The operation as an order: "subtract 5 from 24"."""
    if op == "-":
        left, right = right, left
    return f"{_VERBS[op]} {left} {_LINKS[op]} {right}"
