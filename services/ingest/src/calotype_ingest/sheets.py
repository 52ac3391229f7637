"""What the settings ask of a CSV."""

import json

from calotype_core.domain.sheets import NAMES, Column, SheetRules
from calotype_core.settings import SettingsError
from calotype_ingest.settings import IngestSettings


def sheet_rules(settings: IngestSettings) -> SheetRules:
    """Return the rules of a CSV; raises SettingsError for a column that there is none of."""
    try:
        further = {Column(name): names for name, names in json.loads(settings.csv_columns).items()}
        names = {
            column: (*map(str, further.get(column, ())), *understood)
            for column, understood in NAMES.items()
        }
        required = tuple(Column(one.strip()) for one in settings.csv_required.split(","))
    except (ValueError, AttributeError, TypeError) as error:
        known = ", ".join(Column)
        raise SettingsError(
            f"CALOTYPE_CSV_COLUMNS or CALOTYPE_CSV_REQUIRED: {error}; the columns are {known}"
        ) from error
    return SheetRules(
        names=names,
        required=required,
        most_rows=settings.csv_max_rows,
        most_images=settings.job_max_images,
    )
