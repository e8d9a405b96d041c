"""The library dlib and the models of the package face_recognition_models: found, or missed in one line."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from eigen2arc.core.errors import UserError

#: What to do where either of them is missing.
INSTALL = "pip install 'eigen2arc[dlib]' brings it"


def load_dlib() -> ModuleType:
    """Import dlib. Raises UserError where it is not installed."""
    if find_spec("dlib") is None:
        raise UserError(f"the package dlib is not installed: {INSTALL}")
    return import_module("dlib")


def model_file(name: str) -> str:
    """Return the path of a file of the package face_recognition_models, e.g. shape_predictor_5_face_landmarks.dat.

    The package is not imported, since it needs a pkg_resources that new setuptools lack. Raises UserError where it is
    not installed, or has no such file.
    """
    spec = find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package face_recognition_models is not installed: {INSTALL}")
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; install face_recognition_models again")
    return str(path)
