"""Check all params and the student before anything costs money or time → data/checked, data/students/untuned."""

import hashlib
import json
from typing import Any

from cot_distill import students
from cot_distill.decoding.local import fastest
from cot_distill.files import cache_root, write_text
from cot_distill.weights import loading
from stages import params, paths
from stages.command import command, tokenizers_alone


def check() -> None:
    """Check all of params.yaml: ids, ranges, folders, whether the teacher can serve the arm, and whether the student's
    template, tokenizer and configuration fit together."""
    chosen = params.load()
    engine = {"engine": fastest()} if chosen.decoding.engine == "auto" else {}
    _check_student(chosen.student_entry)
    # The file has the same bytes after each check. Stages that depend on it wait for the check, but re-run only if a
    # teacher of a mixture changed, since dvc.yaml cannot name that teacher's entry.
    mixed = json.dumps(chosen.mixed_teachers) + "\n" if chosen.mixture else ""
    write_text(paths.CHECKED, f"params.yaml is valid\n{mixed}")
    untuned = {**students.base_identity(chosen.student_entry), "loading": loading.REVISION, **engine}
    write_text(paths.UNTUNED, json.dumps(untuned, indent=2) + "\n")


def _check_student(entry: dict[str, Any]) -> None:
    """Raises UserError if the student cannot be trained. Each version of a student is checked once, since that takes
    seconds.

    A student of the hub is checked when it is trained, since its files may not be on this machine yet.
    """
    if loading.on_hub(str(entry["model"])):
        return
    identity = [students.base_identity(entry), loading.fingerprint(str(entry["model"]))]
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    known = cache_root() / "examined" / digest
    if known.is_file():
        return
    from cot_distill.students.base import load_tokenizer
    from cot_distill.students.trial import examine

    loading.location(str(entry["model"]))  # converts a package's weights, which takes torch
    tokenizers_alone()
    examine(entry, load_tokenizer(entry))
    write_text(known, "")


app = command(check)

if __name__ == "__main__":
    app()
