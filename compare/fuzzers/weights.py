"""Weights and models: safetensors of our own, classical and deep, and what others wrote with torch.save."""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core import plugins
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

SIDE_PX = 32

FITTED = ("eigenfaces", "fisherfaces")


class Weights:
    """One file a folder, whose name says what it is; a model is built of it and run."""

    def seeds(self) -> list[Files]:
        """Write a fitted model, a small network of ours, and a state dict in both of torch's formats."""
        crops = np.random.default_rng(0).integers(0, 256, (8, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
        torch.manual_seed(0)
        chosen = {"size_px": SIDE_PX, "width": 0.125}
        backbone = plugins.build("backbone", "mobilefacenet", embedding_size=8, **chosen)
        about = {"settings": {"backbone": "mobilefacenet", "backbone_settings": chosen, "embedding_size": 8}}
        state = {"module.weight": torch.zeros(4, 4), "module.bias": torch.zeros(4)}
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            for name in FITTED:
                encoder: Any = plugins.build("encoder", name)
                encoder.fit(crops, np.arange(8) // 2)
                encoder.save(folder / f"{name}.safetensors")
            fitted = [{path.name: path.read_bytes()} for path in sorted(folder.iterdir())]
            checkpoint.save(folder / "embedding.safetensors", backbone.state_dict(), about)
            network = {path.name: path.read_bytes() for path in folder.glob("embedding.*")}
        return [
            *fitted,
            network,
            {"state.pth": _saved(state)},
            {"state.pth": _saved({"state_dict": state}, zipped=False)},
        ]

    def read(self, folder: Path) -> object:
        """Build what the file of a folder holds and encode two crops; of a state dict the tensors are read."""
        crops = np.zeros((2, SIDE_PX, SIDE_PX, 3), np.uint8)
        path = sorted(folder.iterdir())[-1]
        if path.stem in FITTED:
            return plugins.build("encoder", path.stem, model=path).encode(crops)
        if path.suffix == ".safetensors":
            return plugins.build("encoder", "embedding", weights=path, device="cpu").encode(crops)
        return read_state_dict(path)


def _saved(state: object, zipped: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


build = Weights
