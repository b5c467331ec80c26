"""Attention of packed sequences on a GPU, by a kernel for concatenated sequences of any lengths.

flash-attn's kernel is used if that package is installed. Otherwise torch's own is, which has the same algorithm. It
needs weights of two bytes and a GPU since Ampere.
"""

import functools
from collections.abc import Callable
from typing import Any

from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from cot_distill.training.attention import UnpackableError, check_handed_over

VARLEN = "varlen"
"""The name by which transformers knows this attention. It makes no mask for a name that it has none for."""


def use_varlen_attention(model: Any) -> None:
    """Switch a model to attention over packed sequences on a GPU; every call must then pass their bounds: `ends`
    (sequences + 1,) in int32, and `longest`, the tokens of the longest."""
    ALL_ATTENTION_FUNCTIONS.register(VARLEN, functools.partial(_attend, _flash() or _torchs))
    model.set_attn_implementation(VARLEN)


def _attend(
    kernel: Callable[..., Any],
    _: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any = None,  # some models pass it by this name
    *,
    scaling: float | None = None,
    ends: Any = None,
    longest: int = 0,
    **more: Any,
) -> tuple[Any, None]:
    """The output (1, tokens, heads, width) of queries (1, heads, tokens, width), keys and values (1, shared heads,
    tokens, width)."""
    check_handed_over(ends, more)
    if value.shape != key.shape:
        raise UnpackableError("its values have another width than its keys")
    rows = [one[0].transpose(0, 1) for one in (query, key, value)]
    return kernel(*rows, ends, longest, scaling).unsqueeze(0), None


def _torchs(query: Any, key: Any, value: Any, ends: Any, longest: int, scale: float | None) -> Any:
    """The output of queries (tokens, heads, width), keys and values (tokens, shared heads, width), by torch."""
    from torch.nn.attention import varlen  # what it needs is not in every build of torch

    shared = query.shape[1] != key.shape[1]
    bounds = ends, ends, longest, longest
    return varlen.varlen_attn(query, key, value, *bounds, scale=scale, window_size=(-1, 0), enable_gqa=shared)


def _flash() -> Callable[..., Any] | None:
    """The same by flash-attn's kernel; None where the package is not there, or was built for another torch."""
    try:
        from flash_attn import flash_attn_varlen_func as flash
    except ImportError:
        return None

    def kernel(query: Any, key: Any, value: Any, ends: Any, longest: int, scale: float | None) -> Any:
        bounds = ends, ends, longest, longest
        return flash(query, key, value, *bounds, softmax_scale=scale, causal=True, deterministic=True)

    return kernel
