"""The body of a request, changed by an entry's `parameters`; and which parameters are refused."""

from collections.abc import Mapping
from typing import Any

from cot_distill.decoding import Request, Sampling

_ONE_CHOICE = "only one completion of each reply is read, so more would be wasted money; raise generation.attempts"
_NOT_A_FIELD = "it is an argument of a client, not a field of a request; write its fields under parameters directly"
_THROWN_AWAY = "it asks for output that is not read; leave it out"
_REFUSED = {
    "n": _ONE_CHOICE,
    "best_of": _ONE_CHOICE,
    "num_return_sequences": _ONE_CHOICE,
    "candidate_count": _ONE_CHOICE,
    "candidateCount": _ONE_CHOICE,
    "model": "the entry's `model` names it",
    "messages": "the pipeline writes them",
    "prompt": "the pipeline writes it",
    "input": "the pipeline writes it",
    "stream": "set `stream: true` in the entry itself",
    "seed": "each attempt has a seed of its own, from teacher_seed; null leaves it out",
    **dict.fromkeys(
        ("extra_body", "extra_headers", "extra_query", "timeout", "max_retries", "default_headers"), _NOT_A_FIELD
    ),
    **dict.fromkeys(
        ("logprobs", "top_logprobs", "prompt_logprobs", "return_token_ids", "echo", "audio", "modalities"), _THROWN_AWAY
    ),
    **dict.fromkeys(
        ("tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "web_search_options"),
        _THROWN_AWAY,
    ),
}
_HARMLESS = dict.fromkeys(("n", "best_of", "num_return_sequences", "candidate_count", "candidateCount"), 1)
_CAPS = ("max_tokens", "max_completion_tokens")


def objection(parameters: Mapping[str, Any], stream: bool) -> str | None:
    """Why an entry's `parameters` cannot be used as they are, None if they can."""
    for name, value in parameters.items():
        if value is None or value is False or value == [] or value == _HARMLESS.get(name):
            continue
        if name in _REFUSED:
            return f"parameters.{name} is {value!r}; {_REFUSED[name]}"
        if name == "stream_options" and not stream:
            return "parameters.stream_options is set without `stream: true` in the entry"
        if name in _CAPS and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            return f"parameters.{name} is {value!r}; give a number of tokens from 1, or null"
    if all(parameters.get(name) is not None for name in _CAPS):
        return "parameters.max_tokens and parameters.max_completion_tokens are both set; no server takes both"
    return None


def body(model: str, parameters: Mapping[str, Any], request: Request, stream: bool) -> dict[str, Any]:
    """The body of a request. A parameter adds or changes a field; a parameter of None removes it."""
    sampling = request.sampling
    fields: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn[0], "content": turn[1]} for turn in request.prompt if isinstance(turn, tuple)],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_new_tokens,
        "seed": request.seed,
    }
    if parameters.get("max_completion_tokens") is not None:
        del fields["max_tokens"]  # no server takes both
    if stream:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    fields |= parameters
    return {name: value for name, value in fields.items() if value is not None}


def cap(parameters: Mapping[str, Any], sampling: Sampling) -> int | None:
    """The most tokens that a request allows, thoughts included; None if it sets no limit."""
    thinking: int | None = parameters.get("max_completion_tokens")
    plain: int | None = parameters.get("max_tokens", sampling.max_new_tokens)
    return plain if thinking is None else thinking
