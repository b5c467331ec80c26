"""Tiny random models of many architectures: two layers, a byte-level tokenizer of their own, a chat template.

Each is named as docs/architectures.md names it. What a model's real configuration has and a random one would not (rope
scaling, a scale of logits, a bias in the head) is set, so that what ignores it is seen.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    PreTrainedTokenizerFast,
    set_seed,
)

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "<|im_start|>", "<|im_end|>"]
CHATML = (
    "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINK = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
"""Opens a thought in front of the student's turn; in a conversation, answers have none."""
HARMONY = (
    "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m.role }}"
    "{% if m.role == 'assistant' %}<|channel|>final{% endif %}<|message|>{{ m.content }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant{% endif %}"
)
"""Names a channel between the student's turn and its answer."""
SPACED = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
"""Writes a space in front of an answer."""

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 3,
}
OWN = {"hidden_size": 32, "max_position_embeddings": 1024, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}
MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_n_groups": 1, "mamba_d_state": 16, "mamba_expand": 2}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
VISION = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}

Build = Callable[[Path], None]


def causal(kind: str, sizes: Mapping[str, Any] = SIZES, chat: Any = CHATML, **more: Any) -> Build:
    """Writes a random language model of this `model_type`."""

    def build(folder: Path) -> None:
        tokenizer = byte_tokenizer(chat)
        tokenizer.save_pretrained(folder)
        _write(folder, AutoConfig.for_model(kind, **{"vocab_size": len(tokenizer), **sizes, **more}))

    return build


def _write(folder: Path, config: Any, loader: Any = AutoModelForCausalLM) -> Any:
    set_seed(0)
    model = loader.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("bias", "sinks")):  # begin as zeros, which nobody would miss
                weight.normal_(std=0.5)
            elif weight.dim() > 1:  # so far apart that the likeliest token is no matter of rounding
                weight.mul_(4.0)
    model.save_pretrained(folder)
    return model


def byte_tokenizer(chat: Any = CHATML) -> Any:
    """A token for each byte, no BOS by itself."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return _tokenizer(backend, chat)


def _tokenizer(backend: Any, chat: Any) -> Any:
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="<|im_end|>",
        pad_token="<pad>",
        unk_token="<unk>",
        additional_special_tokens=["<|im_start|>", "</s>"],
        chat_template=chat,
    )


def harmony(folder: Path) -> None:
    """A template that names the channel of an answer."""
    causal("llama")(folder)
    tokenizer = byte_tokenizer(HARMONY)
    # In place of two bytes that no text of the tests holds, so that the embedding has rows for them.
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "</s>", "<|channel|>", "<|message|>"]})
    tokenizer.save_pretrained(folder)
    _write(folder, AutoConfig.for_model("llama", vocab_size=len(tokenizer), **SIZES))


def first(folder: Path) -> None:
    """A sentencepiece tokenizer that writes a space before a text, but not behind a control token."""
    letters = [chr(code) for code in range(33, 127)] + ["▁", "\n"]
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    backend = Tokenizer(
        models.BPE(
            vocab={token: index for index, token in enumerate(tokens)}, merges=[], byte_fallback=True, unk_token="<unk>"
        )
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = _tokenizer(backend, SPACED)
    tokenizer.save_pretrained(folder)
    _write(folder, AutoConfig.for_model("llama", vocab_size=len(tokenizer), **SIZES))


def padded_outside(folder: Path) -> None:
    """A pad token for which the embedding has no row."""
    causal("llama")(folder)
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens([AddedToken("[PAD]", special=True)])
    tokenizer.pad_token = "[PAD]"
    tokenizer.save_pretrained(folder)


def sampling(folder: Path) -> None:
    """A generation config that samples without saying so: transformers refuses to save it."""
    causal("llama")(folder)
    values = json.loads((folder / "generation_config.json").read_text()) | {"temperature": 0.6, "top_p": 0.9}
    (folder / "generation_config.json").write_text(json.dumps(values))


def sharded(folder: Path) -> None:
    """Weights in several files, the head that of the embedding."""
    causal("qwen3", head_dim=8, tie_word_embeddings=True)(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")


def seeing(kind: str, text: Mapping[str, Any], **more: Any) -> Build:
    """A model of text and images."""

    def build(folder: Path) -> None:
        tokenizer = byte_tokenizer()
        tokenizer.save_pretrained(folder)
        text_config = {"vocab_size": len(tokenizer), **SIZES, **text}
        _write(folder, AutoConfig.for_model(kind, text_config=text_config, **more), AutoModelForImageTextToText)

    return build


ARCHITECTURES: dict[str, Build] = {
    "bloom": causal("bloom", OWN, n_layer=2, n_head=4),
    "cohere": causal("cohere", logit_scale=0.25),
    "deepseek-v3": causal(
        "deepseek_v3",
        num_key_value_heads=4,
        q_lora_rank=16,
        kv_lora_rank=16,
        qk_rope_head_dim=8,
        qk_nope_head_dim=8,
        v_head_dim=12,
        n_routed_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=32,
        first_k_dense_replace=1,
        n_group=2,
        topk_group=1,
    ),
    "falcon": causal("falcon", OWN, num_hidden_layers=2, num_attention_heads=4),
    "falcon-h1": causal("falcon_h1", **MAMBA, head_dim=8, mamba_d_ssm=64, mamba_chunk_size=16, lm_head_multiplier=0.5),
    "gemma": causal("gemma", head_dim=8),
    "gemma2": causal("gemma2", head_dim=8, query_pre_attn_scalar=8),
    "gemma3": causal("gemma3_text", head_dim=8, query_pre_attn_scalar=8),
    "gemma3 of text and images": seeing(
        "gemma3",
        {"head_dim": 8, "query_pre_attn_scalar": 8},
        vision_config={**VISION, "image_size": 8, "patch_size": 4},
        mm_tokens_per_image=4,
    ),
    "gpt-neox": causal("gpt_neox", {**OWN, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}),
    "gpt-oss": causal("gpt_oss", head_dim=8, num_local_experts=4, num_experts_per_tok=2),
    "gpt2": causal("gpt2", OWN, n_layer=2, n_head=4),
    "granite": causal("granite", logits_scaling=4.0, embedding_multiplier=2.0, residual_multiplier=0.5),
    "granite, a hybrid": causal(
        "granitemoehybrid",
        **MAMBA,
        layer_types=["mamba", "attention"],
        num_local_experts=0,
        shared_intermediate_size=64,
        mamba_chunk_size=16,
    ),
    "lfm2": causal("lfm2", layer_types=["conv", "full_attention"]),
    "llama": causal("llama"),
    "llama with named chat templates": causal(
        "llama", chat={"default": CHATML, "tool_use": "{{ raise_exception('no') }}"}
    ),
    "llama with an opened thought": causal("llama", chat=THINK),
    "llama with harmony's channels": harmony,
    "llama with a pad id outside its embedding": padded_outside,
    "llama with rope scaling": causal(
        "llama",
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10000.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 256,
        },
    ),
    "llama with sampling values": sampling,
    "llama with a sentencepiece tokenizer": first,
    "llama4 of text": causal(
        "llama4_text",
        head_dim=8,
        num_local_experts=2,
        num_experts_per_tok=1,
        intermediate_size_mlp=64,
        interleave_moe_layer_step=1,
    ),
    "mamba": causal("mamba", OWN, num_hidden_layers=2, state_size=8),
    "mistral": causal("mistral", head_dim=8),
    "olmo2": causal("olmo2"),
    "opt": causal("opt", OWN, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32),
    "phi": causal("phi"),
    "phi3": causal("phi3"),
    "qwen2": causal("qwen2"),
    "qwen3, sharded and tied": sharded,
    "qwen3-moe": causal("qwen3_moe", **EXPERTS, head_dim=8),
    "qwen3.5 of text and images": seeing(
        "qwen3_5",
        {
            "head_dim": 8,
            "layer_types": ["linear_attention", "full_attention"],
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
        },
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 32},
    ),
    "recurrentgemma": causal(
        "recurrent_gemma", block_types=["recurrent", "attention"], lru_width=32, attention_window_size=64, head_dim=8
    ),
    "smollm3": causal("smollm3"),
}
"""What they are called → how they are written to a folder."""
