"""A state on the disk is whole, and the one before it too."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.distributed import partial_fc
from eigen2arc.deep.distributed.partial_fc import PartialFC
from eigen2arc.deep.engine.loop import Schedule
from eigen2arc.deep.engine.optimizers import Optimizers
from eigen2arc.deep.engine.state import TrainingState, previous
from eigen2arc.deep.weights_io import checkpoint

X = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))


def state(seed: int = 0) -> TrainingState:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizers = Optimizers(network, Schedule(adam_steps=2, learning_rate=0.1))
    return TrainingState(network, optimizers.by_name, {"settings": {"seed": 0}}, "accuracy")


def step(made: TrainingState) -> None:
    optimizer = made.optimizers["adam" if made.step < 2 else "sgd"]
    optimizer.zero_grad()
    loss = made.network(X).square().mean()
    loss.backward()
    optimizer.step()
    made.losses.append(loss.item())


@pytest.mark.parametrize("saved_after", [0, 1, 2, 4])
def test_what_is_loaded_goes_on_as_what_was_saved(saved_after: int, tmp_path: Path) -> None:
    first, second = state(), state(seed=1)
    for _ in range(saved_after):
        step(first)
    first.save(tmp_path / "state.safetensors")
    assert second.load(tmp_path / "state.safetensors") == tmp_path / "state.safetensors"
    for _ in range(3):
        step(first)
        step(second)
    assert torch.tensor(first.losses).tolist() == torch.tensor(second.losses).tolist()
    pairs = zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_adams_count_of_steps_is_no_row_of_a_spread_classifier(tmp_path: Path) -> None:
    """Its moments have a row a class, its count is one number."""

    def classifier() -> TrainingState:
        torch.manual_seed(0)
        network = PartialFC(build("loss", "arcface", embedding_size=3, classes=6), 3, 6, 1.0)
        network = nn.ModuleDict({"loss": network})
        return TrainingState(network, {"adam": torch.optim.Adam(network.parameters())}, {}, "accuracy")

    def learn(made: TrainingState) -> float:
        made.optimizers["adam"].zero_grad()
        loss = made.network["loss"](X[:6], torch.arange(6))
        loss.backward()
        made.optimizers["adam"].step()
        made.losses.append(loss.item())
        return loss.item()

    first, second = classifier(), classifier()
    learn(first)
    first.save(tmp_path / "state.safetensors")
    second.load(tmp_path / "state.safetensors")
    assert [learn(first) for _ in range(3)] == [learn(second) for _ in range(3)]


def test_a_damaged_state_is_replaced_by_the_one_before(tmp_path: Path) -> None:
    path, made = tmp_path / "state.safetensors", state()
    for _ in range(3):
        step(made)
        made.save(path)
    path.write_bytes(path.read_bytes()[:-5])
    found = state(seed=1)
    assert found.load(path) == previous(path) == tmp_path / "state.previous.safetensors"
    assert found.step == 2
    previous(path).unlink()
    with pytest.raises(UserError, match="not a whole safetensors file"):
        state().load(path)


def test_a_process_takes_its_part_of_a_sharded_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process wrote whole, the second of two goes on with: its classes, and their momentum."""

    def classifier() -> TrainingState:
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(3, 4))
        network.add_module("loss", PartialFC(build("loss", "arcface", embedding_size=4, classes=1), 4, 7, 1.0))
        optimizers = Optimizers(network, Schedule(learning_rate=0.1))
        return TrainingState(network, optimizers.by_name, {"settings": {}}, "accuracy")

    whole = classifier()
    whole.network.get_submodule("loss")(whole.network.get_submodule("0")(X), torch.arange(8) % 7).backward()
    whole.optimizers["sgd"].step()
    whole.save(tmp_path / "state.safetensors")
    monkeypatch.setattr(partial_fc, "rank_and_world_size", lambda: (1, 2))
    part = classifier()
    part.load(tmp_path / "state.safetensors")
    for of in (lambda made, p: p, lambda made, p: made.optimizers["sgd"].state[p]["momentum_buffer"]):
        ours, theirs = (of(made, made.network.get_parameter("loss.weight")) for made in (part, whole))
        assert torch.equal(ours, theirs[3:])


def test_the_last_evaluation_is_the_best_where_nothing_is_held_out() -> None:
    made = state()
    made.evaluations = [{"step": 1, "accuracy": 0.9}, {"step": 2, "accuracy": 0.8}]
    assert made.best == 0.9 and not made.last_is_best
    made.evaluations = [{"step": 1}, {"step": 2}]
    assert made.best == 0 and made.last_is_best


@pytest.mark.slow
def test_a_state_with_other_content_is_refused_in_a_line(
    tmp_path: Path, mutations: Callable[[Any], Iterator[Any]]
) -> None:
    path, made = tmp_path / "state.safetensors", state()
    step(made)
    made.evaluations.append({"accuracy": 0.5})
    made.save(path)
    tensors, metadata = checkpoint.load(path)
    files = [(tensors, {"settings": metadata["settings"], **said}) for said in mutations({"looks": metadata["looks"]})]
    for name, tensor in tensors.items():
        files.append(({key: value for key, value in tensors.items() if key != name}, metadata))
        files += [({**tensors, name: other}, metadata) for other in (tensor[..., None], torch.ones(3, 5, 7))]
    files.append(({**tensors, "optimiser.adam.exp_avg.nothing": torch.ones(1)}, metadata))
    files.append(({**tensors, "optimiser.x": torch.ones(1)}, metadata))
    for changed, said in files:
        try:
            checkpoint.save(path, changed, said)
        except ValueError:
            continue  # NaN, which no JSON holds
        other = state(seed=1)
        try:
            other.load(path)
        except UserError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)
        else:
            assert isinstance(other.best, int | float)


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ({"images": 72, "people": 12}, {"images": 60, "people": 10}, "began with 72 images, 12 people, and now .* 60"),
        ({"people": 3, "names": "a"}, {"people": 3, "names": "b"}, "still 3 people, but other people than"),
        ({"images": 9, "names": "a"}, {"images": 9, "names": "a"}, "still 9 images, but other images, or other boxes"),
        (None, {"images": 9}, "are not those that the run began with"),
    ],
)
def test_changed_data_are_told_in_words(was: Any, now: Any, words: str, tmp_path: Path) -> None:
    first, second = state(), state()
    first.metadata = {"settings": {}, "crops": "crops-0f", **({"data": was} if was else {})}
    second.metadata = {"settings": {}, "crops": "crops-ab", "data": now}
    first.save(tmp_path / "state.safetensors")
    with pytest.raises(UserError, match=words) as refused:
        second.load(tmp_path / "state.safetensors")
    assert "crops-" not in str(refused.value)


def test_what_is_said_of_the_data_is_no_reason_to_refuse(tmp_path: Path) -> None:
    """A state of an earlier version says nothing of them."""
    first, second = state(), state()
    second.metadata = {**first.metadata, "data": {"images": 3}}
    first.save(tmp_path / "state.safetensors")
    assert second.load(tmp_path / "state.safetensors")


def test_changed_settings_are_named(tmp_path: Path) -> None:
    first, second = state(), state()
    second.metadata = {"settings": {"seed": 1}}
    first.save(tmp_path / "state.safetensors")
    with pytest.raises(UserError, match="settings: seed was 0, and is 1 now"):
        second.load(tmp_path / "state.safetensors")
