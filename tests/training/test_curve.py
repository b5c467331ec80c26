"""The curve of a run: which files, with what in them, the same from run to run."""

from cot_distill.training.curve import Curve

POINTS = [
    {"step": 1, "loss": 5.123456, "learning_rate": 2.0e-3, "grad_norm": 1.00004, "epoch": 0.5},
    {"step": 2, "loss": 4.0, "learning_rate": 1.23456789012e-3, "grad_norm": 0.5, "epoch": 1.0},
]


def test_each_figure_has_a_file_and_speed_stands_apart(tmp_path) -> None:
    curve = Curve(tmp_path / "training", tmp_path / "speed", every=1)
    for point in POINTS:
        curve.add(point)
        curve.add_speed(point["step"], 812.345)
    curve.close()
    metrics = tmp_path / "training/plots/metrics"
    assert sorted(path.name for path in metrics.iterdir()) == ["grad_norm.tsv", "learning_rate.tsv", "loss.tsv"]
    assert (metrics / "loss.tsv").read_text() == "step\tloss\n1\t5.1235\n2\t4.0\n"
    assert (metrics / "learning_rate.tsv").read_text() == "step\tlearning_rate\n1\t0.002\n2\t0.0012345679\n"
    assert (metrics / "grad_norm.tsv").read_text() == "step\tgrad_norm\n1\t1.0\n2\t0.5\n"
    speed = tmp_path / "speed/plots/metrics"
    assert [path.name for path in speed.iterdir()] == ["tokens_per_second.tsv"]
    assert (speed / "tokens_per_second.tsv").read_text().splitlines()[1] == "1\t812.3"
    assert not [path for path in (tmp_path / "training").rglob("*") if "tokens_per_second" in path.name]


def test_a_point_is_the_mean_loss_of_its_steps(tmp_path) -> None:
    curve = Curve(tmp_path / "training", tmp_path / "speed", every=2)
    drawn = [curve.add({**POINTS[0], "step": step, "loss": loss}) for step, loss in enumerate([5.0, 4.0, 2.0, 1.0], 1)]
    curve.close()
    assert (drawn, curve.loss) == ([False, True, False, True], 1.5)
    assert (tmp_path / "training/plots/metrics/loss.tsv").read_text() == "step\tloss\n2\t4.5\n4\t1.5\n"


def test_a_run_that_begins_again_leaves_no_old_points(tmp_path) -> None:
    for points in (POINTS, POINTS[:1]):
        curve = Curve(tmp_path / "training", tmp_path / "speed", every=1)
        for point in points:
            curve.add(point)
        curve.close()
    assert (tmp_path / "training/plots/metrics/loss.tsv").read_text() == "step\tloss\n1\t5.1235\n"
