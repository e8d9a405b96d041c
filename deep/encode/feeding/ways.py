"""The ways in which pixels are given to networks for faces, by the names of those that give them so."""

from typing import NamedTuple

import numpy as np


class Feeding(NamedTuple):
    """What a network is given: (pixel - mean) * scale of pixels 0..255, its colours in the order that it takes them.

    colour : "rgb" or "bgr". mean : a number for each colour, in that order.
    """

    colour: str
    mean: tuple[float, float, float]
    scale: float

    def __str__(self) -> str:
        """Say it in words, "(pixel - 127.5) / 127.5, red first"."""
        mean = f"{self.mean[0]:g}" if len(set(self.mean)) == 1 else "(" + " ".join(f"{m:g}" for m in self.mean) + ")"
        shifted = "pixel" if not any(self.mean) else f"(pixel - {mean})"
        told = "pixels 0..255" if self.scale == 1 and shifted == "pixel" else shifted
        if self.scale != 1:
            told += f" / {1 / self.scale:.7g}"
        return f"{told}, {'red' if self.colour == 'rgb' else 'blue'} first"

    def in_order(self, colour: str) -> "Feeding":
        """Return the same feeding for a network that takes its colours in that order."""
        return self if colour == self.colour else Feeding(colour, self.mean[::-1], self.scale)

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Convert (N, H, W, 3) uint8 RGB crops to the numbers that are given, (N, H, W, 3) float32."""
        pixels = crops[..., ::-1] if self.colour == "bgr" else crops
        mean = np.array(self.mean, np.float32)
        return (pixels.astype(np.float32, order="C") - mean) * np.float32(self.scale)


def same_for_all(colour: str, mean: float, scale: float) -> Feeding:
    """Return the feeding that has one mean for all colours."""
    return Feeding(colour, (mean, mean, mean), scale)


#: insightface : arcface_torch and the packs of models, and most networks since. facenet : facenet-pytorch's
#: fixed_image_standardization. caffe : blue first, less the mean of ImageNet's colours, as VGGFace and Keras' "caffe".
#: raw : the network does the rest, also where that has been worked into its first layer, which no file shows.
#: SphereFace's and CosFace's networks in Caffe are none of these: colour "bgr", mean 127.5, scale 1 / 128.
WAYS = {
    "insightface": same_for_all("rgb", 127.5, 1 / 127.5),
    "facenet": same_for_all("rgb", 127.5, 1 / 128),
    "caffe": Feeding("bgr", (103.939, 116.779, 123.68), 1.0),
    "raw": same_for_all("rgb", 0.0, 1.0),
}
