"""Attention of packed sequences on a GPU, by a kernel for concatenated sequences of any lengths.

flash-attn's kernel is used if that package is installed. Otherwise torch's own is, which has the same algorithm. It
needs weights of two bytes and a GPU since Ampere.
"""

from typing import Any

from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.utils import is_flash_attn_2_available

from cot_distill.training.attention import UnpackableError, check_handed_over

VARLEN = "torch_varlen"
"""The name of torch's kernel in transformers."""


def use_varlen_attention(model: Any) -> None:
    """Switch a model to attention over packed sequences on a GPU. Every call must then pass their bounds, by
    transformers' names (`cu_seq_lens_q`, `max_length_q` and so on)."""
    if is_flash_attn_2_available():
        model.set_attn_implementation("flash_attention_2")
        return
    ALL_ATTENTION_FUNCTIONS.register(VARLEN, _attend)
    ALL_MASK_ATTENTION_FUNCTIONS.register(VARLEN, lambda *_, **__: None)
    model.set_attn_implementation(VARLEN)


def _attend(
    _: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any = None,  # some models pass it by this name
    *,
    scaling: float | None = None,
    cu_seq_lens_q: Any = None,
    max_length_q: int = 0,
    **more: Any,
) -> tuple[Any, None]:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width)."""
    from torch.nn.attention import varlen  # not every build of torch has what it needs

    check_handed_over(cu_seq_lens_q, more)
    if value.shape != key.shape:
        raise UnpackableError("its values have another width than its keys")
    queries, keys, values = (one[0].transpose(0, 1) for one in (query, key, value))
    out: Any = varlen.varlen_attn(
        queries,
        keys,
        values,
        cu_seq_lens_q,
        cu_seq_lens_q,
        max_length_q,
        max_length_q,
        scale=scaling,
        window_size=(-1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return out.unsqueeze(0), None
