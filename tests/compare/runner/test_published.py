import pytest

from eigen2arc.compare.runner.published import Published

VERIFIED = {"verification": {"accuracy": {"mean": 0.9}}}
IDENTIFIED = {"identification": {"rank1": 0.8}}


@pytest.mark.parametrize(
    ("figure", "figures", "ours"),
    [
        ("accuracy", VERIFIED | IDENTIFIED, 0.9),
        ("rank1", VERIFIED | IDENTIFIED, 0.8),
        ("error", IDENTIFIED, 0.2),
        ("error", VERIFIED, 0.1),
        ("error", VERIFIED | IDENTIFIED, 0.2),
    ],
)
def test_ours_is_the_same_kind_of_figure(figure: str, figures: dict, ours: float) -> None:
    beside = Published(figure, 0.25, "where", "why").beside(figures)
    assert beside["ours"] == pytest.approx(ours)
    assert beside["difference"] == pytest.approx(ours - 0.25)
    assert (beside["figure"], beside["published"], beside["source"], beside["differs"]) == (
        figure,
        0.25,
        "where",
        "why",
    )
