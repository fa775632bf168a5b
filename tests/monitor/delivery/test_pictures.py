"""Pictures are drawn beside what sends, one after the other, and a picture that fails costs no words."""

import threading

from process import PATIENCE, eventually

from alerts.incidents.event import Event, Kind
from alerts.incidents.transitions import opened
from monitor.delivery.pictures import MOST_WAITING, Pictures
from monitor.storage.threads import Thread

INCIDENT = opened(Event("e0", Kind.OPENED, 10, level="三级预警", node=("mobile",)), id=1)


def thread(address):
    return Thread(1, "slack", address, "C1/1.0", "p1", "zh", 1, 0)


def test_a_picture_is_there_once_and_knows_for_whom():
    pictures = Pictures()
    pictures.draw = lambda incident, language: f"{incident.id} {language}".encode()
    pictures.ask(thread("C1"), INCIDENT)
    assert pictures.take() == (thread("C1"), INCIDENT, b"1 zh")
    assert pictures.take() is None


def test_who_asks_does_not_wait_where_there_is_a_thread_for_it():
    let_go = threading.Event()
    pictures = Pictures()
    pictures.background = True

    def draw(_incident, _language):
        let_go.wait(PATIENCE)
        return b"png"

    pictures.draw = draw
    for i in range(3):
        pictures.ask(thread(f"C{i}"), INCIDENT)
    assert pictures.take() is None
    let_go.set()
    found = [eventually(pictures.take)[0].address for _ in range(3)]
    assert found == ["C0", "C1", "C2"]


def test_a_picture_that_cannot_be_drawn_is_left_out_and_the_next_is_drawn():
    pictures = Pictures()
    answers = iter([ValueError("no hours"), None, b"png"])

    def draw(_incident, _language):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    pictures.draw = draw
    for address in ("C1", "C2", "C3"):
        pictures.ask(thread(address), INCIDENT)
    assert pictures.take()[0].address == "C3"
    assert pictures.take() is None


def test_of_very_many_the_oldest_are_left_out():
    pictures = Pictures()
    pictures.draw = lambda *_: b"png"
    for i in range(MOST_WAITING + 5):
        pictures.ask(thread(f"C{i}"), INCIDENT)
    assert pictures.take()[0].address == "C5"
