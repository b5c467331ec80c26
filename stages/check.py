"""Check every param before anything is paid for or trained → data/checked and what identifies models."""

import json

from cot_distill import students
from cot_distill.files import write_text
from cot_distill.supervision import teachers
from cot_distill.weights import loading
from stages import params, paths
from stages.command import command


def check() -> None:
    """Check params.yaml whole: ids, ranges, folders, and whether the teacher can serve the arm."""
    chosen = params.load()
    # Always the same bytes: what depends on this file waits for the check, but is never re-run because of it.
    write_text(paths.CHECKED, "params.yaml is valid\n")
    untuned = {**students.base_identity(chosen.student_entry), "loading": loading.REVISION}
    write_text(paths.UNTUNED, json.dumps(untuned, indent=2) + "\n")
    catalogued = teachers.entries(paths.TEACHERS)
    mixed = {part.teacher: catalogued[part.teacher] for part in chosen.parts if chosen.mixture}
    write_text(paths.MIXED, json.dumps(mixed, indent=2) + "\n")


app = command(check)

if __name__ == "__main__":
    app()
