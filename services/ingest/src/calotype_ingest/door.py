"""What accepting needs of the world, and what is made of what came without a wish."""

from dataclasses import dataclass

from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions
from calotype_core.domain.problems import ProblemsError
from calotype_core.domain.sheets import SheetRules
from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.idempotency import IdempotencyKeys
from calotype_core.ports.ids import Ids
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.object_store import ObjectStore
from calotype_core.presets import load_presets
from calotype_core.settings import SettingsError
from calotype_ingest.settings import IngestSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """What is made of images that came without instructions, of a CSV's, and named instructions."""

    image: Instructions
    csv: Instructions
    presets: Presets

    @classmethod
    def of(cls, settings: IngestSettings) -> "Defaults":
        """Return what the settings say; raises SettingsError."""
        presets = load_presets(settings)
        try:
            image = parse_instructions(settings.default_instructions, presets)
            csv = parse_instructions(settings.csv_instructions, presets)
        except ProblemsError as error:
            raise SettingsError(
                f"CALOTYPE_DEFAULT_INSTRUCTIONS or CALOTYPE_CSV_INSTRUCTIONS: {error}"
            ) from error
        return cls(image=image, csv=csv, presets=presets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """The ports of the door, and what it goes by."""

    objects: ObjectStore
    log: EventLog
    keys: IdempotencyKeys
    ids: Ids
    clock: Clock
    metrics: Metrics
    settings: IngestSettings
    defaults: Defaults
    sheets: SheetRules
