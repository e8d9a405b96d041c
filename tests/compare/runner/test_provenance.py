"""What a system is called in LFW's words, and the stages and track that a report shows."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

from eigen2arc.compare.runner.provenance import describe_stages, hardware, learning, track
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.compare.runner.suite import Suite, System
from eigen2arc.compare.runner.system_runner import SystemRunner
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Artefacts are written below a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


def runner(encoder: str = "eigenfaces", task: str = "verification", settings: Any = None, **more: Any) -> SystemRunner:
    stages = StageRunner(Store(Path("nowhere")), Progress(disable=True), data_root=None, device="cpu")
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
        # Words are for people: nothing is read out of them.
        ("eigenfaces", {"labels": "none", "outside_data": "encoder: B"}, "unsupervised, label-free outside data"),
        ("embedding", {"outside_data": ""}, "unrestricted, labelled outside data"),
    ],
)
def test_lfws_words(encoder: str, more: dict[str, Any], words: str) -> None:
    assert ", ".join(learning(runner(encoder, **more)).values()) == words


def test_what_nobody_states_is_unknown(seen: list[Any]) -> None:
    """An encoder of somebody else's, as one in an ONNX file, may have learned from millions of people."""
    assert learning(runner("number", outside_data="none")) == {"setting": "unknown: stated by nobody", "outside": ""}
    stated = learning(runner("number", trained_with="identities"))
    assert stated == {"setting": "unrestricted", "outside": "labelled outside data"}
    stated = learning(runner("number", trained_with="images", outside_data="encoder: B"))
    assert stated == {"setting": "unsupervised", "outside": "label-free outside data"}
    projected = {"base": "number", "projections": ["unit_length"]}
    assert learning(runner("projected", settings=projected))["setting"] == "unknown: stated by nobody"


@pytest.mark.parametrize(
    ("encoder", "more", "message"),
    [
        ("embedding", {"trained_with": "images"}, 'says that it was trained with "identities", and the suite'),
        ("lbp_histogram", {"trained_with": "identities"}, 'says that it was trained with "nothing", and the suite'),
        ("embedding", {"outside_data": "none"}, 'with identities elsewhere, and the suite says outside_data = "none"'),
    ],
)
def test_what_contradicts_the_encoder_is_refused(encoder: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        learning(runner(encoder, **more))


def test_a_model_read_from_a_file_was_trained_elsewhere(tmp_path: Path, rng: np.random.Generator) -> None:
    crops, labels = rng.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8), np.arange(4).repeat(3)
    pca = {"name": "whitened_pca", "components": 4}
    for name, settings, words in (
        ("eigenfaces", {"components": 4}, "images"),
        ("fisherfaces", {}, "identities"),
        ("projected", {"base": "eigenfaces", "projections": [pca]}, "images"),
        ("projected", {"base": "eigenfaces", "projections": [pca, "lda"]}, "identities"),
    ):
        fitted = build("encoder", name, **settings).fit(crops, labels)
        assert fitted.trained_with == "nothing"
        fitted.save(tmp_path / "model.safetensors")
        assert build("encoder", name, model=tmp_path / "model.safetensors").trained_with == words


def test_a_run_without_networks_loads_no_torch_to_name_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runner("eigenfaces").has_networks and runner("embedding").has_networks
    monkeypatch.setitem(sys.modules, "torch", None)
    assert hardware("cpu")["device"] == "cpu"


def test_auto_is_no_device() -> None:
    used = hardware("auto")["device"]
    assert used == "cpu" or used.startswith("cuda:0 (")


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
    assert [track(made.encoder) for made in (plain, deep)] == ["classical", "mixed"]
