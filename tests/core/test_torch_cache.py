"""Where downloaded weights lie: there where the package that downloads them puts them."""

from pathlib import Path

import pytest
from facenet_pytorch.models.inception_resnet_v1 import get_torch_home

from eigen2arc.core.torch_cache import torch_checkpoint


@pytest.mark.parametrize("variable", ["", "TORCH_HOME", "XDG_CACHE_HOME"])
def test_it_is_the_folder_of_the_package(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(one, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert torch_checkpoint("a.pt") == Path(get_torch_home()) / "checkpoints/a.pt"
