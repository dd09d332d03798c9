"""Places that files are written to from Python: links, permissions, pipes, devices, folders that are shut."""

from __future__ import annotations

import os
import stat
import threading

import numpy as np
import pytest

import gradstop

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices as POSIX has them")


@pytest.fixture(scope="module")
def detector():
    return gradstop.RDP(epochs=1).fit(np.random.default_rng(0).normal(size=(50, 3)))


WAYS = {
    "save": lambda detector, path: detector.save(path),
    "report": lambda detector, path: detector.report(np.zeros((4, 3)), path),
    "export_onnx": lambda detector, path: detector.export_onnx(path),
}


@pytest.fixture(params=WAYS)
def write(request, detector):
    return lambda path: WAYS[request.param](detector, path)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_permissions_are_those_that_were_there(write, tmp_path):
    path = tmp_path / "file"
    for wanted in (0o600, 0o644, 0o660):
        path.write_text("old")
        path.chmod(wanted)
        write(path)
        assert mode(path) == wanted
        assert path.read_bytes() != b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_stays_and_what_it_leads_to_is_replaced_or_made(write, tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("made")
    write(tmp_path / "link")
    write(tmp_path / "dangling")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert (tmp_path / "real").read_bytes() == (tmp_path / "made").read_bytes() != b"old"


def test_a_pipe_is_written_to_and_not_replaced(write, tmp_path):
    write(tmp_path / "file")
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert read == [(tmp_path / "file").read_bytes()]
    assert pipe.is_fifo()


def test_a_pipe_that_nobody_reads_is_an_error_and_no_wait_without_end(detector, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TimeoutError, match="nobody reads"):
        detector.save(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_is_written_to_and_not_replaced(write, tmp_path):
    # Nodes of our own: the system's would be lost to the whole machine were they replaced.
    full, null = tmp_path / "full", tmp_path / "null"
    try:
        os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        null.write_bytes(b"")
    except OSError:
        pytest.skip("only the superuser makes devices")
    with pytest.raises(OSError, match="No space left on device") as raised:
        write(full)
    assert raised.value.errno == 28
    write(null)
    assert full.is_char_device() and null.is_char_device()
    assert sorted(os.listdir(tmp_path)) == ["full", "null"]


def test_places_where_no_file_can_be_are_told_apart(write, tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "no" / "file")
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
    (tmp_path / "file").write_text("old")
    with pytest.raises(NotADirectoryError):
        write(tmp_path / "file" / "below")
    (tmp_path / "shut").mkdir(mode=0o555)
    # The superuser writes anywhere: then there is nothing to see here.
    if not os.access(tmp_path / "shut", os.W_OK):
        with pytest.raises(PermissionError):
            write(tmp_path / "shut" / "file")
    assert (tmp_path / "file").read_text() == "old"
