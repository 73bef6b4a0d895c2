import io
import tarfile
from pathlib import Path

import pytest

from cli.servers.go_build import go_version
from cli.servers.temporal_binary import find_temporal, new_enough, unpack

pytestmark = pytest.mark.unit

SAYS_ITS_VERSION = "#!/bin/sh\necho 'temporal version 1.5.1 (Server {server}, UI 2.42.1)'\n"


def program(path: Path, server: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SAYS_ITS_VERSION.format(server=server))
    path.chmod(0o755)
    return path


def test_the_one_on_path_is_taken_if_it_is_new_enough(tmp_path, monkeypatch):
    mine = program(tmp_path / "path" / "temporal", "1.29.1")
    monkeypatch.setenv("PATH", f"{mine.parent}:/bin:/usr/bin")
    assert find_temporal(tmp_path / "state", pytest.fail) == mine


def test_an_old_one_is_passed_over_for_the_cached_one(tmp_path, monkeypatch):
    old = program(tmp_path / "path" / "temporal", "1.20.0")
    cached = program(tmp_path / "state" / "bin" / "temporal", "1.29.1")
    monkeypatch.setenv("PATH", f"{old.parent}:/bin:/usr/bin")
    assert find_temporal(tmp_path / "state", pytest.fail) == cached


@pytest.mark.parametrize("text", ["", "temporal version 0.9", "Server ?"])
def test_a_version_that_cannot_be_read_is_not_new_enough(text):
    assert not new_enough(text)


def test_an_archive_is_unpacked_whole(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("temporal")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"code"))
    unpack(packed.getvalue(), tmp_path / "temporal")
    assert (tmp_path / "temporal").read_bytes() == b"code"
    assert (tmp_path / "temporal").stat().st_mode & 0o111
    with pytest.raises(tarfile.TarError):
        unpack(b"<html>", tmp_path / "other")


@pytest.mark.parametrize(
    ("said", "version"), [("go version go1.19.8 linux/amd64", (1, 19)), ("go version devel", (0, 0))]
)
def test_go_tells_its_version(said, version):
    assert go_version(said) == version
