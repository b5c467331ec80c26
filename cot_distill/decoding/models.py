"""A model to ask, as a catalogue describes it: its engine, its journal identity, and how it is started."""

import json
import os
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cot_distill.decoding import Engine, Sampling
from cot_distill.decoding.batches import BatchEngine
from cot_distill.decoding.journal import model_folder, request_key
from cot_distill.decoding.local import computed_by
from cot_distill.decoding.openai_engine import Limits, OpenAIEngine
from cot_distill.decoding.parameters import cap, objection
from cot_distill.decoding.server import Server, find_server
from cot_distill.decoding.several_servers import SeveralServers
from cot_distill.errors import UserError
from cot_distill.weights.loading import fingerprint, location

PLACEMENT = frozenset(
    "batch_size tensor_parallel_size pipeline_parallel_size data_parallel_size distributed_executor_backend "
    "gpu_memory_utilization cpu_offload_gb swap_space max_num_seqs max_num_batched_tokens enforce_eager "
    "enable_prefix_caching disable_log_stats download_dir load_format".split()
)
"""Engine arguments that change only the speed; the tokens differ by rounding at most."""

_IDLE = {
    "openai": {"arguments", "chat_template"},
    "local": {"base_url", "url_variable", "key_variable", "parameters", "stream"},
}
"""Settings that an engine does not read."""
_DTYPES = ("bfloat16", "float16", "float32")


class Model(BaseModel):
    """A model and its engine."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    source: Literal["model"] = "model"
    engine: Literal["openai", "vllm", "transformers"]
    model: str
    """The server's name for the model; or a hub id, a folder's absolute path, `wheel:PACKAGE`."""
    revision: str | None = None
    """Hub models: commit, tag or branch. A server's model: any text that identifies its version, if its name does
    not."""
    licence: str | None = None
    base_url: str | Annotated[list[str], Field(min_length=1)] | None = None
    """openai: the address of the server, or of several that serve the same model. The environment's address comes
    first."""
    key_variable: str = "OPENAI_API_KEY"
    url_variable: str = "OPENAI_BASE_URL"
    parameters: dict[str, Any] = {}
    """openai: fields to add to the request's body or to change there; null removes a field."""
    stream: bool = False
    """openai: read replies piece by piece, so that a gateway does not drop the connection during long thoughts."""
    arguments: dict[str, Any] = {}
    """vllm: any argument of its engine. transformers: `dtype` and `batch_size`."""
    chat_template: dict[str, Any] = {}
    """vllm, transformers: settings that the chat template gets besides the turns."""

    def identity(self) -> dict[str, Any]:
        """What a response depends on besides its request. Raises UserError as `fingerprint` does."""
        if self.engine == "openai":
            return {
                "engine": self.engine,
                "model": self.model,
                "revision": self.revision,
                "parameters": self.parameters,
            }
        return {
            "engine": self.engine,
            **computed_by(self.engine),
            "model": self.model.rstrip("/").rpartition("/")[2],
            "revision": fingerprint(self.model, self.revision),
            "arguments": {name: value for name, value in self._started_with().items() if name not in PLACEMENT},
            "chat_template": self.chat_template,
        }

    def host(self) -> str | None:
        """The server that would be asked; None: this machine. Raises UserError as `find_server` does."""
        if self.engine != "openai":
            return None
        return ", ".join(server.host for server in self._servers())

    def _servers(self) -> list[Server]:
        """The servers that would be asked. If the environment names one, only that one."""
        named = [self.base_url] if self.base_url is None or isinstance(self.base_url, str) else self.base_url
        found = {(one := find_server(url, self.url_variable, self.key_variable)).url: one for url in named}
        return list(found.values())

    def cap(self, sampling: Sampling) -> int | None:
        """The most tokens that a request's completion may have; None if the entry leaves that open."""
        return cap(self.parameters, sampling) if self.engine == "openai" else sampling.max_new_tokens

    @property
    def thinks(self) -> bool:
        """Whether the entry asks for thoughts, or makes room for them."""
        asked = {name: value for name, value in self.parameters.items() if value not in (None, "none", False)}
        return any("reason" in name or "think" in name or name == "max_completion_tokens" for name in asked)

    def start(self, limits: Limits, batch: bool = False) -> Engine:
        """Start the engine; this loads a local model. `batch`: ask the server through its batch interface. Raises
        UserError if the engine cannot be started."""
        if self.engine == "openai":
            servers = self._servers()
            each = [OpenAIEngine(self.model, self.parameters, server, limits, self.stream) for server in servers]
            if len(each) > 1:
                if batch:
                    raise UserError(f"{self.model}: calls.batch takes one server, and base_url names {len(each)}")
                return SeveralServers(each)
            [server], [single] = servers, each
            if not batch:
                return single
            identity = self.identity()
            key = partial(request_key, json.dumps(identity, sort_keys=True).encode())
            return BatchEngine(self.model, self.parameters, server, single, model_folder(identity), key)
        if self.engine == "vllm":
            from cot_distill.decoding.vllm_engine import VLLMEngine

            return VLLMEngine(*self._pinned(), self._started_with(), self.chat_template)
        from cot_distill.decoding.transformers_engine import load

        return load(*self._pinned(), **self._started_with(), chat_template=self.chat_template)

    def _pinned(self) -> tuple[str, str | None]:
        """Where the files are, and for a hub model the commit that `identity` names."""
        where = location(self.model)[0]
        return where, None if os.path.isabs(where) else fingerprint(self.model, self.revision)

    def _started_with(self) -> dict[str, Any]:
        if self.engine == "vllm":
            return {"dtype": "bfloat16", "seed": 0} | self.arguments
        return {"dtype": "bfloat16", "batch_size": 32} | self.arguments


def describe(entry: Mapping[str, Any], name: str) -> Model:
    """The model of a catalogue entry. Raises UserError, one line that names every bad setting of the entry `name`."""
    try:
        model = Model.model_validate(dict(entry))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UserError(f"{name}: {told}") from None
    idle = sorted(_IDLE["openai" if model.engine == "openai" else "local"] & model.model_fields_set)
    if idle:
        raise UserError(f"{name}: {idle[0]} does nothing for the engine {model.engine}; leave it out")
    why_not = objection(model.parameters, model.stream)
    if why_not:
        raise UserError(f"{name}: {why_not}")
    if model.engine == "transformers":
        unknown = sorted(set(model.arguments) - {"dtype", "batch_size"})
        if unknown:
            raise UserError(
                f"{name}: arguments.{unknown[0]} is unknown to the engine transformers; valid: dtype, batch_size"
            )
        dtype, batch_size = model.arguments.get("dtype", "bfloat16"), model.arguments.get("batch_size", 1)
        if dtype not in _DTYPES:
            raise UserError(f"{name}: arguments.dtype is {dtype!r}; valid: {', '.join(_DTYPES)}")
        if not isinstance(batch_size, int) or batch_size < 1:
            raise UserError(f"{name}: arguments.batch_size is {batch_size!r}; give a number from 1")
    return model
