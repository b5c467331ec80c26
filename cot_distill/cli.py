"""`cot-distill`: everything that is not a stage of the pipeline."""

import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.commands import study
from cot_distill.commands.arms import Benchmarks, Published, arms
from cot_distill.commands.ask import ask
from cot_distill.commands.charts import charts
from cot_distill.commands.diff import diff
from cot_distill.commands.findings import findings
from cot_distill.commands.grade import grade
from cot_distill.commands.journal import journal
from cot_distill.commands.look import look
from cot_distill.commands.project import in_project
from cot_distill.commands.recommend import recommend
from cot_distill.commands.report import report
from cot_distill.commands.tables import query, tables
from cot_distill.errors import UserError
from cot_distill.stopping import one_line_on_interrupt

if TYPE_CHECKING:
    from cot_distill.sharing.publish import Push

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which chains of thought should a small language model be trained on?",
)


app.add_typer(study.app, name="study")


@app.callback()
def cli() -> None:
    """Look at what the pipeline made; the pipeline itself runs with `dvc repro` and `dvc exp run`."""


for command in (recommend, ask, tables, findings, charts, report, diff):
    app.command()(in_project(command))
app.command()(in_project(query, required=False))  # --schema needs no project
app.command()(look)  # data may be in any folder
app.command()(in_project(grade, required=False))  # only a judge needs a project, for its catalogue
app.command()(journal)
app.command()(in_project(arms, required=False))

_RUN = "An experiment, a commit, or `workspace`."


@app.command()
@in_project
def compare(
    one: Annotated[str, typer.Argument(metavar="RUN_A", help=_RUN)],
    other: Annotated[str, typer.Argument(metavar="RUN_B", help=_RUN)],
) -> None:
    """Compare two runs on the same test problems: the difference with its interval and p, and the 2×2 table."""
    from cot_distill.tables.answers import answers
    from cot_distill.tables.paired import in_words, paired

    print(in_words(paired(answers(Path("."), one), answers(Path("."), other)), one, other), end="")


@app.command()
@in_project
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help=_RUN)] = "workspace",
    wrong: Annotated[bool, typer.Option("--wrong", help="Only wrong answers.")] = False,
    right: Annotated[bool, typer.Option("--right", help="Only right answers.")] = False,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="Only completions without an answer.")] = False,
    truncated: Annotated[
        bool, typer.Option("--truncated", help="Only completions that were cut off at the token cap.")
    ] = False,
    problem: Annotated[str | None, typer.Option(metavar="ID", help="Only the answers to this problem.")] = None,
    untuned: Annotated[bool, typer.Option("--untuned", help="The untuned student's answers.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Show at most this many.")] = None,
) -> None:
    """Show a run's answers: question, completion, the answer read from it, gold. A terminal shows them in a pager."""
    import pydoc

    from cot_distill.tables.answers import answers
    from cot_distill.tables.reading import Wanted, readable

    wanted = Wanted(wrong, right, unanswered, truncated, problem, limit)
    pydoc.pager("".join(readable(answers(Path("."), run, untuned), wanted)))


@app.command()
@in_project
def generate(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the first request, the number of calls, and what they may cost.")
    ] = False,
    set_param: study.Set = None,
) -> None:
    """Run the stage `generate` with the workspace's params and problems. With --dry-run, only say what it would ask."""
    from cot_distill.studies import bill, grid
    from stages import params
    from stages.generate import generate as stage  # the only command that runs a stage

    if dry_run:
        print(bill.of_arm(params.load(changes=dict(grid.set_params(text) for text in set_param or ()))))
    elif set_param:
        raise UserError("-S needs --dry-run; to run with changed params, use `dvc exp run -S ...`")
    else:
        stage()


@app.command()
@in_project
def preview(
    rows: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many examples to show; 0: only the figures of all.")
    ] = 3,
    longest: Annotated[bool, typer.Option("--longest", help="Show the longest instead of the first.")] = False,
    problem: Annotated[str | None, typer.Option(metavar="ID", help="Show only the example of this problem.")] = None,
) -> None:
    """Show what the student reads and which of its tokens are trained, with the workspace's params."""
    import os

    from cot_distill import records
    from cot_distill.records import Example
    from cot_distill.students.base import load_tokenizer
    from cot_distill.students.preview import Shown
    from cot_distill.students.preview import preview as shown_examples
    from stages import params, paths

    chosen = params.load()
    examples = records.read(paths.EXAMPLES, Example)
    entry, settings = chosen.student_entry, chosen.training_settings
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(f"{chosen.student} on {chosen.arm}")
    told = (settings.max_tokens, Shown(rows, longest, problem), colour, settings.thoughts)
    print(shown_examples(examples, entry["template"], load_tokenizer(entry), *told), end="")


@app.command()
@partial(in_project, required=False)
def match(
    arms: Annotated[
        list[str], typer.Argument(metavar="ARM...", help="Published arms, or experiments and `workspace`.")
    ],
    published: Published = Path("data/published"),
    benchmarks: Benchmarks = Path("data/benchmarks"),
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the ids go; name it in the param match_arms.")
    ] = Path("data/match_arms.txt"),
) -> None:
    """Write the ids of the problems that all of these arms can teach, so that they train on the same questions."""
    from cot_distill.problems import matching
    from cot_distill.supervision.teachers import release
    from cot_distill.supervision.teachers.survey import teachable_ids
    from cot_distill.tables.outs import taught as taught_by_experiments

    if len(arms) < 2:
        raise UserError("name two arms or more; there is nothing to match one arm with")
    known = {arm.arm for arm in release.arms(published)} if published.is_dir() else set()
    from_release = [arm for arm in arms if arm in known]
    sets = [
        *teachable_ids(from_release, published, benchmarks),
        *taught_by_experiments(Path("."), [arm for arm in arms if arm not in known]),
    ]
    ids = matching.shared(sets)
    matching.write(out, arms, ids)
    print(f"{out}: {len(ids)} problems; the arms teach {', '.join(str(len(one)) for one in sets)}")


@app.command()
@in_project
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the model folder goes.")],
) -> None:
    """Write the trained student as a standard model folder with a model card. transformers and vLLM can load it."""
    from cot_distill.sharing.card import card
    from cot_distill.sharing.export import check_folder, check_trained
    from cot_distill.sharing.export import export as export_student
    from cot_distill.students.base import load_tokenizer
    from cot_distill.students.chat_templates import chat_template
    from cot_distill.students.prompts import end_token_id, render
    from stages import facts, params, paths

    check_folder(folder)
    check_trained(paths.STUDENT)
    chosen = params.load()
    entry, asked = chosen.student_entry, facts.asked()
    tokenizer = load_tokenizer(entry)
    ids = render(asked, entry["template"], tokenizer)
    tokenizer.chat_template = chat_template(entry["template"], tokenizer, asked, ids)
    turns = [{"role": "user", "content": asked}]
    framed = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    told = card(facts.gather(chosen, asked, framed))
    export_student(entry, paths.STUDENT, tokenizer, end_token_id(entry["template"], tokenizer), told, folder)
    print(f"{folder}: {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB; publish it with ", end="")
    print(f"`cot-distill publish {folder} OWNER/NAME`")


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder that `cot-distill export` wrote.")],
    repo: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="The repository; it is created if it does not exist.")
    ],
    private: Annotated[bool, typer.Option("--private", help="Create the repository as a private one.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be pushed, without asking the hub.")
    ] = False,
) -> None:
    """Push an exported student to the Hugging Face hub, with the token of HF_TOKEN or `hf auth login`."""
    from cot_distill.sharing.publish import plan
    from cot_distill.sharing.publish import publish as push

    print(_planned(plan(folder, repo)) if dry_run else push(folder, repo, private))


@app.command(name="publish-data")
@in_project
def publish_data(
    repo: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="The data set; it is created if it does not exist.")
    ],
    private: Annotated[bool, typer.Option("--private", help="Create the data set as a private one.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be pushed, without asking the hub.")
    ] = False,
) -> None:
    """Push the workspace's problems, rationales and verdicts to the Hugging Face hub as a data set with its card."""
    from cot_distill.sharing.data_card import data_card
    from cot_distill.sharing.publish import plan_data
    from cot_distill.sharing.publish import publish_data as push
    from stages import facts, params

    found = facts.gather_data(params.load())
    tables, card = {table.path: table.source for table in found.tables}, data_card(found)
    print(_planned(plan_data(tables, card, repo)) if dry_run else push(tables, card, repo, private))


def _planned(push: "Push") -> str:
    files = [f"{size / 1e6:10.3f} MB  {name}" for name, size in push.files]
    total = f"{len(push.files)} files, {sum(size for _, size in push.files) / 1e6:.1f} MB, to {push.url}"
    return "\n".join([*files, total])


def main() -> None:
    """Run the command line; a UserError ends it with one line and code 1, Ctrl-C with one line and code 130."""
    try:
        with one_line_on_interrupt("cot-distill: stopped"):
            app()
    except UserError as error:
        print(f"cot-distill: {error}", file=sys.stderr)
        sys.exit(1)
    finally:
        # nothing is left to stop, and Ctrl-C would only disturb Python's shutdown
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
