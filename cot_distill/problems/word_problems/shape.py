"""How a story shape is declared, and how one problem is drawn from it.

A shape is a story with holes. Its strings are `str.format` templates over
- the people: `{A}` is a name, `{A:he}`, `{A:him}`, `{A:his}` (and `{A:He}`, `{A:His}`) its pronouns; B is of the other
  gender than A, so that a pronoun never points at the wrong one of the two;
- the things: `{item}` is the plural, `{item:1}` the singular;
- the numbers, by their keys: `{n}`, or in words `{n:times}` (twice, 3 times) and `{n:part}` (half, a third).
Every number of a problem is at least 2, so that the plural is always right.
"""

import dataclasses
import random
from collections.abc import Mapping, Sequence

from cot_distill.problems.word_problems.graph import Fact, Graph, Step, compute

LARGEST = 240
"""No value of a problem exceeds this; most stay far below."""

EASY = 30
"""Problems whose values all stay within this are all kept, of larger ones a share that falls with the square."""

BREAK = "|"
"""Stands in a story where a fact that the solution does not need may be told."""

_HE = (
    "Adam Ben Carlos David Ethan Felix George Hugo Ivan Jack Karim Leo Marcus Noah Omar Peter Ravi Sam Tom Victor "
    "Walter Yusuf"
).split()
_SHE = (
    "Alice Bella Chloe Diana Emma Fatima Grace Hannah Ines Julia Kate Lily Maya Nora Olivia Priya Rosa Sofia Tara Uma "
    "Vera Zoe"
).split()
_PRONOUNS = ({"he": "he", "him": "him", "his": "his"}, {"he": "she", "him": "her", "his": "her"})
_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth"}


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """A number that the solution needs: its key, the values it may take, and its words (see `graph.Fact`)."""

    key: str
    span: range
    noun: str
    clause: str


@dataclasses.dataclass(frozen=True, slots=True)
class Extra:
    """A number `{number}` that the solution does not need, and the clause that tells it."""

    span: range
    clause: str


@dataclasses.dataclass(frozen=True, slots=True)
class Do:
    """One step, as in `Do("left = total - gone", ...)`, and its words (see `graph.Step`)."""

    formula: str
    noun: str
    clause: str
    why: str
    ask: str = ""
    """The sub-question; left out at the last step, which answers the question of the problem."""

    @property
    def parsed(self) -> tuple[str, str, str, str]:
        """The step's key, left operand, operation and right operand."""
        key, _, left, op, right = self.formula.split()
        return key, left, op, right


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """One kind of story, with everything that is needed to tell it and to explain its solution."""

    name: str
    story: str
    question: str
    goal: str
    given: tuple[Given, ...]
    steps: tuple[Do, ...]
    extras: tuple[Extra, ...]
    things: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Words to choose from, singular, separated by spaces; an irregular plural follows after a slash."""

    def draw(self, rng: random.Random) -> dict[str, int] | None:
        """Numbers for the needed facts, or None where they lead to an unfit problem.

        Unfit is a remainder, a value below 2 or above `LARGEST`, and an answer that is also a given number; and by
        chance a problem of large numbers (see `EASY`), so that most can be done in the head.
        """
        numbers = {given.key: rng.choice(given.span) for given in self.given}
        values = dict(numbers)
        value = 0
        for step in self.steps:
            key, left, op, right = step.parsed
            if op == "/" and values[left] % values[right]:
                return None
            value = compute(op, values[left], values[right])
            if not 2 <= value <= LARGEST:
                return None
            values[key] = value
        if value in numbers.values() or rng.random() > (EASY / max(values.values())) ** 2:
            return None
        return numbers

    def tell(self, rng: random.Random, numbers: Mapping[str, int]) -> tuple[str, Graph]:
        """The question text and the solution graph of one problem with these numbers.

        People, things and facts that are not needed are drawn from `rng`.
        """
        words: dict[str, object] = {name: _Thing(rng.choice(self.things[name].split())) for name in self.things}
        words |= _people(rng)
        words |= {key: _Number(value) for key, value in numbers.items()}
        facts = [
            Fact(given.key, numbers[given.key], given.noun.format(**words), given.clause.format(**words), True)
            for given in self.given
        ]
        values = dict(numbers)
        steps = []
        for do in self.steps:
            key, left, op, right = do.parsed
            values[key] = compute(op, values[left], values[right])
            noun, clause, why, ask = (
                text.format(**words) for text in (do.noun, do.clause, do.why, do.ask or self.question)
            )
            steps.append(Step(key, op, (left, right), values[key], noun, clause, why, ask))
        extras = self._extras(rng, words, set(values.values()))
        story = _weave(rng, self.story.format(**words), [fact.clause for fact in extras])
        graph = Graph(self.name, (*facts, *extras), tuple(steps), self.goal.format(**words))
        return f"{story} {self.question.format(**words)}", graph

    def _extras(self, rng: random.Random, words: Mapping[str, object], taken: set[int]) -> list[Fact]:
        """No, one or two facts that the solution does not need, with numbers that stand nowhere else in it."""
        count = rng.choices((0, 1, 2), (60, 28, 12))[0]
        facts: list[Fact] = []
        for extra in rng.sample(self.extras, count):
            number = rng.choice([n for n in extra.span if n not in taken] or extra.span)
            facts.append(Fact(f"extra{len(facts) + 1}", number, "", extra.clause.format(**words, number=number), False))
            taken = taken | {number}
        return facts


def capital(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


class _Person(str):
    """A name whose format spec chooses a pronoun instead."""

    pronouns: Mapping[str, str]

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        word = self.pronouns[spec.lower()]
        return capital(word) if spec[0].isupper() else word


class _Thing(str):
    """A "singular" or "singular/plural" that is written in the plural unless the format spec is 1."""

    def __format__(self, spec: str) -> str:
        singular, _, plural = self.partition("/")
        return singular if spec == "1" else plural or singular + "s"


class _Number(int):
    """A number that can also be written as a multiple (`times`) or as a fraction (`part`)."""

    def __format__(self, spec: str) -> str:
        if spec == "times":
            return "twice" if self == 2 else f"{int(self)} times"
        return _PARTS[self] if spec == "part" else str(int(self))


def _people(rng: random.Random) -> dict[str, _Person]:
    """A and C of one gender, B of the other."""
    first = rng.randrange(2)
    names = (_HE, _SHE)
    one, three = rng.sample(names[first], 2)
    people = {}
    for key, name, gender in (("A", one, first), ("B", rng.choice(names[1 - first]), 1 - first), ("C", three, first)):
        people[key] = _Person(name)
        people[key].pronouns = _PRONOUNS[gender]
    return people


def _weave(rng: random.Random, story: str, clauses: Sequence[str]) -> str:
    """The story with the clauses told at some of its breaks."""
    pieces = [piece.strip() for piece in story.split(BREAK)]
    for clause in clauses:
        pieces[rng.randrange(len(pieces) - 1)] += f" {capital(clause)}."
    return " ".join(piece for piece in pieces if piece)
