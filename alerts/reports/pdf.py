"""A report as a PDF, typeset by Typst with the shipped font. Typst is imported here, and needs no network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typst

from alerts.charts.font import FOLDER
from alerts.reports.document import Block, Document, Entry, Facts, Heading, Paragraph, Picture, Table

TEMPLATE: Final = Path(__file__).with_name("report.typ")


def pdf_report(document: Document) -> bytes:
    """The file. What is said goes to Typst as data, so that no label can be taken for markup."""
    made = _typeset(document, format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("Typst made no single file of a report")
    return made


def pages(document: Document, *, dots_per_inch: float = 80) -> list[bytes]:
    """The same pages as PNGs, to be looked at."""
    made = _typeset(document, format="png", ppi=dots_per_inch)
    return [made] if isinstance(made, bytes) else list(made or ())


def _typeset(document: Document, **how: Any) -> bytes | list[bytes] | None:
    with TemporaryDirectory(prefix="complaint-report-") as name:
        folder = Path(name)
        shutil.copy(TEMPLATE, folder)
        blocks = [_data(block, folder, i) for i, block in enumerate(document.blocks)]
        said = {
            "language": document.language,
            "title": document.title,
            "subtitle": document.subtitle,
            "blocks": blocks,
            "footer": document.footer,
        }
        (folder / "report.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        made: bytes | list[bytes] | None = typst.compile(
            folder / TEMPLATE.name, root=folder, font_paths=[FOLDER], **how
        )
    return made


def _data(block: Block, folder: Path, number: int) -> dict[str, Any]:
    match block:
        case Heading(text):
            return {"kind": "heading", "text": text}
        case Paragraph(text, url):
            return {"kind": "paragraph", "text": text, "url": url}
        case Facts(rows):
            return {"kind": "facts", "rows": rows}
        case Table(header, rows, numbers):
            return {"kind": "table", "header": header, "rows": rows, "numbers": sorted(numbers)}
        case Picture(png, caption):
            file = folder / f"picture-{number}.png"
            file.write_bytes(png)
            return {"kind": "picture", "file": file.name, "caption": caption}
        case Entry(label, text, hint):
            return {"kind": "entry", "label": label, "text": text, "hint": hint}
