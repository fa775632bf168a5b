import re
from string import Formatter

import pytest

from alerts.catalogue import (
    LANGUAGES,
    PLURAL,
    Sentence,
    from_json,
    in_language,
    placeholders,
    say,
    to_json,
    wording,
)

KEYS = sorted(
    # What lower packages say is English where they say it: tests/connectors/test_said.py.
    {key for language in LANGUAGES for key in wording(language) if not key.startswith("said.")}
)


@pytest.mark.parametrize("key", KEYS)
def test_every_text_is_there_in_every_language_with_the_same_facts(key):
    entries = [wording(language).get(key) for language in LANGUAGES]
    assert all(entries), f"{key} is missing or empty"
    needed = {placeholders(entry) - {"n"} for entry in entries}
    if key.startswith("trouble.source."):
        # A connector's own sentence is English; other languages have words for its cause.
        assert wording("en")[key] == "{said}"
        return
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


TROUBLES = [key for key in KEYS if key.startswith("trouble.")]


@pytest.mark.parametrize("key", TROUBLES)
def test_a_sentence_that_was_stored_is_the_same_in_every_language(key):
    inner = Sentence("trouble.network.timeout")
    facts = dict.fromkeys(placeholders(wording("en")[key]) | placeholders(wording("zh")[key]), inner)
    stored = from_json(to_json(Sentence(key, **facts)))
    assert [in_language(stored, language) for language in LANGUAGES] == [
        in_language(Sentence(key, **facts), language) for language in LANGUAGES
    ]


@pytest.mark.parametrize("key", TROUBLES)
def test_what_is_wrong_with_a_channel_is_chinese_for_chinese_readers(key):
    text = say("zh", key, **dict.fromkeys(placeholders(wording("zh")[key]), ""))
    words = "".join(literal for literal, *_ in Formatter().parse(text))
    # Names of options, of codes and of what one sees in Slack's own pages are no sentences.
    assert not re.search(r"[a-z]+ (is|was|the|not|cannot|to|for) [a-z]+", words)


def test_what_was_stored_as_text_stays_text_and_an_unknown_key_is_told_as_it_was_said():
    for text in ("550 no such user", "", '{"said": broken', '{"not": "ours"}', "[1]"):
        assert from_json(text) == text
    later = '{"said": "the moon is down", "key": "trouble.moon.down", "facts": {}}'
    assert from_json(later) == "the moon is down"
    other_facts = '{"said": "as it was", "key": "trouble.slack.is_archived", "facts": {}}'
    assert from_json(other_facts) == "as it was"


def test_what_others_say_is_kept_beside_the_sentence_and_not_in_it():
    said = Sentence("trouble.console.closed").heard("  [Errno 32] Broken pipe\n")
    assert said.raw == "[Errno 32] Broken pipe"
    assert said == Sentence("trouble.console.closed")
    assert "Errno" not in to_json(said)
