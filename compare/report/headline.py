"""The answer at the top of the page: for each task which system is best, how sure that is, and what nobody can tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.detection import stops_at

#: So many systems are named that cannot be told apart from the best; of more, only how many.
NAMED = 2


@dataclass(frozen=True)
class Question:
    """What a task asks of a system. name, rate, interval : of its main metric. says : what "it" does, in words.

    compared : what the table of comparisons compares, where that is another metric, in words and its rate; else None.
    """

    name: str
    rate: Callable[[Json], float | None]
    interval: str
    says: Callable[[Json, str], str]
    compared: tuple[str, Callable[[Json], float | None]] | None = None


def _hard(metrics: Json) -> float | None:
    rate: float | None = metrics.get("average_precision", {}).get("hard")
    return rate


def _recall(metrics: Json) -> float | None:
    rate: float | None = metrics["recall_at_fp"].get("100")
    return rate


def _finds(metrics: Json, rate: str) -> str:
    last = stops_at(metrics, "100")
    at = 100 if last is None else last
    return f"finds {rate} of {metrics['faces']:,} faces at {at} false positive{'s' if at != 1 else ''}"


QUESTIONS = {
    "verification": Question(
        "accuracy",
        lambda metrics: metrics["accuracy"]["mean"],
        "accuracy",
        lambda metrics, rate: f"is right on {rate} of {metrics['pairs']:,} pairs",
    ),
    "identification": Question(
        "rank-1",
        lambda metrics: metrics["rank1"],
        "rank1",
        lambda metrics, rate: f"puts the right person first for {rate} of {metrics['probes']:,} probes",
    ),
    "detection": Question("faces found", _recall, "recall_at_fp/100", _finds),
}

#: Of detection on a set with WIDER FACE's subsets.
HARD = Question(
    "average precision",
    _hard,
    "average_precision/hard",
    lambda _, rate: f"has an average precision of {rate} on the hard faces",
    ("faces found at 100 false positives", _recall),
)


def question_of(task: str, systems: Sequence[Json]) -> Question:
    """Return the question of a task; of detection another one where a system was tested on hard faces by themselves."""
    hard = task == "detection" and any(_hard(system[task]) is not None for system in systems if task in system)
    return HARD if hard else QUESTIONS[task]


def headline(metrics: Json) -> list[Json]:
    """Return for each task of a run {"task", "text"}: two sentences, of which the first names the best system.

    The best has the highest main metric; whether it is better than others is taken from the run's comparisons.
    """
    found = []
    for task in QUESTIONS:
        systems = [system for system in metrics["systems"] if task in system]
        question = question_of(task, systems)
        ranked = _ranked(systems, task, question.rate)
        if ranked:
            table = next((one for one in metrics["comparisons"] if one["task"] == task and one["pairs"]), None)
            found.append({"task": task, "text": _answer(ranked, task, question, table)})
    return found


def _ranked(systems: Sequence[Json], task: str, rate: Callable[[Json], float | None]) -> list[Json]:
    """The systems that have the metric, the best first; of equals, in the order of the run."""
    known = [(value, system) for system in systems if (value := rate(system[task])) is not None]
    return [system for _, system in sorted(known, key=lambda one: -one[0])]


def _answer(ranked: Sequence[Json], task: str, question: Question, table: Json | None) -> Markup:
    best = ranked[0]
    metrics = best[task]
    says = Markup(question.says(metrics, "<strong>" + _percent(question.rate(metrics) or 0.0) + " %</strong>"))
    ends = metrics["intervals"].get(question.interval)
    unit = metrics["resampled"]["unit"]
    sure = (
        ""
        if ends is None
        else f" (95 % interval for other {unit}: {_percent(ends['low'])} to {_percent(ends['high'])})"
    )
    name = Markup("<strong>{}</strong>").format(best["name"])
    if table is None or len(ranked) == 1:
        return Markup("{} {}{}. There is no other system to compare it with.").format(name, says, sure)
    if question.compared is None:
        compared = _Compared(table, ranked)
        if compared.equal:
            both = Markup(" and ").join(
                Markup("<strong>{}</strong>").format(one) for one in (best["name"], *compared.equal)
            )
            return Markup("{} are level at the top: each {}{}.{}").format(both, says, sure, compared.sentence("they"))
        ahead = "is ahead, but not beyond doubt" if compared.level else "is best"
        return Markup("{} {}: it {}{}.{}").format(name, ahead, says, sure, compared.sentence("it"))
    words, rate = question.compared
    compared = _Compared(table, _ranked(ranked, task, rate))
    first = Markup(" and ").join(map(_name, (compared.names[compared.ids[0]], *compared.equal)))
    subject = Markup("by {}, {}").format(words, first)
    return Markup("{} comes first: it {}{}.{}").format(name, says, sure, compared.sentence(subject))


class _Compared:
    """What the comparisons say of systems, the best first.

    equal : the names of those without any difference from the best. level : the ids of all others that cannot be told
    apart from it.
    """

    def __init__(self, table: Json, ranked: Sequence[Json]) -> None:
        self.unit = table["unit"]
        self.names = {system["id"]: system["name"] for system in ranked}
        self.pairs = {frozenset((one["first"], one["second"])): one for one in table["pairs"]}
        self.ids = [system["id"] for system in ranked]
        undecided = [one for one in self.ids[1:] if not self._pair(self.ids[0], one)["better"]]
        self.level = [one for one in undecided if self._pair(self.ids[0], one)["difference"]]
        self.equal = [self.names[one] for one in undecided if one not in self.level]
        self.behind = [one for one in self.ids[1:] if one not in undecided]

    def _pair(self, a: str, b: str) -> Json:
        return self.pairs[frozenset((a, b))]

    def sentence(self, subject: str) -> Markup:
        """Say of a subject, the best, whom it beats and by how much, and who cannot be told apart; "" for nothing."""
        beat = "beat" if self.equal else "beats"
        subject = Markup(" {}{}").format(subject[:1].upper(), subject[1:])
        gain = self._gain(self.behind[0]) if self.behind else None
        if not self.level:
            return Markup("{} {} {}{}.").format(subject, beat, gain, self._others()) if gain else Markup("")
        named = [self._named(one) for one in self.level[:NAMED]]
        if (more := len(self.level) - NAMED) > 0:
            named.append(Markup("{} more").format(more))
        level = Markup(" and ").join([Markup(", ").join(named[:-1]), named[-1]] if len(named) > 1 else named)
        beats = "" if gain is None else Markup("; {} {} {}").format("they" if self.equal else "it", beat, gain)
        return Markup("{} cannot be told apart from {} with these data{}.").format(subject, level, beats)

    def _gain(self, other: str) -> Markup:
        """The other, and by how many points it is beaten."""
        pair = self._pair(self.ids[0], other)
        sign = 1 if pair["first"] == self.ids[0] else -1
        low, high = sorted((sign * pair["low"], sign * pair["high"]))
        points = _percent(sign * pair["difference"]), _percent(low), _percent(high)
        return Markup("{} by {} points ({} to {})").format(_name(self.names[other]), *points)

    def _named(self, other: str) -> Markup:
        needed = self._pair(self.ids[0], other)["people_needed"]
        would_do = "" if needed is None else f" (about {needed:,} {self.unit} would do)"
        return Markup("{}{}").format(_name(self.names[other]), would_do)

    def _others(self) -> Markup:
        """What can be said of those behind the best."""
        pairs = [self._pair(a, b) for i, a in enumerate(self.behind, 1) for b in self.behind[i:]]
        undecided = [pair for pair in pairs if not pair["better"]]
        if not pairs:
            return Markup("")
        if not undecided:
            return Markup("; all the others can be told apart, too")
        if len(undecided) > 1:
            if len(undecided) == len(pairs):
                return Markup("; none of the others can be told apart with these data")
            many = "{} of the {} pairs of the others cannot be told apart with these data"
            return Markup("; " + many).format(len(undecided), len(pairs))
        (pair,) = undecided
        needed = pair["people_needed"]
        would_do = "" if needed is None else f": about {needed:,} {self.unit} would do"
        names = _name(self.names[pair["first"]]), _name(self.names[pair["second"]])
        return Markup("; {} and {} cannot be told apart with these data{}").format(*names, would_do)


def _percent(share: float) -> str:
    """A share, or a difference, in per cent with a digit, or with two where one would make it 0 or 100."""
    text = f"{100 * share:.1f}"
    text = f"{100 * share:.2f}" if text in ("0.0", "-0.0", "100.0") and share not in (0, 1) else text
    return text.replace("-", "\u2212")


def _name(system: str) -> Markup:
    """A name that can be told from the words around it, though it may have commas and spaces."""
    return Markup("<b>{}</b>").format(system)
