"""What a run of `generate` would ask of a model, told before a cent is spent."""

from collections.abc import Sequence

from cot_distill.decoding import Request
from cot_distill.records import Problem
from cot_distill.supervision import Level
from cot_distill.supervision.teachers import Teacher
from cot_distill.supervision.teachers.model import Forecast, ModelTeacher


def forecast(asked: Sequence[tuple[Teacher, Sequence[Problem], Level]]) -> str:
    """The first request in full, the calls still to make, and estimates of their tokens and cost, as text; `asked` says
    which teacher is asked for which problems at which level."""
    models = [(one, one.forecast(problems, level)) for one, problems, level in asked if isinstance(one, ModelTeacher)]
    if not models:
        return "This arm asks no model: 0 calls, no cost."
    parts = [part for _, part in models]
    first = next((part.first for part in parts if part.first is not None), None)
    calls, journalled = (sum(values) for values in zip(*((part.calls, part.journalled) for part in parts), strict=True))
    tokens_in, tokens_out = (
        sum(values) for values in zip(*((part.tokens_in, part.tokens_out) for part in parts), strict=True)
    )
    most = None if any(part.most_out is None for part in parts) else sum(part.most_out or 0 for part in parts)
    cost = "unknown: calls.prices has no price for this teacher"
    costs = [_cost(teacher, part, part.tokens_out) for teacher, part in models]
    if None not in costs:
        cost = f"${sum(filter(None, costs)):,.2f}"
        if most is not None:
            at_most = sum(filter(None, (_cost(teacher, part, part.most_out or 0) for teacher, part in models)))
            cost += f"; ${at_most:,.2f} if every reply is as long as it may be"
    lines = [_shown(first), ""] if first else []
    lines += [
        f"calls to make: {calls:,} (retries that verification asks for come on top; {journalled:,} are in the journal)",
        f"tokens, estimated: {tokens_in:,} in, {tokens_out:,} out",
        f"cost, estimated: {cost}",
    ]
    if most is None:
        lines.append("not knowable: how long a reply may get, since the teacher's entry sets no cap")
    if any(part.thinks for part in parts) and not journalled:
        lines.append(
            "not knowable before a few are asked: how long the teacher thinks, which is billed as tokens out; set "
            "calls.max_cost, ask for a few problems (train_problems), and run this again"
        )
    return "\n".join(lines)


def _cost(teacher: ModelTeacher, part: Forecast, tokens_out: int) -> float | None:
    """US dollars for what a forecast has to ask; None where there is no price."""
    if teacher.price is None:
        return None
    factor = teacher.price.batch_factor if teacher.batched else 1.0
    return factor * teacher.price.of(part.tokens_in, tokens_out)


def _shown(request: Request) -> str:
    turns = "\n".join(f"--- {turn[0]} ---\n{turn[1]}" for turn in request.prompt if isinstance(turn, tuple))
    return f"first request: problem {request.name}, {request.sampling}\n{turns}\n---"
