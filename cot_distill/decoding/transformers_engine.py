"""Decoding with a transformers model, on the CPU or one GPU."""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from cot_distill.decoding import Completion, Deliver, Request, Working, unwatched
from cot_distill.decoding.conversations import token_ids, written_text
from cot_distill.decoding.faster import use_grouped_attention
from cot_distill.decoding.lengths import Pace
from cot_distill.decoding.stepping import Stepping, padded
from cot_distill.stopping import Stop
from cot_distill.weights.loading import load_language_model, load_pretrained

_BATCHES_AT_A_TIME = 8
"""This many batches of requests are drawn together, so that prompts of similar length can share a batch."""
_SLACK = 8
"""A stop string is searched in this many tokens more than the longest one has, since some tokens have no text."""


class TransformersEngine:
    """Decodes prompts of similar length in a batch, and drops a row as soon as it has ended. One long completion then
    costs only its own tokens.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        batch_size: int,
        chat_template: Mapping[str, Any] | None = None,
        end: int | None = None,
    ) -> None:
        """`model` is a causal language model, `tokenizer` its tokenizer, with a pad token. `batch_size` counts prompts.
        `chat_template`: settings that the template gets besides the turns of a conversation. `end`: a token that ends a
        completion, besides those that the model and its tokenizer name."""
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.to(device).eval()
        use_grouped_attention(self._model)
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._chat_template = chat_template or {}
        ends = model.generation_config.eos_token_id
        self._ends = {end, tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. Each request has random numbers of its own, so that the other rows of its batch change
        it by rounding at most. All requests must have the same `beam`."""
        waiting, pace = iter(requests), Pace(working)
        while True:
            drawn = list(islice(waiting, _BATCHES_AT_A_TIME * self._batch_size))
            if not drawn:
                return
            tokens = [token_ids(request, self._tokenizer, self._chat_template) for request in drawn]
            longest_first = sorted(range(len(drawn)), key=lambda index: (-len(tokens[index]), index))
            beams = drawn[0].sampling.beam
            size = max(1, self._batch_size // (beams or 1))
            decode = self._search if beams else self._decode
            for start in range(0, len(drawn), size):
                if stop.requested:
                    return
                batch = longest_first[start : start + size]
                prompts = [tokens[index] for index in batch]
                pace.begin([len(one) for one in prompts], drawn[batch[0]].sampling.max_new_tokens)
                written = decode([drawn[index] for index in batch], prompts, pace)
                pace.end([len(new) for new in written])
                for index, new in zip(batch, written, strict=True):
                    deliver(drawn[index], self._completion(drawn[index], tokens[index], new))

    def _completion(self, request: Request, prompt: list[int], tokens: list[int]) -> Completion:
        ended = bool(tokens) and tokens[-1] in self._ends
        tokens_of_text = tokens[:-1] if ended else tokens
        text = self._text(tokens_of_text)
        places = [place for place in map(text.find, request.sampling.stop) if place >= 0]
        if places:
            text, ended = text[: min(places)], True
        text = written_text(self._tokenizer, prompt, tokens_of_text, text, request.sampling.stop)
        return Completion(text, len(tokens), "stop" if ended else "length", len(prompt))

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _ended(self, request: Request, tokens: list[int]) -> bool:
        """Whether a completion with these tokens has ended: by an end token, a stop string or the cap."""
        if tokens[-1] in self._ends or len(tokens) >= request.sampling.max_new_tokens:
            return True
        stops = request.sampling.stop
        if not stops:
            return False
        # A token of a text is at least one byte of it.
        last = self._text(tokens[-max(len(one.encode()) for one in stops) - _SLACK :])
        return any(one in last for one in stops)

    def _search(self, requests: Sequence[Request], prompts: list[list[int]], pace: Pace) -> list[list[int]]:
        """Beam search. Returns the continuation with the highest likelihood a token."""
        import torch

        ids, mask = padded(prompts, self._tokenizer.pad_token_id, self._model.device)
        sampling = requests[0].sampling

        def stepped(written: Any, _: Any) -> Any:
            """Never stops; transformers calls it once a token, which reports progress."""
            pace.step(len(prompts))
            return torch.zeros(len(written), dtype=torch.bool, device=written.device)

        # Every setting is given, so that no default of the model applies.
        with torch.inference_mode():
            found = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                num_beams=sampling.beam,
                do_sample=False,
                max_new_tokens=sampling.max_new_tokens,
                eos_token_id=sorted(self._ends),
                pad_token_id=self._tokenizer.pad_token_id,
                length_penalty=1.0,
                early_stopping=False,
                repetition_penalty=1.0,
                no_repeat_ngram_size=0,
                stopping_criteria=[stepped],
            )
        return [self._until_end(row) for row in found[:, ids.shape[1] :].tolist()]

    def _until_end(self, tokens: list[int]) -> list[int]:
        """The tokens up to and with the first that ends a completion."""
        return tokens[: next((place + 1 for place, token in enumerate(tokens) if token in self._ends), len(tokens))]

    def _decode(self, requests: Sequence[Request], prompts: list[list[int]], pace: Pace) -> list[list[int]]:
        import torch

        steps = Stepping(self._model, prompts, self._tokenizer.pad_token_id)
        written: list[list[int]] = [[] for _ in prompts]
        draws = [random.Random(request.seed) for request in requests]
        alive = list(range(len(prompts)))
        with torch.inference_mode():
            while True:
                logits = steps.logits()
                if all(request.sampling.temperature == 0 for request in requests):
                    chosen = logits.argmax(dim=-1)
                else:
                    chosen = _drawn(logits, [requests[row] for row in alive], [draws[row].random() for row in alive])
                tokens = chosen.tolist()
                for row, token in zip(alive, tokens, strict=True):
                    written[row].append(token)
                going = [place for place, row in enumerate(alive) if not self._ended(requests[row], written[row])]
                pace.step(len(going))
                if not going:
                    return written
                if len(going) < len(alive):
                    kept = torch.tensor(going, device=chosen.device)
                    alive = [alive[place] for place in going]
                    chosen = chosen[kept]
                    steps.keep(kept)
                steps.write(chosen)


def load(
    where: str, revision: str | None, dtype: str, batch_size: int, chat_template: Mapping[str, Any]
) -> TransformersEngine:
    """An engine for the model in a folder or on the hub. Raises UserError if it cannot be loaded."""
    from transformers import AutoTokenizer

    tokenizer = load_pretrained(AutoTokenizer, where, revision)
    model = load_language_model(where, revision, dtype)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return TransformersEngine(model, tokenizer, batch_size, chat_template)


def _drawn(logits: Any, requests: Sequence[Request], draws: Sequence[float]) -> Any:
    """Draw a token for each row: the one at which the cumulative probability, most likely first, passes the row's draw
    (0 to 1) times what top-p leaves. `logits` is (rows, vocabulary); returns (rows,)."""
    import torch

    def column(values: Sequence[float]) -> torch.Tensor:
        return torch.tensor(values, device=logits.device, dtype=torch.float32)[:, None]

    temperatures = column([request.sampling.temperature or 1.0 for request in requests])
    probabilities, order = torch.softmax(logits.float() / temperatures, dim=-1).sort(
        dim=-1, descending=True, stable=True
    )
    cumulated = probabilities.cumsum(dim=-1)
    top_p = column([request.sampling.top_p if request.sampling.temperature else 0.0 for request in requests])
    # The smallest set of the most likely tokens that reaches top-p; at temperature 0 only the first.
    last = (cumulated < top_p).sum(dim=-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    reached = cumulated.gather(-1, last) * column(draws)
    place = torch.minimum((cumulated <= reached).sum(dim=-1, keepdim=True), last)
    return order.gather(-1, place)[:, 0]
