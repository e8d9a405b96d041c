"""What every explainer promises: it is named after an encoder, and draws what that sees in a face, again the same."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from eigen2arc.compare.explain.explainer import People
from eigen2arc.core import plugins

NAMES = list(plugins.plugins("explainer"))
PEOPLE, EACH, SIDE_PX = 4, 3, 48

#: A figure with forty small panels takes seconds.
SETTINGS: dict[str, dict[str, Any]] = {name: {"scales": 2, "directions": 2} for name in ("gabor_jets", "lgbphs")}


@pytest.fixture
def people(rng: np.random.Generator) -> People:
    faces = rng.integers(0, 256, (PEOPLE, 1, 6, 6, 3)) + rng.integers(-20, 20, (PEOPLE, EACH, 6, 6, 3))
    crops = np.kron(faces.clip(0, 255), np.ones((1, 1, SIDE_PX // 6, SIDE_PX // 6, 1))).astype(np.uint8)
    labels = np.repeat(np.arange(PEOPLE), EACH)
    return People(crops.reshape(-1, SIDE_PX, SIDE_PX, 3), labels, np.arange(PEOPLE * EACH) % EACH < EACH - 1)


def pixels(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="raw", dpi=30)
    return file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_it_draws_what_the_encoder_of_its_name_sees(name: str, people: People) -> None:
    encoder: Any = plugins.build("encoder", name, **SETTINGS.get(name, {}))
    given = None
    if plugins.find("encoder", name).learns:
        encoder.fit(people.crops[people.learned], people.labels[people.learned])
        given = people
    explain = plugins.build("explainer", name)
    one, again, other = (pixels(explain(encoder, people.crops[i], given)) for i in (0, 0, -1))
    assert one == again and len(set(one)) > 20
    assert one != other
