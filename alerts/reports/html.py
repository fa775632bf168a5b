"""A report as one HTML file that needs nothing else: pictures inside, readable on a phone, printable."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Final

from alerts.reports.document import Block, Document, Entry, Facts, Heading, Paragraph, Picture, Table

STYLE: Final = """
body { font: 16px/1.6 "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; color: #222;
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.3; margin-bottom: .2rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; border-bottom: 2px solid #3b6ea5; padding-bottom: .2rem; }
.subtitle, footer, figcaption { color: #666; font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid #ddd; padding: .3rem .6rem; text-align: left; vertical-align: top;
         overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
th:has(+ td) { width: 1%; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; }
figure { margin: 1rem 0; }
.entry { border-left: 4px solid #f0b35a; padding: .2rem .8rem; margin: .6rem 0; white-space: pre-wrap; }
.entry b { display: block; }
.hint { color: #999; }
footer { margin-top: 3rem; border-top: 1px solid #ddd; padding-top: .5rem; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } tr, figure { break-inside: avoid; } }
"""
LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}


def html_report(document: Document) -> bytes:
    """The file, in UTF-8."""
    return "\n".join(_page(document)).encode()


def _page(document: Document) -> Iterator[str]:
    language = LANGUAGES.get(document.language, document.language)
    yield f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f'<h1>{escape(document.title)}</h1>\n<p class="subtitle">{escape(document.subtitle)}</p>'
    for block in document.blocks:
        yield from _block(block)
    yield f"<footer>{escape(document.footer)}</footer>\n</body>\n</html>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield f"<h2>{escape(text)}</h2>"
        case Paragraph(text, url):
            said = f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)
            yield f"<p>{said}</p>"
        case Facts(rows):
            cells = "\n".join(
                f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in rows
            )
            yield f"<table>\n{cells}\n</table>"
        case Table():
            yield from _table(block)
        case Picture(png, caption):
            source = f"data:image/png;base64,{b64encode(png).decode()}"
            yield f'<figure><img src="{source}" alt="{escape(caption)}">'
            yield f"<figcaption>{escape(caption)}</figcaption></figure>"
        case Entry(label, text, hint):
            filled = escape(text) if text else f'<span class="hint">{escape(hint)}</span>'
            yield f'<div class="entry"><b>{escape(label)}</b>{filled}</div>'


def _table(table: Table) -> Iterator[str]:
    def row(cells: tuple[str, ...], tag: str) -> str:
        classes = [' class="number"' if i in table.numbers else "" for i in range(len(cells))]
        inner = "".join(f"<{tag}{c}>{escape(cell)}</{tag}>" for c, cell in zip(classes, cells, strict=True))
        return f"<tr>{inner}</tr>"

    yield f'<div class="wide"><table>\n<thead>{row(table.header, "th")}</thead>\n<tbody>'
    yield from (row(cells, "td") for cells in table.rows)
    yield "</tbody></table></div>"
