"""Reports on their way to a file, in the format that its name or the command line says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alerts.catalogue import Sentence
from alerts.reports.document import Document
from monitor.commands import CommandError, Exit

FORMATS: Final = ("html", "docx", "pdf")


def written(document: Document, file: Path) -> Path:
    """Write a report in the format that the file's name ends with: the file.

    Raises CommandError where there is no such format, or the file cannot be written.
    """
    content = _content(document, file.suffix.removeprefix(".").lower(), file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        said = Sentence("refused.unwritten", file=str(file), detail=error.strerror)
        raise CommandError(said, Exit.UNREACHABLE) from error
    return file


def _content(document: Document, ending: str, file: Path) -> bytes:
    # Each loads a library of its own.
    if ending == "html":
        from alerts.reports.html import html_report

        return html_report(document)
    if ending == "docx":
        from alerts.reports.docx import docx_report

        return docx_report(document)
    if ending == "pdf":
        from alerts.reports.pdf import pdf_report

        return pdf_report(document)
    raise CommandError(Sentence("refused.format", file=str(file), ending=ending, known=FORMATS), Exit.USAGE)
