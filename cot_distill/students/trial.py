"""Checks a student before it is trained, without its weights: template, tokens, lengths, files."""

from collections.abc import Sequence
from typing import Any

from cot_distill.errors import UserError
from cot_distill.records import Example
from cot_distill.students.chat_templates import check_prompts
from cot_distill.students.prompts import frame, render_examples
from cot_distill.weights.loading import generation_fault, load_config, load_generation_config

_PROBES = (
    Example("a probe", "What is 2 + 3?", "2 + 3 = 5.\nThe answer is 5."),
    Example("a probe of thoughts", "What is 2 + 3?", "The answer is 5.", thoughts="2 + 3 = 5."),
)


def examine(entry: dict[str, Any], tokenizer: Any) -> list[str]:
    """Remarks for the user on the student of a catalogue entry; empty if there are none.

    Raises UserError if the student's template, tokenizer and configuration show that it cannot be trained.
    """
    config = load_config(str(entry["model"]), entry.get("revision"))
    packed = getattr(config, "quantization_config", None)
    if packed:
        how = packed.get("quant_method") if isinstance(packed, dict) else packed.quant_method
        raise UserError(
            f"student {entry['model']}: its weights are quantized ({how}), and such are not trained here; take the "
            "model that they were made from"
        )
    check_examples(_PROBES, render_examples(_PROBES, entry["template"], tokenizer), entry, tokenizer, 0)
    template = entry["template"]
    note = frame(template, tokenizer).turn.note
    told = [f"template {template!r} {note}"] if note else []
    generation = load_generation_config(str(entry["model"]), entry.get("revision"))
    fault = generation_fault(generation) if generation else None
    if fault:
        told.append(f"its generation config cannot be saved ({fault}); the ids of its tokens alone are kept")
    return told


def check_examples(
    examples: Sequence[Example],
    rendered: Sequence[tuple[list[int], int]],
    entry: dict[str, Any],
    tokenizer: Any,
    max_new_tokens: int,
) -> None:
    """Raises UserError if the student cannot learn from an example, or could not be asked such a prompt.

    `rendered` is the result of `render_examples`. Prompts must have the tokens of the tokenizer's own chat call. Each
    token must have a row of the embedding. Examples, and prompts followed by `max_new_tokens`, must fit into the
    model's positions.
    """
    config = load_config(str(entry["model"]), entry.get("revision")).get_text_config()
    prompts = [ids[:length] for ids, length in rendered]
    check_prompts(examples, prompts, entry["template"], tokenizer)
    for example, (ids, _) in zip(examples, rendered, strict=True):
        if max(ids) >= config.vocab_size:
            name = tokenizer.convert_ids_to_tokens(max(ids))
            raise UserError(
                f"{example.problem_id}: holds the token {name!r} ({max(ids)}), for which the student's embedding of "
                f"{config.vocab_size} has no row; take the tokenizer that came with the model, or another template"
            )
    check_length(max(len(ids) for ids, _ in rendered), config, "the longest example", "training.max_tokens")
    longest = max(map(len, prompts)) + max_new_tokens
    check_length(longest, config, "the longest prompt with its answer", "decoding.max_new_tokens")


def check_length(tokens: int, config: Any, what: str, param: str) -> None:
    """Raises UserError if a student of this configuration has too few positions for `tokens` tokens."""
    most = getattr(config.get_text_config(), "max_position_embeddings", None)
    if most is not None and tokens > most:
        raise UserError(
            f"{what} has {tokens} tokens, and the student reads {most} at most (max_position_embeddings); lower "
            f"{param}, or choose another student"
        )
