"""Decoding with vLLM's offline engine, on GPUs or with its CPU build."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from cot_distill.decoding import Completion, Deliver, Request, Working, unwatched
from cot_distill.decoding.conversations import token_ids, written_text
from cot_distill.decoding.lengths import Stream
from cot_distill.errors import UserError, first_line
from cot_distill.quiet import held_back
from cot_distill.stopping import Stop

AT_ONCE = 256
"""The number of sequences that decode together if `max_num_seqs` is not set. A kill loses these unfinished responses,
and as many that wait behind them, at most."""


class VLLMEngine:
    """Keeps the engine full, and delivers a completion as soon as it has ended while the others go on."""

    def __init__(
        self,
        where: str,
        revision: str | None,
        arguments: Mapping[str, Any],
        chat_template: Mapping[str, Any] | None = None,
        end: int | None = None,
    ) -> None:
        """`where` is a folder or hub id; `arguments` are vLLM's own. `chat_template`: settings that the template gets
        besides the turns of a conversation. `end`: a token that ends a completion, besides those that the model and its
        tokenizer name. Raises UserError if the engine cannot be started."""
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
        self._chat_template = chat_template or {}
        self._end = end
        with held_back() as self._held:
            self.llm = _started(where, revision, {"max_num_seqs": AT_ONCE, **arguments})
        self._at_once = int(arguments.get("max_num_seqs", AT_ONCE))
        self._tokenizer = self.llm.get_tokenizer()

    def complete(self, requests: Iterable[Request], deliver: Deliver, stop: Stop, working: Working = unwatched) -> None:
        """See `Engine.complete`. All requests must have the same `beam`.

        Raises UserError if vLLM's processes die.
        """
        from vllm.v1.engine.exceptions import EngineDeadError

        waiting = iter(requests)
        first = next(waiting, None)
        if first is None:
            return
        try:
            every = chain([first], waiting)
            if first.sampling.beam:
                self._search(every, deliver, stop)  # the batches of the search report their own progress
            else:
                self._complete(every, deliver, stop, Stream(working, self._at_once, first.sampling.max_new_tokens))
        except EngineDeadError as error:
            # Ctrl-C reaches vLLM's processes too, and they drop what is in flight.
            if not stop.requested:
                self._held.show()
                raise UserError(
                    "engine vllm: its processes died, most likely for lack of memory; see their messages above, change "
                    "the model's arguments or decoding.batch_size, and run the same command again to continue"
                ) from error

    def _complete(self, waiting: Iterator[Request], deliver: Deliver, stop: Stop, pace: Stream) -> None:
        engine = self.llm.llm_engine
        in_flight: dict[str, Request] = {}
        number = 0
        while True:
            room = 2 * self._at_once - len(in_flight)
            for request in () if stop.requested else islice(waiting, room):
                number += 1
                name = str(number)
                in_flight[name] = request
                ids = token_ids(request, self._tokenizer, self._chat_template)
                engine.add_request(name, {"prompt_token_ids": ids}, self.sampling(request))
            if not in_flight:
                return
            ended = [output for output in engine.step() if output.finished]
            pace.step(len(in_flight), [len(output.outputs[0].token_ids) for output in ended])
            for output in ended:
                request = in_flight.pop(output.request_id)
                deliver(request, self._completion(request, output))

    def _search(self, waiting: Iterator[Request], deliver: Deliver, stop: Stop) -> None:
        """Beam search, for as many prompts at a time as have room for their beams."""
        from vllm.sampling_params import BeamSearchParams

        ends = {self._end, self._tokenizer.eos_token_id} - {None}
        if self._end is not None:
            self._tokenizer.eos_token_id = self._end  # vLLM's search offers no other way to set the end token
        while not stop.requested:
            drawn = next(waiting, None)
            if drawn is None:
                return
            width = drawn.sampling.beam or 1
            batch = [drawn, *islice(waiting, max(1, self._at_once // width) - 1)]
            prompts = [token_ids(request, self._tokenizer, self._chat_template) for request in batch]
            wanted = BeamSearchParams(beam_width=width, max_tokens=drawn.sampling.max_new_tokens)
            found = self.llm.beam_search([{"prompt_token_ids": ids} for ids in prompts], wanted)
            for request, ids, one in zip(batch, prompts, found, strict=True):
                written = one.sequences[0].tokens[len(ids) :]
                length = next((place for place, token in enumerate(written) if token in ends), None)
                text = self._tokenizer.decode(written[:length], skip_special_tokens=True)
                text = written_text(self._tokenizer, ids, written[:length], text, ())
                ended = length is not None
                tokens = length + 1 if length is not None else len(written)
                deliver(request, Completion(text, tokens, "stop" if ended else "length", len(ids)))

    def _completion(self, request: Request, output: Any) -> Completion:
        written = output.outputs[0]
        prompt = list(output.prompt_token_ids)
        return Completion(
            text=written_text(self._tokenizer, prompt, written.token_ids, written.text, request.sampling.stop),
            new_tokens=len(written.token_ids),
            finish_reason=written.finish_reason or "unknown",
            prompt_tokens=len(prompt),
        )

    def sampling(self, request: Request) -> Any:
        """The request's sampling in vLLM's terms. Every setting is given, so that no default of the model applies."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        sampling = request.sampling
        return SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_new_tokens,
            seed=request.seed,
            stop=list(sampling.stop),
            stop_token_ids=[] if self._end is None else [self._end],
            output_kind=RequestOutputKind.FINAL_ONLY,
        )


def _started(where: str, revision: str | None, arguments: Mapping[str, Any]) -> Any:
    try:
        import vllm
    except ImportError as error:
        raise UserError(f"engine vllm: cannot be imported ({error}); run `make install-vllm`") from None
    given = {"enable_prefix_caching": True, "load_format": "safetensors", **_for_cpu(), **arguments}
    try:
        return vllm.LLM(model=where, revision=revision, trust_remote_code=False, **given)
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        raise UserError(f"engine vllm: {where} cannot be started ({first_line(error)})") from error


def _for_cpu() -> dict[str, Any]:
    """Arguments for the CPU build.

    It must not read a prompt in chunks: it would then rewind each request's seeded generator, which a CPU's cannot do
    (vLLM 0.32: "CPU Generator does not use offset"). The engine does not own all of a CPU's memory, as it owns a GPU's.
    All runs in one process: a scheduler in a process of its own would wait by spinning on a core that then could not
    compute.
    """
    from vllm.platforms import current_platform

    if not current_platform.is_cpu():
        return {}
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    return {"enable_chunked_prefill": False, "enforce_eager": True, "gpu_memory_utilization": 0.4}
