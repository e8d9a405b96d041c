"""What a system is called in LFW's words, and the stages and track that a report shows."""

from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.provenance import describe_stages, learning, track
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.suite import Suite, System
from eigen2arc.compare.runner.system_runner import SystemRunner
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Artefacts are written below a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


def runner(encoder: str = "eigenfaces", task: str = "verification", settings: Any = None, **more: Any) -> SystemRunner:
    stages = StageRunner(Store(Path("nowhere")), Progress(disable=True), data_root=None, device="cpu", most=None)
    system = System(
        "s",
        "s",
        Component("detector", "fixed_box"),
        Component("aligner", "box"),
        Component("encoder", encoder, settings or {}),
        **more,
    )
    return SystemRunner(stages, Suite("s", "s", "s", (system,), {task: Component("dataset", "lfw")}), system)


@pytest.mark.parametrize(
    ("encoder", "more", "words"),
    [
        ("eigenfaces", {}, "unrestricted, outside data not stated"),
        ("eigenfaces", {"outside_data": "none"}, "unrestricted, no outside data"),
        ("eigenfaces", {"labels": "none", "outside_data": "none"}, "unsupervised, no outside data"),
        ("eigenfaces", {"labels": "pairs", "outside_data": "none"}, "image-restricted, no outside data"),
        # Nothing learns: nothing was needed, whatever would have been allowed.
        ("lbp_histogram", {"outside_data": "detector: WIDER FACE"}, "unsupervised, label-free outside data"),
        ("lbp_histogram", {"matcher": Component("matcher", "pair_svm")}, "unrestricted, outside data not stated"),
        (
            "lbp_histogram",
            {"matcher": Component("matcher", "pair_svm"), "labels": "pairs"},
            "image-restricted, outside data not stated",
        ),
        ("embedding", {"outside_data": "detector: A; encoder: B"}, "unrestricted, labelled outside data"),
        ("eigenfaces", {"labels": "none", "outside_data": "encoder: B"}, "unrestricted, labelled outside data"),
    ],
)
def test_lfws_words(encoder: str, more: dict[str, Any], words: str) -> None:
    assert ", ".join(learning(runner(encoder, **more)).values()) == words


def test_an_identifier_learns_who_is_who() -> None:
    made = runner("lbp_histogram", "identification", identifier=Component("identifier", "class_mean"))
    assert learning(made)["setting"] == "unrestricted"
    assert list(describe_stages(made)) == ["detector", "aligner", "encoder", "identifier"]


def test_stages_in_their_order_with_the_encoders_own_matcher() -> None:
    shown = describe_stages(
        runner(preprocessing=(Component("preprocessing", "log"), Component("preprocessing", "gamma", {"gamma": 2.0})))
    )
    assert list(shown) == ["detector", "aligner", "preprocessing", "encoder", "matcher"]
    assert shown["preprocessing"] == [{"name": "log", "settings": {}}, {"name": "gamma", "settings": {"gamma": 2.0}}]
    assert shown["matcher"] == {"name": "euclidean", "settings": {}}


def test_a_deep_base_makes_a_system_mixed() -> None:
    plain = runner("projected", settings={"base": "lbp_histogram", "projections": ["lda"]})
    deep = runner("projected", settings={"base": "facenet", "projections": ["lda"]})
    assert [track(made.detector, made.encoder) for made in (plain, deep)] == ["classical", "mixed"]
