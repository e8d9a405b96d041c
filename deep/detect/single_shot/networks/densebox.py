"""DenseBox: a convolutional network says of every fourth pixel if it is in a face's middle, and where its sides are.

Huang, Yang, Deng, Yu, "DenseBox: Unifying Landmark Localization with End to End Object Detection", 2015, section 3. It
knows faces of one size, and is run on an image pyramid. A small one, on the same heads and loss as RetinaFace: with an
eighth of the channels, normalized; cross-entropy instead of the square for the score; the hardest negatives instead of
half hard and half random ones; five points as offsets from the cell instead of heat maps and their refinement.

Below in the order of training: the patches, the cells that are to find a face, what they say about its box, the
network.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core.geometry import warp
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import augment_image, crop_faces, expose_and_mirror
from eigen2arc.deep.detect.single_shot.anchors.anchors import Level
from eigen2arc.deep.detect.single_shot.anchors.box_codec import MOST_GROWTH, BoxCodec
from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE
from eigen2arc.deep.detect.single_shot.anchors.scales import ImagePyramid
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme

from .blocks import Convolution, upsample_2x
from .heads import WIDTHS, Head, Predictions
from .network import DetectorNetwork
from .vgg import E, Vgg

#: Height of the faces that the network knows, in pixels, and from one of its cells to the next.
FACE_PX, STRIDE_PX = 50, 4

#: How far a face's middle lies from the patch's at most, in sides of the patch, and how much larger or smaller it is.
SHIFT, ZOOM = 25 / 240, 1.25

#: Faces of fewer pixels are not enlarged: there is nothing to see on them.
LEAST_PX = 10.0

#: Of the disc of positive cells, in heights of the face.
RADIUS = 0.3

#: Least and greatest height, in sides of the anchors, of a face that counts; others are background.
LEAST_SIZE, MOST_SIZE = 0.8, 1.25

#: Within so many cells of a positive one nothing is learned.
GREY_CELLS = 2


def cut_patch(image: np.ndarray, faces: Faces, size_px: int, rng: np.random.Generator) -> tuple[np.ndarray, Faces]:
    """Cut a training patch (size_px, size_px, 3) out of (H, W, 3) uint8 RGB, and return it with the faces in it.

    Sections 3.1 and 3.3: half of the patches are cut around a face, brought to 50 pixels in a patch of 240, jittered by
    25 pixels and a factor of 0.8 to 1.25; the other half are cut anywhere. Black beyond the image. The faces' scores
    are those of augment_image.
    """
    height = faces.boxes[:, 3] - faces.boxes[:, 1]
    known = np.flatnonzero((faces.scores > 0) & (height >= LEAST_PX))
    if len(known) == 0 or rng.random() < 0.5:
        return augment_image(image, faces, size_px, rng)
    chosen = rng.choice(known)
    zoom = FACE_PX / height[chosen] * np.exp(rng.uniform(-1, 1) * np.log(ZOOM))
    side = size_px / zoom
    middle = (faces.boxes[chosen, :2] + faces.boxes[chosen, 2:]) / 2
    corner = middle + (rng.uniform(-SHIFT, SHIFT, 2) - 0.5) * side
    # The middle of the first pixel is at 1/2 in boxes, and at 0 for warp.
    move = zoom * (0.5 - corner) - 0.5
    patch = warp(image, np.array([[zoom, 0, move[0]], [0, zoom, move[1]]]), size_px)
    return expose_and_mirror(patch, crop_faces(faces, corner, side, zoom), rng)


def match_discs(faces: Tensor, anchors: Tensor, *, grey_px: float) -> Tensor:
    """Match cells near a face's middle to it, if it has the size that the network knows (sections 3.1 and 3.3).

    faces : (G, 4) boxes x1 y1 x2 y2; G may be 0. anchors : (A, 4) centre x, centre y, width, height. Returns for each
    anchor the number of its face, NEGATIVE or IGNORED, (A,) int64. A cell in the discs of several faces takes the one
    whose middle is nearest. grey_px : a negative cell so near a positive one is ignored.
    """
    if len(faces) == 0:
        return torch.full((len(anchors),), NEGATIVE, device=anchors.device)
    height = faces[:, 3] - faces[:, 1]
    size = height[:, None] / anchors[:, 3]  # (G, A)
    away = _distances((faces[:, :2] + faces[:, 2:]) / 2, anchors[:, :2])
    inside = (away <= RADIUS * height[:, None]) & (size >= LEAST_SIZE) & (size <= MOST_SIZE)
    positive = inside.any(dim=0)
    grey = (_distances(anchors[positive, :2], anchors[:, :2]) <= grey_px).any(dim=0)
    face = away.where(inside, torch.inf).argmin(dim=0)
    return torch.where(positive, face, torch.where(grey, IGNORED, NEGATIVE))


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """(N, 2) and (M, 2) points to (N, M)."""
    return torch.linalg.vector_norm(a[:, None] - b, dim=2)


def encode_distances(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Encode boxes (..., 4) x1 y1 x2 y2 in pixels as how far their sides are from the cells, (..., 4).

    Section 3: at (x_i, y_i) the numbers are x_i - x_t, y_i - y_t, x_i - x_b and y_i - y_b, with t the left top and b
    the right bottom corner; section 3.3 divides them by the height of the faces trained for, here the anchor's side.
    anchors : (..., 4), as in box_codec.py.
    """
    return (_twice(anchors[..., :2]) - boxes) / _twice(anchors[..., 2:])


def decode_distances(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Decode offsets (..., 4) to boxes x1 y1 x2 y2 in pixels. A cell is within its box, whatever the network says."""
    left_top = offsets[..., :2].clamp(0, MOST_GROWTH)
    right_bottom = offsets[..., 2:].clamp(-MOST_GROWTH, 0)
    return _twice(anchors[..., :2]) - torch.cat([left_top, right_bottom], dim=-1) * _twice(anchors[..., 2:])


def _twice(xy: Tensor) -> Tensor:
    return torch.cat([xy, xy], dim=-1)


DISTANCES = BoxCodec(encode_distances, decode_distances)


class DenseBox(DetectorNetwork):
    """(B, 3, H, W) float32 RGB, 0..255 minus MEAN, to Predictions of the cells. 0.2 M parameters.

    Fig. 3: VGG-19 up to conv4_4, whose map is brought to the size of conv3_4's and concatenated with it; two 1 x 1
    convolutions for each of the outputs.
    """

    detector = "densebox"
    scheme = Scheme(
        (Level(STRIDE_PX, (float(FACE_PX),)),),
        match=partial(match_discs, grey_px=GREY_CELLS * STRIDE_PX),
        codec=DISTANCES,
        augment=cut_patch,
        scales=ImagePyramid(FACE_PX),
    )

    def __init__(self) -> None:
        super().__init__()
        self.body = Vgg(E[:4], width=1 / 8, normalized=True)
        *_, fine, coarse = self.body.channels
        self.head = Head(
            *(nn.Sequential(Convolution(fine + coarse, coarse, 1), nn.Conv2d(coarse, outputs, 1)) for outputs in WIDTHS)
        )

    def forward(self, x: Tensor) -> Predictions:
        *_, conv3, conv4 = self.body(x)
        found: Predictions = self.head(torch.cat([conv3, upsample_2x(conv4, like=conv3)], dim=1))
        return found


build = DenseBox
