"""The difference as Markdown, for GitHub's comments and step summaries and for a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from cot_distill.diff.accuracy import METRIC, Accuracy
from cot_distill.diff.changes import Change, is_share
from cot_distill.diff.difference import Difference
from cot_distill.diff.gate import Gate
from cot_distill.tables import layout

_WIDTH = 50
_SIGNS = {"better": "▲ better", "worse": "▼ worse", None: ""}
_LONG, _MOST = 60, 40
"""The most characters of a cell and rows of a table. GitHub accepts comments of 65,536 characters."""


def page(compared: Sequence[Difference], notes: Sequence[str], gate: Gate | None) -> str:
    """The whole comment: the outcome, a section for each comparison, then notes."""
    parts = ["# What this change does to the metrics\n", *(_outcome(one, gate) for one in compared)]
    for one in compared:
        parts += [f"## {one.title}\n", *_section(one)]
    parts.append("".join(f"- {_text(note)}\n" for note in notes))
    return "\n".join(part for part in parts if part)


def _outcome(compared: Difference, gate: Gate | None) -> str:
    if gate is None:
        return f"**{compared.title}**: no gate; params.yaml at head has no `gate`.\n"
    if compared.accuracy is None:
        return f"**{compared.title}**: ⚠ the gate cannot decide, since {METRIC} cannot be compared.\n"
    sign = "❌" if gate.fails(compared.accuracy) else "✅"
    return f"**{compared.title}**: {sign} {gate.in_words(compared.accuracy)}.\n"


def _section(compared: Difference) -> Iterator[str]:
    if compared.accuracy:
        yield _chart(compared.accuracy)
        yield _significance(compared.accuracy)
    if compared.metrics:
        yield _table("metric", compared.metrics)
    else:
        yield "No metric changed.\n"
    if compared.metrics and compared.unchanged:
        yield f"Unchanged metrics: {compared.unchanged}.\n"
    if compared.supervision:
        yield "### Supervision\n"
        yield _table("measure", compared.supervision)
    if compared.params:
        yield "### Params\n"
        yield _table("param", compared.params, shares=False)
    yield "".join(f"- {_text(note)}\n" for note in compared.notes)


def _significance(accuracy: Accuracy) -> str:
    low, high = accuracy.difference_interval
    words = f"Head minus base: {layout.points(accuracy.difference)} points"
    words += f", 95% interval {layout.points(low)} to {layout.points(high)}"
    words += f", p {layout.p_value(accuracy.p, seeds=1)} (paired t-test over problems, one comparison)"
    return f"{words}; {accuracy.n} test problems.\n\n- {layout.ONE_SEED}\n"


def _chart(accuracy: Accuracy) -> str:
    """Each accuracy as a dot in its interval, on a scale from 0% to 100%."""
    scale = "0%".ljust(_WIDTH // 2) + "50%".ljust(_WIDTH // 2 - 3) + "100%"
    lines = [f"{'accuracy':10}{scale}"]
    for name, share, (low, high) in (
        ("base", accuracy.base, accuracy.base_interval),
        ("head", accuracy.head, accuracy.head_interval),
    ):
        cells = [" "] * (_WIDTH + 1)
        left, dot, right = (round(_WIDTH * value) for value in (low, share, high))
        cells[left : right + 1] = "─" * (right + 1 - left)
        cells[left], cells[right], cells[dot] = "├", "┤", "●"
        lines.append(f"{name:10}{''.join(cells)}  {share:.1%} ({layout.interval(low, high)})")
    return "```\n" + "\n".join(lines) + "\n```\n"


def _table(kind: str, changes: Sequence[Change], shares: bool = True) -> str:
    rows = []
    for change in changes[:_MOST]:
        share = shares and is_share(change.name)
        base = "–" if change.kind == "added" else _value(change.base, change.base_interval, share)
        head = "–" if change.kind == "removed" else _value(change.head, change.head_interval, share)
        rows.append((_cell(change.name, code=True), base, head, _by(change, shares)))
    more = f"\n… and {len(changes) - _MOST} more; `--json` lists them.\n" if len(changes) > _MOST else ""
    return layout.markdown((kind, "base", "head", "change"), rows) + more


def _by(change: Change, shares: bool) -> str:
    if change.kind != "changed" or change.by is None:
        return "" if change.kind == "changed" else change.kind
    words = f"{layout.points(change.by)} points" if shares and is_share(change.name) else f"{change.by:+.4g}"
    return " ".join(part for part in (words, _SIGNS[change.reading]) if part)


def _value(value: Any, interval: tuple[float, float] | None, share: bool) -> str:
    if share and isinstance(value, float):
        return f"{value:.1%}" + (f" ({layout.interval(*interval)})" if interval else "")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _cell(f"{value:.6g}" if isinstance(value, float) else str(value))


def _cell(text: str, code: bool = False) -> str:
    """Untrusted text of a branch, escaped so that it stays in its cell of a table."""
    short = " ".join(text.split())
    short = short if len(short) <= _LONG else short[: _LONG - 1] + "…"
    return "`" + short.replace("`", "'").replace("|", "\\|") + "`" if code else _text(short)


def _text(text: str) -> str:
    """Text, escaped so that Markdown sees no tag, link or mention in it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u200b")
    return "".join(f"\\{character}" if character in "|[]!*" else character for character in escaped)
