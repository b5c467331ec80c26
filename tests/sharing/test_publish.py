"""`cot-distill publish` against a hub on loopback: what arrives, who sees the token, and how a refusal is told."""

import os
import subprocess
import sys

import pytest

from tests.model_hub import serving

TOKEN = "hf_abcdefghijklmnopqrstuvwxyz"
FILES = {
    "README.md": b"---\nlicense: mit\ntags:\n- cot-distill\n---\n\n# m\n",
    "config.json": b"{}",
    "model.safetensors": bytes(range(256)) * 40,
    "tokenizer.json": b'{"a": 1}',
}


@pytest.fixture
def hub():
    with serving() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / ".cache").mkdir()
    (folder / ".cache/left").write_text("not ours")
    return folder


@pytest.fixture
def publish(folder, tmp_path):
    """Runs the command on the folder; an environment variable that is None is not set."""

    def run(url: str, *options: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        wanted = {"HF_ENDPOINT": url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        merged = {name: value for name, value in {**kept, **wanted, **environment}.items() if value is not None}
        command = [sys.executable, "-m", "cot_distill.cli", "publish", str(folder), *options]
        return subprocess.run(command, env=merged, capture_output=True, text=True, timeout=120)

    return run


def test_what_arrives_are_the_bytes_of_the_folder_in_one_commit(hub, publish) -> None:
    done = publish(hub.url, "ann/m")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{hub.url}/ann/m\n"
    files = hub.repos["ann/m"]
    files.pop(".gitattributes")
    assert files == FILES
    assert hub.commits == ["Model by cot-distill"]
    assert hub.private == {"ann/m": False}
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for request, authorization, body in hub.requests:
        assert TOKEN.encode() not in body and TOKEN not in request
        assert authorization in (None, f"Bearer {TOKEN}")
    assert {request: authorization for request, authorization, _ in hub.requests}["POST /api/models/ann/m/commit/main"]


def test_a_second_push_replaces_the_files_and_deletes_weights_without_successor(hub, publish, folder) -> None:
    assert publish(hub.url, "ann/m", "--private").returncode == 0
    assert hub.private == {"ann/m": True}
    hub.repos["ann/m"] |= {
        "model-00001-of-00002.safetensors": b"old",
        "notes.md": b"mine",
        "old/a.safetensors": b"mine",
    }
    (folder / "config.json").write_bytes(b'{"new": 1}')
    done = publish(hub.url, "ann/m")
    assert done.returncode == 0, done.stderr
    expected = {".gitattributes", "notes.md", "old/a.safetensors", *FILES}
    assert set(hub.repos["ann/m"]) == expected
    assert hub.repos["ann/m"]["config.json"] == b'{"new": 1}'
    assert len(hub.commits) == 2


def test_a_dry_run_lists_and_asks_nothing(hub, publish) -> None:
    done = publish(hub.url, "ann/m", "--dry-run", HF_TOKEN=None)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "     0.000 MB  README.md\n"
        "     0.000 MB  config.json\n"
        "     0.010 MB  model.safetensors\n"
        "     0.000 MB  tokenizer.json\n"
        f"4 files, 0.0 MB, to {hub.url}/ann/m\n"
    )
    assert hub.requests == []


@pytest.mark.parametrize(
    ("where", "status", "told"),
    [
        ("/api/repos/create", 401, "HTTP 401: it does not know the token, or wants one"),
        ("/", 403, "HTTP 403: the token may not write there"),
        ("/api/models/ann/m/commit", 403, "HTTP 403: the token may not write there"),
        ("/api/repos/create", 429, "HTTP 429: it is asked too often; wait a while"),
        ("/api/models/ann/m/commit", 500, "HTTP 500: it is out of order; try again later"),
        ("/large/", 403, "HTTP 403: the token may not write there"),
        ("/api/validate-yaml", 400, "HTTP 400: it does not accept what was sent"),
    ],
)
def test_a_refusal_is_one_line_without_the_token(hub, publish, where, status, told) -> None:
    hub.refuse[where] = (status, f"no,\nnot with {TOKEN}")
    if status in (401, 429):
        hub.refuse["/api/models/ann/m"] = (404, "not found")
    done = publish(hub.url, "ann/m")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"cot-distill: {hub.url}/ann/m: not pushed: the hub answers {told}")
    assert done.stderr.count("\n") == 1
    assert TOKEN not in done.stderr and "Traceback" not in done.stderr
    assert hub.commits == []


def test_no_token_and_no_network_are_told(hub, publish) -> None:
    done = publish(hub.url, "ann/m", HF_TOKEN=None)
    assert done.returncode == 1
    assert done.stderr == "cot-distill: no token for the hub: set HF_TOKEN, or log in with `hf auth login`\n"
    assert hub.requests == []
    done = publish("http://127.0.0.1:9", "ann/m")
    assert done.returncode == 1
    assert done.stderr.startswith("cot-distill: http://127.0.0.1:9/ann/m: not pushed: the hub cannot be asked")
    assert done.stderr.count("\n") == 1 and TOKEN not in done.stderr


def test_only_an_exported_folder_goes_to_a_named_place(hub, publish, folder) -> None:
    for repo in ("m", "ann/", "ann/m/x", "ann/ m", "../m"):
        done = publish(hub.url, repo)
        assert done.returncode == 1
        assert done.stderr == (
            f"cot-distill: {repo!r}: name the repository as OWNER/NAME (letters, digits, '-', '_', '.')\n"
        )
    for name in ("model.safetensors", "README.md"):
        (folder / name).unlink()
        done = publish(hub.url, "ann/m")
        assert done.returncode == 1
        assert done.stderr == (
            f"cot-distill: {folder}: not an exported student (a card and safetensors); make one with `cot-distill export`\n"
        )
        (folder / name).write_bytes(FILES[name])
    assert hub.requests == []
