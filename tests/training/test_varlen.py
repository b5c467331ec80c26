"""Torch's kernel for sequences of any lengths, as a GPU takes it: a stand-in computes what it is documented to."""

import functools
import sys
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from torch.nn.attention import varlen
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoModelForCausalLM

from cot_distill.training import trial
from cot_distill.training.packing import pack
from cot_distill.training.trainer import packed_forward
from cot_distill.training.trial import switch_to_packing
from cot_distill.training.varlen import use_varlen_attention
from tests.students.families import FAMILIES
from tests.training.test_trainer import first_step, rows

unshared = functools.partial(pack, share=False)
"""How a batch is packed on a GPU."""


def each_alone(query, key, value, ends, other_ends, longest, _, *, scale, window_size, enable_gqa):
    """`varlen_attn`, sequence by sequence, of (tokens, heads, width)."""
    assert (ends.tolist(), ends.dtype, window_size) == (other_ends.tolist(), torch.int32, (-1, 0))
    found = []
    for start, end in pairwise(ends.tolist()):
        assert end - start <= longest
        parts = (one[start:end].transpose(0, 1)[None] for one in (query, key, value))
        out = scaled_dot_product_attention(*parts, is_causal=True, scale=scale, enable_gqa=enable_gqa)
        found.append(out[0].transpose(0, 1))
    return torch.cat(found)


@pytest.fixture(autouse=True)
def as_on_a_gpu(monkeypatch):
    monkeypatch.setattr(trial, "use_packed_attention", lambda model, _: use_varlen_attention(model))
    monkeypatch.setattr(trial, "collate", unshared)


@pytest.mark.parametrize("family", ["gemma", "llama", "qwen3"])
def test_gradients_of_a_step_are_plain_trls(tmp_path, monkeypatch, family) -> None:
    monkeypatch.setattr(varlen, "varlen_attn", each_alone)
    folder = FAMILIES[family](tmp_path / "model")
    step = functools.partial(first_step, folder, tmp_path, torch.float32, "full", micro_batch=3, accumulated=2)
    plain, loss = step(packed=False)
    ours, own = step(packed=True, collator=unshared)
    assert own == pytest.approx(loss, rel=1e-5)
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, plain[name], rtol=1e-4, atol=1e-6)


def test_where_the_kernel_does_not_run_batches_are_padded_and_it_says_why(tmp_path) -> None:
    model = AutoModelForCausalLM.from_pretrained(FAMILIES["llama"](tmp_path))
    before = model.config._attn_implementation
    reason = switch_to_packing(model, rows(4, 200), compiled=False)
    assert reason is not None and reason.startswith("its code fails on them (")
    assert model.config._attn_implementation == before


def test_a_kernel_that_lets_examples_see_each_other_is_not_taken(tmp_path, monkeypatch) -> None:
    def together(query, key, value, ends, *others, **named):
        whole = torch.tensor([0, len(query)], dtype=torch.int32)
        return each_alone(query, key, value, whole, whole, len(query), len(query), **named)

    monkeypatch.setattr(varlen, "varlen_attn", together)
    model = AutoModelForCausalLM.from_pretrained(FAMILIES["llama"](tmp_path))
    assert switch_to_packing(model, rows(4, 200), compiled=False) == "its losses differ in packed rows"


def test_a_kernel_without_a_way_back_is_not_taken(tmp_path, monkeypatch) -> None:
    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(_, out):
            return out.clone()

        @staticmethod
        def backward(*_):
            raise RuntimeError("this card knows no gradient of heads so wide")

    monkeypatch.setattr(varlen, "varlen_attn", lambda *given, **named: Forward.apply(each_alone(*given, **named)))
    model = AutoModelForCausalLM.from_pretrained(FAMILIES["llama"](tmp_path))
    told = "its code fails on them (this card knows no gradient of heads so wide)"
    assert switch_to_packing(model, rows(4, 200), compiled=False) == told


def test_flash_attns_kernel_is_taken_where_it_is_installed(tmp_path, monkeypatch) -> None:
    def flash(query, key, value, ends, other_ends, longest, _, *, softmax_scale, causal, deterministic):
        assert causal and deterministic
        shared, sizes = query.shape[1] != key.shape[1], (ends, other_ends, longest, _)
        named = {"scale": softmax_scale, "window_size": (-1, 0), "enable_gqa": shared}
        seen.append(longest)
        return each_alone(query, key, value, *sizes, **named)

    seen: list[int] = []
    monkeypatch.setitem(sys.modules, "flash_attn", SimpleNamespace(flash_attn_varlen_func=flash))
    model = AutoModelForCausalLM.from_pretrained(FAMILIES["llama"](tmp_path))
    assert switch_to_packing(model, rows(4, 200), compiled=False) is None
    assert seen


def test_a_layer_is_compiled_whole_the_kernel_in_it(tmp_path) -> None:
    torch._dynamo.reset()
    model = AutoModelForCausalLM.from_pretrained(FAMILIES["llama"](tmp_path), dtype=torch.bfloat16)
    use_varlen_attention(model)
    names: list[str] = []

    def backend(graph, _):
        names.extend(str(node.target) for node in graph.graph.nodes if node.op == "call_function")
        raise NotImplementedError("traced")

    layer = model.get_decoder().layers[0]
    layer.compile(fullgraph=True, dynamic=True, backend=backend)
    with pytest.raises(Exception, match="traced"):
        packed_forward(model, **unshared(rows(4, 200)), compiled=False)
    assert any("_varlen_attn" in name for name in names) and len(names) > 20
