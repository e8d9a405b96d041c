"""Which parts recognize faces where nobody names any: the best that is installed, in one place for all commands."""

from importlib.util import find_spec
from typing import NamedTuple

from .component import Component
from .errors import UserError, did_you_mean


class Recognizer(NamedTuple):
    """Detector, aligner and encoder that belong together.

    packages : what has to be installed for them, beside the base. extra : that they are installed with, "" for none.
    caution : what has to be said wherever their vectors decide, "" for nothing.
    """

    detector: Component
    aligner: Component
    encoder: Component
    packages: tuple[str, ...] = ()
    extra: str = ""
    caution: str = ""

    @property
    def missing(self) -> str:
        """The first of the packages that is not installed, "" where all are."""
        return next((name for name in self.packages if find_spec(name) is None), "")


def _parts(aligner: str, encoder: str) -> tuple[Component, Component, Component]:
    return Component("detector", "mtcnn"), Component("aligner", aligner), Component("encoder", encoder)


#: The best first.
RECOGNIZERS = (
    Recognizer(*_parts("dlib_chip", "dlib_resnet"), ("dlib", "face_recognition_models"), "dlib"),
    Recognizer(
        *_parts("five_point", "embedding"),
        caution="the shipped network was trained on drawn faces: it knows little of photos, and finds few who are "
        "under a wrong name; the extra dlib has a network that was trained on photos",
    ),
)


def preferred_recognizer(encoder: str = "") -> Recognizer:
    """Return the best recognizer of RECOGNIZERS that is installed, or the one with that encoder.

    Raises UserError for an encoder that none of them has, or whose packages are not installed.
    """
    if not encoder:
        return next(one for one in RECOGNIZERS if not one.missing)
    names = [one.encoder.name for one in RECOGNIZERS]
    if encoder not in names:
        near = did_you_mean(encoder, names)
        raise UserError(f"encoder {encoder!r}: {near}expected one of {', '.join(names)}")
    chosen = RECOGNIZERS[names.index(encoder)]
    if chosen.missing:
        raise UserError(
            f"encoder {encoder}: the package {chosen.missing} is not installed: pip install eigen2arc[{chosen.extra}]"
        )
    return chosen
