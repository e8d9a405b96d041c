"""The sizes of the pyramid: every face has the network's size on some level, and no level is larger than allowed."""

from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.deep.detect.single_shot.anchors.scales import ImagePyramid, SingleScale


@given(st.integers(20, 3000), st.integers(20, 3000), st.floats(16, 60), st.floats(0.5, 0.9), st.floats(0, 1))
def test_every_face_is_seen_about_as_large_as_it_should_be(
    height: int, width: int, least: float, factor: float, share: float
) -> None:
    scales = ImagePyramid(50.0, least, factor, longest_side_px=10**6)
    if min(height, width) < least:
        return
    face = least * (min(height, width) / least) ** share  # from the smallest to one as large as the image
    seen = [face * level / height for level, _ in scales.sizes(height, width)]
    # Sides are rounded to pixels.
    assert any(50 * factor**0.5 * 0.97 <= size <= 50 * factor**-0.5 * 1.03 for size in seen)


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_no_level_is_larger_than_allowed_and_all_are_in_proportion(height: int, width: int) -> None:
    sizes = ImagePyramid(50.0, 20.0, 0.7, longest_side_px=640).sizes(height, width)
    assert sizes == sorted(sizes, reverse=True)
    for rows, columns in sizes:
        assert max(rows, columns) <= 640
        assert abs(rows / columns - height / width) <= (0.5 + 0.5 * height / width) / columns + 1e-9
    if min(height, width) < 15 or max(height, width) / min(height, width) > 30:
        assert sizes == []


def test_a_single_scale_scales_and_bounds() -> None:
    assert SingleScale().sizes(480, 640) == [(480, 640)]
    assert SingleScale(0.5).sizes(481, 1) == [(240, 1)]
    assert SingleScale(2.0, 64).sizes(8000, 6000) == [(64, 48)]
