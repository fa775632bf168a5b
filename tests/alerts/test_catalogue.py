import re

import pytest

from alerts.catalogue import LANGUAGES, PLURAL, Sentence, in_language, placeholders, say, wording

KEYS = sorted({key for language in LANGUAGES for key in wording(language)})


@pytest.mark.parametrize("key", KEYS)
def test_every_text_is_there_in_every_language_with_the_same_facts(key):
    entries = [wording(language).get(key) for language in LANGUAGES]
    assert all(entries), f"{key} is missing or empty"
    needed = {placeholders(entry) - {"n"} for entry in entries}
    assert len(needed) == 1
    # Chinese has one form, so that only a count itself may be left out of a plural.
    assert len({"n" in placeholders(entry) for entry in entries if isinstance(entry, str)}) <= 1


def test_chinese_is_chinese_and_english_is_not():
    han = re.compile(r"[\u4e00-\u9fff]")
    for key, entry in wording("en").items():
        forms = [entry] if isinstance(entry, str) else entry.values()
        assert not any(han.search(form) for form in forms), key
    said = [e for e in wording("zh").values() if isinstance(e, str) and re.sub(r"\{[^}]*\}|\W|\d", "", e)]
    assert all(han.search(entry) for entry in said if "{" not in entry)


def test_one_ticket_is_not_one_tickets():
    facts = {"window": "today", "threshold": 1}
    assert say("en", "count.daily_threshold", n=1, **facts) == "1 ticket today (limit 1)"
    assert say("en", "count.daily_threshold", n=1_234, **facts) == "1,234 tickets today (limit 1)"


def test_a_missing_text_names_the_file_to_mend():
    with pytest.raises(
        LookupError, match=r"the catalogue has no page\.x in zh; add it to alerts/wording/zh\.toml"
    ):
        say("zh", "page.x")
    with pytest.raises(LookupError, match='no language "fr"; the catalogue has: zh, en'):
        say("fr", "label.where")


def test_plurals_have_both_forms():
    for language in LANGUAGES:
        for entry in wording(language).values():
            assert isinstance(entry, str) or set(entry) == PLURAL


def test_a_label_with_braces_is_printed_as_it_is():
    assert say("en", "body.told", role="{role}", contact="{0}") == "{role}: {0}"


def test_a_sentence_is_english_text_that_can_be_said_in_another_language_with_all_that_is_in_it():
    lack = Sentence("trouble.slack_lack.send")
    said = Sentence("trouble.slack.lacks_scope", scope="chat:write", lack=lack)
    assert said.startswith("the token lacks the scope chat:write, so that it cannot send pages; add it")
    assert in_language(said, "zh").startswith("令牌缺少权限 chat:write，因此无法发送通知；")
    assert in_language(said, "en") == said
    assert in_language("somebody else's words", "zh") == "somebody else's words"
