"""The solver's symbolic format: every number gets a letter, and each step is written in letters, then in numbers."""

from cot_distill.problems.word_problems.graph import Graph, Step
from cot_distill.supervision.teachers.solver.phrasing import Voice, listed, the

_LETTERS = "bcdefghjkmnpqrstuvwxyz"
"""All letters except a, i, l and o, which look like words or digits."""


def symbolic(voice: Voice) -> str:
    """The chain of thought in letters: one formula at level 1, and a longer derivation at each higher level."""
    letters = name(voice.graph)
    facts = [fact for fact in voice.graph.facts if fact.needed]
    if voice.level == 1:
        nouns = [f"{letters[fact.key]} {'' if number else 'be '}{the(fact.noun)}" for number, fact in enumerate(facts)]
        return f"Let {listed(nouns)}. ∴ {voice.graph.steps[-1].noun} = {formula(voice.graph, letters)}."
    values = [f"{letters[fact.key]} = {fact.value} ({fact.noun})" for fact in facts]
    lines = [f"Let {listed(values)}."]
    if voice.level >= 4:
        last = voice.graph.steps[-1]
        lines.append(f"{voice.opening} {voice.graph.goal}, which we call {letters[last.key]}.")
    if voice.level >= 5:
        idle = [fact.clause for fact in voice.graph.facts if not fact.needed]
        lines.append(f"Not needed: {'; '.join(idle)}." if idle else "All of these numbers are needed.")
    lines += [_step(voice, letters, step) for step in voice.graph.steps]
    return voice.layout([*lines, *voice.closing_lines()])


def name(graph: Graph) -> dict[str, str]:
    """A letter for every needed fact and every step, if possible one of its noun's."""
    letters: dict[str, str] = {}
    for part in graph.parts.values():
        if isinstance(part, Step) or part.needed:
            wanted = [letter for letter in part.noun.lower() + _LETTERS if letter in _LETTERS]
            letters[part.key] = next(letter for letter in wanted if letter not in letters.values())
    return letters


def formula(graph: Graph, letters: dict[str, str]) -> str:
    """The last step as a formula of the facts' letters only, with parentheses if they are needed."""
    texts = {fact.key: (letters[fact.key], "") for fact in graph.facts if fact.needed}
    for step in graph.steps:
        (left, inner_left), (right, inner_right) = (texts[key] for key in step.operands)
        if inner_left in ("+", "-") and step.op in ("*", "/"):
            left = f"({left})"
        if (inner_right in ("+", "-") and step.op != "+") or (inner_right and step.op in ("*", "/")):
            right = f"({right})"
        texts[step.key] = (f"{left} {step.op} {right}", step.op)
    return texts[graph.steps[-1].key][0]


def _step(voice: Voice, letters: dict[str, str], step: Step) -> str:
    """One derivation in letters and numbers. It has its meaning from level 3 on, its reason from 5 on, its working at
    6."""
    left, right = (letters[key] for key in step.operands)
    derived = f"∴ {letters[step.key]} = {left} {step.op} {right} = {voice.equation(step)}"
    meaning = step.state(step.value)
    if voice.level == 2:
        return f"{derived}."
    if voice.level <= 4:
        return f"{derived}, so {meaning}."
    if voice.level == 5:
        return f"{derived}, because {step.why}. So {meaning}."
    return f"{voice.operation(step)}. {voice.working(step)}{derived}. So {meaning}. {voice.checked(step)}"
