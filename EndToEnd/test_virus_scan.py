"""Uploads are shown to a real clamd before they are kept; it knows one made-up virus."""
import os
import shutil
import struct
import subprocess
import urllib.error
import urllib.request
import zlib

import pytest

from conftest import create_owner, open_api
from servers import BINARY, Running, Throughline, let_others_reach

# No scanner elsewhere knows it; ours is told of it by a signature of its own.
MARK = b"harbour-tea-made-up-virus"


def png(comment):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    rows = (b"\0" + b"\x30\x60\x90" * 8) * 8
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
            + chunk(b"tEXt", b"Comment\0" + comment) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


class Clamd(Running):
    """ClamAV's daemon on a socket of its own, with nothing but our signature."""

    def __init__(self, folder):
        program = shutil.which("clamd") or "/usr/sbin/clamd"
        if not os.path.exists(program):
            if os.environ.get("CI"):
                pytest.fail("clamd must run in continuous integration")
            pytest.skip("clamd is not installed; run: make setup-test")
        self.socket = folder / "clamd.ctl"
        knowledge = folder / "signatures"
        knowledge.mkdir(exist_ok=True)
        (knowledge / "own.ndb").write_text(f"Made.Up.Virus:0:*:{MARK.hex()}\n")
        (folder / "clamd.conf").write_text(
            f"Foreground yes\nLocalSocket {self.socket}\nDatabaseDirectory {knowledge}\n"
            "StreamMaxLength 1M\nUser root\n")
        super().__init__([program, "--config-file", folder / "clamd.conf"], "clamd")
        self.wait_for(self.socket.exists, "listening")


@pytest.fixture
def clamd(tmp_path):
    let_others_reach(tmp_path)
    scanner = Clamd(tmp_path)
    yield scanner
    scanner.stop()


@pytest.fixture
def scanned(tmp_path, browser, clamd):
    server = Throughline(tmp_path / "data", None, "--virus-scanner", f"unix:{clamd.socket}")
    create_owner(browser, server)
    yield server
    server.stop()


def upload(server, data):
    api = open_api(server)
    request = urllib.request.Request(
        f"{api['base']}/workspaces/{server.workspace}/pictures", data, method="POST",
        headers={"authorization": f"Bearer {api['token']}", "x-file-name": "tea.png",
                 "content-type": "application/octet-stream"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def kept(server):
    return [path for path in (server.folder / "media").rglob("*") if path.is_file()]


def checkup(*options):
    done = subprocess.run(
        [BINARY, "doctor", *map(str, options)], capture_output=True, text=True, timeout=60)
    return next(line for line in done.stdout.splitlines() if "virus scanner" in line)


def test_a_file_with_a_virus_is_not_kept_and_a_clean_one_is(scanned, clamd):
    status, said = upload(scanned, png(MARK))
    assert status == 422 and "Made.Up.Virus" in said, said
    assert kept(scanned) == []
    assert upload(scanned, png(b"only tea"))[0] == 201
    assert len(kept(scanned)) == 1
    assert "Made.Up.Virus" in scanned.output()


def test_without_an_answer_nothing_is_kept_until_the_scanner_is_back(scanned, clamd):
    clamd.stop()
    status, said = upload(scanned, png(b"only tea"))
    assert status == 503 and "does not answer" in said, said
    assert kept(scanned) == []
    again = Clamd(clamd.socket.parent)
    try:
        assert upload(scanned, png(b"only tea"))[0] == 201
    finally:
        again.stop()


def test_the_composer_says_what_was_found(scanned, context, tmp_path):
    context.add_cookies(scanned.cookies)
    page = context.new_page()
    page.goto(f"{scanned.home}/posts/new")
    (tmp_path / "tea.png").write_bytes(png(MARK))
    page.set_input_files("#picture-file", tmp_path / "tea.png")
    page.get_by_text("The virus scanner found “Made.Up.Virus.UNOFFICIAL” in this file").wait_for()


def test_doctor_asks_the_scanner_who_it_is(clamd, tmp_path):
    place = ["--data", tmp_path / "data"]
    assert "ClamAV" in checkup(*place, "--virus-scanner", f"unix:{clamd.socket}")
    assert "does not answer" in checkup(*place, "--virus-scanner", "tcp://127.0.0.1:9")
    assert "not set" in checkup(*place)
