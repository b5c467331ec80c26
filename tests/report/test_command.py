"""`cot-distill report` over experiments of a real, if small, pipeline."""

from pathlib import Path

from tests.tables.conftest import Study, study  # noqa: F401 - the fixture


def test_experiments_become_one_file_that_says_what_is_missing(study: Study, tmp_path: Path) -> None:  # noqa: F811
    study.experiment("coarse", granularity=1, right="'10000'")
    study.experiment("fine", granularity=5, right="'11110'")
    assert study.told("report", "--experiments", "--out", "out/report.html").startswith("out/report.html: 0.")
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<h2>Level 5: 80.0%</h2>" in html
    assert "tiny on word_problems, 5 test problems" in html
    assert '"How many 3?"' in html
    assert "data/examples/rationales.parquet is not shown" in html


def test_without_a_run_it_says_so_and_writes_nothing(study: Study, tmp_path: Path) -> None:  # noqa: F811
    done = study.run("python", "-m", "cot_distill.cli", "report")
    assert done.returncode == 1
    assert "no run to show" in done.stderr
    assert not (tmp_path / "report.html").exists()
