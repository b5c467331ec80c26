"""`cot-distill`: everything that is not a stage of the pipeline."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cot_distill.errors import UserError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which chains of thought should a small language model be trained on?",
)


@app.callback()
def cli() -> None:
    """Look at what the pipeline made; the pipeline itself runs with `dvc repro` and `dvc exp run`."""


@app.command()
def tables(
    experiments: Annotated[bool, typer.Option(help="Compare all experiments, not the workspace alone.")] = False,
    csv: Annotated[bool, typer.Option(help="Print CSV instead of Markdown.")] = False,
) -> None:
    """Print accuracy with its 95% interval, and the gain over the untuned student, for each run."""
    from cot_distill.tables.compare import as_csv, compare, markdown
    from cot_distill.tables.experiments import gather

    gathered = gather(Path("."), everything=experiments)
    rows = compare(gathered.runs)
    for line in gathered.left_out:
        print(f"not shown: {line}", file=sys.stderr)
    if not rows:
        raise UserError("no run to show; make one with `dvc repro` or `dvc exp run`")
    print(as_csv(rows) if csv else markdown(rows), end="")


def main() -> None:
    """Run the command line; a UserError ends it with one line and code 1, Ctrl-C with code 130."""
    try:
        app()
    except UserError as error:
        print(f"cot-distill: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("cot-distill: stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
