"""A page that is made of one JSON file, and of the images that lie beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import Json, read_json, write_text

from .render import environment
from .run_folder import RunFolder


@dataclass(frozen=True)
class JsonPage:
    """How a page is made.

    file : what it is made from, of the form ``schema``; what : its content, in a word or two. command : makes it, with
    --out FOLDER behind it. template : of the page, which is written as ``page``. context : from the file's content, and
    what embeds an image by its name, to the template's variables, "title" among them.
    """

    file: str
    schema: type[BaseModel]
    what: str
    command: str
    template: str
    page: str
    context: Callable[[Json, Callable[[str], str]], Json]

    def render(self, folder: Path) -> Path:
        """Write the page next to its file and return its path. The same file gives the same bytes.

        Raises UserError if the folder holds no such file, or one that was not made by the command.
        """
        path, again = Path(folder) / self.file, f"Make it again: {self.command} --out {folder}"
        if not path.exists():
            raise UserError(f"{folder} holds no finished {self.what}: it has no {self.file}. {again}")
        found = read_json(path, self.schema, again).model_dump(exclude_unset=True)
        with parsing(path, f"does not hold {self.what} as the command writes it", again):
            context = self.context(found, RunFolder(Path(folder)).image)
            page = environment().get_template(self.template).render(found=found, **context)
        made = Path(folder) / self.page
        write_text(made, page)
        return made
