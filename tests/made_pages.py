"""The pages of the documentation that repeat what other files say; `python -m tests.made_pages` writes them anew."""

import re

from cot_distill.tables.query import schema
from tests.blocks import listed
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def schema_page() -> str:
    """docs/schema.md: every column that a query can ask."""
    return (
        "# What a query can ask\n\n"
        "`cot-distill query --schema` prints this page. [queries.md](queries.md) has questions to "
        f"start from.\n\n{schema().rstrip()}\n"
    )


def params_page() -> str:
    """docs/params.md: params.yaml, a heading a group."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").partition("\n")[2].strip()
    parts = [
        "# Every param\n\nThis page shows params.yaml, with the defaults. `dvc exp run -S NAME=VALUE` changes one for a run, "
        "as in `-S granularity=5` or `-S training.epochs=2`.\n"
    ]
    for group in re.split(r"\n\n+", text):
        names = re.findall(r"^([a-z_]+):", group, re.M)
        parts.append(f"## {', '.join(names)}\n\n```yaml\n{group}\n```\n")
    return "\n".join(parts)


def pages() -> dict[str, str]:
    """Each page's name in docs/, and what it is to hold."""
    return {"schema.md": schema_page(), "params.md": params_page(), "not-run.md": listed(PAGES)}


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")
