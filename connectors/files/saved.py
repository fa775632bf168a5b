"""Files that somebody has saved by hand, in a spreadsheet or an editor: as text, whatever that writes."""

from __future__ import annotations


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark, or in GB18030, as in China.

    Raises UnicodeDecodeError where it is neither; its `start` is the place that GB18030 ends at.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")
