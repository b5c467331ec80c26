"""What a server's refusal means: it may pass, it may cost one problem, or it may end the run. Also the server's own
words.

Providers differ. The same refusal has several statuses, a 200 may carry an error, and codes are in `code`, `type`,
`status` or the details. So the codes and the message are read together, and they count for more than the status.
"""

import contextlib
import dataclasses
import datetime
import email.utils
import enum
import html
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from cot_distill.decoding.rate import Hint


class Kind(enum.Enum):
    """What to do after a fault."""

    LIMITED = enum.auto()
    """The server takes no more for now. All requests wait."""
    BUSY = enum.auto()
    """The server is overloaded, perhaps for this request alone. All requests wait if most get this answer."""
    FAILED = enum.auto()
    """This request failed. It may succeed if it is sent again."""
    REFUSED = enum.auto()
    """This request will never succeed because of its problem: moderation, or its length."""
    INVALID = enum.auto()
    """This request will never succeed, and the reason is unknown."""
    QUOTA = enum.auto()
    """The account has no money or allowance left."""
    KEY = enum.auto()
    """The server refuses the key."""
    FATAL = enum.auto()
    """No request will succeed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """A refusal or failure that a server reported."""

    kind: Kind
    status: int
    words: str
    """The server's own words; empty if it gave none."""
    retry_after: float | None = None
    """Seconds that the server wants us to wait."""
    cause: str = ""
    """Why the problem is refused: `moderation` or `too_long`; empty for other faults."""


_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size)|maximum (?:context|prompt|input|model)|max_model_len|string_above_max_length|"
    r"(?:prompt|input|request|payload|message|content|entity)s?[^.]{0,30} too (?:long|large|big)|"
    r"too many (?:input |prompt )?tokens|reduce (?:the|your) (?:length|prompt|input|message)|"
    r"exceeds? [^.]{0,40}(?:token|length|context)|token count[^.]{0,40}exceed|"
    r"longer than (?:the )?(?:max|model|context)|range of input length|tokens`? \+ `?max_(?:new_)?tokens|^too long$"
)
_MODERATION = re.compile(
    r"content[ _-]?(?:filter|policy|management|violation|exists risk|moderation)|moderation|responsible ?ai|"
    r"data_?inspection|flagged|safety|usage (?:polic|guideline)|(?:violat|against)[^.]{0,40}(?:polic|guideline|terms)|"
    r"inappropriate|sensitive|harmful|unsafe|prohibited_content|blocklist|block_?reason|risk control|jailbreak|"
    r"guardrail|"
    r"(?:prompt|request|input|content|response) (?:was |is |has been )?(?:blocked|rejected|censored)"
)
_ABOUT_THE_ACCOUNT = re.compile(
    r"account|organi[sz]ation|country|region|territor|permission|your ip|subscription|api[ _-]?key|verif"
)
_QUOTA = re.compile(
    r"insufficient[ _-]?(?:\w+[ _-])?(?:quota|balance|credit|fund)|out of credit|credit balance|arrearage|"
    r"(?:not enough|no|add more|purchase more|requires more) credits|quota[^.]{0,30}(?:used up|exhausted)|"
    r"(?:account|balance)[^.]{0,30}(?:arrear|overdue|negative|empty|exhaust)|budget (?:has been )?exceeded|"
    r"(?:spend|spending|usage|cost|budget|hard|key|credit)[ _-](?:limit|cap) (?:has been )?(?:reached|exceeded|hit)"
)
_QUOTA_CODE = re.compile(r"(?<![/.])(?:billing|payment)[_-]")
"""In words, these stand in advice that every rate limit comes with."""
_PERHAPS_QUOTA = re.compile(r"exceeded your current quota|quota exceeded|exceeded[^.]{0,20} quota")
_FOR_THE_DAY = re.compile(
    r"(?:per|a|each|/) ?-?_?(?:day|week|month)\b|perday|daily|weekly|monthly|\b[rt]pd\b|\bper 24 ?h"
)
_KEY = re.compile(
    r"(?:invalid|incorrect|expired|missing|wrong|no|bad|revoked|malformed)[ _-]+(?:api|authentication|access|auth)"
    r"[ _-]?(?:key|token|credential)|api[ _]?key[ _](?:is )?(?:not valid|invalid|expired|missing|not found)|"
    r"unauthenticated|authentication[ _]?(?:error|fails)"
)
_MODEL = re.compile(
    r"model_?not_?found|invalid_?model|(?:unknown|no such|unsupported) model|model[^.]{0,80}(?:not exist|not found)"
)
_RATE = re.compile(r"rate[ _-]?limit|too many requests|resource_exhausted|throttl|slow down")
_LIMITED = re.compile(rf"{_RATE.pattern}|overloaded|(?:at|over) capacity|capacity[ _]exceeded")
_OWN_FIELDS = frozenset({"", "messages", "prompt", "input", "none", "null"})
_WAIT = re.compile(
    r"(?:try again|retry|wait|available|reset\w*)[^.]{0,30}? (?:after|in|for|for another|within)?:? ?"
    r"((?:\d+(?:\.\d+)? ?(?:ms|milliseconds?|h(?:ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?:,? and |,? )?)+)"
    r"(?![a-z])"
)
_PIECE = re.compile(r"(\d+(?:\.\d+)?) ?(ms|milli|h|m|s|d)")
_SECONDS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def fault(status: int, headers: Mapping[str, str], content: bytes) -> Fault:
    """What a reply without a completion means. If the status is 200, the body's own status counts."""
    body = parsed(content)
    error = _error(body)
    inner = _status(error)
    if inner is not None and (status < 400 or status in (500, 502)):
        status = inner
    words = _words(error, body)
    codes = " ".join(_codes(error)).lower()
    retry_after = _retry_after(headers, error, words)
    said = f"{codes} {words}".lower()
    kind, cause = _kind(status, codes, said, _field(error), retry_after)
    return Fault(kind, status, words, retry_after, cause)


def parsed(content: bytes) -> Any:
    """The JSON of a body, or else its text. Of HTML, only the text that a reader would see."""
    text = content.decode("utf-8", errors="replace").strip().lstrip("\ufeff")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        if "<" not in text:
            return text
        shown = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", text)
        return html.unescape(" ".join(shown.split()))
    return body[0] if isinstance(body, list) and len(body) == 1 else body


def has_error(body: Any) -> bool:
    """Whether a body that came with a good status reports an error."""
    return isinstance(body, Mapping) and (isinstance(body.get("message"), str) or _error(body) is not body)


def _kind(status: int, codes: str, said: str, field: str, retry_after: float | None) -> tuple[Kind, str]:
    account = _ABOUT_THE_ACCOUNT.search(said)
    if status == 402 or _QUOTA.search(said) or _QUOTA_CODE.search(codes):
        return Kind.QUOTA, ""
    limited = status in (429, 503, 529) or (status not in (401, 404) and _LIMITED.search(codes) is not None)
    perhaps = _PERHAPS_QUOTA.search(said) and retry_after is None and status == 429 and "perminute" not in said
    if (limited and _FOR_THE_DAY.search(said)) or perhaps:
        return Kind.QUOTA, ""
    if status in (401, 407) or (status in (400, 403) and _KEY.search(said)):
        return Kind.KEY, ""
    if status == 413 or (status != 401 and _TOO_LONG.search(said) and not (limited and "too large" not in said)):
        return Kind.REFUSED, "too_long"
    if status == 451 or ((_MODERATION.search(codes) or _MODERATION.search(said)) and not account and not limited):
        return Kind.REFUSED, "moderation"
    if limited:
        return (Kind.LIMITED if status == 429 or retry_after is not None or _RATE.search(said) else Kind.BUSY), ""
    return _by_status(status, said, field), ""


def _by_status(status: int, said: str, field: str) -> Kind:
    if status in (408, 409, 421, 423, 424, 425) or status >= 440:  # from 440 on: gateways' own
        return Kind.FAILED
    if status in (400, 422) and not _MODEL.search(said) and field.lower() in _OWN_FIELDS:
        return Kind.INVALID
    return Kind.FATAL if status >= 300 else Kind.FAILED


def _error(body: Any) -> Any:
    if isinstance(body, Mapping):
        choices = body.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        for holder, name in ((body, "error"), (body, "errors"), (body, "detail"), (body, "Error"), (choice, "error")):
            inner = holder.get(name)
            if isinstance(inner, list) and inner:
                inner = inner[0]
            if isinstance(inner, Mapping) and inner:
                return {**{key: value for key, value in body.items() if isinstance(value, str | int)}, **inner}
            if isinstance(inner, str) and inner:
                return {**body, "message": body.get("message") or inner}
    return body


def _status(error: Any) -> int | None:
    if isinstance(error, Mapping):
        for name in ("code", "status", "status_code", "http_code"):
            try:
                number = int(error.get(name) or 0)
            except (TypeError, ValueError):
                continue
            if 400 <= number <= 599:
                return number
    return None


def _words(error: Any, body: Any) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, Mapping):
        return ""
    names = (
        "message",
        "msg",
        "error_description",
        "error_msg",
        "errorMessage",
        "detail",
        "description",
        "title",
        "reason",
        "error",
    )
    said = next((str(error[name]) for name in names if isinstance(error.get(name), str) and error[name].strip()), "")
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    if isinstance(raw, str) and raw.strip():
        inner = parsed(raw.encode("utf-8", "replace"))
        within = _error(inner)
        said = f"{said}: {_words(within, inner) or raw}" if said else raw
    return said or str(error.get("code") or error.get("type") or error.get("status") or "")


def _codes(error: Any, depth: int = 0) -> Iterable[str]:
    """All words that name the fault, at any depth."""
    if depth > 4:
        return
    if isinstance(error, list):
        for one in error[:20]:
            yield from _codes(one, depth + 1)
    if isinstance(error, Mapping):
        for name, value in error.items():
            if isinstance(value, str) and len(value) <= 200 and not re.search(r"\s|://", value):
                yield value
            elif name in ("reasons", "flagged_input") or (isinstance(value, Mapping) and value.get("filtered") is True):
                yield f"{name} content_filter"
            if isinstance(value, Mapping | list):
                yield from _codes(value, depth + 1)


def _field(error: Any) -> str:
    if isinstance(error, Mapping):
        for name in ("param", "loc", "field"):
            value = error.get(name)
            if isinstance(value, list) and value:
                value = value[1] if len(value) > 1 and value[0] == "body" else value[0]
            if isinstance(value, str):
                return re.split(r"[.\[]", value)[0]
    return ""


def _retry_after(headers: Mapping[str, str], error: Any, words: str) -> float | None:
    """Seconds to wait, from the headers, Google's RetryInfo, fields of the body, or its words."""
    for name, factor in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value and (seconds := _header_seconds(value, factor)) is not None:
            return seconds
    found = _in_body(error)
    if found is not None:
        return found
    said = _WAIT.search(words.lower())
    if said:
        return duration(said[1])
    for name in ("x-ratelimit-reset-after", "x-ratelimit-reset", "ratelimit-reset", "anthropic-ratelimit-reset"):
        value = headers.get(name)
        if value and (seconds := _header_seconds(value, 1.0)) is not None:
            return seconds
    return None


def _header_seconds(value: str, factor: float) -> float | None:
    try:
        seconds = float(value) * factor
    except ValueError:
        for date in (email.utils.parsedate_to_datetime, datetime.datetime.fromisoformat):
            with contextlib.suppress(ValueError, OverflowError, TypeError):
                return max(0.0, date(value).timestamp() - time.time())
        return duration(value)
    if seconds > 1e9:  # a moment, in seconds or milliseconds since 1970
        seconds = (seconds / 1000 if seconds > 1e11 else seconds) - time.time()
    return max(0.0, seconds) if seconds == seconds and seconds < 1e9 else None


def _in_body(error: Any, depth: int = 0) -> float | None:
    if depth > 4:
        return None
    if isinstance(error, Mapping):
        for name, value in error.items():
            plain = str(name).lower().replace("_", "").replace("-", "")
            if plain in ("retrydelay", "retryafter", "retryafterseconds", "retryafterms") and isinstance(
                value, str | int | float
            ):
                return _header_seconds(str(value), 0.001 if plain.endswith("ms") else 1.0)
    inner = error.values() if isinstance(error, Mapping) else error if isinstance(error, list) else ()
    return next((found for value in inner if (found := _in_body(value, depth + 1)) is not None), None)


def duration(text: str) -> float | None:
    """Seconds of a duration as providers write it: `120ms`, `6m0s`, `34.5s`, `2 minutes`; None if it is none."""
    pieces = _PIECE.findall(text.lower())
    if pieces:
        return sum(float(number) * _SECONDS[unit] for number, unit in pieces)
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


def hint(headers: Mapping[str, str], tokens_each: float) -> Hint | None:
    """What the headers say of the nearest limit; they are OpenAI's `x-ratelimit-*` or Anthropic's. `tokens_each`:
    tokens that a request takes."""
    hints = []
    for what, each in (("requests", 1.0), ("tokens", max(1.0, tokens_each))):
        ours = {
            part: headers.get(f"x-ratelimit-{part}-{what}") or headers.get(f"anthropic-ratelimit-{what}-{part}") or ""
            for part in ("limit", "remaining", "reset")
        }
        try:
            limit, remaining = float(ours["limit"]), float(ours["remaining"])
        except ValueError:
            continue
        if not 0 < limit < 1e15:
            continue
        rate = limit / 60
        reset = _header_seconds(ours["reset"], 1.0)
        if reset and 0 <= remaining < limit / 2:  # `reset` is how long it takes to be full again
            rate = min(rate, (limit - remaining) / reset)
        hints.append(Hint(rate / each, remaining / each))
    return min(hints, key=lambda one: one.remaining, default=None)
