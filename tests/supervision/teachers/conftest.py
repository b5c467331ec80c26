"""A provider in this process, which a test's own commands ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat_server import InThread, Server


@pytest.fixture(scope="module")
def provider() -> Iterator[InThread]:
    """The stand-in of a chat server, whose `server` a test may look into and change."""
    running = InThread(Server())
    yield running
    running.close()


@pytest.fixture
def served(provider: InThread, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment names the provider, a key and a cache of the test's own."""
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
