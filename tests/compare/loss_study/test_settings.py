"""What a table trains: --set goes where it belongs, recipes name real losses with real settings."""

import pytest

from eigen2arc.compare.loss_study.settings import ANNEALED, DEFAULT, LAMBDA_LEAST, LONG, RECIPES, plan, recipe
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError


def test_all_losses_by_default_and_the_same_settings_but_the_loss() -> None:
    asked = plan((), "mobilefacenet", "synthetic", {})
    assert asked.losses == tuple(plugins.plugins("loss"))
    made = [asked.of(loss, 240) for loss in asked.losses]
    assert [one.loss for one in made] == list(asked.losses)
    own = {"loss", "loss_settings"}
    shared = [{key: value for key, value in vars(one).items() if key not in own} for one in made]
    assert all(one == shared[0] for one in shared)
    assert (made[0].steps, made[0].warm_up_steps, made[0].verify_every_steps) == (240, 24, 60)


def test_settings_go_where_they_belong() -> None:
    changes = {"arcface.margin_rad": 0.4, "batch_size": 64, "backbone.width": 1.0}
    asked = plan(("arcface", "cosface"), "mobilefacenet", "synthetic", changes)
    assert asked.of("arcface", 9).loss_settings == {"scale": 30.0, "margin_rad": 0.4}
    assert asked.of("cosface", 9).loss_settings == {"scale": 30.0}
    assert asked.common.batch_size == 64 and asked.common.backbone_settings["width"] == 1.0


def test_few_steps_draw_few_people() -> None:
    """260 people with 20 images each, 60 held out, are for 250 steps of 64 images: each is seen four times then."""

    def people(steps: int | None, dataset: str = "synthetic", **changes: int) -> tuple[int | None, int]:
        named = {key.replace("__", "."): value for key, value in changes.items()}
        common = plan((), "mobilefacenet", dataset, named, steps).common
        return common.dataset_settings.get("people"), common.held_out_people

    assert people(None) == people(250) == people(5000) == (260, 60)
    assert people(125) == (130, 30) and people(40) == people(1) == (42, 10)
    assert people(40, dataset__people=260) == (260, 60) and people(40, "recordio") == (None, 60)
    assert people(40, batch_size=128) == (83, 19)


def test_another_backbone_and_dataset_start_without_the_defaults_settings() -> None:
    common = plan((), "iresnet", "recordio", {}).common
    assert (common.backbone, common.backbone_settings, common.dataset_settings) == ("iresnet", {}, {})
    assert common.held_out_people == DEFAULT.held_out_people


@pytest.mark.parametrize(
    ("losses", "changes", "message"),
    [
        (("arcfase",), {}, "did you mean 'arcface'"),
        ((), {"steps": 5}, "--set steps: is for --budget"),
        ((), {"loss.scale": 5}, "--set loss.scale: is for .* of one loss, NAME.SETTING"),
        ((), {"batchsize": 5}, "did you mean 'batch_size'"),
        ((), {"arcfase.scale": 5}, "no setting 'arcfase.scale'"),
    ],
)
def test_mistakes_are_told(losses: tuple[str, ...], changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan(losses, "mobilefacenet", "synthetic", changes)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_for_losses_that_there_are_and_say_why(name: str) -> None:
    plugins.build("loss", name, embedding_size=4, classes=3, **recipe(name, 100).of(100))
    assert recipe(name, 100).reason
    assert recipe(name, LONG).of(LONG) == {} and recipe(name, LONG).reason == ""


@pytest.mark.parametrize("steps", [60, 250, 4000])
def test_annealing_has_ended_after_its_share_of_the_steps(steps: int) -> None:
    loss = plugins.build("loss", "sphereface", embedding_size=4, classes=3, **recipe("sphereface", steps).of(steps))
    annealing = loss.annealing
    at = [annealing.base * (1 + annealing.gamma * step) ** -annealing.power for step in range(steps)]
    end = round(ANNEALED * steps)
    assert at[end] == pytest.approx(LAMBDA_LEAST, rel=1e-3) and at[end // 2] > 1.9 * LAMBDA_LEAST
