"""What a run of `generate` would ask of a model, told before a cent is spent."""

from collections.abc import Sequence

from cot_distill.decoding import Request
from cot_distill.records import Problem
from cot_distill.supervision import Level
from cot_distill.supervision.teachers import Teacher
from cot_distill.supervision.teachers.model import ModelTeacher


def forecast(teacher: Teacher, train: Sequence[Problem], levels: Sequence[Level]) -> str:
    """The first request in full, the calls still to make, and estimates of their tokens and cost, as text."""
    if not isinstance(teacher, ModelTeacher) or 0 in levels:
        return "This arm asks no model: 0 calls, no cost."
    parts = [teacher.forecast(train, level) for level in levels]
    first = next((part.first for part in parts if part.first is not None), None)
    calls, journalled = (sum(values) for values in zip(*((part.calls, part.journalled) for part in parts), strict=True))
    tokens_in, tokens_out = (
        sum(values) for values in zip(*((part.tokens_in, part.tokens_out) for part in parts), strict=True)
    )
    most = None if any(part.most_out is None for part in parts) else sum(part.most_out or 0 for part in parts)
    cost = "unknown: calls.prices has no price for this teacher"
    if teacher.price is not None:
        factor = teacher.price.batch_factor if teacher.batched else 1.0
        cost = f"${factor * teacher.price.of(tokens_in, tokens_out):,.2f}"
        if most is not None:
            cost += f"; ${factor * teacher.price.of(tokens_in, most):,.2f} if every reply is as long as it may be"
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


def _shown(request: Request) -> str:
    turns = "\n".join(f"--- {turn[0]} ---\n{turn[1]}" for turn in request.prompt if isinstance(turn, tuple))
    return f"first request: problem {request.name}, {request.sampling}\n{turns}\n---"
