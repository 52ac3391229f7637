"""Files as the programs in the field write them."""

import codecs

import pytest

from calotype_core.domain.sheets import Layout
from tests.unit.domain.sheets.spelling import checked, opened, rows_of

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,"
    "Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Tracker,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,"
    "Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,"
    "Variant Weight Unit,Variant Tax Code,Cost per item,Price / International,Status\n"
    'black-leather-bag,Black Leather Bag,"<p>Women\'s bag, ""roomy"".</p>\n<p>Zips.</p>",'
    "partners-demo,,Handbag,women,true,Colour,Black,,,,,BAG-1,0,,deny,manual,99.99,,true,true,,"
    "https://cdn.shopify.com/s/files/1/0101/4232/products/bag.jpg?v=1491851163,1,,false,,,,kg,,,,active\n"
    "black-leather-bag,,,,,,,,,,,,,,,,,,,,,,,,"
    "https://cdn.shopify.com/s/files/1/0101/4232/products/bag-2.jpg?v=1491851163,2,Back,,,,,,,,,\n"
    "black-leather-bag,,,,,,,,,Brown,,,,,BAG-2,0,,deny,manual,99.99,,true,true,,,,,,,,,kg,,,,\n"
)
WOOCOMMERCE = (
    "ID,Type,SKU,Name,Published,Images\n"
    '12,simple,A-1,"Hoodie, grey",1,"https://s.example/a.jpg, https://s.example/b-1.jpg"\n'
)
PRESTASHOP = (
    "Product ID;Active (0/1);Name *;Image URLs (x,y,z...)\n"
    "7;1;Mug;https://s.example/1.jpg,https://s.example/2.jpg\n"
)
GERMAN_EXCEL = (
    "Serial Number;Product Name;Price;Image URLs\r\n"
    '1;Kaffeemühle „Größe 2“;12,50 €;"https://s.example/1.jpg;https://s.example/2.jpg"\r\n'
)
NUMBERS = (
    "S. No.,Product Name,Input Image Urls\n"
    '1,Café,"https://s.example/1.jpg,\nhttps://s.example/2.jpg"'
)
SHEETS = (
    "Serial Number,Product Name,Image URLs\r\n"
    '1,SKU1,"https://s.example/w_1,h_2/1.jpg,https://s.example/2.jpg"\r\n,,\r\n,,\r\n'
)
TWO = ("https://s.example/1.jpg", "https://s.example/2.jpg")


def test_shopify_has_an_image_a_row() -> None:
    """A product's further images, and its variants without any, are rows of their own."""
    data = SHOPIFY.encode()
    assert opened(data).layout is Layout.ROW
    assert [row.number for row in rows_of(data)] == [2, 3, 4]
    assert [[url.rpartition("/")[2] for url in row.urls] for row in rows_of(data)] == [
        ["bag.jpg?v=1491851163"],
        ["bag-2.jpg?v=1491851163"],
        [],
    ]
    assert checked(data).problems == ()


@pytest.mark.parametrize(
    ("data", "urls"),
    [
        (WOOCOMMERCE.encode(), ("https://s.example/a.jpg", "https://s.example/b-1.jpg")),
        (codecs.BOM_UTF8 + PRESTASHOP.encode(), TWO),
        (GERMAN_EXCEL.encode("cp1252"), TWO),
        (b"sep=;\r\n" + GERMAN_EXCEL.encode("cp1252"), TWO),
        (codecs.BOM_UTF8 + b"sep=;\r\n" + GERMAN_EXCEL.encode(), TWO),
        (codecs.BOM_UTF16_LE + GERMAN_EXCEL.replace(";", "\t").encode("utf-16-le"), TWO),
        (NUMBERS.encode(), TWO),
        (SHEETS.encode(), ("https://s.example/w_1,h_2/1.jpg", "https://s.example/2.jpg")),
    ],
)
def test_other_exports_are_understood(data: bytes, urls: tuple[str, ...]) -> None:
    """WooCommerce, PrestaShop, Excel in German, Excel's Unicode text, Numbers and Sheets."""
    assert checked(data).problems == ()
    row, *blank = rows_of(data)
    assert row.urls == urls
    assert all(one.is_blank for one in blank)
