"""Networks of the user's own as systems beside those of a suite."""

from collections.abc import Sequence
from pathlib import Path

from eigen2arc.compare.runner.suite import System
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError


def own_networks(files: Sequence[Path]) -> list[System]:
    """Make a system of each ONNX file: MTCNN, the usual crop of 112 pixels, the network, and its own matcher.

    Raises UserError for a file that is not there, or that is given twice.
    """
    systems: list[System] = []
    for number, file in enumerate(files, 1):
        if not file.is_file():
            raise UserError(f"--network {file}: no such file")
        if file in files[: number - 1]:
            raise UserError(f"--network {file}: is given twice")
        alike = sum(other.stem == file.stem for other in files[: number - 1])
        systems.append(
            System(
                f"{file.stem} ({alike + 1})" if alike else f"{file.stem}, yours",
                f"network-{number}",
                Component("detector", "mtcnn"),
                Component("aligner", "five_point"),
                Component("encoder", "onnx", {"model": str(file)}),
                outside_data="detector: WIDER FACE, CelebA; encoder: as its ONNX file was trained",
            )
        )
    return systems
