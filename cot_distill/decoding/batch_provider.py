"""The calls of a provider's batch interface: files up and down, batches made, found and looked at."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from cot_distill.decoding.faults import fault
from cot_distill.decoding.server import Server, certificate_fault
from cot_distill.errors import UserError

ENDPOINT = "/v1/chat/completions"
IN_DOUBT = 3.0
"""Seconds until a batch must be listed that was requested just before its process was killed."""
_LONGEST_PAUSE = 60.0
_TRIES = 20


class Provider:
    """The calls of the interface. Faults that may pass are tried again."""

    def __init__(self, client: Any, server: Server) -> None:
        self._client, self._server = client, server

    async def create(self, content: bytes, mark: str) -> str:
        """Upload the requests and make a batch of them; returns its name."""
        files = {"file": ("requests.jsonl", content, "application/jsonl")}
        uploaded = await self._json("POST", "/files", files=files, data={"purpose": "batch"})
        asked = {
            "input_file_id": uploaded.get("id"),
            "endpoint": ENDPOINT,
            "completion_window": "24h",
            "metadata": {"cot_distill": mark},
        }
        # This call is never repeated: if its answer was lost on the way, the mark finds the batch.
        try:
            made = await self._json("POST", "/batches", tries=1, json=asked, headers={"idempotency-key": mark})
            return str(made["id"])
        except (_Passing, KeyError):
            await asyncio.sleep(IN_DOUBT)
            found = await self.find(mark)
            if found is None:
                raise UserError(
                    f"{self._server.host}: no batch could be made; run the same command again to try once more"
                ) from None
            return found

    async def find(self, mark: str) -> str | None:
        """The name of the batch with this mark, None if there is none."""
        after = ""
        while True:
            page = await self._json("GET", f"/batches?limit=100{after}")
            batches = [one for one in page.get("data") or [] if isinstance(one, Mapping)]
            for batch in batches:
                if (batch.get("metadata") or {}).get("cot_distill") == mark:
                    return str(batch["id"])
            if not page.get("has_more") or not batches:
                return None
            after = f"&after={batches[-1]['id']}"

    async def get(self, path: str, missing_ends: str) -> dict[str, Any]:
        """A JSON object; if it is not there, UserError says that `missing_ends` is gone."""
        return await self._json("GET", path, gone=missing_ends)

    async def content(self, path: str) -> bytes:
        """A file's bytes."""
        return await self._bytes("GET", path)

    async def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        content = await self._bytes(method, path, **options)
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UserError(
                f"{self._server.host}: {path} answers with something other than a JSON object; set calls.batch false"
            )
        return found

    async def _bytes(
        self, method: str, path: str, tries: int = _TRIES, gone: str | None = None, **options: Any
    ) -> bytes:
        import httpx2

        reason = ""
        for tried in range(tries):
            wait = min(0.5 * 2.0**tried, _LONGEST_PAUSE)
            try:
                plain, _, query = path.partition("?")
                response = await self._client.request(method, self._server.address(plain, query), **options)
            except httpx2.HTTPError as error:
                certificate = certificate_fault(error)
                if certificate:
                    raise UserError(f"{self._server.host}: no secure connection ({certificate})") from None
                reason = f"connection failed ({type(error).__name__})"
            else:
                if response.status_code < 300:
                    content: bytes = response.content
                    return content
                found = fault(response.status_code, response.headers, response.content)
                reason = f"HTTP {found.status} {self._server.without_key(found.words)[:200]}".strip()
                if found.status not in (408, 409, 425, 429) and found.status < 500:
                    if gone is not None and found.status == 404:
                        reason = f"{gone} is gone: {reason}"
                    raise UserError(
                        f"{self._server.host}: the batch interface refuses {method} {plain} ({reason}); set "
                        "calls.batch false to ask by single calls"
                    )
                wait = min(found.retry_after if found.retry_after is not None else wait, 600.0)
            if tried + 1 < tries:
                await asyncio.sleep(wait)
        if tries == 1:
            raise _Passing(reason)
        raise UserError(f"{self._server.host}: {reason}; run the same command again to continue")


class _Passing(Exception):
    """A call that must not be repeated has failed, with a fault that may pass."""
