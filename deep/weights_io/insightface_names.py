"""What InsightFace's arcface_torch calls the layers of our backbones."""

#: Bottlenecks of MobileFaceNet's Table 1 by stage: the first stands alone where it halves the map, the rest are listed.
_REPEATS = ((2, 0), (3, 4), (4, 0), (5, 6), (6, 0), (7, 2))

#: Our place among the layers -> theirs, of the bottlenecks.
_BOTTLENECKS = [
    f"layers.{stage}" if not repeats else f"layers.{stage}.layers.{i}"
    for stage, repeats in _REPEATS
    for i in range(repeats or 1)
]


def iresnet_name(key: str) -> str:
    """Our IResNet's layers are named as theirs."""
    return key


def mobilefacenet_name(key: str) -> str:
    """A key of our MobileFaceNet's state dict, such as "layers.2.block.0.1.bias", to theirs of get_mbf."""
    place, rest = int(key.split(".")[1]), key.split(".")[2:]
    if place < 2:  # the stem: convolution, normalisation, PReLU
        return ".".join([f"layers.{place}.layers", *rest])
    if (i := place - 2) < len(_BOTTLENECKS):
        _block, part, layer, tensor = rest
        return f"{_BOTTLENECKS[i]}.layers.{part}.layers.{layer}.{tensor}"
    layer, tensor = rest
    last = place - 2 - len(_BOTTLENECKS)
    if last == 2:  # a linear layer and its normalisation, behind their flattening
        return f"features.layers.{2 + int(layer)}.{tensor}"
    return f"{('conv_sep', 'features.layers.0')[last]}.layers.{layer}.{tensor}"
