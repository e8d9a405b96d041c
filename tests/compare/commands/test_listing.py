"""`eigen2arc list`, in process: a file beside the others of its kind is there, and nothing is imported to say so."""

import json
import sys
from pathlib import Path

import pytest

from eigen2arc.compare.commands.listing import listing
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

TOY = '"""A toy."""\n\n\ndef build(*, size_px: int = 3) -> int:\n    """Build it."""\n    return size_px\n'


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_a_new_file_is_a_new_member_of_its_kind(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = f"toys_of_kind_{kind}.room"
    folder = tmp_path / package.replace(".", "/")
    folder.mkdir(parents=True)
    (folder / "toy.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.KINDS, kind, (*plugins.KINDS[kind], package))
    listing(kind, json=True)
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["toy"]["summary"] == "A toy." and rows["toy"]["settings"] == ["size_px"] and len(rows) > 1
    assert f"{package}.toy" not in sys.modules
    assert plugins.build(kind, "toy", size_px=5) == 5


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(UserError, match="there is no kind 'detektor': choose one of dataset, detector"):
        listing("detektor")
