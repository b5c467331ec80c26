"""The solution graph of a word problem: what is given, what is computed from what, and how to say it.

A graph is all that the solver knows about a problem. It travels in `Problem.solution` as compact JSON, so
every phrase that a chain of thought needs lives in it, already filled with the names and numbers of the story.
"""

import dataclasses
import json

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

SLOT = "#"
"""Stands in a step's clause for the value, or for the equation that gives it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """A number that the story gives, or that everybody knows (the days of a week)."""

    key: str
    value: int
    noun: str
    """What the number counts, without its article: "pencils in each box". Empty where no step needs the fact."""
    clause: str
    """The fact as a clause that can stand after "because": "each box holds 4 pencils"."""
    needed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One operation on two facts or earlier steps."""

    key: str
    op: str
    """One of `+ - * /`; a division leaves no remainder."""
    operands: tuple[str, str]
    value: int
    noun: str
    """What is computed, without its article: "pencils in the boxes"."""
    clause: str
    """The result as a clause with one `SLOT` for the number: "the boxes hold # pencils"."""
    why: str
    """Why this operation, as a clause after "because": "every box holds the same number of pencils"."""
    ask: str
    """The sub-question that this step answers; the last step's is the question of the problem."""

    def state(self, number: object) -> str:
        """The clause with `number` (a value, or an equation) in its slot."""
        return self.clause.replace(SLOT, str(number))


@with_config(ConfigDict(extra="forbid"))
@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """The facts of a problem, and the steps in the order in which they lead to the answer."""

    shape: str
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    goal: str
    """The question as a clause after "we want to know": "how many pencils Mia has left"."""

    @property
    def answer(self) -> int:
        """The value of the last step."""
        return self.steps[-1].value

    @property
    def parts(self) -> dict[str, Fact | Step]:
        """Every fact and step by its key."""
        both: tuple[Fact | Step, ...] = (*self.facts, *self.steps)
        return {part.key: part for part in both}

    def values(self, step: Step) -> tuple[int, int]:
        """The numbers that `step` works on."""
        parts = self.parts
        return parts[step.operands[0]].value, parts[step.operands[1]].value

    def check(self) -> None:
        """Recompute every step; raises ValueError where the graph is malformed or a value is wrong."""
        if not self.steps:
            raise ValueError("the graph has no steps")
        known: dict[str, int] = {}
        for fact in self.facts:
            _learn(known, fact.key, fact.value)
            if fact.needed and not fact.noun:
                raise ValueError(f"fact {fact.key!r} is needed but has no noun")
        for step in self.steps:
            missing = [key for key in step.operands if key not in known]
            if missing:
                raise ValueError(f"step {step.key!r} uses {missing[0]!r}, which is neither a fact nor an earlier step")
            value = compute(step.op, known[step.operands[0]], known[step.operands[1]])
            if value != step.value:
                raise ValueError(f"step {step.key!r} states {step.value}, but its operands give {value}")
            if step.clause.count(SLOT) != 1:
                raise ValueError(f"the clause of step {step.key!r} does not hold exactly one {SLOT!r}")
            _learn(known, step.key, step.value)
        used = {key for step in self.steps for key in step.operands}
        for fact in self.facts:
            if fact.needed != (fact.key in used):
                raise ValueError(f"fact {fact.key!r} says needed={fact.needed}, but the steps say otherwise")

    def to_json(self) -> str:
        """The graph as compact JSON, its keys in the order of the fields."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Graph":
        """Read what `to_json` wrote; raises ValueError where the text is not a sound graph."""
        try:
            graph = _READER.validate_json(text, strict=True)
        except ValidationError as error:
            [first, *_] = error.errors()
            raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the graph'}: {first['msg']}") from None
        graph.check()
        return graph


_READER = TypeAdapter(Graph)


def compute(op: str, left: int, right: int) -> int:
    """`left op right` in whole numbers; raises ValueError on an unknown operation or a remainder."""
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    if op != "/":
        raise ValueError(f"unknown operation {op!r}")
    if right == 0 or left % right:
        raise ValueError(f"{left} / {right} is not a whole number")
    return left // right


def _learn(known: dict[str, int], key: str, value: int) -> None:
    if key in known:
        raise ValueError(f"the key {key!r} is there twice in the graph")
    known[key] = value
