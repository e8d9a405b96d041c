"""Settings: suites in TOML, and what is given to --set."""

from importlib.resources import files
from pathlib import Path

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.compare.runner.suite import load, names
from eigen2arc.core.settings import parse_settings

SETTINGS = b"""systems.lbp.encoder.radius_px=3
detector.thresholds=[0.6, 0.7, 0.7]
dataset.sets=[{name = "orl"}, {name = "scenes", images = 15}]
weights=~/best.safetensors
"""


class Settings:
    """A suite, or lines of settings, a folder."""

    def seeds(self) -> list[Files]:
        """Take the suites that come with the project, and a few settings."""
        suites = [files("eigen2arc.compare.suites").joinpath(f"{name}.toml").read_bytes() for name in names()]
        return [*({"suite.toml": suite} for suite in suites), {"settings.txt": SETTINGS}]

    def read(self, folder: Path) -> object:
        """Load the suite of a folder with its components, or parse its settings, each as the shell gives it."""
        (path,) = folder.iterdir()
        if path.suffix == ".toml":
            return load(str(path), (), {"data_root": "data", "weights": "weights"})
        arguments = path.read_bytes().replace(b"\0", b"").decode(errors="surrogateescape").splitlines()
        return parse_settings(arguments)


build = Settings
