"""`cot-distill ask`: asks the trained and the untuned student a question of your own."""

from typing import Annotated

import typer


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, worded as a problem.")],
    choice: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="A choice; repeat the option for each choice, in the order of the letters."),
    ] = None,
) -> None:
    """Ask the workspace's untuned and trained student a question of your own, in the prompt of the problems."""
    from cot_distill import grading
    from cot_distill.errors import UserError
    from cot_distill.evaluation.answering import completions
    from cot_distill.problems import ANSWER_KIND_OF
    from cot_distill.records import Problem
    from cot_distill.tables.reading import block
    from stages import params, paths

    if not question.strip():
        raise UserError("the question is empty")
    chosen = params.load()
    kind = "letter" if choice else ANSWER_KIND_OF.get(chosen.dataset, "text")
    problem = Problem("asked", chosen.dataset, "test", question, tuple(choice or ()) or None, kind, "", None, None)
    for name, trained in (("untuned", None), ("trained", paths.STUDENT)):
        for written in completions(chosen.student_entry, trained, problem, chosen.decoding_settings):
            read = grading.read(written.text, kind, choice, question).answer
            print(block(f"{name} {chosen.student}", written.text), end="")
            print(f"answer read: {read or 'none'}\n")
