"""A report as a DOCX file that its readers go on writing in. Needs python-docx, which is imported here."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from alerts.reports.document import Block, Document, Entry, Facts, Heading, Paragraph, Picture, Table

if TYPE_CHECKING:
    from docx.document import Document as File
    from docx.table import Table as Grid
    from docx.table import _Cell as Cell
    from docx.text.run import Run

# Word looks a font up by its name, and finds another Chinese one where it is missing.
LATIN: Final = "Calibri"
CHINESE: Final = "Microsoft YaHei"
WIDTH: Final = Cm(16)
GREY: Final = RGBColor(0x77, 0x77, 0x77)
BLUE: Final = RGBColor(0x1F, 0x6F, 0xEB)
STYLES: Final = ("Normal", "Title", "Heading 1")


def docx_report(document: Document) -> bytes:
    """The file."""
    file = docx.Document()
    _dress(file)
    file.core_properties.title = document.title
    file.core_properties.language = "zh-CN" if document.language == "zh" else document.language
    file.add_heading(document.title, level=0)
    file.add_paragraph().add_run(document.subtitle).font.color.rgb = GREY
    for block in document.blocks:
        _add(file, block)
    file.sections[0].footer.paragraphs[0].text = document.footer
    kept = io.BytesIO()
    file.save(kept)
    return kept.getvalue()


def _dress(file: File) -> None:
    for name in STYLES:
        style = file.styles[name]
        style.font.name = LATIN
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), CHINESE)
    file.styles["Normal"].font.size = Pt(10.5)
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)


def _add(file: File, block: Block) -> None:
    match block:
        case Heading(text):
            file.add_heading(printable(text), level=1)
        case Paragraph(text, url):
            run = file.add_paragraph().add_run(printable(text))
            if url:
                _link(run, url)
        case Facts(rows):
            grid = _grid(file, len(rows), 2)
            for row, (label, text) in zip(grid.rows, rows, strict=True):
                name, said = row.cells
                _write(name, label, bold=True)
                _write(said, text)
        case Table():
            _table(file, block)
        case Picture(png, caption):
            file.add_picture(io.BytesIO(png), width=WIDTH)
            file.add_paragraph().add_run(printable(caption)).font.color.rgb = GREY
        case Entry(label, text, hint):
            paragraph = file.add_paragraph()
            paragraph.add_run(printable(label)).bold = True
            paragraph.add_run("\n")
            said = paragraph.add_run(printable(text or hint))
            if not text:
                said.font.color.rgb = GREY


def _link(run: Run, url: str) -> None:
    """Make a link of a run; Word finds the address beside the text."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), run.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run.font.color.rgb, run.font.underline = BLUE, True
    element = run.element
    element.addprevious(link)
    link.append(element)


def _table(file: File, table: Table) -> None:
    grid = _grid(file, 1 + len(table.rows), len(table.header))
    # Row by row: asked for a single cell, python-docx reads the whole table.
    for number, (row, texts) in enumerate(zip(grid.rows, (table.header, *table.rows), strict=True)):
        for j, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            _write(cell, text, bold=number == 0, right=j in table.numbers)


def _grid(file: File, rows: int, columns: int) -> Grid:
    grid: Grid = file.add_table(rows=rows, cols=columns, style="Light Grid Accent 1")
    grid.autofit = True
    return grid


def _write(cell: Cell, text: str, *, bold: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(printable(text))
    run.font.size, run.bold = Pt(9), bold
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def printable(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return "".join(sign for sign in text if sign in "\t\n" or sign >= " ")
