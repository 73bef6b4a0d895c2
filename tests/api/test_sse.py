import json

import pytest

from api import sse

pytestmark = pytest.mark.unit


def test_an_event_is_one_line_of_data_with_its_id():
    data = json.dumps({"message": "one\ntwo\r\u2028three"})
    frame = sse.frame(data, event_id=7).decode()
    assert frame == f"id: 7\ndata: {data}\n\n"
    assert frame.count("\n") == 3


def test_fleeting_events_have_a_name_and_no_id():
    assert sse.frame("{}", event="typing") == b"event: typing\ndata: {}\n\n"


def test_heartbeats_are_comments():
    assert sse.HEARTBEAT.startswith(b":")
