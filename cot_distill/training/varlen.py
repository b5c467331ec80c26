"""Attention of packed sequences on a GPU: a kernel for sequences of any lengths, one behind the other.

The package flash-attn has one, which is taken if it is installed. Else torch's own is, the same algorithm: for
weights of two bytes, on GPUs since Ampere.
"""

from typing import Any

from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.utils import is_flash_attn_2_available

from cot_distill.training.attention import UnpackableError, check_handed_over

VARLEN = "torch_varlen"
"""The name by which transformers knows torch's kernel."""


def use_varlen_attention(model: Any) -> None:
    """Switch a model to attention over packed sequences on a GPU; every call must then pass their bounds, by the names
    that transformers has for them (`cu_seq_lens_q`, `max_length_q` and so on)."""
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
    attention_mask: Any = None,  # by this name: some models name it in their call
    *,
    scaling: float | None = None,
    cu_seq_lens_q: Any = None,
    max_length_q: int = 0,
    **more: Any,
) -> tuple[Any, None]:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width)."""
    from torch.nn.attention import varlen  # what it needs is not in every build of torch

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
