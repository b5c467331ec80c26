"""The way to a server: its address, the key, certificates and proxies, and what is told where one of them is wrong."""

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.openai_engine import Limits, OpenAIEngine, Server
from cot_distill.decoding.server import find_server
from cot_distill.errors import UserError
from cot_distill.stopping import Stop
from tests.chat_server import InThread
from tests.chat_server import Server as StandIn

KEY = "sk-secret-0123456789"
NAMES = ("OPENAI_BASE_URL", "OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", *NAMES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def stand_in() -> Iterator[InThread]:
    running = InThread(StandIn())
    yield running
    running.close()


def ask(server: Server) -> Completion | Failure:
    answers: list[Completion | Failure] = []
    engine = OpenAIEngine("gpt", {}, server, Limits(1, 5, 1))
    request = Request("p-1", (("user", "2 + 3?"),), Sampling(0.7, 1.0, 50, 1))
    engine.complete([request], lambda _, answer: answers.append(answer), Stop())
    [answer] = answers
    return answer


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://host/v1\nx", "stray character"),
        ("http://ho st/v1", "stray character"),
        ("http://host/v1\u200b", "stray character"),
        ("127.0.0.1:8000", "not an http address"),
        ("ftp://host/v1", "not an http address"),
        ("http://", "not an http address"),
        ("http://host:99999/v1", "not an http address"),
        ("http://host:many/v1", "not an http address"),
        ("http://[::1/v1", "not an http address"),
    ],
)
def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, url: str, told: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(UserError, match=told) as caught:
        find_server(None, *NAMES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("stray", ["\u200b", "“", "\n", "\t", " ", '"', "é"])
def test_a_key_with_a_stray_character_is_told_and_not_shown(monkeypatch: pytest.MonkeyPatch, stray: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"sk-secret{stray}0123456789")
    with pytest.raises(UserError, match="OPENAI_API_KEY has a stray character at place 10") as caught:
        find_server(None, *NAMES)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_white_space_around_an_address_and_a_key_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", " https://host/v1\n")
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    server = find_server(None, *NAMES)
    assert (server.url, server.key) == ("https://host/v1", KEY)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://host/v1", "https://host/v1/chat/completions"),
        ("https://host/v1/", "https://host/v1/chat/completions"),
        ("https://host/v1/chat/completions", "https://host/v1/chat/completions"),
        (
            "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
        ("https://host/v1?a=1&b=2", "https://host/v1/chat/completions?a=1&b=2"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1/chat/completions"),
    ],
)
def test_the_address_that_is_asked(url: str, asked: str) -> None:
    assert Server(url, KEY).address("/chat/completions") == asked


def test_azures_query_and_key_reach_the_server(stand_in: InThread, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    answer = stand_in.server.answer

    async def look(head: bytes, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        seen.append(head)
        return await answer(head, raw, writer)

    monkeypatch.setattr(stand_in.server, "answer", look)
    assert isinstance(ask(Server(f"{stand_in.url}?api-version=2024-10-21", KEY)), Completion)
    assert b"POST /v1/chat/completions?api-version=2024-10-21 " in seen[0]
    assert f"api-key: {KEY}".encode() in seen[0].lower()


def test_a_proxy_holds_for_loopback_unless_no_proxy_says_else(
    stand_in: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answer = ask(Server(stand_in.url, KEY))
    assert isinstance(answer, Failure) and answer.reason.startswith("connection failed")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert isinstance(ask(Server(stand_in.url, KEY)), Completion)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://127.0.0.1:9", "http://127.0.0.1:many"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(UserError, match=r"the proxy that .* names cannot be used .*NO_PROXY") as caught:
        ask(Server("http://127.0.0.1:9/v1", KEY))
    assert "\n" not in str(caught.value)


def test_certificates_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(UserError, match="the certificates that SSL_CERT_FILE names cannot be read"):
        ask(Server("https://127.0.0.1:9/v1", KEY))
    (tmp_path / "none.pem").write_text("nonsense")
    with pytest.raises(UserError, match="the certificates that SSL_CERT_FILE names cannot be read"):
        ask(Server("https://127.0.0.1:9/v1", KEY))


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A stand-in that speaks TLS on loopback with a certificate of its own, and that certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(StandIn().serve, "127.0.0.1", 0, ssl=context)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result()
    yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", certificate
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_a_certificate_that_nobody_vouches_for_ends_the_run_with_one_line(
    secured: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, certificate = secured
    with pytest.raises(UserError, match=r"no secure connection \(self-signed certificate.*SSL_CERT_FILE") as caught:
        ask(Server(url, KEY))
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert isinstance(ask(Server(url, KEY)), Completion)
