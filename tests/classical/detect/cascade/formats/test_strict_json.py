"""JSON that is refused, each with its reason."""

from pathlib import Path

import pytest

from eigen2arc.classical.detect.cascade.formats.strict_json import integer, items, load_object, members, number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expecting value"),
        (b"[1]", "expected an object, got a list"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands there twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "4300 digits"),
        (b'{"a": "\xff"}', "utf-8"),
        (b'{"a": 1}' + b" " * 1_000_000, "more than 1,000,000 bytes"),
    ],
)
def test_no_json(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=message):
        load_object(path, 1_000_000)


@pytest.mark.parametrize("value", ["1", None, True, [1], float("inf"), float("nan"), 1e31, 10**400])
def test_no_number(value: object) -> None:
    with pytest.raises(ValueError, match="here: expected a finite number"):
        number(value, "here")


@pytest.mark.parametrize("value", ["1", None, True, 1.0, -1, 10])
def test_no_whole_number_from_0_to_9(value: object) -> None:
    with pytest.raises(ValueError, match="here: expected a whole number from 0 to 9"):
        integer(value, 0, 9, "here")


def test_lists_and_objects() -> None:
    assert members({"b": 1, "a": 2}, ("a", "b"), "here") == [2, 1]
    assert items([1, 2], 2, 2, "here") == [1, 2]
    assert number(3, "here") == 3.0
    for call, message in (
        (lambda: members([], ("a",), "here"), "here: expected an object, got a list"),
        (lambda: members({"a": 1, "c\n": 1}, ("a",), "here"), r"expected the keys a, got 'a', 'c\\n'"),
        (lambda: items({}, 1, 2, "here"), "here: expected a list, got an object"),
        (lambda: items([1, 2, 3], 1, 2, "here"), "here: expected 1 to 2 items, got 3"),
        (lambda: items([], 1, 1, "here"), "here: expected 1 items, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
