"""The gate of a gallery: which photos are good enough to know a person by, and why the others are not."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from eigen2arc.core.bounds import NonNegative
from eigen2arc.recognize.reading.face_quality import BLURRED, TINY_EYES_PX

#: Why a photo is not enrolled, in the order in which it is asked.
Kind = Literal[
    "unreadable",
    "other_file",
    "loose",
    "no_face",
    "several_faces",
    "tiny",
    "blurred",
    "turned",
    "profile",
    "same_picture",
]

#: A face that is turned by more degrees, clockwise or not, lies on its side. Of the 13,232 of LFW one in a thousand is
#: turned by more than 23 degrees, the most by 46.
MOST_ROLL_DEG = 45.0

#: The nose of a face may lie so far beside the middle of the eyes, see nose_offset. Of LFW's images one in 500 is above
#: it. Of pairs of images of one person, one from the front (below .15) and one with an offset below .4, from there to
#: .6, and above, a MobileFaceNet takes 99, 95 and 77 % for one person's at a false match rate of .1 %; there are 8,548,
#: 93 and 13 such pairs.
MOST_NOSE_OFFSET = 0.6


@dataclass(frozen=True)
class Limits:
    """What a photo has to keep to be enrolled.

    eyes_px : the least distance of the eyes, in pixels of the photo. sharpness : the least, see face_quality.
    roll_deg : how far a face may be turned, either way. nose_offset : how far aside it may look, as its nose lies
    beside the middle of the eyes, in their distance. several : whether a photo may show another face about as large.
    """

    eyes_px: NonNegative = TINY_EYES_PX
    sharpness: NonNegative = BLURRED
    roll_deg: NonNegative = MOST_ROLL_DEG
    nose_offset: NonNegative = MOST_NOSE_OFFSET
    several: bool = False


class Measures(NamedTuple):
    """How the face of a photo lies in it, see face_quality; rivals : other faces that could be meant as well."""

    eyes_px: float
    sharpness: float
    roll_deg: float
    nose_offset: float
    rivals: int


class Refusal(NamedTuple):
    """Why a photo is not enrolled. words : one line: what was found, and what to do."""

    kind: Kind
    words: str


def refusal(found: Measures, limits: Limits) -> Refusal | None:
    """Return why a face is not good enough, None for one that is."""
    if found.rivals and not limits.several:
        return Refusal("several_faces", "shows another face about as large: cut out the person who is meant")
    if found.eyes_px < limits.eyes_px:
        least = f"{limits.eyes_px:g} are needed"
        return Refusal("tiny", f"{found.eyes_px:.1f} px between the eyes, {least}: take a larger photo")
    if found.sharpness < limits.sharpness:
        least = f"{limits.sharpness:g} is needed"
        return Refusal("blurred", f"sharpness {found.sharpness:.4f}, {least}: take a sharper photo")
    if abs(found.roll_deg) > limits.roll_deg:
        most = f"{limits.roll_deg:g} are allowed"
        return Refusal("turned", f"its face is turned by {abs(found.roll_deg):.0f} degrees, {most}: turn the photo")
    if found.nose_offset > limits.nose_offset:
        most = f"{limits.nose_offset:g} is allowed"
        words = f"its face looks aside (nose offset {found.nose_offset:.2f}, {most}): take one from the front"
        return Refusal("profile", words)
    return None
