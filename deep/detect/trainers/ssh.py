"""SSH, trained like RetinaFace, with its own network and matching."""

from eigen2arc.deep.detect.single_shot.training.trainer import Settings, SingleShotTrainer


def build() -> SingleShotTrainer:
    """Build the trainer of the detector `ssh`, by default of a network that a laptop can train.

    The paper's is the variant ssh.
    """
    return SingleShotTrainer("ssh", Settings(variant="ssh0.25"))
