"""Every setting of every plug-in: bounded where it is a number, explained, and read from the source as it is."""

import importlib
import inspect
from typing import Any

import pytest

from eigen2arc.core import bounds, plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugin_settings import plugin_settings

PLUGINS = [(kind, name) for kind in plugins.KINDS for name in plugins.plugins(kind)]

#: Neither a file nor a command line can say the last of them; no number is without a bound below it.
NONSENSE = (-1e9, -(10**9), float("nan"), object())


def _build(kind: str, name: str) -> Any:
    return importlib.import_module(plugins.find(kind, name).module).build


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_the_source_is_read_as_python_reads_it(kind: str, name: str) -> None:
    build = _build(kind, name)
    hints, parameters = bounds.hints(build), inspect.signature(build).parameters
    for setting in plugin_settings(kind, name):
        parameter = parameters[setting.name]
        assert setting.accepts == bounds.describe(hints[setting.name])
        assert setting.required == (parameter.default is parameter.empty)
        assert setting.required or setting.default == parameter.default


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_every_setting_is_explained_and_its_default_allowed(kind: str, name: str) -> None:
    settings = plugin_settings(kind, name)
    assert [setting.name for setting in settings if not (setting.meaning and setting.accepts)] == []
    defaults = {setting.name: setting.default for setting in settings if not setting.required}
    bounds.check_settings(defaults, _build(kind, name), name)


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_nonsense_is_refused_by_name(kind: str, name: str) -> None:
    for setting in plugin_settings(kind, name):
        for value in NONSENSE:
            with pytest.raises(UserError, match=rf"^{name}: {setting.name} = .*: expected "):
                bounds.check_settings({setting.name: value}, _build(kind, name), name)
