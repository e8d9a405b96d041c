"""RetinaFace and lightweight variants, trained by the multi-task loss on squares cut out of annotated images."""

from eigen2arc.deep.detect.single_shot.training.trainer import Settings, SingleShotTrainer


def build() -> SingleShotTrainer:
    """Build the trainer of the detector `retinaface`."""
    return SingleShotTrainer("retinaface", Settings())
