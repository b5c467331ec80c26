"""A stand-in of the hub on loopback: takes models and data sets the way the hub's HTTP interface does."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class ModelHub:
    """The repositories it holds: name → file → bytes, each commit applied whole."""

    def __init__(self) -> None:
        self.url = ""
        self.repos: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.kinds: dict[str, str] = {}
        self.commits: list[str] = []
        """The summaries."""
        self.requests: list[tuple[str, str | None, bytes]] = []
        """(method and path, the header Authorization, body)."""
        self.refuse: dict[str, tuple[int, str]] = {}
        """Part of a path → the status and message that requests for it get."""
        self._large: dict[str, bytes] = {}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        """The status and JSON value for a request."""
        for part, (status, message) in self.refuse.items():
            if part in path:
                return status, {"error": message}
        path = path.replace("/api/datasets/", "/api/models/").removeprefix("/datasets")
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            valid = json.loads(body)["content"].startswith("---\n")
            return (200, {"errors": [], "warnings": []}) if valid else (400, {"errors": [{"message": "no metadata"}]})
        if path.startswith("/large/"):
            self._large[path.removeprefix("/large/")] = body
            return 200, {}
        for repo, files in self.repos.items():
            if path == f"/{repo}.git/info/lfs/objects/batch":
                return 200, {"transfer": "basic", "objects": [self._where(one) for one in json.loads(body)["objects"]]}
            if path == f"/api/models/{repo}/preupload/main":
                asked = [file["path"] for file in json.loads(body)["files"]]
                return 200, {"files": [_mode(name) for name in asked]}
            if path == f"/api/models/{repo}/tree/main":
                return 200, [{"type": "file", "path": n, "oid": "0", "size": len(c)} for n, c in files.items()]
            if path == f"/api/models/{repo}/commit/main":
                return self._commit(repo, [json.loads(line) for line in body.splitlines()])
            if path.startswith(f"/api/models/{repo}"):
                return 200, {"id": repo, "sha": "0" * 40, "siblings": [{"rfilename": name} for name in files]}
        return 404, {"error": f"no {path}"}

    def _create(self, asked: dict[str, str]) -> tuple[int, object]:
        repo = f"{asked['organization']}/{asked['name']}"
        if repo in self.repos:
            return 409, {"error": "You already created this model repo", "url": f"{self.url}/{repo}"}
        self.repos[repo] = {".gitattributes": b"*.safetensors filter=lfs\n"}
        self.kinds[repo] = asked.get("type") or "model"
        self.private[repo] = asked.get("visibility") == "private"
        return 200, {"url": f"{self.url}/{repo}"}

    def _where(self, one: dict[str, object]) -> dict[str, object]:
        return {**one, "actions": {"upload": {"href": f"{self.url}/large/{one['oid']}"}}}

    def _commit(self, repo: str, lines: list[dict[str, dict[str, str]]]) -> tuple[int, object]:
        after = dict(self.repos[repo])
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                summary = value["summary"]
            elif line["key"] == "file":
                after[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                after[value["path"]] = self._large[value["oid"]]
                assert hashlib.sha256(after[value["path"]]).hexdigest() == value["oid"]
            elif line["key"] == "deletedFile":
                del after[value["path"]]
            else:
                return 400, {"error": f"unknown operation {line['key']}"}
        self.repos[repo] = after
        self.commits.append(summary)
        return 200, {"commitUrl": f"{self.url}/{repo}/commit/{'1' * 40}", "commitOid": "1" * 40}


def _mode(name: str) -> dict[str, object]:
    return {"path": name, "uploadMode": "lfs" if name.endswith(".safetensors") else "regular", "shouldIgnore": False}


@contextmanager
def serving() -> Iterator[ModelHub]:
    """Run a hub until the block ends."""
    hub = ModelHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = unquote(urlsplit(self.path).path)
            hub.requests.append((f"{self.command} {path}", self.headers.get("Authorization"), body))
            status, value = hub.answer(self.command, path, body)
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
