"""A matplotlib figure as an SVG element that stands in the page itself."""

import io
import re

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from .style import RC


def inline(figure: Figure, name: str, label: str) -> Markup:
    """The figure as one <svg> element, the same bytes for the same figure.

    name : unique in the page; all ids inside begin with it, since ids of several figures on one page must not meet.
    label : what a screen reader says in place of the figure.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(RC | {"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # The rule in it, for every element there is, would hold for the page around it, too; report.css has it for plots.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    opening = f'<svg class="plot" viewBox="\\1" role="img" aria-label="{escape(label)}">'
    return Markup(re.sub(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>', lambda m: m.expand(opening), text, count=1).strip())
