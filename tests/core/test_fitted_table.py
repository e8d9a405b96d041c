"""Tables in every width: no cell is cut off, no row is higher than two lines, and a wide terminal has one table."""

import io
import re

import pytest
from rich.console import Console

from eigen2arc.core.fitted_table import Column, FittedTable

SYSTEMS = ["Eigenfaces (1991)", "LBP histograms, MTCNN crops", "MobileFaceNet, ArcFace (2019)"]
LEARNED = ["unsupervised, label-free outside data", "unrestricted, labelled outside data", ""]
COLUMNS = [
    Column("system"),
    Column("learned", words=True),
    *(Column(name, right=True) for name in ("accuracy %", "rank-1 %", "not found", "recall@100")),
]
ROWS = [
    [name, learned, "66.00 (52.7 to 77.2)", "12.00 (7.2 to 19.3)", "17", "0.839 (stops at 9)"]
    for name, learned in zip(SYSTEMS, LEARNED, strict=True)
]


def printed(table: FittedTable, width: int) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize("width", [50, 60, 80, 100, 120, 140, 160, 300])
def test_nothing_is_cut_in_any_width(width: int) -> None:
    lines = printed(FittedTable(COLUMNS, ROWS), width)
    assert max(map(len, lines)) <= width and "…" not in "".join(lines)
    text = "\n".join(lines)
    for cell in ("66.00 (52.7 to 77.2)", "12.00 (7.2 to 19.3)", "0.839 (stops at 9)"):
        assert text.count(cell) == 3
    for word in {word for row in ROWS for cell in row[:2] for word in cell.split()}:
        assert re.search(rf"(^|\s){re.escape(word)}(\s|$)", text, re.MULTILINE)
    blocks = text.split("\n\n")
    assert all(len(block.splitlines()) <= 2 + 2 * len(ROWS) for block in blocks)
    assert (len(blocks) == 1) == (width >= 120) and all(block.startswith("system") for block in blocks)


def test_a_row_reads_across_at_a_width_that_is_enough() -> None:
    lines = printed(FittedTable(COLUMNS, ROWS, title="T", notes=["n"]), 200)
    assert lines[0] == "T" and lines[-2:] == ["", "n"]
    assert re.split(r"\s{2,}", lines[2]) == ROWS[0]
    starts = [line.index("66.00") for line in lines[2:5]]
    assert len(set(starts)) == 1 and lines[1].index("accuracy %") + len("accuracy %") == starts[0] + len(ROWS[0][2])


def test_words_go_below_their_row_in_a_list() -> None:
    columns = [Column("name"), Column("room"), Column("description", words=True), Column("settings", words=True)]
    words = "what it is, in a sentence that is far too long to stand beside a name in any narrow terminal of today"
    rows = [["eigenfaces", "classical", words, "components, whitening"], ["x", "deep", "short", ""]]
    lines = printed(FittedTable(columns, rows, words_below=True), 60)
    assert lines[0].split() == ["name", "room", "settings"] and lines[1].split()[:2] == ["eigenfaces", "classical"]
    assert " ".join(line.strip() for line in lines[2:4]) == words and all(line.startswith("  ") for line in lines[2:4])
    assert lines[4:] == ["x           deep", "  short"]
    lines = printed(FittedTable(columns, rows, words_below=True), 36)
    assert lines[0].split() == ["name", "room"] and "  settings: components, whitening" in lines
    assert len(printed(FittedTable(columns, rows, words_below=True), 300)) == 3


def test_words_too_long_for_two_lines_go_below() -> None:
    columns = [Column("system"), Column("ours", right=True), Column("why", words=True)]
    lines = printed(FittedTable(columns, [["a", "96.50", "word " * 60]]), 40)
    assert lines[1].split() == ["a", "96.50"] and lines[2].startswith("  word") and len(lines) > 5


def test_a_word_longer_than_the_terminal_is_folded_and_not_cut() -> None:
    lines = printed(FittedTable([Column("name"), Column("n", right=True)], [["x" * 50, "1"]]), 20)
    assert "".join(lines).count("x") == 50 and "…" not in "".join(lines)


def test_names_are_no_commands_to_the_terminal() -> None:
    lines = printed(FittedTable([Column("name")], [["a\x1b[2J\nb [red]"]], notes=["\x07"]), 80)
    assert lines[1] == r"a\x1b[2J\nb [red]" and lines[-1] == r"\x07"


def test_no_rows() -> None:
    assert printed(FittedTable(COLUMNS, []), 300) == ["system  learned  accuracy %  rank-1 %  not found  recall@100"]
