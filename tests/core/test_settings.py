"""Settings are changed by name, and a wrong name or kind is a line that helps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import parse_settings, parse_toml, set_setting, with_changes, with_components


@dataclass(frozen=True)
class Settings:
    loss: str = "arcface"
    loss_settings: Mapping[str, Any] = field(default_factory=lambda: {"scale": 64.0})
    steps: int = 10
    learning_rate: float = 0.1


def test_fields_and_settings_of_parts_are_changed() -> None:
    changed = with_changes(Settings(), {"steps": 3, "learning_rate": 1, "loss.margin_rad": 0.3})
    assert changed == Settings(
        steps=3, learning_rate=1.0, loss_settings={"scale": 64.0, "margin_rad": 0.3}
    ) and isinstance(changed.learning_rate, float)
    assert Settings().loss_settings == {"scale": 64.0}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learnig_rate", 1.0, r"no setting 'learnig_rate': did you mean 'learning_rate'\?"),
        ("optimiser.x", 1, r"no setting 'optimiser\.x': .*there are loss, steps, learning_rate; loss\.NAME"),
        ("loss_settings", {}, "no setting 'loss_settings'"),
        ("steps", 1.5, r"^training: steps = 1\.5: expected a whole number"),
        ("steps", True, "training: steps = True: expected a whole number"),
        ("learning_rate", "fast", "training: learning_rate = 'fast': expected a number"),
    ],
)
def test_wrong_names_and_kinds_are_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_changes(Settings(), {key: value})


def test_another_part_does_not_inherit_the_settings_of_the_old_one() -> None:
    assert with_components(Settings(), loss="arcface") == Settings()
    assert with_components(Settings(), loss="cosface") == Settings(loss="cosface", loss_settings={})


def test_pairs_are_parsed_as_toml() -> None:
    pairs = ["a=3", "a=4", "b.c=[1, 2]", "d=two words", "e=", "f={name = 'lda'}", "g=k=v"]
    values = {"a": 4, "b.c": [1, 2], "d": "two words", "e": "", "f": {"name": "lda"}, "g": "k=v"}
    assert parse_settings(pairs) == values


@pytest.mark.parametrize("pair", ["steps", "=3", "a..b=3", ".a=3", "a.=3"])
def test_pairs_without_a_key_are_refused(pair: str) -> None:
    with pytest.raises(UserError, match="expected KEY=VALUE"):
        parse_settings([pair])


DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * DEEP, "nested too deep"),
        ("a = " + "{b = " * DEEP, "nested too deep"),
        (".".join("a" * DEEP) + " = 1", "nested too deep"),
        (" . ".join(['"a b"', "'c'"] * 30) + " = 1", "nested too deep"),
        ("[" + "a." * 40 + "b]\n" + "c." * 40 + "d = 1", "nested too deep"),
        ("a = " + "7" * 5000, "Exceeds the limit"),
        ("a = 0x" + "f" * 5000, "more than 64 bits"),
        ("a = [1, {b = 9223372036854775808}]", "more than 64 bits"),
        ("a = 2001-02-31", "Invalid date"),
        ("a = ", "Invalid value"),
    ],
)
def test_what_is_no_toml_is_one_line(text: str, said: str) -> None:
    with pytest.raises(UserError, match=f"^suite x: is not TOML .*{said}") as caught:
        parse_toml(text, "suite x")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert parse_toml("a = 9223372036854775807", "x") == {"a": 2**63 - 1}


def test_a_value_of_set_that_no_parser_takes_is_one_line() -> None:
    for text in ("[" * DEEP, "{a = " * DEEP, "[0x" + "f" * 5000 + "]"):
        with pytest.raises(UserError, match="is not a list or table in TOML") as caught:
            parse_settings([f"a={text}"])
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert parse_settings(["a=" + "7" * 5000]) == {"a": "7" * 5000}
    with pytest.raises(UserError, match="training: steps = '777.*: expected a whole number") as caught:
        with_changes(Settings(), {"steps": "7" * 5000})
    assert len(str(caught.value)) < 300
    for value in (10**400, -(10**400)):
        with pytest.raises(UserError, match="training: learning_rate = .*: expected a number"):
            with_changes(Settings(), {"learning_rate": value})


def document() -> dict[str, Any]:
    return {
        "title": "T",
        "systems": [
            {"name": "LBP, v0.25", "id": "lbp", "encoder": "lbp_histogram", "preprocessing": ["log", {"name": "gamma"}]}
        ],
    }


@pytest.mark.parametrize("system", ["lbp", "0"])
def test_a_bare_name_is_a_table_without_settings(system: str) -> None:
    changed = document()
    set_setting(changed, f"systems.{system}.encoder.radius_px", 3, "suite")
    assert changed["systems"][0]["encoder"] == {"name": "lbp_histogram", "radius_px": 3}


def test_steps_of_a_list_are_meant_by_index_or_name() -> None:
    changed = document()
    set_setting(changed, "systems.lbp.preprocessing.0.c", 2, "suite")
    set_setting(changed, "systems.lbp.preprocessing.gamma.gamma", 0.2, "suite")
    assert changed["systems"][0]["preprocessing"] == [{"name": "log", "c": 2}, {"name": "gamma", "gamma": 0.2}]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("systems.lpb.encoder", "there is no 'lpb' in suite: did you mean 'lbp'"),
        ("system.lbp.encoder", "did you mean 'systems'"),
        ("systems.lbp.encoder.base.name", r"there is no 'base' in suite: there are name"),
        ("systems.0", "'systems' in suite holds no settings"),
    ],
)
def test_a_key_that_leads_nowhere_names_the_nearest(key: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        set_setting(document(), key, 1, "suite")
