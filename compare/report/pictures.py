"""The small pictures of pairs: each stands in the page once, however often it is shown."""

from eigen2arc.core.files import Json

from .run_folder import RunFolder


class Pictures:
    """Collects the pictures of pairs that a page shows. sources : by the id in the page, as data: addresses."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.sources: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def pair(self, pair: Json) -> Json:
        """Return a pair of metrics.json with "ids", those of its pictures; raises UserError where one is missing."""
        return {**pair, "ids": [self._id(pair[key]) for key in ("first_picture", "second_picture")]}

    def _id(self, name: str) -> str:
        if name not in self._ids:
            self._ids[name] = f"crop-{len(self._ids)}"
            self.sources[self._ids[name]] = self.run.image(name)
        return self._ids[name]
