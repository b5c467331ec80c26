"""For MkDocs, beside mkdocs.yml: README is the first page, links to files that are no pages become their names, and no
page needs a network."""

import re
from pathlib import Path
from typing import Any

_README = Path(__file__).resolve().parents[1] / "README.md"
_FETCHED = re.compile(r'<(?:script|img|iframe)[^>]* src="https?://|<link[^>]* rel="stylesheet"[^>]* href="https?://')
_WORKER = "https://unpkg.com/iframe-worker/shim"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:)([^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add README as index.md."""
    from mkdocs.structure.files import File

    text = _README.read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Links to the repository's other files become their names: the site may be read far from the repository."""

    def named(link: re.Match[str]) -> str:
        text, target = link.groups()
        path = target.partition("#")[0]
        if not path or (path.endswith(".md") and "/" not in path and path != "CONTRIBUTING.md"):
            return link.group()
        name = path.removeprefix("../")
        return text if text == name else f"{text} (`{name}`)"

    return _LINK.sub(named, markdown)


def on_post_build(config: Any) -> None:
    """The theme fetches a script that lets its search run from files; ours takes its place. Raises if a page still
    fetches anything."""
    from mkdocs.exceptions import PluginError

    for page in Path(config.site_dir).rglob("*.html"):
        text = page.read_text(encoding="utf-8").replace(_WORKER, "file_worker.js")
        page.write_text(text, encoding="utf-8")
        if _FETCHED.search(text):
            raise PluginError(f"{page.name}: a script, style or picture comes from the network")
