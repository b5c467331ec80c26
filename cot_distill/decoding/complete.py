"""Completing a few thousand requests at once, with nothing kept: what evaluation needs."""

from collections.abc import Sequence

from cot_distill.decoding import Completion, Engine, Failure, Request, Stop
from cot_distill.errors import UserError
from cot_distill.progress import Progress


def complete_all(engine: Engine, requests: Sequence[Request], what: str) -> list[Completion]:
    """The completions of all requests, in their order. Raises UserError where one has none."""
    completions: dict[Request, Completion] = {}
    with Progress(what, len(requests), "prompts") as progress:

        def arrived(request: Request, answer: Completion | Failure) -> None:
            if isinstance(answer, Failure):
                raise UserError(f"problem {request.name}: {answer.reason}; run the same command again")
            completions[request] = answer
            progress.advance()

        engine.complete(requests, arrived, Stop())
    return [completions[request] for request in requests]
