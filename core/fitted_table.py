"""A table for a terminal of any width: what does not fit beside the first column goes into a second table, or below.

Nothing is cut off: numbers stay whole, words wrap between words, and a row has two lines at most in each table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .errors import one_line

#: Between two columns.
GAP = 2

#: How far words below a row are indented.
INDENT = 2

#: What a column of words has to get before it may stand beside others: less is a strip of single words.
LEAST_WORDS = 16


@dataclass(frozen=True)
class Column:
    """A column. words : they may wrap, to two lines beside others and to any number below; else it is kept whole.

    heading : shown above, and before words that stand below their row. right : flushed to the right.
    """

    heading: str
    words: bool = False
    right: bool = False


@dataclass(frozen=True)
class FittedTable:
    """Rows of texts, one for each column, of which the first names the row; printed by rich in any width.

    notes : lines below the table. words_below : words that do not fit go below their row, and not into a second table
    where two lines would be enough for them: of a list that is looked up, not compared.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    title: str = ""
    notes: Sequence[str] = ()
    words_below: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the tables that fit the console's width, and the notes."""
        if self.title:
            yield Text(one_line(self.title), "bold")
        yield from self._tables(options.max_width)
        if self.notes:
            yield Text("")
        for note in self.notes:
            yield Text(one_line(note), "italic")

    def _tables(self, width: int) -> Iterator[RenderableType]:
        natural = [_widest([column.heading, *self._cells(i)]) for i, column in enumerate(self.columns)]
        if sum(natural) + GAP * (len(natural) - 1) <= width:
            yield self._table(range(len(natural)), natural, self.rows)
            return
        blocks, widths, below = self._arranged(natural, width)
        if below and len(blocks) == 1:
            for number, row in enumerate(self.rows):
                yield self._table(blocks[0], widths, [row], header=not number)
                yield from (Padding(line, (0, 0, 0, INDENT)) for line in self._words(row, below))
            return
        for number, block in enumerate(blocks):
            if number:
                yield Text("")
            yield self._table(block, widths, self.rows)
        for row in self.rows:
            yield from (Text(one_line(f"{row[0]}: ")) + line for line in self._words(row, below))

    def _arranged(self, natural: list[int], width: int) -> tuple[list[list[int]], list[int], list[int]]:
        """Columns of each table, their widths, and the columns whose words go below their row.

        The first column stands in each table, in two lines where that saves a table.
        """
        choices = []
        for first in dict.fromkeys([natural[0], self._two_lines(0)]):
            widths, blocks, below = [min(first, width), *natural[1:]], [[0]], []
            left = width - widths[0]
            for i in sorted(range(1, len(natural)), key=lambda i: self.columns[i].words):
                widths[i] = min(self._needed(i, natural[i], left - GAP), width)
                space = left if self.words_below else width - widths[0]
                if self.columns[i].words and widths[i] + GAP > space:
                    below.append(i)
                    continue
                if widths[i] + GAP > left and len(blocks[-1]) > 1:
                    blocks.append([0])
                    left = width - widths[0]
                    widths[i] = min(self._needed(i, natural[i], left - GAP), width)
                blocks[-1].append(i)
                left -= widths[i] + GAP
            choices.append((blocks, widths, below))
        return min(choices, key=lambda choice: (len(choice[2]), len(choice[0])))

    def _needed(self, i: int, natural: int, left: int) -> int:
        """The width of a column: that of its texts, of words what is left where two lines are enough for them there."""
        if not self.columns[i].words or natural <= left:
            return natural
        least = self._two_lines(i)
        return max(least, left) if least <= left else least

    def _two_lines(self, i: int) -> int:
        """The least width in which all texts of a column of words, or the first, wrap to two lines at most."""
        texts = [self.columns[i].heading, *self._cells(i)]
        widest = _widest(texts)
        least = max(widest // 2, _widest(word for text in texts for word in text.split()), LEAST_WORDS)
        while least < widest and any(len(_wrapped(text, least)) > 2 for text in texts):
            least += 1
        return min(least, widest)

    def _cells(self, i: int) -> list[str]:
        return [one_line(row[i]) for row in self.rows]

    def _table(
        self, block: Iterable[int], widths: Sequence[int], rows: Iterable[Sequence[str]], header: bool = True
    ) -> Table:
        table = Table(box=None, header_style="bold", pad_edge=False, show_header=header, padding=(0, GAP, 0, 0))
        shown = list(block)
        for i in shown:
            column = self.columns[i]
            justify = "right" if column.right else "left"
            table.add_column(column.heading, justify=justify, width=widths[i], overflow="fold")  # type: ignore[arg-type]
        for row in rows:
            table.add_row(*[Text(one_line(row[i])) for i in shown])
        return table

    def _words(self, row: Sequence[str], below: list[int]) -> Iterator[Text]:
        """The words of a row that stand below it; but for the first ones of a row they say what they are."""
        first = next((i for i, column in enumerate(self.columns) if column.words), 0)
        for i in below:
            if row[i]:
                heading = f"{self.columns[i].heading}: " if i != first else ""
                yield Text(one_line(f"{heading}{row[i]}"))


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _wrapped(text: str, width: int) -> list[str]:
    """The lines of a text that wraps between words."""
    lines = [""]
    for word in text.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
