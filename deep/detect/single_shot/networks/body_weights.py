"""A body that starts from weights trained on ImageNet, as those of the papers do."""

from pathlib import Path

from torch import nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict


def start_body(network: nn.Module, path: Path) -> None:
    """Set the body's weights to torchvision's: of vgg16 for SSH, of resnet50 for RetinaFace.

    path : a state dict written by torch.save; what it has for classification is left out. Raises UserError for one that
    does not fit, and for a network whose body torchvision does not know.
    """
    body = getattr(network, "body", None)
    if body is None:
        raise UserError(f"body_weights: {path} cannot be used: this variant has no body that is known elsewhere")
    state = read_state_dict(path)
    checkpoint.load_into(body, {name: state[name] for name in body.state_dict() if name in state}, str(path))
