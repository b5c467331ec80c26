"""The catalogue's entries, and loading students: what is wrong with an entry or a folder is told in a line."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from safetensors.torch import load_file, save_file

from cot_distill import students
from cot_distill.errors import UserError
from cot_distill.students.base import load_model, load_tokenizer
from tests.conftest import ROOT
from tests.students.families import bloom, llama

CATALOGUE = ROOT / "students.yaml"
PAPER = ("bloom_560m", "bloom_1b1", "bloom_1b7", "bloom_3b", "gemma_2b", "llama_3_2_1b", "llama_3_2_3b")


DEFAULTS = {
    "method": "lora",
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 2.0e-4,
    "lora_rank": 16,
    "max_tokens": 2048,
    "lora_alpha": None,
    "lora_dropout": 0.0,
    "target_modules": "all-linear",
    "exclude_modules": None,
    "modules_to_save": None,
    "use_rslora": False,
    "use_dora": False,
    "weight_decay": 0.0,
    "warmup_ratio": 0.0,
    "neftune_noise_alpha": None,
    "validation_share": 0.0,
}


@pytest.fixture
def catalogue(tmp_path):
    """Makes a catalogue of one student `mine` with these settings."""
    file = tmp_path / "catalogue.yaml"

    def make(**settings: object) -> Path:
        YAML(typ="safe").dump({"mine": settings}, file)
        return file

    return make


def test_the_papers_students_carry_its_settings() -> None:
    for name in PAPER:
        entry = students.entry(name, CATALOGUE)
        assert entry["training"] == DEFAULTS | {
            "method": "full",
            "batch_size": 64,
            "learning_rate": 5.0e-5,
            "max_tokens": 4096,
        }
        assert entry["template"] == {"b": "alpaca", "g": "gemma", "l": "llama3"}[name[0]]


def test_every_student_of_the_catalogue_is_valid() -> None:
    for name in students.entries(CATALOGUE):
        assert students.entry(name, CATALOGUE)["licence"]
        assert "-" not in name  # DVC joins the names of a grid's factors with it
    assert students.entry("smollm2_135m", CATALOGUE)["training"] == DEFAULTS | {
        "epochs": 1,
        "batch_size": 4,
        "learning_rate": 2.0e-3,
    }


def test_an_entry_of_ones_own_needs_a_model_and_a_template(catalogue) -> None:
    file = catalogue(model="/models/mine", template="chat")
    assert students.entry("mine", file) == {
        "model": "/models/mine",
        "weights": None,
        "revision": None,
        "template": "chat",
        "chat_template": {},
        "chat_template_file": None,
        "licence": None,
        "training": DEFAULTS,
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"template": "chatml"}, "template is 'chatml'; valid: alpaca, gemma, llama3, plain, chat"),
        ({"template": None}, "template is None; it should be a valid string"),
        (
            {"model": "../mine"},
            "model is '../mine'; give a hub id (owner/name), a folder's absolute path, or wheel:PACKAGE",
        ),
        ({"modle": "x"}, "modle is not a known setting"),
        ({"chat_template": {"x y": 1}}, "chat_template is {'x y': 1}; 'x y' is not the name of a variable"),
        ({"training": {"method": "both"}}, "training.method is 'both'; valid: lora, qlora, full"),
        ({"training": {"epochs": "3"}}, "training.epochs is '3'; it should be a valid integer"),
        ({"training": {"rate": 1.0}}, "training.rate is not a known setting"),
        (
            {"training": {"target_modules": 3}},
            "training.target_modules is 3; give a list of module names, or a regular expression of them",
        ),
        ({"training": {"validation_share": 1.0}}, "training.validation_share is 1.0; it should be less than 1"),
        (
            {"template": "plain", "chat_template_file": "mine.jinja"},
            "chat_template_file is 'mine.jinja'; it is read with template chat alone",
        ),
    ],
)
def test_a_bad_entry_is_told_with_file_student_and_key(catalogue, tmp_path, change, told) -> None:
    file = catalogue(**{"model": "owner/mine", "template": "chat"} | change)
    with pytest.raises(UserError) as error:
        students.entry("mine", file)
    assert str(error.value).startswith(f"{tmp_path / 'catalogue.yaml'}: student mine: {told}")
    assert "\n" not in str(error.value)


def _without(*names: str):
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return spoil


def _config(**settings: object):
    def spoil(folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(settings))

    return spoil


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def _half(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if name.endswith("layers.1.mlp.up_proj.weight"))
    save_file({key: value for key, value in weights.items() if key != name}, folder / "model.safetensors")


def _torn(name: str):
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:200])

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_without("tokenizer.json"), "has no tokenizer (tokenizer.json); copy the tokenizer files of the model"),
        (_without("model.safetensors"), "has no weights (*.safetensors); copy them"),
        (_without("config.json"), "has no config.json; name the folder that save_pretrained() wrote"),
        (_pickled, "has only pickled weights (pytorch_model.bin), which can run code when read; if you trust them"),
        (_adapter, "has only an adapter (adapter_config.json); merge it into its base model"),
        (_config(), "config.json: names no model_type"),
        (_torn("config.json"), "config.json: cannot be read as JSON ("),
        (_config(model_type="mine", auto_map={"AutoConfig": "mine.Mine"}), "comes with code of its own (auto_map in"),
        (_config(model_type="mine"), "its model_type 'mine' (config.json) is not a language model that transformers"),
        (_config(model_type="vit"), "its model_type 'vit' (config.json) is not a language model that transformers"),
        (_torn("tokenizer.json"), "cannot be loaded ("),
        (_torn("model.safetensors"), "cannot be loaded ("),
        (_half, "its files lack 1 of the weights (model.layers.1.mlp.up_proj.weight, …)"),
    ],
)
def test_what_a_folder_lacks_is_told(tmp_path, spoil, told) -> None:
    entry = {"model": str(llama(tmp_path))}
    spoil(tmp_path)
    with pytest.raises(UserError) as error:
        (load_tokenizer(entry), load_model(entry, "float32"))
    assert f"model {tmp_path}" in str(error.value)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_code_beside_a_model_that_is_known_anyway_is_not_run(tmp_path) -> None:
    entry = {"model": str(llama(tmp_path))}
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Evil"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text("raise SystemExit('run')")
    assert type(load_model(entry, "float32")).__name__ == "LlamaForCausalLM"
    assert load_tokenizer(entry).eos_token == "<|end_of_text|>"


def test_a_tokenizer_without_an_end_is_told_and_one_without_padding_is_given_it(tmp_path) -> None:
    assert load_tokenizer({"model": str(llama(tmp_path / "llama"))}).pad_token == "<|end_of_text|>"
    folder = bloom(tmp_path / "bloom")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    del settings["eos_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(
        UserError, match=r"its tokenizer has no end-of-sequence token; name it as eos_token in its token"
    ):
        load_tokenizer({"model": str(folder)})
