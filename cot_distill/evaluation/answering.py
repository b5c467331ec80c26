"""Asks a student problems: its engine, its prompts, and the journal identity of its answers."""

import dataclasses
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from cot_distill.decoding import Completion, Engine, Failure, Request, Sampling
from cot_distill.decoding.asking import Asker
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.local import computed_by
from cot_distill.decoding.spending import FREE, Spending
from cot_distill.errors import UserError
from cot_distill.evaluation.verdicts import AGAIN, judge, with_second
from cot_distill.files import cache_root, folder_hash
from cot_distill.problems.wording import prompt
from cot_distill.records import Problem, Verdict
from cot_distill.settings import Section
from cot_distill.stopping import stop_on_signals
from cot_distill.students.base import device_dtype, load_model, load_tokenizer, text_model
from cot_distill.students.prompts import end_token_id, render, render_written
from cot_distill.students.trial import check_length
from cot_distill.weights.loading import fingerprint, load_config, location, on_hub

AGAIN_TOKENS = 32
"""The most tokens of an answer that is asked for again."""


class Decoding(Section):
    """How a student is asked: the section `decoding` of params.yaml."""

    engine: Literal["transformers", "vllm", "auto"]
    """`auto`: the engine that `decoding.local.fastest` names."""
    batch_size: int = Field(ge=1)
    """The number of completions that are written at a time."""
    max_new_tokens: int = Field(ge=1)
    dtype: Literal["auto", "bfloat16", "float32"]
    beam: int | None = Field(ge=2, le=10)
    """Beams of the search; None: no search. vLLM reports at most the 20 most likely tokens, and needs two for each
    beam."""
    stop: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Strict(False)]
    """A completion ends before the first of these texts."""
    samples: int = Field(ge=1, le=1000)
    """The number of completions for each problem."""
    temperature: float = Field(ge=0, le=2, allow_inf_nan=False)
    """0: greedy."""
    top_p: float = Field(gt=0, le=1, allow_inf_nan=False)
    seed: int = Field(ge=0, lt=2**32)
    ask_again: bool
    """Whether a student that states no answer is asked again: it continues its own text after "Therefore, the answer
    is"."""

    @property
    def in_words(self) -> str:
        """How tokens are chosen, in words."""
        if self.beam:
            return f"by a search with {self.beam} beams"
        if self.temperature == 0:
            return "greedily"
        return f"{self.samples} times at temperature {self.temperature:g} and top-p {self.top_p:g}"

    def sampling(self, problem: Problem) -> Sampling:
        """How one problem's completions are drawn. Each problem has a seed of its own, so that problems draw
        independently."""
        drawn = hashlib.sha256(f"{self.seed}/{problem.id}".encode()).digest() if self.temperature else bytes(4)
        seed = int.from_bytes(drawn[:4], "big")
        return Sampling(self.temperature, self.top_p, self.max_new_tokens, seed, self.beam, self.stop)


def verdicts(
    entry: Mapping[str, Any], trained: Path | None, problems: Sequence[Problem], decoding: Decoding
) -> list[Verdict]:
    """Ask the student of a catalogue entry every problem, and judge its answers: `decoding.samples` for each problem.

    `trained` is the folder that training wrote; None: the untuned student. Answers that the journal has of this same
    evaluation are not requested again. So an interrupted evaluation continues where it stopped, and a finished one
    loads no model. Raises UserError if the student cannot be loaded or asked, or if the evaluation was stopped.
    """
    asked = {problem.id: problem for problem in problems}
    answers = _Answers(entry, trained, problems, decoding)
    asker = Asker(answers.start, Spending(FREE, None))
    judged = {}
    for request, completion in _asked(asker, answers, answers.requests, "decoding"):
        verdict = dataclasses.replace(judge(asked[request.name], completion), sample=request.sample)
        judged[verdict.key] = verdict
    if decoding.ask_again:
        silent = [verdict for verdict in judged.values() if not verdict.stated]
        requests = [answers.again(asked[verdict.problem_id], verdict) for verdict in silent]
        requests.sort(key=lambda request: (-len(request.prompt), request.name, request.sample))
        for request, completion in _asked(asker, answers, requests, "asking again"):
            key = request.name, request.sample
            judged[key] = with_second(asked[request.name], judged[key], completion)
    print(f"decoding: {asker}", file=sys.stderr)
    return list(judged.values())


def completions(
    entry: Mapping[str, Any], trained: Path | None, problem: Problem, decoding: Decoding
) -> list[Completion]:
    """What the student writes for one problem. The problem's gold is not used. Raises as `verdicts` does."""
    answers = _Answers(entry, trained, [problem], decoding)
    found = _asked(Asker(answers.start, Spending(FREE, None)), answers, answers.requests, "decoding")
    return [completion for _, completion in found]


def _asked(
    asker: Asker, answers: "_Answers", requests: Sequence[Request], what: str
) -> list[tuple[Request, Completion]]:
    """Each request with its completion. Raises UserError if one has none, or if asking was stopped."""
    found: list[tuple[Request, Completion]] = []

    def arrived(request: Request, answer: Completion | Failure) -> None:
        if isinstance(answer, Failure):
            raise UserError(f"problem {request.name}: {answer.reason}; run the same command again")
        found.append((request, answer))

    if requests:
        with Shelf(answers.identity(requests)) as shelf, shelf.turn("evaluation"), stop_on_signals() as stop:
            asker.ask(requests, lambda request: request, arrived, what, shelf, stop)
    return found


class _Answers:
    """The requests to a student, and the engine that answers them."""

    def __init__(
        self, entry: Mapping[str, Any], trained: Path | None, problems: Sequence[Problem], decoding: Decoding
    ) -> None:
        model = str(entry["model"])
        self._base = fingerprint(model, entry.get("revision"))
        # For a hub model, the commit that the identity names.
        self._entry = {**entry, "revision": self._base} if on_hub(model) else dict(entry)
        self._trained, self._decoding = trained, decoding
        self._tokenizer = load_tokenizer(self._entry)
        self._end = end_token_id(entry["template"], self._tokenizer)
        self.requests = list(self._requested(problems))
        config = load_config(model, self._entry.get("revision"))
        check_length(self._longest, config, "the longest prompt with its answer", "decoding.max_new_tokens")

    def _requested(self, problems: Sequence[Problem]) -> Iterable[Request]:
        template = self._entry["template"]
        prompts = [(tuple(render(prompt(one), template, self._tokenizer)), one) for one in problems]
        # The longest first, as batches are made. After an interruption the remaining batches are then the same, and
        # round alike.
        for ids, problem in sorted(prompts, key=lambda one: (-len(one[0]), one[1].id)):
            sampling = self._decoding.sampling(problem)
            for sample in range(self._decoding.samples):
                yield Request(problem.id, ids, sampling, sample)

    @property
    def _longest(self) -> int:
        """The tokens of the longest prompt with the longest completion."""
        again = 2 * AGAIN_TOKENS if self._decoding.ask_again else 0
        longest = max((len(one.prompt) for one in self.requests), default=0)
        return longest + self._decoding.max_new_tokens + again

    def again(self, problem: Problem, verdict: Verdict) -> Request:
        """The request that makes the student continue its own text after `AGAIN`, greedily and briefly (Kojima et al.,
        2022, section 2.1). Raises UserError as `render` does."""
        text = verdict.completion + AGAIN
        ids = render_written(prompt(problem), text, self._entry["template"], self._tokenizer)
        sampling = Sampling(0.0, 1.0, AGAIN_TOKENS, 0, None, ("\n",))
        return Request(problem.id, tuple(ids), sampling, verdict.sample)

    def identity(self, requests: Sequence[Request]) -> dict[str, Any]:
        """What an answer depends on besides its request: the hash of the weights, the engine and its settings, and all
        requests of the evaluation, since those that share a batch affect each other's rounding."""
        together = hashlib.sha256()
        for request in requests:
            together.update(f"{request.prompt_hash} {request.sampled}\n".encode())
        name = str(self._entry["model"]).rstrip("/").rpartition("/")[2]
        return {
            "engine": self._decoding.engine,
            **computed_by(self._decoding.engine),
            "model": f"{name}, {'untuned' if self._trained is None else 'trained'}",
            "revision": self._base,
            "trained": None if self._trained is None else _content(self._trained),
            "dtype": device_dtype(self._decoding.dtype),
            "batch_size": self._decoding.batch_size,
            "end": self._end,
            "asked": together.hexdigest(),
        }

    def start(self) -> Engine:
        """Load the student into its engine. Raises UserError if it cannot be loaded."""
        if self._decoding.engine == "vllm":
            return self._vllm()
        from cot_distill.decoding.transformers_engine import TransformersEngine

        model = load_model(self._entry, self._decoding.dtype, self._trained)
        return TransformersEngine(model, self._tokenizer, self._decoding.batch_size, end=self._end)

    def _vllm(self) -> Engine:
        """The vLLM engine, with an adapter merged as for the other engine. Both then compute with the same weights,
        models work whose adapters vLLM does not support, and decoding is as fast as the base model's."""
        if self._trained is None:
            where, revision = location(str(self._entry["model"]), self._entry.get("revision"))
            return self._vllm_of(where, revision)
        if not (self._trained / "adapter_config.json").is_file():
            return self._vllm_of(str(self._trained.absolute()), None)
        cache_root().mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="merged-", dir=cache_root()) as folder:
            text_model(load_model(self._entry, self._decoding.dtype, self._trained)).save_pretrained(folder)
            self._tokenizer.save_pretrained(folder)
            return self._vllm_of(folder, None)  # which reads the whole folder now

    def _vllm_of(self, where: str, revision: str | None) -> Engine:
        from cot_distill.decoding.vllm_engine import VLLMEngine

        arguments = {
            "dtype": device_dtype(self._decoding.dtype),
            "seed": 0,
            "max_num_seqs": self._decoding.batch_size,
            "max_model_len": self._longest,
        }
        return VLLMEngine(where, revision, arguments, end=self._end)


def _content(folder: Path) -> str:
    """The hash of all that training wrote. Raises UserError if the folder has no student."""
    files = [path for path in folder.glob("*") if path.is_file()]
    if not files:
        raise UserError(f"{folder}: no trained student is here; run `dvc repro` to train one")
    return folder_hash(folder, files)
