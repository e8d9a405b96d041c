"""Mutations: the same from the same seed, another file than before nearly always, and never a fault of their own."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.compare.fuzzing.mutation import mutate

FILES = {"list.txt": b"Ada 1 2\nGrace 3 4\n", "image.jpg": bytes(range(256)) * 4, "empty": b""}


def test_a_seed_makes_the_same_input_and_another_seed_another_one() -> None:
    files = {name: content for name, content in FILES.items() if content}
    made = [mutate(files, Random(f"0 kind {number}")) for number in range(300)]
    assert made == [mutate(files, Random(f"0 kind {number}")) for number in range(300)]
    assert sum(one != files for one in made) > 270
    assert len({str(one) for one in made}) > 200


def test_one_file_of_an_input_is_changed_or_missing() -> None:
    made = [mutate(FILES, Random(number)) for number in range(500)]
    changed = [[name for name in FILES if one.get(name) != FILES[name]] for one in made]
    assert {len(names) for names in changed} == {0, 1}
    assert {name for names in changed for name in names} == set(FILES)
    assert any(len(one) < len(FILES) for one in made)


@given(st.dictionaries(st.text("ab", min_size=1), st.one_of(st.binary(), st.text().map(str.encode)), min_size=1))
def test_any_content_can_be_mutated(files: dict[str, bytes]) -> None:
    for number in range(8):
        assert all(isinstance(content, bytes) for content in mutate(files, Random(number)).values())
