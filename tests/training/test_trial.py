"""The check before training: what cannot be trained is told in a line, before any compute; a student is never lost."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from cot_distill.errors import UserError
from cot_distill.training import saving, trainer
from cot_distill.training.finetune import finetune
from tests.students.architectures import OWN, causal, sampling
from tests.training.training import digests, entry, examples, places, settings

ASKED_BY = "training: decoding.engine transformers could not ask the student token by token ("


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def refused(model: Path, folder: Path, template: str = "chat", max_new_tokens: int = 0, **changes) -> str:
    """What the one line says; nothing was trained."""
    chosen = settings(**changes)
    with pytest.raises(UserError) as error:
        finetune(entry(model, template), examples(4), chosen, 1, places(folder), max_new_tokens=max_new_tokens)
    assert not (folder / "student").exists()
    assert not (folder / "training").exists()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_an_example_longer_than_the_students_positions_is_told(tmp_path) -> None:
    causal("gpt2", {**OWN, "max_position_embeddings": 60}, n_layer=2, n_head=4)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path, template="plain") == (
        "the longest example has 62 tokens, and the student reads 60 at most (max_position_embeddings); lower "
        "training.max_tokens, or choose another student"
    )


def test_an_answer_that_finds_no_position_is_told(tmp_path) -> None:
    causal("gpt2", {**OWN, "max_position_embeddings": 300}, n_layer=2, n_head=4)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path, max_new_tokens=260).startswith(
        "the longest prompt with its answer has "
    )


def test_a_token_without_a_row_in_the_embedding_is_told(tmp_path) -> None:
    causal("llama")(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    tokenizer.add_special_tokens({"eos_token": "<|new_end|>"})
    tokenizer.save_pretrained(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path, template="plain").startswith(
        "a probe: holds the token '<|new_end|>' (262), for which the student's embedding of 262 has no row; take"
    )


def test_prompts_that_are_not_the_tokenizers_own_are_told(tmp_path) -> None:
    # A template that writes today's date in a way that no fixed date can be put into.
    chat = "{% set form = '%H' %}{{ strftime_now(form) }}{{ messages[0].content }}{% if messages[1] %}{{ messages[1].content }}{% endif %}"
    causal("llama", chat=chat)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path).startswith("template 'chat': no chat template gives this student's")


def test_a_student_that_goes_on_otherwise_than_it_reads_is_told(tmp_path) -> None:
    causal("rwkv", OWN, num_hidden_layers=2, attention_hidden_size=32)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path) == (
        f"{ASKED_BY}it continues differently); set decoding.engine vllm, or choose another student"
    )


def test_a_student_whose_own_code_fails_is_told(tmp_path) -> None:
    mla = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8}
    causal("longcat_flash", **mla)(tmp_path / "model")  # two heads of keys, where its code has as many as of queries
    assert refused(tmp_path / "model", tmp_path).startswith(
        "training: the student's own code fails on an example (The size"
    )


def test_a_student_with_a_cache_of_its_own_is_told(tmp_path) -> None:
    causal("minimax", num_local_experts=4, num_experts_per_tok=2, head_dim=8)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path).startswith(f"{ASKED_BY}MiniMax uses cache of its own")


def test_a_student_that_draws_as_it_is_trained_is_told(tmp_path) -> None:
    causal("phimoe", num_local_experts=4, num_experts_per_tok=2)(tmp_path / "model")
    assert refused(tmp_path / "model", tmp_path) == (
        "training: the student draws at random as it is trained, so that its loss would depend on how a batch is "
        "divided; this architecture cannot be trained here"
    )


def test_quantized_weights_are_told(tiny_student, tmp_path) -> None:
    shutil.copytree(tiny_student, tmp_path / "model")
    config = json.loads((tmp_path / "model/config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (tmp_path / "model/config.json").write_text(json.dumps(config))
    assert refused(tmp_path / "model", tmp_path, template="plain") == (
        f"student {tmp_path / 'model'}: its weights are quantized (gptq), and such are not trained here; take the model "
        "that they were made from"
    )


def test_a_module_that_is_not_there_is_told(tiny_student, tmp_path) -> None:
    told = refused(tiny_student, tmp_path, template="plain", target_modules=["q_projection"])
    assert told.startswith("training: this student cannot be trained with these settings (Target modules")


def test_an_adapter_on_the_head_is_told(tiny_student, tmp_path) -> None:
    told = refused(tiny_student, tmp_path, template="plain", target_modules=["q_proj", "lm_head"])
    assert "`lm_head` is not supported" in told


def test_a_loss_that_is_not_the_models_own_is_told(tiny_student, tmp_path, monkeypatch) -> None:
    real = trainer.next_token_losses

    def losses(*given):
        total, each = real(*given)
        return 1.01 * total, 1.01 * each

    first = []

    def later(*given):  # packing itself is found to be right
        first.append(1)
        return (real if len(first) == 1 else losses)(*given)

    monkeypatch.setattr(trainer, "next_token_losses", later)
    told = refused(tiny_student, tmp_path, template="plain")
    assert told.endswith("by the model's own code; this architecture cannot be trained here")


def test_a_weight_that_no_gradient_reaches_is_told(tiny_student, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(trainer, "packed_forward", _cut_off(trainer.packed_forward))
    told = refused(tiny_student, tmp_path, template="plain")
    assert told.startswith(
        "training: no gradient reaches 28 of the adapter's weights (base_model.model.model.layers.0."
    )


def _cut_off(real):
    """A forward pass of which nothing but the head can be learned."""

    def forward(self, *given, **named):
        total, each = real(self, *given, **named)
        return total.detach() + 0.0 * self.get_output_embeddings().weight.requires_grad_().sum(), each

    return forward


def test_a_student_that_is_another_one_once_saved_is_told(tiny_student, tmp_path, monkeypatch) -> None:
    from cot_distill.training import trial

    def write(model, tokenizer, entry, folder):
        saving.write(model, tokenizer, entry, folder)
        weights = load_file(folder / "model.safetensors")
        from safetensors.torch import save_file

        save_file(
            {name: weight + 0.1 * ("o_proj" in name) for name, weight in weights.items()},
            folder / "model.safetensors",
            metadata={"format": "pt"},
        )

    monkeypatch.setattr(trial, "write", write)
    told = refused(tiny_student, tmp_path, template="plain", method="full")
    assert told == "training: the student changes when it is saved and loaded again; take another model"


def test_what_was_trained_is_kept_where_it_cannot_be_saved(tiny_student, tmp_path, cache, monkeypatch, capfd) -> None:
    finetune(entry(tiny_student), examples(12), settings(), 1, places(tmp_path / "undisturbed"))
    real, calls = saving.write, []

    def write(*given):
        calls.append(1)
        raise ValueError("a full\nmoon")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "write", write)
        with pytest.raises(UserError) as error:
            finetune(entry(tiny_student), examples(12), settings(), 1, places(tmp_path / "mine"))
    assert str(error.value) == (
        f"{tmp_path}/mine/student: cannot be written (a full); the trained weights are kept: correct that and run the same "
        "command again"
    )
    assert saving.write is real and calls == [1]
    capfd.readouterr()
    finetune(entry(tiny_student), examples(12), settings(), 1, places(tmp_path / "mine"))
    assert capfd.readouterr().err == "training: continues from step 3\n"
    for part, *patterns in (("student", "*"), ("training", "*.tsv")):
        assert digests(tmp_path / "mine" / part, *patterns) == digests(tmp_path / "undisturbed" / part, *patterns)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_sampling_values_that_cannot_be_saved_are_told_and_left_out(tmp_path, capfd, method) -> None:
    sampling(tmp_path / "model")
    capfd.readouterr()
    finetune(entry(tmp_path / "model", "chat"), examples(4), settings(method=method), 1, places(tmp_path))
    assert capfd.readouterr().err == (
        "training: its generation config cannot be saved (temperature, top_p); the ids of its tokens alone are kept\n"
    )
    written = json.loads((tmp_path / "student/generation_config.json").read_text())
    assert "temperature" not in written and written["eos_token_id"] == [5, 2]


def test_an_opened_thought_is_closed_and_told(tmp_path, capfd) -> None:
    from tests.students.architectures import THINK

    causal("llama", chat=THINK)(tmp_path / "model")
    capfd.readouterr()
    finetune(entry(tmp_path / "model", "chat"), examples(4), settings(), 1, places(tmp_path))
    assert capfd.readouterr().err == (
        "training: template 'chat' opens the student's thoughts; </think> follows at once in examples that have none\n"
    )


def test_a_bias_of_the_head_is_trained(tmp_path) -> None:
    causal("phi")(tmp_path / "model")
    before = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32).lm_head.bias
    finetune(entry(tmp_path / "model", "chat"), examples(4), settings(method="full"), 1, places(tmp_path))
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "student", dtype=torch.float32).lm_head.bias
    assert (after != before).sum() > 10


def test_a_mixture_of_experts_says_of_its_routers_what_it_said(tmp_path) -> None:
    causal("qwen3_moe", num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32, head_dim=8)(tmp_path / "model")
    finetune(entry(tmp_path / "model", "chat"), examples(4), settings(method="full"), 1, places(tmp_path))
    told = [json.loads((tmp_path / folder / "config.json").read_text()) for folder in ("model", "student")]
    for name in ("output_router_logits", "router_aux_loss_coef"):
        assert told[0][name] == told[1][name]
