"""Greedy decoding with a transformers model, on the CPU or one GPU."""

from collections.abc import Sequence
from typing import Any

from cot_distill.decoding import Completion
from cot_distill.decoding.faster import growing_cache, use_grouped_attention
from cot_distill.progress import Progress


class TransformersEngine:
    """Decodes in batches of prompts of like length and drops a row from its batch as soon as it has ended.

    One straggler then costs its own tokens, not a whole batch of them.
    """

    def __init__(self, model: Any, tokenizer: Any, batch_size: int) -> None:
        """`model` a causal language model, `tokenizer` its own, `batch_size` in prompts."""
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.to(device).eval()
        use_grouped_attention(self._model)
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        ends = model.generation_config.eos_token_id
        self._ends = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}

    def complete(self, prompts: Sequence[list[int]], max_new_tokens: int) -> list[Completion]:
        """Complete token-id prompts greedily, at most `max_new_tokens` tokens each."""
        longest_first = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
        completions: dict[int, Completion] = {}
        with Progress("decoding", len(prompts), "prompts") as progress:
            for start in range(0, len(prompts), self._batch_size):
                batch = longest_first[start : start + self._batch_size]
                for index, tokens in zip(batch, self._decode([prompts[i] for i in batch], max_new_tokens), strict=True):
                    completions[index] = self._completion(tokens)
                progress.advance(len(batch))
        return [completions[index] for index in range(len(prompts))]

    def _completion(self, tokens: list[int]) -> Completion:
        ended = bool(tokens) and tokens[-1] in self._ends
        text = self._tokenizer.decode(tokens[:-1] if ended else tokens, skip_special_tokens=True)
        return Completion(text, len(tokens), "stop" if ended else "length")

    def _decode(self, prompts: list[list[int]], max_new_tokens: int) -> list[list[int]]:
        import torch

        width = max(map(len, prompts))
        padding = self._tokenizer.pad_token_id
        device = self._model.device
        ids = torch.tensor([[padding] * (width - len(p)) + p for p in prompts], device=device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        cache = growing_cache(self._model.config)
        written: list[list[int]] = [[] for _ in prompts]
        alive = list(range(len(prompts)))
        with torch.inference_mode():
            for _ in range(max_new_tokens):
                logits = self._model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                ).logits
                chosen = logits[:, -1].argmax(dim=-1)
                tokens = chosen.tolist()
                for row, token in zip(alive, tokens, strict=True):
                    written[row].append(token)
                going = [place for place, token in enumerate(tokens) if token not in self._ends]
                if not going:
                    break
                if len(going) < len(alive):
                    kept = torch.tensor(going, device=device)
                    alive = [alive[place] for place in going]
                    chosen, mask, positions = chosen[kept], mask[kept], positions[kept]
                    cache.batch_select_indices(kept)
                ids = chosen[:, None]
                mask = torch.cat([mask, mask.new_ones(len(alive), 1)], dim=1)
                positions = positions[:, -1:] + 1
        return written
