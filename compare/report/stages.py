"""The stages of a system in words: a line under its name, and a table of every setting."""

from typing import Any

#: In the order in which a face goes through them; the report has a column for each that some system has.
ORDER = ("detector", "aligner", "preprocessing", "encoder", "matcher", "identifier")


def steps(stages: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The plug-ins of one stage, each {"name", "settings"}: none, one, or for preprocessing maybe several."""
    stage = stages.get(name)
    return stage if isinstance(stage, list) else [] if stage is None else [stage]


def names(systems: list[dict[str, Any]]) -> list[str]:
    """The stages that some system has, and the four that every system could have."""
    always = ("detector", "aligner", "encoder", "matcher")
    return [name for name in ORDER if name in always or any(steps(system["stages"], name) for system in systems)]


def chain(stages: dict[str, Any]) -> str:
    """ "mtcnn → five_point → projected (lbp_histogram → whitened_pca) → cosine"."""
    return " → ".join(_brief(step) for name in ORDER for step in steps(stages, name))


def setting(value: Any) -> str:
    """A setting as a person would write it; a plug-in inside another with its own settings in brackets."""
    if isinstance(value, dict) and "name" in value:
        inside = ", ".join(f"{key} = {setting(inner)}" for key, inner in value.items() if key != "name")
        return f"{value['name']} ({inside})" if inside else str(value["name"])
    if isinstance(value, list):
        plugins = any(isinstance(item, dict) for item in value)
        return (" → " if plugins else ", ").join(setting(item) for item in value)
    return str(value)


def _brief(part: Any) -> str:
    """A plug-in's name, with those of the plug-ins in its settings."""
    if isinstance(part, str):
        return part
    settings = part.get("settings", part)
    inside = [_brief(settings["base"])] if "base" in settings else []
    inside += [_brief(step) for step in settings.get("projections", [])]
    members = [_brief(member) for member in settings.get("members", [])]
    within = " + ".join(members) if members else " → ".join(inside)
    return f"{part['name']} ({within})" if within else str(part["name"])
