"""The batch interface of the stand-in: files and batches as OpenAI has them, each batch done after some seconds."""

import asyncio
import json
import re
import time
import urllib.parse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.chat_server import Server


class Batches:
    """Files that were uploaded, and batches made of them."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.seconds = 0.5
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.missing = False
        """Whether this server has no such interface."""

    async def answer(self, method: str, target: str, head: bytes, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; never closes the connection."""
        from tests.chat_server import send

        parts = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(parts.query))
        path = parts.path.removeprefix("/v1")
        status, body = self._answer(method, path, query, head, raw)
        await asyncio.sleep(self._server.latency)
        send(writer, status, body)
        await writer.drain()
        return True

    def _answer(self, method: str, path: str, query: dict[str, str], head: bytes, raw: bytes) -> tuple[int, Any]:
        if self.missing:
            return 404, {"error": {"message": f"no route {path}"}}
        if (method, path) == ("POST", "/files"):
            return 200, self._upload(head, raw)
        if (method, path) == ("POST", "/batches"):
            return 200, self._shown(self._create(json.loads(raw)))
        if (method, path) == ("GET", "/batches"):
            newest = list(reversed(self.batches))
            after = newest.index(query["after"]) + 1 if "after" in query else 0
            size = int(query.get("limit", 20))
            page = newest[after : after + size]
            data = [self._shown(self.batches[name]) for name in page]
            return 200, {"object": "list", "data": data, "has_more": after + size < len(newest)}
        if method == "GET" and path.startswith("/batches/") and path[9:] in self.batches:
            return 200, self._shown(self.batches[path[9:]])
        if method == "GET" and path.startswith("/files/") and path.endswith("/content") and path[7:-8] in self.files:
            return 200, self.files[path[7:-8]].decode()
        return 404, {"error": {"message": f"no route {method} {path}"}}

    def _upload(self, head: bytes, raw: bytes) -> dict[str, Any]:
        boundary = re.search(rb'boundary="?([^"\r\n;]+)', head, re.I)
        assert boundary is not None
        parts = raw.split(b"--" + boundary[1])
        [content] = [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts if b"filename=" in part]
        assert any(b'name="purpose"\r\n\r\nbatch' in part for part in parts)
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "purpose": "batch"}

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["endpoint"] == "/v1/chat/completions" and asked["completion_window"] == "24h"
        name = f"batch_{len(self.batches)}"
        self.batches[name] = {
            **asked,
            "id": name,
            "object": "batch",
            "created_at": time.time(),
            "status": "in_progress",
        }
        for line in self.files[asked["input_file_id"]].decode().splitlines():
            self._server.told(batched=json.loads(line)["body"]["messages"][-1]["content"], batch=name)
        return self.batches[name]

    def _shown(self, batch: dict[str, Any]) -> dict[str, Any]:
        if batch["status"] == "in_progress" and time.time() - batch["created_at"] >= self.seconds:
            self._finish(batch)
        return batch

    def _finish(self, batch: dict[str, Any]) -> None:
        from tests.chat_server import completion

        good, bad = [], []
        for line in self.files[batch["input_file_id"]].decode().splitlines():
            one = json.loads(line)
            body = one["body"]
            behaviour = self._server.behaviour("batch" + line, body["messages"][-1]["content"], "")
            if behaviour.then:  # left out altogether
                continue
            answer = (
                behaviour.body if behaviour.body is not None else completion(body, self._server.say, behaviour.merged)
            )
            row = {"id": "x", "custom_id": one["custom_id"], "error": None}
            row["response"] = {"status_code": behaviour.status, "request_id": "r", "body": answer}
            (good if behaviour.status == 200 else bad).append(json.dumps(row))
            usage = answer.get("usage") if isinstance(answer, dict) else None
            self._server.told(answered=one["custom_id"], status=behaviour.status, usage=usage, batch=batch["id"])
        batch["status"] = "completed"
        batch["request_counts"] = {"total": len(good) + len(bad), "completed": len(good), "failed": len(bad)}
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                batch[name] = f"file-{batch['id']}-{name}"
                self.files[batch[name]] = ("\n".join(lines) + "\n").encode()
