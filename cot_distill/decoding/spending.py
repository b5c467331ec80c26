"""What requests cost, and the limit on it."""

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable
from pathlib import Path

from cot_distill.decoding import Completion, Request, estimated_tokens
from cot_distill.errors import UserError
from cot_distill.files import alone, cache_root

_PER = 1_000_000
_FEWEST_CHARACTERS = 2
"""Fewest characters a token: used for an upper bound of tokens, not for an estimate."""
_OVERHEAD = 16
"""The most tokens that a chat template puts around a turn."""


@dataclasses.dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached: float | None = None
    """The price of prompt tokens that the server had in its cache; None: that of other prompt tokens."""
    batch_factor: float = 0.5
    """The cost of a completion of the batch interface, as a share of the usual one."""

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The cost of these tokens in US dollars."""
        return (tokens_in * self.input + tokens_out * self.output) / _PER

    def of_completion(self, completion: Completion) -> float:
        """The cost of a completion in US dollars."""
        cached = completion.cached_tokens if self.cached is not None else 0
        cost = self.of(completion.prompt_tokens - cached, completion.new_tokens) + cached * (self.cached or 0.0) / _PER
        return cost * self.batch_factor if completion.batched else cost


FREE = Price(0.0, 0.0)
"""Of a model on this machine."""


def _tell_of_waiting() -> None:
    print("waiting for another command, with which this one shares calls.max_cost", file=sys.stderr, flush=True)


@functools.cache
def _held(lock: Path) -> contextlib.ExitStack:
    """The lock of a budget. This process keeps it for all that it asks on that budget: of a teacher and of a judge."""
    stack = contextlib.ExitStack()
    stack.enter_context(alone(lock, _tell_of_waiting))
    return stack


class Ledger:
    """What the commands of one experiment have paid so far: a file under the cache root, a line for each response."""

    def __init__(self, experiment: str) -> None:
        self._path = cache_root() / "spending" / experiment

    def keep_alone(self) -> None:
        """Wait until no other process spends on the same budget, and keep others out while this one lives."""
        _held(self._path.with_name(f"{self._path.name}.lock"))

    def total(self) -> float:
        """The amount paid, in US dollars."""
        paid = 0.0
        if self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # torn by a crash of the machine
                    paid += float(line)
        return paid

    def add(self, cost: float) -> None:
        """Add a cost in US dollars. Raises UserError if it cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{cost!r}\n")
        except OSError as error:
            raise UserError(f"{self._path}: what was paid cannot be written down ({error.strerror})") from error


class Spending:
    """Adds up what one command spends and what its experiment had spent before.

    It reserves a request's maximum cost before the request is sent, so that requests in flight cannot exceed the limit.
    If a server bills more than that maximum, later requests reserve more.
    """

    def __init__(
        self,
        price: Price | None,
        limit: float | None,
        cap: Callable[[Request], int | None] | None = None,
        experiment: str | None = None,
    ) -> None:
        """`price` None: unknown. `limit`: in US dollars; None: no limit. `cap`: the most tokens of a completion whose
        sampling sets no limit. `experiment`: its commands share the limit; None: the limit is this command's alone.
        Raises UserError for a limit without a price."""
        if limit is not None and price is None:
            raise UserError(
                "calls.max_cost is set, but this teacher has no price; add it to calls.prices in params.yaml"
            )
        self._price, self._limit = price, limit
        self._cap = cap or (lambda request: request.sampling.max_new_tokens)
        self._ledger = Ledger(experiment) if experiment else None
        if self._ledger and limit is not None and price != FREE:
            self._ledger.keep_alone()
        self._before = self._ledger.total() if self._ledger else 0.0
        self.spent = 0.0
        self.tokens = 0
        self._reserved: dict[tuple[str, int], float] = {}
        self._set_aside = 0.0
        self._more_in, self._most_out = 1.0, 0

    @property
    def in_flight(self) -> bool:
        """Whether money is reserved for requests that have not ended."""
        return bool(self._reserved)

    def reserve(self, request: Request) -> bool:
        """Whether the request may be sent. If so, its maximum cost is reserved until `settle`.

        Raises UserError if there is a limit and the request has no cap.
        """
        if self._price is None or self._limit is None:
            return True
        cap = self._cap(request)
        if cap is None:
            raise UserError(
                "calls.max_cost is set, but this teacher's entry leaves the length of a reply open; set "
                "parameters.max_completion_tokens or parameters.max_tokens there"
            )
        most = self._price.of(round(_most_tokens(request) * self._more_in), max(cap, self._most_out))
        if self._before + self.spent + self._set_aside + most > self._limit:
            return False
        self._reserved[request.name, request.sample] = most
        self._set_aside += most
        return True

    def settle(self, request: Request, completion: Completion | None) -> float | None:
        """Count a request that has ended. Returns its cost in US dollars; None if the price is unknown."""
        self._set_aside -= self._reserved.pop((request.name, request.sample), 0.0)
        if not self._reserved:
            self._set_aside = 0.0  # removes the rounding error
        if completion is None:
            return 0.0
        self.tokens += completion.prompt_tokens + completion.new_tokens
        self._more_in = max(self._more_in, completion.prompt_tokens / max(1, _most_tokens(request)))
        self._most_out = max(self._most_out, completion.new_tokens)
        if self._price is None:
            return None
        cost = self._price.of_completion(completion)
        self.spent += cost
        if self._ledger and cost:
            self._ledger.add(cost)
        return cost

    def __str__(self) -> str:
        tokens = f"{self.tokens:,} tokens"
        if self._price == FREE:
            return tokens
        before = f" after ${self._before:,.4f} that this experiment had cost" if self._before else ""
        return f"{tokens}, {'cost unknown' if self._price is None else f'${self.spent:,.4f}{before}'}"


def request_tokens(request: Request) -> int:
    """The number of tokens of a request's prompt; of text, an estimate."""
    if request.prompt and isinstance(request.prompt[0], int):
        return len(request.prompt)
    return estimated_tokens(_characters(request)) + _OVERHEAD // 2 * len(request.prompt)


def _most_tokens(request: Request) -> int:
    """An upper bound: a character of plain English is at most half a token, and a byte of any other text at most
    one."""
    texts = [turn[1] for turn in request.prompt if isinstance(turn, tuple)]
    others = sum(len(text.encode("utf-8", "replace")) - len(text) for text in texts if not text.isascii())
    return _characters(request) // _FEWEST_CHARACTERS + others + _OVERHEAD * len(request.prompt)


def _characters(request: Request) -> int:
    return sum(len(turn[1]) for turn in request.prompt if isinstance(turn, tuple))
