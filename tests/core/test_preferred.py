"""The recognizer that is taken where nobody names one: the best whose packages are there."""

import pytest

from eigen2arc.core import preferred
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import find
from eigen2arc.core.preferred import RECOGNIZERS, preferred_recognizer


def test_each_is_made_of_plugins() -> None:
    for one in RECOGNIZERS:
        for component in one[:3]:
            assert find(component.kind, component.name)
    assert not RECOGNIZERS[-1].packages and RECOGNIZERS[-1].caution  # there is always one, which says what it is


def test_the_best_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferred, "find_spec", lambda name: object())
    assert preferred_recognizer().encoder.name == "dlib_resnet"
    monkeypatch.setattr(preferred, "find_spec", lambda name: None if name == "dlib" else object())
    assert preferred_recognizer().encoder.name == "embedding"
    assert preferred_recognizer("embedding") is RECOGNIZERS[1]
    with pytest.raises(UserError, match=r"the package dlib is not installed: pip install eigen2arc\[dlib\]"):
        preferred_recognizer("dlib_resnet")
    with pytest.raises(UserError, match="did you mean 'embedding'"):
        preferred_recognizer("embeding")
