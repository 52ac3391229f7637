"""Named instructions, from the settings and from a file: the same for every service that asks."""

from pathlib import Path

from calotype_core.asking import AskingSettings
from calotype_core.domain.instructions_parser import Presets, parse_presets
from calotype_core.domain.problems import ProblemsError
from calotype_core.settings import MIB, SettingsError, variable_of

_SETTING, _FILE = variable_of("presets"), variable_of("presets_file")
_MOST_BYTES = MIB


def load_presets(settings: AskingSettings) -> Presets:
    """Return the presets of the file and of the setting; of one name the setting's.

    Raises SettingsError with a line for every problem, each with its path and where it stands.
    """
    wrong: list[str] = []
    found: dict[str, Presets] = {}
    for where, text in _sources(settings, wrong).items():
        try:
            found[where] = parse_presets(text)
        except ProblemsError as error:
            wrong += [f"{where}: {one}" for one in error.problems]
    if wrong:
        raise SettingsError("\n".join(wrong))
    return {name: recipe for presets in found.values() for name, recipe in presets.items()}


def _sources(settings: AskingSettings, wrong: list[str]) -> dict[str, str]:
    """Return the texts by where they stand, the one that counts most last."""
    sources = {}
    if path := settings.presets_file:
        try:
            sources[f"{_FILE} ({path})"] = _read(path)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            wrong.append(f"{_FILE}: expected a file of presets, got {str(path)!r} ({said})")
    return {**sources, _SETTING: settings.presets}


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES} bytes")
    return content.decode()  # what is no UTF-8 raises a ValueError, too
