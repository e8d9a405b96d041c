"""A group of commands of which the first is meant where none is named: `compare lfw`, `report RUN`."""

from typing import Any

import typer
from typer.core import TyperGroup

#: Words that ask for the group's own help.
HELP = ("--help", "-h")


class DefaultGroup(TyperGroup):
    """A group whose first command is meant where none is named: `compare lfw` is `compare suite lfw`.

    `--help` shows every command's options, one after the other, since there are few commands and the name of the first
    is hardly ever typed.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the first command's name where no command is named."""
        if not args or args[0] not in (*self.commands, *HELP):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the group's help and then that of every command."""
        super().format_help(ctx, formatter)
        for name, command in self.commands.items():
            command.format_help(typer.Context(command, info_name=name, parent=ctx), formatter)
