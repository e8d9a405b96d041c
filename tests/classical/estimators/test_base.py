"""What a fitted encoder leaves in a file, and what is refused there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file
from sklearn.exceptions import NotFittedError

from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SETTINGS = {"components": 3, "drop_first": 0, "whitening": True, "solver": "exact"}


@pytest.fixture
def fitted(rng: np.random.Generator) -> Any:
    return build("encoder", "eigenfaces", **SETTINGS).fit(rng.integers(0, 256, (9, 8, 8, 3), dtype=np.uint8))


def test_a_file_holds_all_settings_and_what_was_learned(fitted: Any, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model")
    with safe_open(tmp_path / "model", framework="numpy") as file:
        model = json.loads(file.metadata()["model"])
    assert model == {"format": model_file.FORMAT, "name": "eigenfaces", "settings": SETTINGS}
    loaded = build("encoder", "eigenfaces", model=tmp_path / "model")
    assert loaded.get_params() == SETTINGS
    for key, array in fitted.tensors().items():
        np.testing.assert_array_equal(loaded.tensors()[key], array)


def test_before_fit_there_is_nothing_to_save(tmp_path: Path) -> None:
    for error in (UserError, NotFittedError):
        with pytest.raises(error, match="eigenfaces has to be fitted first: call fit, or give a file"):
            build("encoder", "eigenfaces").save(tmp_path / "model")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (SETTINGS | {"component": 3}, "its settings are not those of eigenfaces"),
        (SETTINGS | {"components": "many"}, "model: components = 'many': expected a whole number of at least 1"),
    ],
)
def test_other_settings_are_refused(fitted: Any, settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    model_file.save(tmp_path / "model", "eigenfaces", settings, fitted.tensors())
    with pytest.raises(UserError, match=message):
        build("encoder", "eigenfaces", model=tmp_path / "model")


def test_a_header_without_settings_is_refused(fitted: Any, tmp_path: Path) -> None:
    header = {"model": json.dumps({"format": model_file.FORMAT, "name": "eigenfaces"})}
    save_file(fitted.tensors(), tmp_path / "model", header)
    with pytest.raises(UserError, match="is not a model written by"):
        build("encoder", "eigenfaces", model=tmp_path / "model")
