"""The model card: what it says, literally; that the hub reads it; and that no value breaks out of its place."""

import ast
import dataclasses

import pytest

from cot_distill.sharing.card import Facts, card, is_card
from cot_distill.sharing.licences import front_matter

FACTS = Facts(
    name="tiny-gsm8k-solver-level-3",
    student="tiny",
    base="owner/tiny",
    base_on_hub="owner/tiny",
    base_licence="Apache-2.0",
    dataset="gsm8k",
    dataset_on_hub="openai/gsm8k",
    data_licence="MIT",
    teacher="gpt_4o",
    teacher_terms="gpt-4o: OpenAI's terms of use",
    granularity="level 3",
    format="original",
    supervision={"examples": 160, "verified_rate": 0.9875, "mean_words": 52.52, "mean_steps": 2.73, "mean_tokens": 191.64},
    training={"seed": 100, "method": "lora", "learning_rate": 0.002},
    evaluation={
        **{"n": 100, "accuracy": 0.18, "accuracy_low": 0.117, "accuracy_high": 0.2667, "answered_rate": 1.0},
        **{"truncated_rate": 0.07, "mean_new_tokens": 115.54, "baseline_accuracy": 0.0, "baseline_answered_rate": 0.5},
    },
    decoded="greedily",
    max_new_tokens=512,
    hashes={"data/problems": "md5 1234.dir", "data/student": "sha256 abcd"},
    revision="0123abc + uncommitted changes",
    asked="{problem}\n\nSolve it.",
    framed="<s>{problem}\n\nSolve it.\n",
)  # fmt: skip

FRONT_MATTER = """---
base_model: owner/tiny
datasets:
- openai/gsm8k
language: en
library_name: transformers
license: apache-2.0
pipeline_tag: text-generation
tags:
- cot-distill
- chain-of-thought
- distillation
model-index:
- name: tiny-gsm8k-solver-level-3
  results:
  - task:
      type: text-generation
    dataset:
      name: gsm8k
      type: openai/gsm8k
      split: test
    metrics:
    - type: accuracy
      value: 18.0
      name: Accuracy of the final answer (%)
---
"""


def test_the_front_matter_and_the_tables_word_by_word() -> None:
    text = card(FACTS)
    assert text.startswith(FRONT_MATTER + "\n# tiny-gsm8k-solver-level-3\n")
    assert (
        "| this model | 18.0% | 11.7% to 26.7% | 100.0% | 7.0% | 116 |\n"
        "| the base model, same prompt | 0.0% |  | 50.0% |  |  |\n"
    ) in text
    assert "On 100 test problems of gsm8k, decoded greedily, 512 new tokens at most:" in text
    for row in (
        "| rationales by | gpt_4o |",
        "| granularity | level 3 |",
        "| examples | 160 |",
        "| with the right answer | 98.8% |",
        "| words of a rationale, mean | 52.52 |",
        "| learning_rate | 0.002 |",
        "| seed | 100 |",
        "| base model | Apache-2.0 |",
        "| problems (gsm8k) | MIT |",
        "| rationales (gpt_4o) | gpt-4o: OpenAI's terms of use |",
        "| code | 0123abc + uncommitted changes |",
        "| data/student | sha256 abcd |",
    ):
        assert f"\n{row}\n" in text
    assert "```text\n<s>{problem}\n\nSolve it.\n\n```\n" in text
    assert "asked = '{problem}\\n\\nSolve it.'\n" in text
    assert "arXiv:2502.18001" in text
    assert card(FACTS) == text
    assert is_card(text)


def test_the_hub_client_reads_the_result() -> None:
    from huggingface_hub import ModelCard

    data = ModelCard(card(FACTS)).data
    assert (data.license, data.base_model, data.datasets) == ("apache-2.0", "owner/tiny", ["openai/gsm8k"])
    [result] = data.eval_results
    assert (result.dataset_type, result.metric_type, result.metric_value) == ("openai/gsm8k", "accuracy", 18.0)


def test_what_is_not_known_is_left_out_or_said_so() -> None:
    text = card(
        dataclasses.replace(
            FACTS, base_on_hub=None, base_licence=None, dataset="own", dataset_on_hub=None, revision=None
        )
    )
    assert "base_model" not in text and "datasets:" not in text
    assert "\nlicense: unknown\n" in text
    assert "\n| base model | not stated |\n" in text
    assert "\n| code | not known |\n" in text


def test_no_value_breaks_out_of_its_place() -> None:
    from huggingface_hub import ModelCard

    nasty = "a|b\n## c: [x](y) <b> `d` ``` no"
    text = card(
        dataclasses.replace(FACTS, name=nasty, teacher=nasty, base_licence=nasty, asked="```\n~~~~\n# q", framed="````")
    )
    assert "\n| rationales by | a\\|b ## c: \\[x\\](y) \\<b\\> \\`d\\` \\`\\`\\` no |\n" in text
    assert "\n````text\n```\n~~~~\n# q\n````\n" in text
    assert "\n`````text\n````\n`````\n" in text
    data = ModelCard(text).data
    assert data.license == "other" and data.license_name == "a|b-##-c:-[x](y)-<b>-`d`-```-no"
    assert data.model_name == nasty
    snippets = [part.partition("\n```\n")[0] for part in text.split("```python\n")[1:]]
    assert len(snippets) == 2
    for snippet in snippets:
        compile(snippet, "card", "exec")
        [literal] = [line for line in snippet.splitlines() if line.startswith("asked = ")]
        assert ast.literal_eval(literal.removeprefix("asked = ")) == "```\n~~~~\n# q"


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("llama3.2", {"license": "llama3.2"}),
        ("Llama 3 Community", {"license": "other", "license_name": "llama-3-community"}),
        (None, {"license": "unknown"}),
    ],
)
def test_licences_in_the_hub_s_words(licence, told) -> None:
    assert front_matter(licence) == told


def test_every_dataset_has_terms() -> None:
    from cot_distill.problems import DATASETS, FACTS

    assert set(FACTS) | {"own"} == set(DATASETS)


def test_other_files_are_no_cards() -> None:
    for text in ("", "# cot-distill\n", "---\ntags:\n- another\n---\n\n- cot-distill\n"):
        assert not is_card(text)
