"""Decoding: one interface from requests to completions, an engine a file; teachers and evaluation share it."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Protocol

from cot_distill.grading.thoughts import Parts, split
from cot_distill.stopping import Stop

Message = tuple[str, str]
"""(role, content): a turn of a conversation; the roles are `user` and `assistant`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen."""

    temperature: float
    """0: the most likely token each time."""
    top_p: float
    """Only the most likely tokens that together have this probability are drawn from."""
    max_new_tokens: int
    seed: int
    """With the sample's number it decides the draw, if the engine can be seeded."""
    beam: int | None = None
    """The number of beams: this many continuations are kept at each token, and the most likely whole one is taken.
    None: no search."""
    stop: tuple[str, ...] = ()
    """A completion ends before the first of these texts."""


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """A request for one completion."""

    name: str
    """Its name in messages: the problem's id."""
    prompt: tuple[Message, ...] | tuple[int, ...]
    """Turns of a conversation, or token ids that a model on this machine takes as they are."""
    sampling: Sampling
    sample: int = 0
    """Which sample of the same prompt this is, from 0."""

    @property
    def seed(self) -> int:
        """A number of 31 bits. Each sample and each seed of the params gives another one."""
        digest = hashlib.sha256(f"{self.sampling.seed}/{self.sample}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    @property
    def prompt_hash(self) -> str:
        """The SHA-256 of the prompt, in hex."""
        return _prompt_hash(self.prompt)

    @property
    def sampled(self) -> str:
        """How it is sampled, and which sample it is, as JSON."""
        return _sampled(self.sampling, self.sample)


@dataclasses.dataclass(frozen=True, slots=True)
class Completion:
    """What an engine wrote for one request."""

    text: str
    """The raw text. A model that thinks may have marked its thoughts in it; see `parts`."""
    new_tokens: int
    """Tokens written, the end-of-sequence token included."""
    finish_reason: str
    """`stop` if the model ended by itself, `length` if the cap cut it; a server may name others: see
    `replies.was_cut` and `replies.was_filtered`."""
    prompt_tokens: int
    counted: bool = True
    """Whether the engine counted the tokens; if it did not, they are estimated from the text's length."""
    model: str | None = None
    """The model that a server says has answered."""
    thoughts: str = ""
    """What a model that thinks wrote before its answer, if the server sends it apart from the text."""
    cached_tokens: int = 0
    """How many of the prompt's tokens the server had in its cache. These may cost less."""
    batched: bool = False
    """Whether it came by a provider's batch interface. It may cost less then."""

    @property
    def parts(self) -> Parts:
        """What the model thought and what it said. The thoughts may come beside the text or marked in it. They are
        separated here, on reading, so that completions that older versions journalled are separated too."""
        marked, beside = split(self.text), split(self.thoughts)
        told = f"{beside.thoughts}\n{beside.text}".strip()  # some servers leave the marks in
        thoughts = "\n".join(part for part in dict.fromkeys((told, marked.thoughts)) if part)
        return Parts(thoughts, marked.text, marked.finished)


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no completion, in a few words. Other requests are not affected."""

    reason: str
    final: bool
    """Whether asking again is pointless (the server refuses this very request)."""
    cause: str = dataclasses.field(default="", compare=False)
    """Why the problem itself is refused: `moderation` or `too_long`; empty if the fault is not the problem's."""


Deliver = Callable[[Request, Completion | Failure], None]
Working = Callable[[float, float, int], None]
"""Reports progress while completions are written: work done, work left on the requests begun so far, and their number;
see `Progress.work`."""


def unwatched(done: float, left: float, begun: int) -> None:
    """A `Working` that ignores every report."""


class Engine(Protocol):
    """Turns requests into completions."""

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """Hand each request's completion to `deliver` as soon as it is there, in any order.

        The engine draws a request from the iterable when it has room for one. Once `stop` is requested it draws no
        more, and finishes those in flight. An engine that writes many completions at once reports to `working` now and
        then. Raises UserError if nothing can be completed at all.
        """
        ...


@functools.lru_cache(maxsize=1000)  # computed twice: for the journal and for the rationale's provenance
def _prompt_hash(prompt: tuple[Message, ...] | tuple[int, ...]) -> str:
    parts = [part if isinstance(part, str) else str(part) for turn in prompt for part in _parts(turn)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _parts(turn: Message | int) -> Message | tuple[int]:
    return turn if isinstance(turn, tuple) else (turn,)


@functools.lru_cache(maxsize=1000)
def _sampled(sampling: Sampling, sample: int) -> str:
    told = dataclasses.asdict(sampling) | {"sample": sample}
    # Settings at their default are left out, so that responses journalled before these settings existed are still
    # found.
    return json.dumps({name: value for name, value in told.items() if value not in (None, ())})


def estimated_tokens(characters: int) -> int:
    """About how many tokens a text has: four characters of English make one."""
    return (characters + 3) // 4
