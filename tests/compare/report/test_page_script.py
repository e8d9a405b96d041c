"""The page's script: the browser's hash is of its very text, and no text of a user ends a block of data."""

import base64
import configparser
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from eigen2arc.compare.report.page_script import SCRIPTS, data_block, page_script
from eigen2arc.compare.report.render import render

from .conftest import MakeRun


def executed(page: str) -> list[str]:
    """The texts of the scripts that a browser would run if it may: all but blocks of JSON."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script", page, re.DOTALL | re.IGNORECASE)
    return [text for attributes, text in scripts if "application/json" not in attributes]


def test_the_policy_allows_the_one_script_that_there_is(make_run: MakeRun) -> None:
    page = render(make_run(("identification",))).read_bytes().decode()
    (script,) = executed(page)
    allowed = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert allowed is not None
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = html.unescape(allowed.group(1)).split("; ")
    assert [one for one in policy if one.startswith("script-src")] == [f"script-src 'sha256-{digest}'"]
    assert "default-src 'none'" in policy


def test_every_file_is_in_it_in_the_order_of_the_names() -> None:
    script, files = page_script(), sorted(SCRIPTS.glob("*.js"))
    places = [script.index(path.read_text("utf-8")) for path in files]
    assert files and places == sorted(places)
    # The first end of a script ends it, even in a string; after "<!--" and "<script" an end does not.
    assert not re.search(r"</script|<script|<!--", script, re.IGNORECASE)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028 & \"'\\ \x00", "名前"])
def test_a_block_of_data_is_what_was_put_in(text: str) -> None:
    value = {text: [text, 1.5, None], "plain": True}
    block = re.fullmatch(r'<script type="application/json" id="data-one">([^<]*)</script>', data_block("one", value))
    assert block is not None and json.loads(block.group(1)) == value


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        data_block("one", [float("nan")])


def test_the_sources_are_installed_with_the_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[3] / "setup.cfg")
    installed = setup["options.package_data"]["eigen2arc.compare.report"].split(", ")
    assert "scripts/*.js" in installed and {path.suffix for path in SCRIPTS.iterdir()} == {".js"}
