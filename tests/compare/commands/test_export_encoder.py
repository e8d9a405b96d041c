"""`eigen2arc deep export`: the shipped weights become a file that the encoder `onnx` takes without a setting."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eigen2arc.compare.commands.deep import app
from eigen2arc.core.plugins import build
from eigen2arc.deep.deploy.onnx_export import probe_crops
from eigen2arc.deep.encode.encoders.embedding import SHIPPED


@pytest.mark.slow
def test_the_shipped_weights_are_exported(tmp_path: Path) -> None:
    weights, out = str(files("eigen2arc.deep.weights") / SHIPPED), tmp_path / "shipped.onnx"
    result = CliRunner().invoke(app, ["export", "--weights", weights, "--out", str(out)])
    assert result.exit_code == 0, result.exception
    assert "opset 18; vectors differ from torch's by" in result.stdout.replace("\n", " ")
    crops = probe_crops(112)
    wanted, got = (
        build("encoder", "embedding", device="cpu").encode(crops),
        build("encoder", "onnx", model=out).encode(crops),
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
