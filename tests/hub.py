"""A stand-in of the dataset hub on loopback: serves folders of files the way the hub's HTTP interface does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Hub:
    """The datasets it holds: repository → (commit, folder). `requests` are the paths that were asked for."""

    def __init__(self) -> None:
        self.datasets: dict[str, tuple[str, Path]] = {}
        self.requests: list[str] = []
        self.url = ""

    def put(self, repo: str, folder: Path, commit: str) -> None:
        """Hold a dataset at one commit."""
        self.datasets[repo] = (commit, folder)


@contextmanager
def serving() -> Iterator[Hub]:
    """Run a hub until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.form = self.rfile.read(length)
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            for repo, (commit, folder) in hub.datasets.items():
                api = f"/api/datasets/{repo}"
                if path == api or path.startswith(f"{api}/revision/"):
                    asked = path.removeprefix(f"{api}/revision/") if "/revision/" in path else commit
                    return self._json(_info(repo, asked, folder), body)
                if path.startswith(f"{api}/tree/"):
                    below = path.removeprefix(f"{api}/tree/").partition("/")[2]
                    return self._json(_tree(folder, below), body)
                if path.startswith(f"{api}/paths-info/"):
                    from urllib.parse import parse_qs

                    try:
                        asked = json.loads(self.form)["paths"]
                    except ValueError:
                        asked = parse_qs(self.form.decode())["paths"]
                    return self._json([_entry(folder, folder / one) for one in asked if (folder / one).exists()], body)
                start = f"/datasets/{repo}/resolve/"
                if path.startswith(start):
                    revision, _, name = path.removeprefix(start).partition("/")
                    if (folder / name).is_file():
                        return self._file(folder / name, revision, body)
            self._send(404, b'{"error": "not found"}', {"X-Error-Code": "EntryNotFound"}, body)

        def _json(self, value: object, body: bool) -> None:
            self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"}, body)

        def _file(self, file: Path, commit: str, body: bool) -> None:
            content = file.read_bytes()
            headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": commit}
            asked = self.headers.get("Range")
            if asked:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                part = content[int(first) : int(last) + 1 if last else None]
                headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
                return self._send(206, part, headers, body)
            self._send(200, content, headers, body)

        def _send(self, code: int, content: bytes, headers: dict[str, str], body: bool) -> None:
            self.send_response(code)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _info(repo: str, commit: str, folder: Path) -> dict[str, object]:
    files = [{"rfilename": str(file.relative_to(folder))} for file in sorted(folder.rglob("*")) if file.is_file()]
    return {
        "id": repo,
        "sha": commit,
        "siblings": files,
        "private": False,
        "gated": False,
        "disabled": False,
        "tags": [],
    }


def _tree(folder: Path, below: str) -> list[dict[str, object]]:
    return [_entry(folder, path) for path in sorted((folder / below).rglob("*"))]


def _entry(folder: Path, path: Path) -> dict[str, object]:
    name = str(path.relative_to(folder))
    if path.is_dir():
        return {"type": "directory", "path": name, "oid": hashlib.sha1(name.encode()).hexdigest(), "size": 0}
    content = path.read_bytes()
    return {"type": "file", "path": name, "oid": hashlib.sha1(content).hexdigest(), "size": len(content)}
