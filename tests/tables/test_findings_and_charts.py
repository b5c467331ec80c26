"""`cot-distill findings` and `charts` over real experiments."""

import json

from tests.tables.conftest import Study


def test_experiments_become_findings_and_charts(study: Study) -> None:
    for level, seed in ((1, 0), (2, 1)):  # the seed says which word counts
        study.experiment(f"level-{level}", granularity=level, seed=seed, right="11000/11110")
    found = {one["name"]: one for one in json.loads(study.told("findings", "--experiments", "--format", "json"))}
    tuning = found["tuning"]
    # right on 2 and on 4 of 5 problems, untuned on 1
    assert (tuning["verdict"], round(tuning["effect"], 6)) == ("not enough data", 0.4)
    assert tuning["effect_of"] == "word_problems, tiny: mean over 2 arms minus untuned"
    assert [one["other_accuracy"] for one in tuning["cases"][0]["contrasts"]] == [0.2, 0.2, 0.2]
    assert "| Fine-tuning on chains of thought beats the untuned student." in study.told("findings", "--rev", "level-1")

    drawn = study.told("charts", "--experiments", "--out", "pictures")
    assert drawn == "pictures/granularity-word_problems.svg\n"
    names = sorted(path.name for path in (study.folder / "pictures").iterdir())
    assert names == [
        "alt.md",
        *(f"granularity-word_problems.{kind}" for kind in ("png", "svg", "vl.json")),
    ]
    assert (
        "40.0% at level 1, 80.0% at level 2, best at level 2; untuned it has 20.0%."
        in (study.folder / "pictures" / "alt.md").read_text()
    )
    assert "pictures: exists already" in study.refused("charts", "--experiments", "--out", "pictures")
    assert "a chart compares arms" in study.refused("charts", "--out", "others")
    assert not (study.folder / "others").exists()
