"""Whether two faces are one person's: same, different, or cannot tell, with the probability and the rate behind it.

The score decides by the thresholds of a calibration. A face that is too small or blurred shows less than an encoder
needs, whatever the score: of such images nobody can tell. Without a calibration there is a score and no verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eigen2arc.core.align import TEMPLATE_112, align_points
from eigen2arc.core.pipeline import Comparison
from eigen2arc.core.types import Faces
from eigen2arc.recognize.calibration.pair_calibration import SAME_FMR, OperatingPoint, PairCalibration, Verdict
from eigen2arc.recognize.reading.face_quality import BLURRED, TINY_EYES_PX, place, sharpness


@dataclass(frozen=True)
class Judgement:
    """What is said of a pair.

    verdict : None where there is no calibration, or no face. probability : that they are one person's, where one pair
    in two is; None where it is not known. log_likelihood_ratio : see PairCalibration. point : the threshold for "same".
    weak : for each image why its face shows too little, "" where it does not.
    """

    verdict: Verdict | None
    probability: float | None
    log_likelihood_ratio: float | None
    point: OperatingPoint | None
    weak: tuple[str, str]


def judge(
    images: Sequence[np.ndarray],
    compared: Comparison,
    calibration: PairCalibration | None,
    fmr: float = SAME_FMR,
) -> Judgement:
    """Decide on two images, uint8 RGB (H, W, 3), by the faces of them that were compared.

    fmr : the share of pairs of two people that may be taken for one person's, see PairCalibration.point.
    """
    if compared.score is None:
        return Judgement(None, None, None, None, ("", ""))
    first, second = (weakness(image, face) for image, face in zip(images, compared.faces, strict=True))
    weak = (first, second)
    if calibration is None:
        return Judgement(None, None, None, None, weak)
    point = calibration.point(fmr)
    if any(weak):  # of whom the calibration's people had none
        return Judgement("cannot tell", None, None, point, weak)
    return Judgement(
        calibration.verdict(compared.score, fmr),
        calibration.probability(compared.score),
        calibration.log_likelihood_ratio(compared.score),
        point,
        weak,
    )


def weakness(image: np.ndarray, face: Faces) -> str:
    """Say why the one face of ``face`` shows too little to be compared: it is tiny, or blurred; "" for a usable one."""
    eyes_px = place(face).eyes_px
    if eyes_px < TINY_EYES_PX:
        return f"its face has {eyes_px:.0f} px between the eyes, less than the {TINY_EYES_PX:.0f} that are needed"
    sharp = sharpness(align_points(image, face, TEMPLATE_112, 112)[0])
    return f"its face is blurred (sharpness {sharp:.4f}, needed {BLURRED:g})" if sharp < BLURRED else ""
