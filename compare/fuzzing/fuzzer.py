"""What a fuzzer is: files of a kind that users have, and how the project reads them."""

from pathlib import Path
from typing import Protocol

from .mutation import Files


class Fuzzer(Protocol):
    """Seeds and a reader; the plug-ins of the kind ``fuzzer`` implement it."""

    def seeds(self) -> list[Files]:
        """Make whole inputs, small ones: they are mutated tens of thousands of times."""
        ...

    def read(self, folder: Path) -> object:
        """Read the input that lies in a folder, as a command does, down to what is made of it.

        Raises UserError for one that is refused. Anything else that is raised is a fault, AssertionError too: for what
        was accepted and is not what the file says.
        """
        ...
