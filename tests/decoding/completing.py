"""An engine asked for completions, with nothing around it."""

from cot_distill.decoding import Completion, Engine, Failure, Request
from cot_distill.stopping import Stop


def complete_all(engine: Engine, requests: list[Request]) -> list[Completion]:
    """The completions in the order of their requests, all of which must have one."""
    found: dict[Request, Completion] = {}

    def arrived(request: Request, answer: Completion | Failure) -> None:
        assert isinstance(answer, Completion), answer
        found[request] = answer

    engine.complete(requests, arrived, Stop())
    return [found[request] for request in requests]
