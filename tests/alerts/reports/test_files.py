"""A report becomes HTML, DOCX and PDF: all that is said is in each, and nothing of it is taken for markup."""

import io
import re
import zlib
from dataclasses import replace
from html import escape, unescape
from zoneinfo import ZoneInfo

import docx
import pytest

from alerts.charts.volume import ExpectedHour, volume_chart
from alerts.reports.document import Document, Entry, Facts, Heading, Paragraph, Picture, Table
from alerts.reports.docx import docx_report
from alerts.reports.html import html_report
from alerts.reports.pdf import pdf_report

NASTY = '<script>alert(1)</script> #[x] *y* $z$ \\ "q" & {{ }}'
CHART = volume_chart(
    [ExpectedHour(1_792_490_400_000_000, 3)], title="图", language="zh", zone=ZoneInfo("Asia/Shanghai")
)
REPORT = Document(
    language="zh",
    title="投诉专题报告",
    subtitle="移动业务 > 5G套餐",
    blocks=(
        Heading("一、概况"),
        Paragraph(NASTY),
        Facts((("级别", "三级预警"), ("类目", NASTY))),
        Table(("时间", "件"), (("09:00", "1,234"), (NASTY, "5")), frozenset({1})),
        Picture(CHART, "图1 每小时工单"),
        Entry("原因", "", "（请填写）"),
        Entry("措施", "更换\n基站", "（请填写）"),
    ),
    footer="编号 12",
)
SAID = [
    "投诉专题报告",
    "一、概况",
    NASTY,
    "三级预警",
    "09:00",
    "1,234",
    "图1 每小时工单",
    "（请填写）",
    "编号 12",
]


def test_html_says_everything_as_it_is_and_asks_nobody_for_anything():
    page = html_report(REPORT).decode()
    for text in [*SAID, "更换\n基站"]:
        assert text in unescape(page), text
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert page.count("<h2>") == 1
    assert '<html lang="zh-CN">' in page


def test_docx_can_be_opened_and_says_everything():
    file = docx.Document(io.BytesIO(docx_report(REPORT)))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    lines = [paragraph.text for paragraph in (*file.paragraphs, *file.sections[0].footer.paragraphs)]
    for text in [*SAID, "更换\n基站"]:
        assert any(text in said for said in (*cells, *lines)), text
    assert len(file.inline_shapes) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pdf_is_typeset_with_the_shipped_font_whatever_the_labels(language):
    made = pdf_report(replace(REPORT, language=language))
    assert made.startswith(b"%PDF-")
    assert b"NotoSansSC" in made
    # Signs that the font lacks would come from another font, or from none.
    assert len(set(re.findall(rb"/FontName\s*/([\w+-]+)", made + _unpacked(made)))) == 1


def test_signs_that_xml_cannot_hold_do_not_spoil_a_report():
    odd = Document("en", "t", "s", (Paragraph("a\x00\x08b"), Facts((("k\x01", "v\x02"),))), "f")
    assert "ab" in [p.text for p in docx.Document(io.BytesIO(docx_report(odd))).paragraphs]
    assert pdf_report(odd).startswith(b"%PDF-")
    assert b"ab" in html_report(odd).replace(b"\x00", b"").replace(b"\x08", b"")


def _unpacked(pdf):
    parts = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"".join(parts)


LINK = 'https://monitor.example.com/answer/x?a=1&b="2"'


def test_a_paragraph_may_be_a_link():
    report = replace(REPORT, blocks=(Paragraph("填写页面", LINK), Paragraph("不是链接")))
    page = html_report(report).decode()
    assert re.findall(r'<a href="(.*?)">(.*?)</a>', page) == [(escape(LINK), "填写页面")]
    file = docx.Document(io.BytesIO(docx_report(report)))
    (link,) = [one for paragraph in file.paragraphs for one in paragraph.hyperlinks]
    assert (link.text, link.url) == ("填写页面", LINK)
    assert "不是链接" in [paragraph.text for paragraph in file.paragraphs]
    assert b"https://monitor.example.com/answer/x?a=1&b=" in pdf_report(report)
