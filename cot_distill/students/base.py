"""Loads a student: the base model of a catalogue entry, and the adapter that training adds."""

from pathlib import Path
from typing import Any

from cot_distill.errors import UserError, one_line
from cot_distill.students.templates import with_arguments
from cot_distill.weights.loading import generation_fault, load_config, load_language_model, load_pretrained


def load_tokenizer(entry: dict[str, Any]) -> Any:
    """The base model's tokenizer, with a pad token, and with the entry's settings in its chat template.

    Raises UserError if it cannot be loaded.
    """
    from transformers import AutoTokenizer

    tokenizer = load_pretrained(AutoTokenizer, str(entry["model"]), entry.get("revision"))
    if tokenizer.eos_token_id is None:
        raise UserError(
            f"student {entry['model']}: its tokenizer has no end-of-sequence token; name it as eos_token in its "
            "tokenizer_config.json"
        )
    rows = load_config(str(entry["model"]), entry.get("revision")).get_text_config().vocab_size
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id >= rows:
        # Padding is masked by position, not by id, so that a trained EOS stays in the loss.
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.chat_template = _chat_template(entry, tokenizer)
    return tokenizer


def _chat_template(entry: dict[str, Any], tokenizer: Any) -> str | None:
    """The chat template to use, with the entry's settings in it; None if there is none."""
    file, found = entry.get("chat_template_file"), tokenizer.chat_template
    if file:
        try:
            found = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"chat_template_file {file}: cannot be read ({one_line(error)})") from None
    if isinstance(found, dict):
        if "default" not in found:
            raise UserError(
                f"student {entry['model']}: has several chat templates ({', '.join(found)}) and none is the default; "
                "name a file by chat_template_file"
            )
        found = found["default"]
    return with_arguments(found, entry["chat_template"]) if found and entry.get("chat_template") else found


def device_dtype(dtype: str) -> str:
    """The weights' type: `dtype`, or for `auto` the type that is fastest on this machine.

    That is bfloat16 on a GPU and on a CPU with instructions for it (AMX, AVX-512 BF16). On any other CPU it is float32,
    since bfloat16 products take more than twice as long there.
    """
    import torch

    if dtype != "auto":
        return dtype
    fast = torch.cuda.is_available() or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if fast else "float32"


def load_model(entry: dict[str, Any], dtype: str, trained: Path | None = None, quantized: bool = False) -> Any:
    """The student: its base model or, if given, the one that training wrote to the folder `trained`.

    `quantized` loads the base model in four bits (NF4), for QLoRA on a GPU. Only safetensors weights are read, and no
    code of a model repository is run. If transformers would refuse to save the model's generation config, only the ids
    of its tokens are kept. Raises UserError if the weights cannot be loaded.
    """
    model = _loaded(entry, dtype, trained, quantized)
    if generation_fault(model.generation_config):
        from transformers import GenerationConfig

        ids = ("bos_token_id", "eos_token_id", "pad_token_id")
        model.generation_config = GenerationConfig(**{name: getattr(model.generation_config, name) for name in ids})
    return model


def _loaded(entry: dict[str, Any], dtype: str, trained: Path | None, quantized: bool) -> Any:
    model, revision = str(entry["model"]), entry.get("revision")
    if trained is None:
        options = {"quantization_config": _four_bits()} if quantized else {}
        return load_language_model(model, revision, device_dtype(dtype), **options)
    if (trained / "adapter_config.json").is_file():
        from peft import PeftModel

        base = load_language_model(model, revision, device_dtype(dtype))
        # Merged, so that decoding is as fast as the base model's.
        return PeftModel.from_pretrained(base, str(trained)).merge_and_unload()
    return load_language_model(str(trained.absolute()), None, device_dtype(dtype))


def text_model(model: Any) -> Any:
    """The language model inside a model of text and images. A model without other parts is returned as it is."""
    text = model.config.get_text_config()
    if text is model.config:
        return model
    import torch
    from transformers import AutoModelForCausalLM

    text.tie_word_embeddings = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    with torch.device("meta"):
        alone = AutoModelForCausalLM.from_config(text)
    setattr(alone, alone.base_model_prefix, model.get_decoder())
    alone.set_output_embeddings(model.get_output_embeddings())
    alone.generation_config = model.generation_config
    lost = [name for name, weight in alone.named_parameters() if weight.is_meta]
    if lost:
        raise UserError(f"its language model cannot be saved alone: it would lack {lost[0]}; choose another model")
    return alone


def _four_bits() -> Any:
    from importlib.util import find_spec

    import torch
    from transformers import BitsAndBytesConfig

    if not torch.cuda.is_available():
        raise UserError("training.method is qlora, which needs an NVIDIA GPU; take lora on this machine")
    if find_spec("bitsandbytes") is None:
        raise UserError("training.method is qlora, which needs the package bitsandbytes; `pip install -e '.[qlora]'`")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
