"""`cot-distill study`: runs a study, shows how far it is, prints its tables."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cot_distill.commands.project import in_project
from cot_distill.commands.tables import Layout, check_name, print_table
from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.studies.cluster import Cluster
    from cot_distill.studies.judging import Judged
    from cot_distill.studies.plan import Plan
    from cot_distill.studies.until import Growth, Step

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Run the grid of experiments that studies/NAME.yaml declares, and read its results.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The study: studies/NAME.yaml.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "-S", "--set-param", metavar="PARAM=VALUE", help="Set a param for all runs, such as the folders of data."
    ),
]


class On(StrEnum):
    """Where runs are made."""

    HERE = "here"
    SLURM = "slurm"


Where = Annotated[
    On,
    typer.Option("--on", help="Where to run: on this machine, or on Slurm by cluster.yaml, with one job for each run."),
]


def cluster_of(on: On, workers: int) -> "Cluster | None":
    """The content of cluster.yaml, if runs go to Slurm; else None. Raises UserError if they cannot go there."""
    from cot_distill.studies import cluster

    if on is On.HERE:
        return None
    cluster.check(Path.cwd())
    if workers != 1:
        raise UserError("--workers counts for this machine only; on Slurm, set `at_once` in cluster.yaml")
    return cluster.read(Path.cwd())


class Until(StrEnum):
    """When a study stops adding runs."""

    DECIDED = "decided"


def trained(workers: int, settings: "Cluster | None", drop_students: bool, planned: "Plan") -> "Plan":
    """Make the runs of a plan, here or on the cluster, and return the new state. Raises UserError if one fails."""
    from cot_distill.studies import running, submitting

    if settings is not None:
        failed = submitting.run(planned, settings, drop_students)
    else:
        failed = running.run(planned, workers, drop_students)
    if failed:
        raise UserError(
            f"{failed} of {len(planned.runs)} runs failed; correct the cause and run the same command again"
        )
    return planned.with_results()


@app.command()
@in_project
def run(
    name: Name,
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="How many runs at a time, each on its own GPU.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the runs and what they cost; run nothing.")] = False,
    on: Where = On.HERE,
    drop_students: Annotated[
        bool, typer.Option("--drop-students", help="Delete each student from DVC's cache once it is evaluated.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only the runs whose names match, such as '*-granularity_3'.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only the I-th of N parts, for several machines without Slurm.")
    ] = None,
    until: Annotated[
        Until | None, typer.Option(help="Add test problems and seeds until the study's claims are decided.")
    ] = None,
    max_seeds: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="With --until: the most seeds an arm may get.", show_default="5"),
    ] = None,
    set_param: Set = None,
) -> None:
    """Run what is not finished yet. The same command continues after a stop. A failed run does not stop the others."""
    from cot_distill.studies import plan, running

    settings = cluster_of(on, workers)
    running.gpus(workers)  # too few GPUs are an error before anything else is done
    if until is not None and shard is not None:
        raise UserError(
            "--shard and --until cannot be combined, since what comes next depends on all runs; leave one out"
        )
    if until is None and max_seeds is not None:
        raise UserError("--max-seeds needs --until decided; without --until the study's file sets the seeds")
    root, study, base, chosen, check = asked(name, set_param)

    def train(planned: "Plan") -> "Plan":
        _say_what_it_costs(planned, workers, drop_students, dry_run)
        return planned if dry_run else trained(workers, settings, drop_students, planned)

    if until is None:
        train(plan.make(root, study, base, chosen, check, write=not dry_run).chosen(only, shard))
        return

    from cot_distill.studies.until import MOST_SEEDS, Growth, adapted, decide

    def make(growth: "Growth") -> "Plan":
        return plan.make(root, study, base, chosen, check, adapted(growth, base, chosen), write=not dry_run)

    left = decide(make(Growth()).chosen(only, None), make, train, max_seeds or MOST_SEEDS, _say_what_is_open)
    if left.waiting and dry_run:
        print("the claims are judged when these are finished")
    elif left.waiting:
        raise UserError(
            f"{len(left.waiting)} runs are not finished (max_hours, or another command's jobs), so no claim was judged"
        )


def _say_what_it_costs(planned: "Plan", workers: int, drop_students: bool, dry_run: bool) -> None:
    """Print a plan's runs and what they cost; in a dry run also what the teachers' models would be asked.

    Raises UserError if the disk is too small.
    """
    from cot_distill.repository.checkout import cache_folder
    from cot_distill.studies import bill
    from cot_distill.studies.cost import check_disk
    from stages import params

    cost = planned.cost(workers, drop_students)
    print(planned.table(), end="")
    print(planned.in_words(cost, drop_students), flush=True)
    check = partial(params.checked, with_data=False)  # a dry run does not write the lists of matched problems
    if dry_run and (asked_of_models := bill.of_study([run.values for run in planned.waiting], check)):
        print(asked_of_models)
    check_disk(cache_folder(planned.root), cost, drop_students)


def _say_what_is_open(planned: "Plan", judged: "Judged", step: "Step") -> None:
    print(f"{len(planned.runs)} runs finished, {len(judged.open)} of {len(judged.findings)} claims open")
    print(judged.table(), end="")
    print(f"next: {step.why}" if step.growth else step.why, flush=True)


@app.command()
@in_project
def status(
    name: Name,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep showing what each run is doing until none is running.")
    ] = False,
    set_param: Set = None,
) -> None:
    """Show each run's state (finished, running, queued, failed, outdated or missing) and accuracy."""
    from cot_distill.studies import plan, watching

    if watch:
        watching.watch(lambda: plan.look(*asked(name, set_param)))
        return
    looked = plan.look(*asked(name, set_param))
    print(looked.table(), end="")
    for remark in looked.remarks():
        print(remark)


@app.command()
@in_project
def table(
    name: Name,
    which: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="A table of `cot-distill tables`.")] = None,
    form: Annotated[Layout, typer.Option("--format", help="The output format.")] = Layout.MARKDOWN,
    set_param: Set = None,
) -> None:
    """Print a table of the study's finished runs: every arm's gain, or the table TABLE."""
    from cot_distill.studies import plan
    from cot_distill.studies.tables import gathered

    check_name(which)
    print_table(gathered(plan.look(*asked(name, set_param))), which, form, None)


def asked(
    name: str, set_param: list[str] | None
) -> tuple[Path, str, dict[str, Any], dict[str, Any], Callable[..., object]]:
    """The plan's inputs: the project, the study, params.yaml, the command line's params, and the check."""
    from cot_distill.studies import grid
    from stages import params

    return Path.cwd(), name, params.read(), dict(grid.set_params(text) for text in set_param or ()), params.checked
