"""A page as the HTML part of a mail: inline styles and tables only, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from alerts.rendering.sheet import Section, Sheet, Style
from alerts.rendering.words import Link

_FONT: Final = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
_MONO: Final = "Menlo,Consolas,'Noto Sans Mono CJK SC',monospace"
_GREY: Final = "#57606a"


def html(words: Sheet, *, link: Link | None = None, picture: str | None = None) -> str:
    """The whole sheet as one HTML document, with a link to answer it and a picture of that content id."""
    return "\n".join(_document(words, link, picture)) + "\n"


def _document(words: Sheet, link: Link | None, picture: str | None) -> Iterator[str]:
    lang = "zh-CN" if words.language == "zh" else words.language
    yield f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{escape(words.headline)}</title></head>"
    yield f'<body style="margin:0;padding:12px;background:#f3f4f6;font:16px/1.5 {_FONT};color:#1f2328">'
    yield '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
    yield (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        'style="max-width:600px;background:#ffffff;border-radius:8px;border-top:4px solid #c62828;'
        'text-align:left">'
    )
    style = "padding:16px 16px 4px;font-size:20px;font-weight:600"
    yield f'<tr><td style="{style}">{escape(words.headline)}</td></tr>'
    for notice in words.notices:
        style = "padding:8px 12px;background:#fff4ce;border-radius:6px;font-size:14px"
        yield f'<tr><td style="padding:4px 16px"><div style="{style}">{escape(notice)}</div></td></tr>'
    if link is not None:
        style = "display:inline-block;padding:10px 16px;border-radius:6px;background:#1f6feb;color:#ffffff"
        yield f'<tr><td style="padding:8px 16px"><a href="{escape(link.url)}" style="{style};'
        yield f'text-decoration:none;font-weight:600">{escape(link.text)}</a></td></tr>'
    if picture is not None:
        style = "width:100%;max-width:568px;height:auto;border:0"
        yield f'<tr><td style="padding:8px 16px"><img src="cid:{escape(picture)}" alt="" style="{style}">'
        yield "</td></tr>"
    for section in words.sections:
        yield f'<tr><td style="padding:8px 16px">{"".join(_section(section))}</td></tr>'
    yield (
        f'<tr><td style="padding:8px 16px 16px;font-size:12px;color:{_GREY}">{escape(words.footer)}</td></tr>'
        "</table></td></tr></table></body></html>"
    )


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield f'<div style="font-weight:600;margin:4px 0">{escape(section.title)}</div>'
    if section.style is Style.FACTS:
        yield from _table(section, label=f"color:{_GREY};font-size:14px;white-space:nowrap", text="")
    elif section.style is Style.CHART:
        mono = f"font:13px/1.4 {_MONO}"
        yield from _table(
            section, label=f"color:{_GREY};{mono};white-space:nowrap", text=f"{mono};color:#c62828"
        )
    else:
        tag = "ol" if section.style is Style.STEPS else "ul"
        items = "".join(f'<li style="margin:2px 0">{escape(text)}</li>' for _, text in section.rows)
        yield f'<{tag} style="margin:0;padding-left:22px">{items}</{tag}>'


def _table(section: Section, *, label: str, text: str) -> Iterator[str]:
    yield '<table role="presentation" cellpadding="0" cellspacing="0">'
    for name, value in section.rows:
        yield (
            f'<tr><td valign="top" style="padding:1px 12px 1px 0;{label}">{escape(name)}</td>'
            f'<td valign="top" style="padding:1px 0;overflow-wrap:anywhere;{text}">{escape(value)}</td></tr>'
        )
    yield "</table>"
