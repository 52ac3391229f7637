import pytest

from calotype_core.domain.job import JobRecord
from calotype_core.domain.sheets import SheetRules, open_sheet
from calotype_query.attachments import attachment, csv_type


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("products.csv", 'filename="products-output.csv"'),
        ("products.old.tsv", 'filename="products.old-output.csv"'),
        ("products", 'filename="products-output.csv"'),
        ("../../etc/passwd", 'filename="passwd-output.csv"'),
        ('a"b\r\nSet-Cookie: x.csv', 'filename="a_bSet-Cookie_ x-output.csv"'),
        ("\u202egnp.csv", 'filename="gnp-output.csv"'),
        ("\ud800.csv", 'filename="job-output.csv"'),
        ("...", 'filename="job-output.csv"'),
        ("folder\\cats.csv", 'filename="cats-output.csv"'),
        (None, 'filename="job-output.csv"'),
        ("x" * 300 + ".csv", f'filename="{"x" * 80}-output.csv"'),
        ("naïve.csv", "filename=\"na_ve-output.csv\"; filename*=UTF-8''na%C3%AFve-output.csv"),
    ],
)
def test_a_file_is_named_after_what_came_in(name: str | None, told: str) -> None:
    """Whatever a file was called, what is made of it has a name that all systems take."""
    job = JobRecord(job_id="job", name=name)
    assert attachment(job, "output", "csv") == f"attachment; {told}"


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16le"),
        ("cp1252", "windows-1252"),
        ("iso8859-2", "iso-8859-2"),
        ("mac-roman", "macintosh"),
        ("koi8-r", "koi8-r"),
        ("euc_jp", "euc-jp"),
        ("shift_jis", "shift_jis"),
    ],
)
def test_a_charset_is_told_by_its_registered_name(encoding: str, charset: str) -> None:
    """Python's names of charsets are no browser's."""
    data = "SKU,Name,Image URLs\n1,a,https://shop.example/1.jpg\n".encode(encoding)
    sheet = open_sheet(lambda: iter([data]), SheetRules(), charset=encoding)
    assert csv_type(sheet) == f"text/csv; charset={charset}"
    assert csv_type(None) == "text/csv; charset=utf-8"
