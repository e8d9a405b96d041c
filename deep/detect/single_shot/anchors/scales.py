"""At what scales a network is run on an image: at one, or at those of an image pyramid."""

from dataclasses import dataclass
from typing import Protocol


class Scales(Protocol):
    """The sizes at which a network is run on an image: one, or those of an image pyramid.

    sizes : height and width of what the network sees of an image of that height and width, largest first; none for an
    image that is too small. description : what is printed with a detector's metrics.
    """

    @property
    def description(self) -> str: ...

    def sizes(self, height_px: int, width_px: int) -> list[tuple[int, int]]: ...


@dataclass(frozen=True)
class SingleScale:
    """One scale: every image once, times ``scale``; a larger one, after that, is scaled down to longest_side_px."""

    scale: float = 1.0
    longest_side_px: int = 1920

    @property
    def description(self) -> str:
        size = "images as they are" if self.scale == 1 else f"images x {self.scale:g}"
        return f"{size}, {self.longest_side_px} px at most"

    def sizes(self, height_px: int, width_px: int) -> list[tuple[int, int]]:
        return [_scaled(height_px, width_px, min(self.scale, self.longest_side_px / max(height_px, width_px)))]


@dataclass(frozen=True)
class ImagePyramid:
    """An image pyramid, for a network that knows faces of one size.

    Its levels are the scales at which faces of min_size_px, and from level to level of 1 / factor times as much, have
    face_px. It ends where the image's shorter side is little more than a face.
    """

    face_px: float
    min_size_px: float = 20.0
    factor: float = 0.71
    longest_side_px: int = 1920

    @property
    def description(self) -> str:
        return f"a pyramid for faces from {self.min_size_px:g} px on, {self.longest_side_px} px at most"

    def sizes(self, height_px: int, width_px: int) -> list[tuple[int, int]]:
        scale = min(self.face_px / self.min_size_px, self.longest_side_px / max(height_px, width_px))
        sizes = []
        while min(height_px, width_px) * scale * self.factor**-0.5 >= self.face_px:
            sizes.append(_scaled(height_px, width_px, scale))
            scale *= self.factor
        return sizes


def _scaled(height_px: int, width_px: int, scale: float) -> tuple[int, int]:
    return max(1, round(height_px * scale)), max(1, round(width_px * scale))
