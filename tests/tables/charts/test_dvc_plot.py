"""What DVC draws and shows of the metrics in git: the template of accuracy by granularity, and nothing that is missing."""

import json
import shutil
from typing import Any
from xml.etree.ElementTree import fromstring

from ruamel.yaml import YAML

from tests.conftest import ROOT

_ROWS = [
    {"role": "untuned", "student": "small", "teacher": "", "granularity": "", "format": "", "rev": "workspace"},
    {"role": "tuned", "student": "small", "teacher": "solver", "granularity": "3", "format": "original", "rev": "one"},
    {"role": "tuned", "student": "small", "teacher": "", "granularity": "0", "format": "", "rev": "two"},
]


def test_the_plots_template_draws_what_the_table_holds() -> None:
    import vl_convert

    plots = YAML(typ="safe").load(ROOT / "dvc.yaml")["plots"]
    (plot,) = [one["Accuracy by granularity"] for one in plots if "Accuracy by granularity" in one]
    spec: dict[str, Any] = json.loads((ROOT / ".dvc/plots" / f"{plot['template']}.json").read_text())
    assert spec["data"]["values"] == "<DVC_METRIC_DATA>"
    spec["data"]["values"] = [
        {**row, "accuracy": "0.25", "accuracy_low": "0.2", "accuracy_high": "0.3", "seeds": "", "dataset": "d"}
        for row in _ROWS
    ]
    texts = {
        text.text for text in fromstring(vl_convert.vegalite_to_svg(spec)).iter("{http://www.w3.org/2000/svg}text")
    }
    assert {"untuned", "0", "3", "small", "solver, original", "answers alone", "accuracy"} <= texts


def test_plots_and_metrics_of_a_fresh_clone_are_shown_without_a_complaint(versioned) -> None:
    shutil.copytree(ROOT / "metrics", versioned.folder / "metrics")
    shutil.copytree(ROOT / ".dvc" / "plots", versioned.folder / ".dvc" / "plots")
    drawn = versioned.run("dvc", "plots", "show", "--json")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    told = json.loads(drawn.stdout)
    curves = [f"metrics/training/plots/metrics/{name}.tsv" for name in ("grad_norm", "learning_rate", "loss")]
    assert (sorted(told["data"]), told.get("errors")) == (["Accuracy by granularity", *curves], None)
    shown = versioned.run("dvc", "metrics", "show", "--json")
    assert (shown.returncode, shown.stderr) == (0, "")
    ends = json.loads(shown.stdout)[""]["data"]["metrics/training/metrics.json"]["data"]
    assert sorted(ends) == ["grad_norm", "learning_rate", "loss", "step"]
