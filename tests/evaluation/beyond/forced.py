"""A student whose likings are known: what it finds likely depends on the last byte alone, so that results can be counted."""

import math
from typing import Any

STATES = 320
"""Of the model: more than there are tokens, so that each token has one of its own."""
EVEN = math.log(258)
"""The weight at which a liked byte is as likely as the 258 other tokens together."""


def forced(tokenizer: Any, likes: dict[str, float], follows: dict[str, str] | None = None) -> Any:
    """A Llama of one idle layer: every byte has its weight in `likes` (else 0) as the next one; after a token in
    `follows`, its follower is certain."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    size = len(tokenizer)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=STATES,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=1,
        bos_token_id=0,
        eos_token_id=1,
        max_position_embeddings=8192,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config)
    layer, scale = model.model.layers[0], math.sqrt(STATES)
    with torch.no_grad():
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(size, STATES) * scale)
        weights = torch.zeros(size, STATES)
        for token, weight in likes.items():
            weights[_id(tokenizer, token), :] = weight / scale
        for token, follower in (follows or {}).items():
            weights[:, _id(tokenizer, token)] = 0
            weights[_id(tokenizer, follower), _id(tokenizer, token)] = 50 / scale
        model.lm_head.weight.copy_(weights)
    return model


def _id(tokenizer: Any, token: str) -> int:
    (found,) = tokenizer(token, add_special_tokens=False).input_ids
    return int(found)
