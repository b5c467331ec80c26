"""How surprising an arm's completions are to the untuned student: three numbers, by forward passes."""

import dataclasses
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.prompts import AS_ITS_TEMPLATE, render_examples

_MOST_RANK = 100
"""A higher rank counts as this one (arXiv 2601.14249)."""
_BATCH_TOKENS = 4096
_PAD = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Surprise:
    """The predictors of one arm, in nats for each token. Lower is better, as their authors claim or as we measured."""

    rows: int
    """The number of examples measured."""
    surprisal: float
    """Mean over examples of the mean surprisal of the completion's tokens, with the end token."""
    rank_surprisal: float
    """Rank-surprisal ratio (arXiv 2601.14249): the mean over examples of their tokens' mean min(rank, 100), divided by
    `surprisal`. The most likely token has rank 1."""
    local_surprisal: float
    """Local naturalness (arXiv 2510.03988) with its sign changed: the mean surprisal of a step's tokens given only the
    step before it, without the question. A step is a line."""


class _Span(NamedTuple):
    """Tokens. Those from `start` on are measured."""

    ids: Sequence[int]
    start: int


def measure(
    model: Any, tokenizer: Any, template: str, examples: Sequence[Example], rows: int, thoughts: str = AS_ITS_TEMPLATE
) -> Surprise:
    """The predictors over at most `rows` of the examples, evenly spaced in their order. `model` is the untuned student;
    `thoughts` says how the examples' thoughts are written.

    A token's surprisal is -log of its probability. Batching changes the result by rounding at most. Raises UserError if
    there are no examples.
    """
    if not examples:
        raise UserError("there are no examples; metrics/supervision/report.md says why")
    step = max(1, -(-len(examples) // rows))
    chosen = examples[::step]
    whole = [_Span(ids, start) for ids, start in render_examples(chosen, template, tokenizer, thoughts)]
    judged = [*_judged(model, whole)]
    surprisal = fmean(fmean(one) for one, _ in judged)
    ranks = fmean(fmean(one) for _, one in judged)
    steps = [[*_steps(one.completion, tokenizer)] for one in chosen]
    local = [surprisals for surprisals, _ in _judged(model, [span for of_one in steps for span in of_one])]
    of_each, taken = [], 0
    for of_one in steps:
        of_each.append([value for values in local[taken : taken + len(of_one)] for value in values])
        taken += len(of_one)
    return Surprise(len(chosen), surprisal, ranks / surprisal, fmean(fmean(one) for one in of_each if one))


def _steps(completion: str, tokenizer: Any) -> Iterator[_Span]:
    """Each line of a completion after the line before it. The first line has only its own first token before it."""
    before: list[int] = []
    for line in completion.splitlines(keepends=True):
        ids = tokenizer(line, add_special_tokens=False)["input_ids"]
        if len(before) + len(ids) > 1 and ids:
            yield _Span([*before, *ids], max(1, len(before)))
        before = ids or before


def _judged(model: Any, spans: Sequence[_Span]) -> Iterator[tuple[list[float], list[float]]]:
    """(surprisals, ranks up to `_MOST_RANK`) of the measured tokens of each span, in order."""
    found: list[tuple[list[float], list[float]]] = [([], [])] * len(spans)
    order = sorted(range(len(spans)), key=lambda number: -len(spans[number].ids))
    while order:
        size = max(1, _BATCH_TOKENS // len(spans[order[0]].ids))
        batch, order = order[:size], order[size:]
        for number, one in zip(batch, _of_batch(model, [spans[number] for number in batch]), strict=True):
            found[number] = one
    yield from found


def _of_batch(model: Any, spans: Sequence[_Span]) -> Iterator[tuple[list[float], list[float]]]:
    import torch

    longest = max(len(span.ids) for span in spans)
    ids = torch.full((len(spans), longest), _PAD)
    mask = torch.zeros_like(ids)
    for row, span in enumerate(spans):
        ids[row, : len(span.ids)] = torch.tensor(span.ids)
        mask[row, : len(span.ids)] = 1
    with torch.inference_mode():
        body, head = model.get_decoder(), model.get_output_embeddings()
        states = body(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).last_hidden_state
        for row, span in enumerate(spans):
            logits = head(states[row, span.start - 1 : len(span.ids) - 1]).float()
            taught = ids[row, span.start : len(span.ids)].to(logits.device)[:, None]
            of_taught = logits.gather(1, taught)
            surprisals = (logits.logsumexp(1, keepdim=True) - of_taught)[:, 0]
            ranks = (logits > of_taught).sum(1).add(1).clamp(max=_MOST_RANK)
            yield surprisals.tolist(), ranks.float().tolist()
