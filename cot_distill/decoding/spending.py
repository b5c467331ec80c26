"""What requests cost, and the limit that is never passed."""

import dataclasses

from cot_distill.decoding import Completion, Request, estimated_tokens
from cot_distill.errors import UserError

_PER = 1_000_000
_FEWEST_CHARACTERS = 2
"""Characters a token in the text that needs most of them: for a bound, not an estimate."""
_OVERHEAD = 16
"""Tokens that a chat template puts around a turn, at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The cost of so many tokens in dollars."""
        return (tokens_in * self.input + tokens_out * self.output) / _PER


FREE = Price(0.0, 0.0)
"""Of a model on this machine."""


class Spending:
    """Adds up what one command spends. A request is reserved at the most that it can cost before it is sent, so that
    what is in flight can not pass the limit."""

    def __init__(self, price: Price | None, limit: float | None) -> None:
        """`price` None: unknown; `limit` in dollars, None: none. Raises UserError for a limit without a price."""
        if limit is not None and price is None:
            raise UserError(
                "calls.max_cost is set, but this teacher has no price; add it to calls.prices in params.yaml"
            )
        self._price, self._limit = price, limit
        self.spent = 0.0
        self.tokens = 0
        self._reserved: dict[tuple[str, int], float] = {}

    @property
    def in_flight(self) -> bool:
        """Whether money is set aside for requests that have not ended."""
        return bool(self._reserved)

    def reserve(self, request: Request) -> bool:
        """Whether the request may be sent; if so, its highest cost is set aside until `settle`."""
        if self._price is None or self._limit is None:
            return True
        most = self._price.of(_most_tokens(request), request.sampling.max_new_tokens)
        if self.spent + sum(self._reserved.values()) + most > self._limit:
            return False
        self._reserved[request.name, request.sample] = most
        return True

    def settle(self, request: Request, completion: Completion | None) -> float | None:
        """Count a request that has ended; returns its cost in dollars, None where the price is unknown."""
        self._reserved.pop((request.name, request.sample), None)
        if completion is None:
            return 0.0
        self.tokens += completion.prompt_tokens + completion.new_tokens
        if self._price is None:
            return None
        cost = self._price.of(completion.prompt_tokens, completion.new_tokens)
        self.spent += cost
        return cost

    def __str__(self) -> str:
        tokens = f"{self.tokens:,} tokens"
        if self._price == FREE:
            return tokens
        return f"{tokens}, {'cost unknown' if self._price is None else f'${self.spent:,.4f}'}"


def request_tokens(request: Request) -> int:
    """The tokens of a request's prompt, estimated where it is text."""
    if request.prompt and isinstance(request.prompt[0], int):
        return len(request.prompt)
    return estimated_tokens(_characters(request)) + _OVERHEAD // 2 * len(request.prompt)


def _most_tokens(request: Request) -> int:
    return _characters(request) // _FEWEST_CHARACTERS + _OVERHEAD * len(request.prompt)


def _characters(request: Request) -> int:
    return sum(len(turn[1]) for turn in request.prompt if isinstance(turn, tuple))
