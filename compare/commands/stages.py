"""The stages of commands that compare faces: those that belong together, each of which the user can replace."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from eigen2arc.core.component import Component

from .options import components, steps

if TYPE_CHECKING:
    from eigen2arc.core.preferred import Recognizer
    from eigen2arc.recognize.calibration.pair_calibration import PairCalibration
    from eigen2arc.recognize.calibration.reading import Reading

#: Beside these the options --detector, --aligner and --matcher take any plug-in.
AnyEncoder = Annotated[
    str,
    typer.Option(
        "--encoder",
        help="dlib_resnet, facenet, embedding, or another one of `eigen2arc list encoder`.",
        show_default="the first of them that is there",
    ),
]
AnyDetector = Annotated[
    str, typer.Option("--detector", help="See `eigen2arc list detector`.", show_default="encoder's, else mtcnn")
]
AnyAligner = Annotated[
    str, typer.Option("--aligner", help="See `eigen2arc list aligner`.", show_default="encoder's, else five_point")
]
AnyMatcher = Annotated[str, typer.Option("--matcher", help="See `eigen2arc list matcher`.", show_default="encoder's")]


class Stages(NamedTuple):
    """Stages of a command. recognizer : detector, aligner and encoder, and what is said of them."""

    recognizer: "Recognizer"
    matcher: Component
    preprocessing: list[Component]

    @property
    def reading(self) -> "Reading":
        """What has to be the same for a calibration to hold. Raises UserError for crops that the encoder refuses."""
        from eigen2arc.core.errors import UserError
        from eigen2arc.recognize.calibration.reading import Reading

        detector, aligner, encoder = self.recognizer[:3]
        try:
            return Reading.of(detector, aligner, encoder, self.matcher, self.preprocessing)
        except ValueError as error:
            advice = "Crops are cut by --aligner and --set aligner.size_px"
            raise UserError(f"encoder {encoder.name}: {error}. {advice}") from error


def choose_stages(
    *,
    encoder: str = "",
    network: Path | None = None,
    detector: str = "",
    aligner: str = "",
    matcher: str = "",
    preprocessing: str = "",
    settings: Sequence[str] | None = None,
    device: str = "auto",
) -> Stages:
    """Choose stages by the options of a command; "" for what goes with the encoder.

    An encoder of core.preferred brings its detector and aligner, any other one gets MTCNN and five points. Raises
    UserError.
    """
    from eigen2arc.core.preferred import RECOGNIZERS, Recognizer, choose_recognizer

    if network is not None or encoder in ("", *(one.encoder.name for one in RECOGNIZERS)):
        usual = choose_recognizer(encoder, network)
    else:
        parts = (Component("detector", "mtcnn"), Component("aligner", "five_point"), Component("encoder", encoder))
        usual = Recognizer(*parts, title=f"the encoder {encoder}")
    usual = usual._replace(
        detector=usual.detector if detector in ("", usual.detector.name) else Component("detector", detector),
        aligner=usual.aligner if aligner in ("", usual.aligner.name) else Component("aligner", aligner),
    )
    own = {one.kind: one for one in usual[:3]}
    names: dict[str, Any] = {kind: one.name for kind, one in own.items()}
    chosen = components(settings, device=device, **names, matcher=matcher or None)
    chosen |= {kind: chosen[kind].with_defaults(**one.settings) for kind, one in own.items()}
    if not matcher:
        matcher = str(chosen["encoder"].built.matcher)
        chosen |= components(settings, detector=None, aligner=None, encoder=None, matcher=matcher)
    recognizer = usual._replace(detector=chosen["detector"], aligner=chosen["aligner"], encoder=chosen["encoder"])
    return Stages(recognizer, chosen["matcher"], steps(preprocessing))


def known_calibration(stages: Stages, file: Path | None) -> "PairCalibration | None":
    """Read the user's calibration, or the shipped one for these stages; None where there is none.

    Raises UserError for a file that is none, or was made with other stages.
    """
    from eigen2arc.core.errors import UserError
    from eigen2arc.core.files import read_json
    from eigen2arc.recognize.calibration.pair_calibration import PairCalibration
    from eigen2arc.recognize.calibration.shipped import shipped_calibration

    if file is None:
        return shipped_calibration(stages.reading)
    known = read_json(file, PairCalibration, "Expected a file that `eigen2arc calibrate` made")
    other = known.reading.difference(stages.reading)
    if other:
        raise UserError(
            f"{file}: was made with other stages: {other} is another one. It is of {known.reading.encoder}, "
            f"{known.reading.aligner['name']}, {known.reading.detector['name']}: take these, or calibrate again"
        )
    return known
