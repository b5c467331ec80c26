"""The data report of an experiment: what the student is taught, as numbers that can be diffed and as a page."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cot_distill.records import Example, Problem, Rationale
from cot_distill.supervision import measures

_LISTED = 10
_PAGE = Path(__file__).with_name("report.txt")


@dataclasses.dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of examples in the student's tokens, and the limits."""

    tokens: Sequence[int]
    written: Sequence[int]
    """Tokens that the student must write for each, the end token included."""
    limit: int
    """The most tokens of a whole example in training."""
    cap: int
    """The most tokens of a completion in evaluation."""

    def over(self) -> dict[str, int]:
        """The number of examples over the limit; and over the cap, if there are some."""
        told = {"limit": self.limit, "over_limit": sum(length > self.limit for length in self.tokens)}
        over_cap = sum(length > self.cap for length in self.written)
        return told | ({"evaluation_cap": self.cap, "over_evaluation_cap": over_cap} if over_cap else {})


def report(
    train: Sequence[Problem],
    rationales: Sequence[Rationale],
    examples: Sequence[Example],
    lengths: Lengths,
    accounts: Mapping[str, Any],
) -> dict[str, Any]:
    """All measures of an arm. `rationales` and `lengths` are those of the examples. `accounts` say how many rows each
    stage kept and dropped."""
    texts = [rationale.text for rationale in rationales]
    repeats = Counter(texts)
    golds = Counter(problem.gold for problem in train)
    taught = len({rationale.problem_id for rationale in rationales})
    return {
        "accounts": {stage: _counted(account) for stage, account in accounts.items()},
        "examples": len(examples),
        **(
            {"problems_taught": taught}
            if (taught := len({one.problem_id for one in rationales})) < len(examples)
            else {}
        ),
        "answers": {
            "stated_is_gold": sum(rationale.verified for rationale in rationales),
            "stated_is_not_gold": sum(not rationale.verified for rationale in rationales),
            "different_golds": len(golds),
        },
        "text": {
            "empty": sum(not text for text in texts),
            "repeated": sum(count - 1 for text, count in repeats.items() if text),
            "refers_to_gold": sum(map(measures.refers_to_gold, texts)),
        },
        "words": dataclasses.asdict(measures.spread([measures.words(text) for text in texts])),
        "steps": dataclasses.asdict(measures.spread([measures.steps(text) for text in texts])),
        "tokens": dataclasses.asdict(measures.spread(lengths.tokens)) | lengths.over(),
        "diversity": {
            "vocabulary": measures.vocabulary(texts),
            "distinct_1": measures.distinct(texts, 1),
            "distinct_2": measures.distinct(texts, 2),
            "distinct_3": measures.distinct(texts, 3),
            "compression_ratio": measures.compression_ratio(texts),
        },
    }


def headline(whole: Mapping[str, Any]) -> dict[str, float]:
    """The five numbers of a report that DVC shows with an experiment."""
    examples = whole["examples"]
    return {
        "examples": examples,
        "verified_rate": round(whole["answers"]["stated_is_gold"] / examples, 4) if examples else 0.0,
        "mean_words": whole["words"]["mean"],
        "mean_steps": whole["steps"]["mean"],
        "mean_tokens": whole["tokens"]["mean"],
    }


def page(whole: Mapping[str, Any], arm: str, shown: Sequence[tuple[Problem, Rationale]]) -> str:
    """The report as Markdown, with a few problems and their rationales at the end."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined)
    environment.filters |= {"thousands": "{:,}".format, "counts": _counts, "shares": _shares, "quoted": _quoted}
    template = environment.from_string(_PAGE.read_text(encoding="utf-8"))
    return template.render(whole=whole, arm=arm, shown=shown[:_LISTED])


def _counted(account: Mapping[str, Any]) -> dict[str, Any]:
    """An account without its lists of ids, which would make the report's diffs unreadable."""
    return {name: value for name, value in account.items() if not isinstance(value, list)}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {share:.1%}" for name, share in shares.items())


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.replace("<", "&lt;").splitlines())
