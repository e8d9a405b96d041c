"""DenseBox, trained like RetinaFace, with its own network, patches and targets."""

from eigen2arc.deep.detect.single_shot.training.trainer import Settings, SingleShotTrainer


def build() -> SingleShotTrainer:
    """Build the trainer of the detector `densebox`.

    By default with the paper's patches, and its weight of the box, 3: the loss here is half the square of small errors.
    """
    return SingleShotTrainer("densebox", Settings(variant="densebox", size_px=240, box_weight=6.0))
