"""`eigen2arc verify`: are these two faces the same person's?"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.files import Json

from .options import AsJson, Device, NetworkFile, Preprocessing, Set
from .stages import AnyAligner, AnyDetector, AnyEncoder, AnyMatcher, Stages, choose_stages, known_calibration

if TYPE_CHECKING:
    from eigen2arc.core.pipeline import Comparison
    from eigen2arc.recognize.calibration.pair_calibration import PairCalibration
    from eigen2arc.recognize.verification.verdict import Judgement

#: The exit codes of verdicts; 2 is an error, as everywhere.
EXIT = {"same": 0, "different": 1, "cannot tell": 3}
NO_FACE = 1

WORDS = {"same": "same person", "different": "different people", "cannot tell": "cannot tell"}


def verify(
    first: Annotated[Path, typer.Argument(help="An image.")],
    second: Annotated[Path, typer.Argument(help="Another image.")],
    encoder: AnyEncoder = "",
    network: NetworkFile = None,
    detector: AnyDetector = "",
    aligner: AnyAligner = "",
    preprocessing: Preprocessing = "",
    matcher: AnyMatcher = "",
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            help="A file that `calibrate` made with the same stages.",
            show_default="the shipped one, where there is one",
        ),
    ] = None,
    fmr: Annotated[
        float,
        typer.Option(
            "--fmr", min=1e-6, max=0.5, help="How many pairs of two people may be called the same: 1e-3 is 1 in 1,000."
        ),
    ] = 1e-3,
    best: Annotated[
        bool, typer.Option("--best", help="Compare each face of one image with each of the other: the best of all.")
    ] = False,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Say whether two faces are one person's: same, different, or cannot tell.

    The first line says what tells faces apart, the second is the verdict. "Same" is said from the threshold on that the
    share --fmr of the pairs of two people reaches, "different" below the one that 1 % of the pairs of one person do not
    reach; between them, and where a face is too small or blurred, nobody can tell. The probability is for a pair that
    is as likely of one person as of two. All of it was measured on photos that the last line names.

    Without a calibration for the encoder there is the score alone: the higher, the more alike. `calibrate` makes one.

    Of several faces in an image the one that is large and near the centre is meant, and its box is printed.

    The exit code is 0 for the same person, and for nothing else; 1 for different people, or where an image shows no
    face; 3 where nobody can tell, or there is no calibration; 2 for an error.
    """
    from eigen2arc.core import Pipeline, read_image
    from eigen2arc.recognize.verification.verdict import judge

    stages = choose_stages(
        encoder=encoder,
        network=network,
        detector=detector,
        aligner=aligner,
        matcher=matcher,
        preprocessing=preprocessing,
        settings=settings,
        device=device,
    )
    images = [read_image(first), read_image(second)]
    known = known_calibration(stages, calibration)
    if not json:
        say(stages.recognizer.announcement)
    parts = {one.kind: one.built for one in (*stages.recognizer[:3], stages.matcher)}
    pipeline = Pipeline(**parts, preprocessing=[step.built for step in stages.preprocessing])
    compared = pipeline.compare(*images, all_pairs=best)
    judged = judge(images, compared, known, fmr)
    rows: list[Json] = [
        {
            "image": str(path),
            "faces": count,
            "box": [round(v, 2) for v in one.boxes[0].tolist()] if len(one) else None,
            "weak": weak,
        }
        for path, count, one, weak in zip((first, second), compared.counts, compared.faces, judged.weak, strict=True)
    ]
    if json:
        say_json(_described(stages, compared, judged, known, rows))
    elif compared.score is not None:
        _print(stages, compared, judged, known, rows)
        if best and (pairs := compared.counts[0] * compared.counts[1]) > 1:
            say(f"this is the best of {pairs} pairs: the rates above are each pair's, and of all up to {pairs} times")
    for row in rows:
        if not row["faces"]:
            say(f"eigen2arc: {row['image']}: no face was found; --detector fixed_box takes whole images", error=True)
    if known is None and compared.score is not None:
        own = f"--network {network}" if network is not None else f"--encoder {stages.recognizer.encoder.name}"
        say(
            "eigen2arc: there is no calibration for these stages, and so no verdict: make one of photos, one folder "
            f"per person, with `eigen2arc calibrate PHOTOS {own} --out FILE`, and give it as --calibration FILE",
            error=True,
        )
    code = NO_FACE if compared.score is None else EXIT[judged.verdict or "cannot tell"]
    if code:
        raise typer.Exit(code)


def _print(
    stages: Stages, compared: "Comparison", judged: "Judgement", known: "PairCalibration | None", rows: list[Json]
) -> None:
    if judged.verdict is not None:
        odds = "" if judged.probability is None else f": {_percent(judged.probability)} likely to be one person's"
        say(f"{WORDS[judged.verdict]}{odds}{', where one pair in two is' if odds else ''}")
    for row in rows:
        if row["weak"]:
            say(f"{row['image']}: {row['weak']}")
    say(f"score {compared.score:.4f} ({stages.recognizer.encoder.name}, {stages.matcher.name}; higher is more alike)")
    if known is not None:
        if judged.point is not None:
            rate, asked = judged.point.fmr, judged.point.asked
            say(
                f"same from {judged.point.threshold:.4f} on: {_percent(asked)} of the pairs of two people "
                f"({_percent(rate.low)} to {_percent(rate.high)} with other people) reach it"
            )
        else:
            enough = known.point(0.0)
            said = "any rate" if enough is None else f"it, and enough for --fmr {enough.asked:g}"
            say(f"same: never at this false match rate, for the calibration's people are too few for {said}")
        refused = known.different
        say(f"different below {refused.threshold:.4f}: {_percent(refused.fnmr.value)} of one person's pairs lie there")
        say(f"measured on {known.data}: {known.people:,} people, {known.images:,} images, {known.date}")
    for row in rows:
        if row["faces"] > 1:
            box = " ".join(f"{v:.0f}" for v in row["box"])
            say(f"{row['image']}: {row['faces']} faces; compared was the one in box {box}")


def _percent(share: float) -> str:
    """A share in per cent: of one near 0 or 1 two digits that say something."""
    near = min(share, 1 - share)
    return f"{100 * share:.{0 if near >= 0.1 else 1 if near >= 0.01 else 2 if near >= 0.001 else 3}f} %"


def _described(
    stages: Stages, compared: "Comparison", judged: "Judgement", known: "PairCalibration | None", rows: list[Json]
) -> Json:
    recognizer = stages.recognizer
    return {
        "verdict": judged.verdict,
        "probability": judged.probability,
        "prior": 0.5,
        "log_likelihood_ratio": judged.log_likelihood_ratio,
        "score": compared.score,
        "same_from": None if judged.point is None else asdict(judged.point),
        "different_below": None if known is None else asdict(known.different),
        "calibration": None
        if known is None
        else {key: value for key, value in known.to_json().items() if key not in ("points", "different", "reading")},
        "encoder": recognizer.encoder.name,
        "matcher": stages.matcher.name,
        "caution": recognizer.caution,
        "face_found": [count > 0 for count in compared.counts],
        "images": rows,
    }
