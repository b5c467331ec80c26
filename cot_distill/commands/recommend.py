"""`cot-distill recommend`: which of a study's arms to use, for a third of its trainings."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cot_distill.commands.study import Name, On, Set, Where, asked, cluster_of, trained
from cot_distill.errors import UserError

if TYPE_CHECKING:
    from cot_distill.studies.plan import Plan
    from cot_distill.studies.race.race import Race, Rules
    from cot_distill.studies.recommending import Answers, Field


def recommend(
    name: Name,
    budget: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="The largest share of the grid's trainings to spend.",
            show_default="a third",
        ),
    ] = 1 / 3,
    workers: Annotated[
        int, typer.Option(min=1, metavar="N", help="The number of runs at a time, each on its own GPU.")
    ] = 1,
    on: Where = On.HERE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show how far the race is and what comes next; run nothing.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only the arms whose names match, such as '*-granularity_?'.")
    ] = None,
    trust_predictor: Annotated[
        bool,
        typer.Option(
            "--trust-predictor",
            help="Train only the half of the arms whose examples surprise the untuned student least.",
        ),
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw the race: arms against rounds, with intervals.")
    ] = None,
    set_param: Set = None,
) -> None:
    """Race a study's arms on dev problems. Then say which to use, how sure that is, and its accuracy on the test split.

    Arms that are clearly behind get no further training. The same command continues after a stop.
    """
    from cot_distill.studies import plan, recommending, running
    from cot_distill.studies.race import race

    if chart is not None and chart.suffix != ".svg":
        raise UserError(f"--chart {chart}: name a file that ends in .svg")
    settings = cluster_of(on, workers)
    running.gpus(workers)
    root, study, base, chosen, check = asked(name, set_param)
    adapt = recommending.raced(base, chosen)
    field = recommending.field(plan.make(root, study, base, chosen, check, adapt, write=not dry_run), only)
    if trust_predictor and dry_run:
        raise UserError("--trust-predictor reads every arm's examples first; leave out --dry-run")
    rules = _trusting(field, budget, workers) if trust_predictor else field.rules(budget)
    answers = recommending.Answers(field)
    answers.look(field.plan)
    known = race.run(rules, answers.on("dev"))
    print(f"{study}: {field.plan.about}")
    _say_what_is_next(field, rules, known, answers, workers, dry_run)
    if dry_run:
        return
    _race(field, rules, answers, partial(trained, workers, settings, False), chart)


def _race(
    field: "Field", rules: "Rules", answers: "Answers", train: Callable[["Plan"], "Plan"], chart: Path | None
) -> None:
    """Run the race to its end, ask the chosen arm the test problems, and say what to do."""
    from cot_distill.files import write_text
    from cot_distill.studies import advice, recommending, running, told
    from cot_distill.studies.race import race

    def tell(one: "Race") -> None:
        said = advice.progress(one)
        told.keep(field.plan.root, advice.told(field, one, answers.spending(), [*said, "the race goes on"]))
        for line in said:
            running.say(line)

    ended = recommending.race(field, rules, answers, train, tell)
    spending = answers.spending()
    choice = recommending.chosen(ended, spending)
    tested = recommending.on_test(field, choice, answers, train)
    behind = race.most_behind(ended, answers.on("dev"), choice.chosen.arm)
    said = advice.advice(field, ended, choice, behind, spending, tested)
    shown = advice.told(field, ended, spending, said)
    told.keep(field.plan.root, shown)
    if chart is not None:
        write_text(chart, shown.chart.svg())
    print(advice.table(ended, spending), *said, sep="\n")


def _say_what_is_next(
    field: "Field", rules: "Rules", known: "Race", answers: "Answers", workers: int, dry_run: bool
) -> None:
    """Print the race's size; in a dry run also how far it is and what comes next. Raises UserError if the disk is too
    small."""
    from cot_distill.repository.checkout import cache_folder
    from cot_distill.studies import advice
    from cot_distill.studies.cost import check_disk

    print(f"{len(field.arms)} arms, {field.seeds} seeds: at most {rules.trainings} of {field.grid} trainings")
    runs = field.of("dev", known.wanted)
    cost = runs.cost(workers, drop_students=False)
    check_disk(cache_folder(Path.cwd()), cost, drop_students=False)
    if dry_run and known.places:
        print(advice.table(known, answers.spending()), end="")
    if dry_run:
        print(runs.table() + runs.in_words(cost, drop_students=False) if known.wanted else "the race is over")


def _trusting(field: "Field", budget: float, workers: int) -> "Rules":
    """The rules of a race that runs only the arms whose examples surprise the untuned student least. Prints which."""
    from cot_distill.studies import recommending, running

    surprisal = recommending.surprisals(field, lambda runs: running.only(runs, "predict", workers))
    rules = field.trusting(budget, surprisal)
    for arm, value in sorted(surprisal.items(), key=lambda one: one[1]):
        running.say(f"{arm}: surprisal {value:.3f}{'' if arm in rules.arms else ', left out without a training'}")
    return rules
