"""What operators may set of a CSV's columns."""

import pytest

from calotype_core.domain.sheets import Column, SheetError, open_sheet
from calotype_core.settings import SettingsError
from calotype_ingest.settings import IngestSettings
from calotype_ingest.sheets import sheet_rules

CSV = b"Artikel;Bilder\r\n7;https://a.example/1.jpg\r\n"


def test_columns_are_a_setting() -> None:
    """A column may have another name, and be left out where it is not required."""
    settings = IngestSettings(
        csv_columns='{"images": ["Bilder"], "serial": ["Artikel"]}', csv_required="serial, images"
    )
    sheet = open_sheet(lambda: iter([CSV]), sheet_rules(settings))
    assert sheet.columns == {Column.SERIAL: 0, Column.IMAGES: 1}
    strict = sheet_rules(IngestSettings(csv_columns=settings.csv_columns))
    with pytest.raises(SheetError, match="Product"):
        open_sheet(lambda: iter([CSV]), strict)


def test_what_is_understood_anyway_stays() -> None:
    """A setting adds names, and takes none away."""
    rules = sheet_rules(IngestSettings(csv_columns='{"images": ["Bilder"]}'))
    usual = b"S. No.,Product Name,Input Image Urls\n1,Shoe,https://a.example/1.jpg\n"
    assert Column.IMAGES in open_sheet(lambda: iter([usual]), rules).columns


@pytest.mark.parametrize(
    "settings",
    [
        IngestSettings(csv_columns='{"pictures": ["Bilder"]}'),
        IngestSettings(csv_columns="[]"),
        IngestSettings(csv_columns='{"images": 7}'),
        IngestSettings(csv_required="serial,price"),
    ],
)
def test_a_column_that_there_is_none_of(settings: IngestSettings) -> None:
    """A setting that names no column of ours is refused at the start, with those that there are."""
    with pytest.raises(SettingsError, match="serial, name, images, position"):
        sheet_rules(settings)
