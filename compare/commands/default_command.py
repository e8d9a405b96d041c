"""A group of commands one of which need not be named."""

from typing import Any

import typer
from typer.core import TyperGroup

#: Words that ask for the group's own help.
HELP = ("--help",)


class DefaultGroup(TyperGroup):
    """The first of its commands is meant where none is named: `compare lfw` is `compare suite lfw`.

    `--help` shows every command's options, one after the other, since there are few commands and the name of the first
    is hardly ever seen.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *HELP):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        for name, command in self.commands.items():
            command.format_help(typer.Context(command, info_name=name, parent=ctx), formatter)
