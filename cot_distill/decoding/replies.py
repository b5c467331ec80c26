"""Reads a server's reply in every shape that providers use: its text, thoughts, finish reason and tokens.

The usual reply is `{"choices": [{"message": {"content": "…"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9,
"completion_tokens": 12}}`. Content may be missing, null or a list of typed parts. Thoughts are in a field
(`reasoning_content`, `reasoning`) or in parts of type `thinking`. Some servers count the tokens of thoughts only in
`total_tokens`. A reply with a usage was billed, so it counts as a completion, if need be as an empty one.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cot_distill.decoding import Completion, Request, estimated_tokens
from cot_distill.decoding.spending import request_tokens

_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")
"""Fields of a message that may have the thoughts. The first one that is not empty counts."""
_CACHED = ("prompt_cache_hit_tokens", "cache_read_input_tokens", "cachedContentTokenCount")
_THINKING = re.compile(r"think|reason|thought")
_WHOLE = re.compile(r"(?:stop|eos|end|complete|finish|done|success|unknown|unspecified|none|null)")
_FILTERED = re.compile(
    r"filter|safe|refus|moderat|prohibit|block|recit|spii|sensitiv|guardrail|policy|censor|flag|harm"
)
_CUTTING = re.compile(r"limit|length|max|trunc|incomplete|budget|exceed|window")


class Usage(NamedTuple):
    """The tokens that a reply was billed for."""

    prompt: int
    cached: int
    """How many of the prompt's tokens the server had in its cache."""
    new: int
    """Thoughts included."""


def was_cut(finish_reason: str) -> bool:
    """Whether a completion is not whole: it reached the cap of tokens, or the server failed before its end."""
    plain = _plain(finish_reason)
    return not was_filtered(plain) and (_CUTTING.search(plain) is not None or not _WHOLE.match(plain))


def was_filtered(finish_reason: str) -> bool:
    """Whether the server, or the model by its own words, withheld the completion or the rest of it."""
    return _FILTERED.search(_plain(finish_reason)) is not None


def decoded(content: bytes) -> Any:
    """The JSON of a body. A list of one item is unpacked, and bytes that are not UTF-8 are replaced. Raises
    ValueError."""
    text = content.decode(json.detect_encoding(content), errors="replace")
    body = json.loads(text.lstrip("\ufeff"))
    return body[0] if isinstance(body, list) and len(body) == 1 else body


def read(body: Any, request: Request, cap: int | None) -> Completion | None:
    """The completion of a body, not yet cleaned of secrets; None if it has none and nothing was billed. `cap`: the most
    tokens that the request allowed. It shows a cut that the server does not report."""
    if not isinstance(body, Mapping):
        return None
    usage = read_usage(body, request)
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, Sequence) and choices and isinstance(choices[0], Mapping) else {}
    message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
    if not isinstance(message, Mapping) or not choice:
        if usage is None:
            return None
        message = {}
    content, refusal = message.get("content"), message.get("refusal")
    if usage is None and not isinstance(content, str | list | Mapping | None):
        return None
    text, thoughts = _parts(content)
    finish = choice.get("finish_reason") or choice.get("native_finish_reason")
    if not finish and not choice and usage is not None:
        finish = "error"
    if not text and isinstance(refusal, str) and refusal:
        text, finish = refusal, finish if finish and was_filtered(str(finish)) else "refusal"
    if not thoughts:
        thoughts = next((found for name in _THOUGHTS if (found := _text(message.get(name)))), "")
    if choice.get("error") or body.get("error"):
        if usage is None and not text and not thoughts:
            return None
        finish = "error" if _WHOLE.match(_plain(finish)) else finish
    counted = usage is not None
    usage = usage or Usage(request_tokens(request), 0, estimated_tokens(len(text) + len(thoughts)))
    if not finish and cap is not None and usage.new >= cap:
        finish = "length"
    model = body.get("model")
    return Completion(
        text=whole_characters(text),
        new_tokens=usage.new,
        finish_reason=sys.intern(_line(str(finish or "unknown"))),
        prompt_tokens=usage.prompt,
        counted=counted,
        model=sys.intern(_line(model)) if isinstance(model, str) else None,
        thoughts=whole_characters(thoughts),
        cached_tokens=usage.cached,
    )


def read_usage(body: Mapping[str, Any], request: Request) -> Usage | None:
    """The tokens that a body was billed for; None if it has no usage, or a usage of 0.

    Some servers leave the tokens of thoughts out of `completion_tokens`. They are found from the total, or because they
    are more than `completion_tokens`.
    """
    told = _usage(body)
    prompt = _count(told, "prompt_tokens", "input_tokens", "promptTokenCount")
    new = _count(told, "completion_tokens", "output_tokens", "candidatesTokenCount")
    total = _count(told, "total_tokens", "totalTokenCount")
    if prompt is None and new is None and total is None:
        return None
    details = _mapping(told, "completion_tokens_details", "output_tokens_details")
    thought = _count(details, "reasoning_tokens") or _count(told, "reasoning_tokens", "thoughtsTokenCount") or 0
    if prompt is None:
        prompt = request_tokens(request) if new is None or total is None else max(0, total - new)
        prompt = prompt if total is None else min(prompt, total)
    if new is None:
        new = 0 if total is None else max(0, total - prompt)
    if thought > new:
        new += thought
    if total is not None:
        new = max(new, total - prompt)
    if not prompt and not new:  # nothing was billed, or the server did not count
        return None
    details = _mapping(told, "prompt_tokens_details", "input_tokens_details")
    cached = _count(details, "cached_tokens") or _count(told, *_CACHED) or 0
    return Usage(prompt, min(cached, prompt), new)


def whole_characters(text: str) -> str:
    """The text with every lone surrogate replaced, so that it can be encoded."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _usage(body: Mapping[str, Any]) -> Mapping[str, Any]:
    for holder in (body, body.get("x_groq"), body.get("error"), *_list(body.get("choices"))[:1]):
        if isinstance(holder, Mapping):
            for name in ("usage", "usageMetadata", "usage_metadata"):
                if isinstance(holder.get(name), Mapping):
                    return holder[name]  # type: ignore[no-any-return]
    return {}


def _count(told: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = told.get(name)
        try:
            number = -1.0 if value is None or isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            continue
        if 0 <= number < 1e12:
            return int(number)
    return None


def _mapping(told: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return next((told[name] for name in names if isinstance(told.get(name), Mapping)), {})


def _parts(content: Any) -> tuple[str, str]:
    """The text and the thoughts of a message's content."""
    if isinstance(content, str):
        return content, ""
    text, thoughts = [], []
    for part in _list(content) or [content]:
        if isinstance(part, Mapping) and (part.get("thought") is True or _THINKING.search(str(part.get("type")))):
            thoughts.append(_text(part))
        else:
            text.append(_text(part))
    return "".join(text), "".join(thoughts)


def _text(value: Any) -> str:
    """All text in a part, at any depth that providers use."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        names = ("text", "thinking", "content", "summary", "reasoning", "refusal")
        return next((found for name in names if (found := _text(value.get(name)))), "")
    return "".join(_text(part) for part in value) if isinstance(value, list) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(finish_reason: Any) -> str:
    return str(finish_reason or "unknown").lower().removeprefix("finish_reason_")


def _line(text: str) -> str:
    return " ".join(whole_characters(text).split())[:100]
