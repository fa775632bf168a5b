"""An endpoint begins and ends, whatever happens at the same moment."""

from http import HTTPStatus

import pytest
from process import PATIENCE

from connectors.receiving.endpoint import Endpoint


@pytest.fixture
def endpoint():
    return Endpoint("127.0.0.1", 0, lambda _: (HTTPStatus.OK, {}), most=1_000)


def test_a_stop_that_comes_while_a_reply_wakes_the_loop_ends_it_once(endpoint):
    trigger = endpoint._server.trigger
    wake = trigger._physical_pull

    def woken_first_by_a_reply():
        wake()
        endpoint._thread.join(PATIENCE)  # the loop sees that it is to stop, and is gone before we wake it
        wake()

    trigger._physical_pull = woken_first_by_a_reply
    endpoint.stop()
    assert not endpoint._thread.is_alive()
