from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.evaluation.run_report import HEIGHT, WIDTH, chart, render_run_report, write_run_report
from recipe_tui.core.runs.curves import Curve
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Sample, Started, Step, Validation
from recipe_tui.core.runs.folder import RunManifest


def a_run(folder: Path) -> Path:
    folder.mkdir()
    RunManifest("soup", 1000.0, "gpt2", "s", "d", "t", "c", "c", {"keras": "3.15"}).write(folder)
    (folder / paths.RUN_CONFIG).write_text('run = "soup"\n')
    log = EventLog(folder / paths.EVENTS)
    log.append(Started(1000.0, 0, 8, 4.0, 1000, 20, 64))
    for number in range(1, 9):
        log.append(Step(1000.0 + number, number, 0.1, 5.0 / number, 1e-3, 1.0, 60, 100.0, 10**9, None, 0.0))
    log.append(Validation(1009.0, 8, 2.0, 7.39, True))
    log.append(Sample(1010.0, 8, "Soup & <b>\n", "Boil </pre><script>.", 0.25, 9))
    log.append(Ended(1011.0, 8, "finished", "all steps done"))
    log.close()
    return folder


def test_a_chart_is_as_wide_as_its_steps_and_as_high_as_its_values_with_gaps_where_there_is_no_number() -> None:
    curve = Curve.of([10.0, 20.0, 30.0, 40.0, 50.0], [4.0, 3.0, np.nan, 2.0, 0.0])
    drawn = chart("Learning rate", ("learning_rate",), {"learning_rate": curve})
    assert drawn is not None
    (line,) = drawn.lines
    assert line.pieces == (
        f"0.0,0.0 {WIDTH / 4:.1f},{HEIGHT / 4:.1f}",
        f"{WIDTH * 0.75:.1f},{HEIGHT / 2:.1f} {WIDTH:.1f},{HEIGHT:.1f}",
    )
    assert [label for _, label in drawn.x_ticks] == ["10", "20", "30", "40", "50"]
    assert [label for _, label in drawn.y_ticks] == ["4", "3", "2", "1", "0"]


def test_the_training_loss_is_drawn_as_it_is_and_smoothed_beside_the_validation_loss() -> None:
    loss, validation = Curve.of([1.0, 2.0], [4.0, 2.0]), Curve.of([2.0], [3.0])
    drawn = chart("Loss", ("loss", "validation"), {"loss": loss, "validation": validation})
    assert drawn is not None
    assert [(line.name, line.style) for line in drawn.lines] == [
        ("train", "faint"),
        ("train, smoothed 0.9", "first"),
        ("validation", "second"),
    ]


def test_curves_without_a_number_make_no_chart() -> None:
    assert chart("Loss", ("loss",), {}) is None
    assert chart("Loss", ("loss",), {"loss": Curve.of([1.0], [np.nan])}) is None


def test_the_page_has_figures_curves_samples_and_configuration_and_nothing_in_it_is_taken_for_markup(
    tmp_path: Path,
) -> None:
    page = render_run_report(a_run(tmp_path / "soup"))
    for text in ("soup", "finished", "2.0000 (perplexity 7.39)", "overlap 25%", "run = &#34;soup&#34;", "keras 3.15"):
        assert text in page
    assert "<script>" not in page
    assert "Soup &amp; &lt;b&gt;" in page
    for svg in page.split("<svg")[1:]:
        ET.fromstring("<svg" + svg.partition("</svg>")[0] + "</svg>")
    assert "http" not in page  # nothing is fetched


def test_a_folder_that_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run in this folder"):
        write_run_report(tmp_path, tmp_path / "report.html")
