"""Tiny random models of four families, with tokenizers that treat BOS, turns and padding as the real ones do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BloomConfig,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
    set_seed,
)

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 2048}
GROUPED = SIZES | {"intermediate_size": 32, "num_key_value_heads": 1, "head_dim": 8}

QWEN_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
LLAMA_CHAT = (
    "{{ bos_token }}<|start_header_id|>system<|end_header_id|>\n\nToday: {{ strftime_now('%d %b %Y') }}<|eot_id|>"
    "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>"
    "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)


def bloom(folder: Path) -> Path:
    """No BOS, though it has one; pads with a token of its own."""
    return _saved(
        folder,
        _bytes(["<unk>", "<s>", "</s>", "<pad>"]),
        lambda size: BloomConfig(vocab_size=size, hidden_size=16, n_layer=2, n_head=2, bos_token_id=1, eos_token_id=2),
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    )


def gemma(folder: Path) -> Path:
    """Puts its BOS before every text; a sentencepiece alphabet, spaces as ▁, unknown characters as bytes."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    letters = [chr(code) for code in range(33, 127)] + ["▁", "\n", "\n\n"]
    tokens = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: index for index, token in enumerate(tokens)},
            merges=[("\n", "\n")],
            byte_fallback=True,
            unk_token="<unk>",
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return _saved(
        folder,
        tokenizer,
        lambda size: Gemma3TextConfig(vocab_size=size, **GROUPED, pad_token_id=0, eos_token_id=1, bos_token_id=2),
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        additional_special_tokens=special[4:],
    )


def llama(folder: Path, chat: bool = False) -> Path:
    """Puts its BOS before every text; has no pad token."""
    special = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    tokenizer = _bytes(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
    )
    return _saved(
        folder,
        tokenizer,
        lambda size: LlamaConfig(vocab_size=size, **GROUPED, bos_token_id=0, eos_token_id=1),
        bos_token=special[0],
        eos_token=special[1],
        additional_special_tokens=special[2:],
        chat_template=LLAMA_CHAT if chat else None,
    )


def qwen3(folder: Path) -> Path:
    """Has no BOS at all; thinking tags are added tokens, but no special ones."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = _bytes(special)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens(["<think>", "</think>"])
    return _saved(
        folder,
        tokenizer,
        lambda size: Qwen3Config(vocab_size=size, **GROUPED, bos_token_id=None, eos_token_id=2),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
        chat_template=QWEN_CHAT,
    )


FAMILIES: dict[str, Callable[[Path], Path]] = {"bloom": bloom, "gemma": gemma, "llama": llama, "qwen3": qwen3}


def _bytes(special: list[str]) -> Any:
    """A byte-level tokenizer whose first ids are the special tokens; two newlines are one token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*special, *alphabet, "ĊĊ"]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=[("Ċ", "Ċ")]))
    # As in Llama 3 and Qwen, line breaks are words of their own, apart from what follows.
    words = pre_tokenizers.Split(Regex(r"\s*[\r\n]+|\s+|\S+"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _saved(folder: Path, tokenizer: Any, config: Callable[[int], Any], **names: Any) -> Path:
    from transformers import AutoModelForCausalLM

    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    fast.save_pretrained(folder)
    set_seed(0)
    AutoModelForCausalLM.from_config(config(len(fast))).save_pretrained(folder)
    return folder
