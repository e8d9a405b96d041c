"""The recognizer that is taken where nobody names one: the best that is there."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core import preferred
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import find
from eigen2arc.core.preferred import RECOGNIZERS, choose_recognizer, preferred_recognizer
from eigen2arc.core.torch_cache import torch_checkpoint
from eigen2arc.deep.encode.encoders.facenet import WEIGHTS


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_each_is_made_of_plugins() -> None:
    for one in RECOGNIZERS:
        for component in one[:3]:
            assert find(component.kind, component.name, component.settings)
    last = RECOGNIZERS[-1]
    assert last.ready and last.caution  # there is always one, which says what it is


def test_the_best_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferred, "find_spec", lambda name: object())
    assert preferred_recognizer().encoder.name == "dlib_resnet"
    monkeypatch.setattr(preferred, "find_spec", lambda name: None)
    assert preferred_recognizer().encoder.name == "embedding"
    assert preferred_recognizer("embedding") is RECOGNIZERS[2]
    assert preferred_recognizer("facenet") is RECOGNIZERS[1]  # whoever asks for it has it downloaded
    with pytest.raises(UserError, match=r"the package \w+ is not installed: pip install eigen2arc\[dlib\]"):
        preferred_recognizer("dlib_resnet")
    with pytest.raises(UserError, match="did you mean 'embedding'"):
        preferred_recognizer("embeding")

    weights = torch_checkpoint(WEIGHTS["vggface2"])
    weights.parent.mkdir(parents=True)
    weights.touch()
    assert preferred_recognizer().encoder.name == "facenet"


def test_the_first_line_says_who_decides_and_what_it_is_worth() -> None:
    told = {one.encoder.name: one.announcement for one in RECOGNIZERS}
    assert told["dlib_resnet"] == (
        "faces are told apart by dlib's ResNet, trained on photos (mtcnn, dlib_chip, dlib_resnet)"
    )
    assert "drawn faces" in told["embedding"] and f"{preferred.SHIPPED_LFW:.1%}"[:-1] + " % right" in told["embedding"]
    assert all("\n" not in line for line in told.values())


def test_a_network_of_ones_own_gets_crops_of_its_size(tmp_path: Path) -> None:
    network = helper.make_graph(
        [helper.make_node("ReduceSum", ["crop", "axes"], ["sums"], keepdims=0)],
        "sums",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, ["n", 3, 80, 80])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array([2, 3], np.int64), "axes")],
    )
    file = tmp_path / "face.onnx"
    onnx.save(helper.make_model(network, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    made = choose_recognizer(network=file)
    assert made.encoder.settings == {"model": str(file)} and made.aligner.settings == {"size_px": 80}
    assert made.ready and str(file) in made.announcement
    assert made.caution == made.encoder.built.remarks and made.caution.startswith("fed (pixel - 127.5)")
    with pytest.raises(UserError, match="leave --encoder embedding out"):
        choose_recognizer("embedding", file)
    with pytest.raises(UserError, match="there is no such file"):
        choose_recognizer(network=tmp_path / "absent.onnx")
