"""MobileFaceNet against the sizes in its paper's Table 1."""

import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


def test_the_maps_have_the_sizes_of_table_1() -> None:
    backbone = build("backbone", "mobilefacenet")
    shapes = []
    for layer in backbone.layers:
        layer.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape[1:])))
    backbone.eval()(torch.zeros(1, 3, 112, 112))
    table = [(64, 56), (64, 56)] + 5 * [(64, 28)] + [(128, 14)] + 6 * [(128, 14)] + 3 * [(128, 7)] + [(512, 7)]
    assert shapes == [(c, side, side) for c, side in table] + [(512, 1, 1), (512, 1, 1), (512,)]


def test_it_has_the_papers_million_parameters() -> None:
    parameters = sum(p.numel() for p in build("backbone", "mobilefacenet", embedding_size=128).parameters())
    assert 0.98e6 < parameters < 1.02e6  # the paper: 0.99 million, without saying whether it counts PReLU


def test_a_block_that_keeps_its_shape_adds_to_its_input() -> None:
    block = build("backbone", "mobilefacenet").layers[3].eval()
    x = torch.randn(1, 64, 28, 28)
    torch.testing.assert_close(block(x) - x, block.block(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("width", "last"), [(0.5, 256), (0.25, 128), (0.01, 8)])
def test_the_width_scales_the_channels_in_eights(width: float, last: int) -> None:
    backbone = build("backbone", "mobilefacenet", width=width)
    assert backbone.layers[-3][0].in_channels == last
    assert all(m.out_channels % 8 == 0 for m in backbone.modules() if isinstance(m, torch.nn.Conv2d))


@pytest.mark.parametrize(("size_px", "side"), [(32, 2), (64, 4), (112, 7)])
def test_the_last_convolution_covers_the_whole_map(size_px: int, side: int) -> None:
    backbone = build("backbone", "mobilefacenet", size_px=size_px, width=0.25)
    assert backbone.layers[-3][0].kernel_size == (side, side)


@pytest.mark.parametrize("width", [1.0, 0.3])
def test_the_trunk_is_widened_between_the_bottlenecks_alone(width: float) -> None:
    plain, wide = (build("backbone", "mobilefacenet", width=width, trunk=trunk) for trunk in (1, 2))
    for a, b in zip(plain.layers[2:17], wide.layers[2:17], strict=True):
        (first, filtering, last), (first2, filtering2, last2) = ([layer[0] for layer in m.block] for m in (a, b))
        assert first2.in_channels == 2 * first.in_channels and last2.out_channels == 2 * last.out_channels
        assert filtering2.weight.shape == filtering.weight.shape and first2.out_channels == first.out_channels
    assert wide.layers[17][0].out_channels == plain.layers[17][0].out_channels


def test_no_whole_trunk_is_refused() -> None:
    with pytest.raises(UserError, match="trunk = 1.5: expected a whole number from 1"):
        build("backbone", "mobilefacenet", trunk=1.5)


def test_no_width_is_refused() -> None:
    with pytest.raises(UserError, match="width = 0: expected a number above 0"):
        build("backbone", "mobilefacenet", width=0)
