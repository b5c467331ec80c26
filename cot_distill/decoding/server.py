"""A server: its address, the key that is sent with requests, and the connection to it."""

import dataclasses
import os
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cot_distill.errors import UserError

if TYPE_CHECKING:
    import httpx2

OFFICIAL = "https://api.openai.com/v1"
_CHAT = "/chat/completions"
_SHORTEST_SECRET = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A server's address and the key that is sent with requests."""

    url: str
    """The base address. It may have a query: Azure's `?api-version=…`."""
    key: str = dataclasses.field(repr=False)
    key_variable: str = "OPENAI_API_KEY"

    @property
    def host(self) -> str:
        """Name and port, without any secret of the URL."""
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'unknown'}{f':{parts.port}' if parts.port else ''}"

    def address(self, path: str, query: str = "") -> str:
        """The URL of one of the server's interfaces, such as `/chat/completions`."""
        parts = urlsplit(self.url)
        place = parts.path.rstrip("/").removesuffix(_CHAT) + path
        return parts._replace(path=place, query="&".join(filter(None, (parts.query, query))), fragment="").geturl()

    def headers(self) -> dict[str, str]:
        """The headers that identify the user."""
        headers = {"authorization": f"Bearer {self.key}"}
        if "api-version=" in urlsplit(self.url).query:
            headers["api-key"] = self.key  # Azure's own
        return headers

    def clients(self, timeout: float, count: int) -> "list[httpx2.AsyncClient]":
        """`count` clients, each for one request at a time. A shared pool would search all its connections at each
        request. The environment names proxies and certificates.

        Raises UserError if a proxy or a certificate cannot be used.
        """
        import httpx2

        try:
            certificates = httpx2.create_ssl_context()
            # A redirect would carry prompts to a server that nobody named, so it is not followed.
            return [
                httpx2.AsyncClient(
                    headers=self.headers(), timeout=timeout, verify=certificates, follow_redirects=False, trust_env=True
                )
                for _ in range(count)
            ]
        except (ssl.SSLError, OSError) as error:
            named = ", ".join(name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
            raise UserError(
                f"the certificates that {named or 'the system'} names cannot be read ({_first_line(error)}); correct "
                "that variable"
            ) from None
        except (ImportError, ValueError, httpx2.InvalidURL) as error:
            raise UserError(
                "the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used "
                f"({self.without_key(_first_line(error))}); "
                f"correct it, install what it needs, or name {urlsplit(self.url).hostname} in NO_PROXY"
            ) from None

    def without_key(self, text: str) -> str:
        """The text with every copy of the key replaced."""
        return text.replace(self.key, "[key]") if len(self.key) >= _SHORTEST_SECRET and self.key in text else text


def find_server(base_url: str | None, url_variable: str, key_variable: str) -> Server:
    """The server that the environment names, else `base_url`, else OpenAI's own.

    Raises UserError if the address or the key is malformed, or if a remote server needs a key and the variable is not
    set.
    """
    url = (os.environ.get(url_variable) or base_url or OFFICIAL).strip()
    key = os.environ.get(key_variable, "").strip()
    where = f"{url_variable} (or base_url)"
    stray = next((char for char in url if char.isspace() or not char.isprintable()), None)
    if stray is not None:
        raise UserError(f"{where} has a stray character {stray!r}; write the address on one line, without spaces")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UserError(f"{where} is not an http address; it looks like https://host/v1")
    if not key and url in (base_url, OFFICIAL) and parts.scheme == "https":
        raise UserError(f"{key_variable} is not set; export the key of {parts.hostname} in that variable")
    for place, char in enumerate(key):
        if not char.isascii() or not char.isprintable() or char.isspace() or char in "\"'":
            raise UserError(
                f"{key_variable} has a stray character at place {place + 1} ({_named(char)}); copy the key anew"
            )
    return Server(url, key or "none", key_variable)


def certificate_fault(error: BaseException | None) -> str | None:
    """What is wrong with the server's certificate; None if the connection failed for another reason."""
    seen: Any = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return str(getattr(seen, "verify_message", "") or seen.reason or seen)
        seen = seen.__cause__ or seen.__context__
    return None


def _named(char: str) -> str:
    import unicodedata

    return unicodedata.name(char, f"U+{ord(char):04X}").lower()


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
