"""Check every param before anything is paid for or trained → data/checked, data/students/untuned."""

import json

from cot_distill import students
from cot_distill.files import write_text
from cot_distill.weights import loading
from stages import params, paths
from stages.command import command


def check() -> None:
    """Check params.yaml whole: ids, ranges, folders, and whether the teacher can serve the arm."""
    chosen = params.load()
    # The same bytes: what depends on this file waits for the check, but is re-run because of it only where a teacher of
    # a mixture changed, whose entry no stage can name.
    mixed = json.dumps(chosen.mixed_teachers) + "\n" if chosen.mixture else ""
    write_text(paths.CHECKED, f"params.yaml is valid\n{mixed}")
    untuned = {**students.base_identity(chosen.student_entry), "loading": loading.REVISION}
    write_text(paths.UNTUNED, json.dumps(untuned, indent=2) + "\n")


app = command(check)

if __name__ == "__main__":
    app()
