"""A cascade by its path or its name, whatever its format."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.formats import xml_form as cascade_xml
from eigen2arc.classical.detect.cascade.formats.files import load_cascade, save_cascade
from eigen2arc.core.errors import UserError

NAME = "haarcascade_frontalface_alt2.xml"


@pytest.mark.parametrize("suffix", [".xml", ".json"])
def test_by_path_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    cascade = load_cascade(NAME)
    save_cascade(tmp_path / f"mine{suffix}", cascade, {})
    monkeypatch.setattr(cascade_xml, "SHIPPED", tmp_path)
    for name in (tmp_path / f"mine{suffix}", f"mine{suffix}"):
        for part, expected in zip(load_cascade(name).stages, cascade.stages, strict=True):
            np.testing.assert_array_equal(part, expected)


def test_what_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(UserError, match=f"(?s)nothing.json: no such cascade file.*{NAME}"):
        load_cascade("nothing.json")
