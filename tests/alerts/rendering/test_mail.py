from html.parser import HTMLParser

from alerting import NOW, SHANGHAI, pages, plan, signal, trend
from hypothesis import given

from alerts.rendering.mail import html
from alerts.rendering.sheet import sheet
from alerts.respond import Context, respond

VOID = {"meta", "br"}


class Balanced(HTMLParser):
    """Every tag that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def words(page, language="zh"):
    return sheet(page, language=language, zone=SHANGHAI)


def test_a_mail_has_the_page_and_nothing_from_outside():
    context = Context(lambda _: trend(1, None, 3), sample=True)
    (page,) = respond([signal()], plan=plan(), now=NOW, context=context).pages
    text = html(words(page))
    assert '<html lang="zh-CN">' in text
    assert "移动业务 &gt; 5G套餐 &gt; 使用 &gt; 网络质量 &gt; 无信号" in text
    assert "width=device-width" in text
    assert "http" not in text
    assert "src=" not in text


@given(pages())
def test_any_page_is_whole_html_whatever_its_labels(page):
    parser = Balanced()
    parser.feed(html(words(page, "en")))
    parser.close()
    assert parser.open == []
    assert parser.seen <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "table",
        "tr",
        "td",
        "div",
        "ol",
        "ul",
        "li",
    }
