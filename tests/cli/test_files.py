import pytest

from cli.files import kept_secret, last_lines, put_aside, write_private

pytestmark = pytest.mark.unit


def test_a_secret_is_made_up_once_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "deep" / "secret"
    assert kept_secret(file) == kept_secret(file)
    assert len(kept_secret(file)) >= 32
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path):
    write_private(tmp_path / "a", "one")
    write_private(tmp_path / "a", "two")
    assert (tmp_path / "a").read_text() == "two"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_the_end_of_a_log(tmp_path):
    log = tmp_path / "log"
    assert last_lines(log) == ""
    log.write_bytes(b"1\n2\n\xff3\n")
    assert last_lines(log, 2) == "2\n\ufffd3"


def test_a_log_that_grew_is_put_aside(tmp_path):
    log = tmp_path / "api.log"
    put_aside(log, 3)
    log.write_text("abc")
    put_aside(log, 3)
    assert log.exists()
    log.write_text("abcd")
    put_aside(log, 3)
    assert not log.exists()
    assert (tmp_path / "api.log.1").read_text() == "abcd"
