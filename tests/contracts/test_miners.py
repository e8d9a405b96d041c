"""What every miner keeps: triplets that are triplets, whatever the embeddings are."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.plugins import build, plugins
from eigen2arc.deep.encode.miners.triplets import Triplets

pytestmark = pytest.mark.parametrize("name", list(plugins("miner")))


def embedded(labels: list[int], dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(len(labels), 6, generator=generator).to(dtype), torch.tensor(labels)


def check(triplets: Triplets, labels: torch.Tensor) -> None:
    """Shapes and kinds, an anchor that is not its own positive, and no triplet twice."""
    anchor, positive, negative = triplets
    assert isinstance(triplets, Triplets) and anchor.shape == positive.shape == negative.shape == (len(anchor),)
    assert {part.dtype for part in triplets} == {torch.int64}
    assert (anchor != positive).all() and (labels[anchor] == labels[positive]).all()
    assert (labels[anchor] != labels[negative]).all()
    assert len(set(zip(*(part.tolist() for part in triplets), strict=True))) == len(anchor)


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=14))
def test_triplets_are_triplets(name: str, labels: list[int]) -> None:
    embeddings, people = embedded(labels)
    check(build("miner", name)(embeddings, people), people)


def test_in_a_common_batch_there_are_some(name: str) -> None:
    assert len(build("miner", name)(*embedded([0, 1, 2, 3] * 4)).anchor) > 0


@pytest.mark.parametrize("labels", [[0], [2, 2, 2], [0, 1, 2, 3]])
def test_where_there_are_none_there_are_none(name: str, labels: list[int]) -> None:
    embeddings, people = embedded(labels)
    triplets = build("miner", name)(embeddings, people)
    check(triplets, people)
    assert len(triplets.anchor) == 0


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_faces_that_are_alike_or_opposite_are_taken(name: str, side: float) -> None:
    x, people = torch.linspace(-1, 2, 6), torch.tensor([0, 0, 1, 1])
    check(build("miner", name)(torch.stack([x, x, side * x, side * x]), people), people)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_every_precision_is_taken(name: str, dtype: torch.dtype) -> None:
    embeddings, people = embedded([0, 1, 2, 3] * 4, dtype)
    check(build("miner", name)(embeddings, people), people)


def test_the_length_of_an_embedding_does_not_matter(name: str) -> None:
    embeddings, people = embedded([0, 1, 2, 3] * 4, torch.float64)
    mined = []
    for lengths in (torch.ones(16, 1), torch.logspace(-2, 2, 16)[:, None]):
        torch.manual_seed(3)
        mined.append(build("miner", name)(embeddings * lengths, people))
    assert all(torch.equal(a, b) for a, b in zip(*mined, strict=True))


def test_the_same_generator_draws_the_same(name: str) -> None:
    mined = []
    for _ in range(2):
        torch.manual_seed(3)
        mined.append(build("miner", name)(*embedded([0, 1, 2, 3] * 4)))
    assert all(torch.equal(a, b) for a, b in zip(*mined, strict=True))


def test_to_choose_has_no_gradient(name: str) -> None:
    embeddings, people = embedded([0, 1, 2, 3] * 4)
    assert not any(part.requires_grad for part in build("miner", name)(embeddings.requires_grad_(), people))
