"""Partial FC on two processes beside the unsharded loss, and its sampling."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build, plugins
from eigen2arc.deep.distributed.partial_fc import BLOCK, PartialFC, initial_weight
from eigen2arc.deep.ops.margin_softmax import CosineMargin

SCRIPT = Path(__file__).with_name("partial_fc_process.py")
_spec = importlib.util.spec_from_file_location("partial_fc_process", SCRIPT)
assert _spec is not None and _spec.loader is not None
process = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(process)

PROCESSES = 2


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, np.ndarray]]:
    """What each of the processes found."""
    folder = tmp_path_factory.mktemp("processes")
    command = [sys.executable, str(SCRIPT)]
    running = [
        subprocess.Popen([*command, str(rank), str(PROCESSES), str(folder)], stderr=subprocess.PIPE, text=True)
        for rank in range(PROCESSES)
    ]
    try:
        errors = [each.communicate()[1] for each in running]
    finally:
        for each in running:
            each.kill()
    assert all(each.returncode == 0 for each in running), errors
    return [dict(np.load(folder / f"{rank}.npz")) for rank in range(PROCESSES)]


def unsharded() -> tuple[torch.nn.Linear, torch.nn.Module, torch.Tensor]:
    """The backbone, plain ArcFace with the same first weights, and its loss of the whole batch, with gradients."""
    network = process.Network(process.CLASSES, 1.0)
    loss = build("loss", "arcface", embedding_size=process.D, classes=process.CLASSES, scale=16.0).double()
    loss.weight.data = network.loss.weight.detach().clone()
    x, labels = process.batch(process.CLASSES)
    value = loss(network.backbone(x), labels)
    value.backward()
    return network.backbone, loss, value


@pytest.mark.slow
def test_each_row_is_kept_by_one_process(shards: list[dict[str, np.ndarray]]) -> None:
    assert np.concatenate([s["rows"] for s in shards]).tolist() == list(range(process.CLASSES))


@pytest.mark.slow
def test_first_weights_do_not_depend_on_the_number_of_processes(shards: list[dict[str, np.ndarray]]) -> None:
    alone = process.Network(process.CLASSES, 1.0).loss.weight.detach().numpy()
    np.testing.assert_array_equal(np.concatenate([s["weight"] for s in shards]), alone)


@pytest.mark.slow
def test_two_processes_have_the_loss_of_one(shards: list[dict[str, np.ndarray]]) -> None:
    expected = unsharded()[2].item()
    assert [float(s["loss"]) for s in shards] == pytest.approx([expected] * PROCESSES, rel=1e-12)


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one(shards: list[dict[str, np.ndarray]]) -> None:
    backbone, loss, _ = unsharded()
    sharded = np.concatenate([s["gradient of loss.weight"] for s in shards])
    assert isinstance(loss.weight.grad, torch.Tensor)
    np.testing.assert_allclose(sharded, loss.weight.grad.numpy(), rtol=0, atol=1e-12)
    for name, p in backbone.named_parameters():
        for shard in shards:
            assert p.grad is not None
            np.testing.assert_allclose(shard[f"gradient of backbone.{name}"], p.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.slow
def test_the_people_of_the_whole_batch_are_always_sampled(shards: list[dict[str, np.ndarray]]) -> None:
    sampled = np.concatenate([s["sampled"] for s in shards], axis=1)
    for step in range(process.STEPS):
        assert sampled[step, process.batch(process.MANY, step)[1].numpy()].all()


@pytest.mark.slow
def test_only_sampled_rows_move(shards: list[dict[str, np.ndarray]]) -> None:
    for shard in shards:
        np.testing.assert_array_equal(shard["moved"], shard["sampled"])
        assert not shard["sampled"].all()


@pytest.mark.slow
def test_a_tenth_of_the_rows_is_enough_to_descend(shards: list[dict[str, np.ndarray]]) -> None:
    losses = shards[0]["losses"]
    np.testing.assert_array_equal(losses, shards[1]["losses"])
    assert losses[-5:].mean() < 0.5 * losses[:5].mean()


def head(classes: int, sample_rate: float, loss: str = "arcface", **settings: float) -> PartialFC:
    torch.manual_seed(0)
    margin = build("loss", loss, embedding_size=4, classes=1, **settings)
    return PartialFC(margin, 4, classes, sample_rate)


@pytest.mark.parametrize(
    "loss",
    [loss for loss in plugins("loss") if isinstance(build("loss", loss, embedding_size=4, classes=1), CosineMargin)],
)
def test_alone_it_is_the_loss_that_it_takes_the_margin_from(loss: str) -> None:
    settings = {"learn_scale": False} if loss == "normface" else {}
    sharded = head(7, 1.0, loss, **settings)
    plain = build("loss", loss, embedding_size=4, classes=7, **settings)
    plain.weight.data = sharded.weight.detach().clone()
    x, labels = torch.randn(9, 4), torch.arange(9) % 7
    torch.testing.assert_close(sharded(x, labels), plain(x, labels))


def test_gradients_on_one_process() -> None:
    loss, x = head(5, 1.0, scale=4.0).double(), torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, _: loss(x, torch.arange(6) % 5), (x, loss.weight))


def test_the_loss_of_sampled_rows_is_that_of_a_classifier_with_them_alone() -> None:
    sampled = head(50, 0.2)
    x, labels = torch.randn(6, 4), torch.tensor([40, 3, 3, 17, 0, 49])
    torch.manual_seed(8)
    value = sampled(x, labels)
    value.backward()
    assert sampled.weight.grad is not None
    gradient = sampled.weight.grad.coalesce()
    rows = gradient.indices()[0]
    assert len(rows) == 10 and set(labels.tolist()) <= set(rows.tolist())
    few = build("loss", "arcface", embedding_size=4, classes=10)
    few.weight.data = sampled.weight.detach()[rows].clone()
    expected = few(x, torch.tensor([rows.tolist().index(label) for label in labels.tolist()]))
    expected.backward()
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient.values(), few.weight.grad)


def test_more_people_than_the_rate_allows_are_all_kept() -> None:
    positive = torch.tensor([4, 9, 4, 0])
    assert head(10, 0.1).sample(positive).tolist() == [0, 4, 9]


def test_sampling_follows_torchs_seed_and_is_even() -> None:
    sharded, none = head(20, 0.25), torch.tensor([], dtype=torch.int64)
    torch.manual_seed(1)
    first = sharded.sample(none)
    torch.manual_seed(1)
    assert torch.equal(sharded.sample(none), first) and len(first) == 5
    counts = torch.stack([torch.bincount(sharded.sample(none), minlength=20) for _ in range(2000)]).sum(dim=0)
    assert ((counts - 500).abs() < 5 * (2000 * 0.25 * 0.75) ** 0.5).all()  # five standard deviations


def test_in_evaluation_mode_all_rows_count() -> None:
    sampled, whole = head(30, 0.1).eval(), head(30, 1.0)
    x, labels = torch.randn(4, 4), torch.tensor([1, 2, 3, 29])
    torch.testing.assert_close(sampled(x, labels), whole(x, labels))


def test_first_rows_are_the_same_however_they_are_cut() -> None:
    classes = BLOCK + 10
    parts = []
    for rows in (range(0, 7), range(7, BLOCK + 1), range(BLOCK + 1, classes)):
        torch.manual_seed(2)
        parts.append(initial_weight(rows, classes, 2))
    torch.manual_seed(2)
    whole = initial_weight(range(classes), classes, 2)
    assert torch.equal(torch.cat(parts), whole)
    assert float(whole.std()) == pytest.approx((2 / (classes + 2)) ** 0.5, rel=0.05)


def test_losses_that_do_not_fit_and_too_few_people_are_refused() -> None:
    # A learned scale, more than the true cosine, and no margin at all.
    for loss in ("normface", "magface", "subcenter_arcface", "sphereface", "softmax", "triplet"):
        with pytest.raises(UserError, match="fixed scale"):
            head(10, 0.5, loss)
    with pytest.raises(UserError, match="share 0 classes"):
        head(0, 0.5)
