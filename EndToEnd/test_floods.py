"""Rude peers: floods, drips, gigabytes, thousands of idle connections. Memory stays bounded,
everybody else is served. Bounds are of memory, as the kernel counts it, and of what is answered."""
import contextlib
import json
import re
import resource
import select
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import create_owner, open_api
from servers import Throughline, status_of

MB = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def many_files():
    """Lets this process open as many sockets as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def guarded(tmp_path, browser):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


def resident(server):
    """Bytes of memory that the process holds."""
    with open(f"/proc/{server.process.pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def descriptors(server):
    listing = subprocess.run(
        ["ls", f"/proc/{server.process.pid}/fd"], capture_output=True, text=True, check=True)
    return len(listing.stdout.split())


class Watch:
    """Asks the server again and again from outside the flood, and notes the most memory."""

    def __init__(self, server):
        self.server = server
        self.most = self.before = resident(server)
        self.answers = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self.done.is_set():
            self.most = max(self.most, resident(self.server))
            self.answers.append(status_of(self.server.url + "/livez"))
            self.done.wait(0.1)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.most = max(self.most, resident(self.server))

    @property
    def growth(self):
        return self.most - self.before


def connect(server, host="127.0.0.1", timeout=60):
    return socket.create_connection((host, server.port), timeout=timeout)


def answer(connection):
    """Everything the server says until it closes."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            said += part
    return said


def send_until_refused(connection, pieces):
    """Sends as long as the server takes it; returns the bytes that were taken."""
    sent = 0
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def cookie(server):
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)


def upload_head(server, length, signed_in=True):
    size = f"Content-Length: {length}" if length else "Transfer-Encoding: chunked"
    session = f"Cookie: {cookie(server)}\r\n" if signed_in else ""
    return (
        f"POST /w/{server.workspace}/pictures HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"{session}Sec-Fetch-Site: same-origin\r\nContent-Type: image/png\r\n{size}\r\n\r\n"
    ).encode()


def chunks(total, size=MB):
    piece = b"x" * size
    for _ in range(total // size):
        yield b"%x\r\n" % size + piece + b"\r\n"


# -- headers

FLOODS = {
    "fields": lambda: (b"X-%d: y\r\n" % number for number in range(2_000_000)),
    "one long field": lambda: [b"X: "] + [b"y" * 65536] * 1000,
    "a long address": lambda: [b"z" * 65536] * 1000,
    "folded fields": lambda: [b"X: y\r\n"] + [b" y\r\n" * 10_000] * 500,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_header_flood_is_refused_and_forgotten(guarded, flood):
    with Watch(guarded) as watch:
        for _ in range(5):
            with connect(guarded) as connection:
                start = b"GET /" if flood == "a long address" else b"GET / HTTP/1.1\r\nHost: x\r\n"
                connection.sendall(start)
                sent = send_until_refused(connection, FLOODS[flood]())
                said = answer(connection)
                assert sent < 64 * MB
                assert not said or said.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")), said[:200]
    assert watch.growth < 96 * MB
    assert set(watch.answers) == {200}


def test_a_long_header_is_told_so(guarded):
    with connect(guarded) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n")
        said = answer(connection)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert json.loads(said.split(b"\r\n\r\n", 1)[1])["code"] == "door.header"


def test_many_fields_within_the_size_are_refused_too(guarded):
    with connect(guarded) as connection:
        fields = b"".join(b"a%d: b\r\n" % number for number in range(200))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 431 ")


def test_trailers_are_counted_like_headers(guarded):
    with connect(guarded) as connection:
        connection.sendall(
            b"POST /t/e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        send_until_refused(connection, (b"X-%d: y\r\n" % number for number in range(500_000)))
        answer(connection)
    assert status_of(guarded.url + "/livez") == 200


def test_what_is_no_http_is_told_so(guarded):
    with connect(guarded) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 400 ")


def test_many_half_headers_take_bounded_memory_and_are_given_up(guarded):
    with Watch(guarded) as watch, contextlib.ExitStack() as stack:
        half = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 15_000 + b"\r\n"
        held = []
        for _ in range(2000):
            connection = stack.enter_context(connect(guarded))
            connection.sendall(half)
            held.append(connection)
        said = answer(held[0])
        assert said.startswith(b"HTTP/1.1 408 "), said
        assert all(answer(connection)[:13] == b"HTTP/1.1 408 " for connection in held[1:50])
    assert watch.growth < 256 * MB
    assert set(watch.answers) == {200}


# -- bodies

def test_a_dripped_header_and_a_dripped_body_end_and_nobody_waits(guarded):
    with Watch(guarded) as watch, connect(guarded) as head, connect(guarded) as body:
        head.sendall(b"GET / HTTP/1.1\r\n")
        body.sendall(upload_head(guarded, 500_000))
        over = threading.Event()

        def drip(connection, byte):
            while not over.wait(0.3):
                try:
                    connection.sendall(byte)
                except OSError:
                    return

        for connection, byte in ((head, b"X"), (body, b"y")):
            threading.Thread(target=drip, args=(connection, byte), daemon=True).start()
        assert answer(head).startswith(b"HTTP/1.1 408 ")
        said = answer(body)
        over.set()
        assert said.startswith(b"HTTP/1.1 422 ") and b"body-too-slow" in said, said
    assert set(watch.answers) == {200}


@pytest.mark.parametrize("length", [1 << 30, None])
def test_a_gigabyte_is_refused_early(guarded, length):
    with Watch(guarded) as watch, connect(guarded) as connection:
        connection.sendall(upload_head(guarded, length))
        pieces = chunks(1 << 30) if length is None else (b"x" * MB for _ in range(1024))
        sent = send_until_refused(connection, pieces)
        said = answer(connection)
        assert sent < 200 * MB
        assert not said or said.startswith(b"HTTP/1.1 413 "), said[:200]
    assert watch.growth < 128 * MB
    assert set(watch.answers) == {200}


def test_who_reads_the_refusal_gets_it_whole(guarded):
    with connect(guarded) as connection:
        connection.sendall(upload_head(guarded, 1 << 30))
        said = answer(connection)
    assert said.startswith(b"HTTP/1.1 413 ") and b"connection: close" in said.lower()
    assert json.loads(said.split(b"\r\n\r\n", 1)[1])["code"] == "too-large"


def test_a_gigabyte_from_a_stranger_is_not_read(guarded):
    with connect(guarded) as connection:
        connection.sendall(upload_head(guarded, 1 << 30, signed_in=False))
        sent = send_until_refused(connection, (b"x" * MB for _ in range(1024)))
        answer(connection)
        assert sent < 200 * MB


def test_a_small_body_after_an_early_answer_keeps_the_connection(guarded):
    with connect(guarded) as connection:
        connection.sendall(upload_head(guarded, 10_000, signed_in=False))
        time.sleep(0.2)
        connection.sendall(b"x" * 10_000 + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = answer(connection)
    assert said.count(b"HTTP/1.1 ") == 2 and b"HTTP/1.1 200 " in said


def test_many_large_bodies_share_a_bounded_memory(guarded):
    with Watch(guarded) as watch, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(guarded)) for _ in range(60)]
        for connection in connections:
            connection.sendall(upload_head(guarded, 15 * MB))
        for _ in range(14):
            for connection in connections:
                send_until_refused(connection, [b"x" * MB])
        refused = []
        for connection in connections:
            connection.settimeout(2)
            with contextlib.suppress(OSError):
                refused.append(connection.recv(4096))
        assert any(b"busy-uploads" in said for said in refused)
    assert watch.growth < 900 * MB / 2
    assert set(watch.answers) == {200}


# -- connections

def test_ten_thousand_idle_connections_leave_room_for_others(tmp_path, browser, many_files):
    wanted = min(10_000, many_files - 500)
    server = Throughline(tmp_path / "data")
    before = descriptors(server)
    with Watch(server) as watch, contextlib.ExitStack() as stack:
        for _ in range(wanted):
            stack.enter_context(connect(server))
        # A newcomer among ten thousand is served, page and all.
        for _ in range(20):
            assert status_of(server.url + "/docs/problems") == 200
        assert descriptors(server) < 4096 + before + 50
    assert watch.growth < 300 * MB
    assert set(watch.answers) == {200}
    server.wait_for(lambda: descriptors(server) < before + 50, "closing what the peers closed")
    assert server.stop() == 0, server.output()


def test_when_all_places_work_a_newcomer_is_told_to_come_back(tmp_path, browser):
    server = Throughline(tmp_path / "data", None, "--max-connections", "16")
    create_owner(browser, server)
    ask = (
        f"GET /w/{server.workspace}/live HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Cookie: {cookie(server)}\r\n\r\n").encode()
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            connection = stack.enter_context(connect(server))
            connection.sendall(ask)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        late = stack.enter_context(connect(server))
        said = answer(late)
        assert said.startswith(b"HTTP/1.1 503 ") and b"retry-after" in said.lower()
        assert json.loads(said.split(b"\r\n\r\n", 1)[1])["code"] == "door.full"
    server.wait_for(lambda: status_of(server.url + "/livez") == 200, "serving again")
    assert server.stop() == 0, server.output()


def ask_api(server, path, **headers):
    """The status, the headers and the answer of the API."""
    request = urllib.request.Request(f"{server.url}/api/v1{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.headers, json.loads(reply.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, json.loads(refusal.read())


def test_a_caller_who_asks_too_often_is_slowed_down_and_nobody_else(tmp_path, browser):
    server = Throughline(tmp_path / "data", None, "--requests-per-second", "2")
    create_owner(browser, server)
    flooder, other = (
        {"authorization": f"Bearer {open_api(server)['token']}"} for _ in range(2))
    allowed = 0
    while True:
        status, headers, problem = ask_api(server, "/me", **flooder)
        if status != 200:
            break
        allowed += 1
        assert headers["ratelimit-policy"] == '"caller";q=120;w=60'
        assert int(re.search(r";r=(\d+);", headers["ratelimit"]).group(1)) < 120
        assert allowed < 100_000, "never refused"
    assert allowed >= 120
    assert (status, problem["code"]) == (429, "access.rate")
    assert headers.get_content_type() == "application/problem+json"
    assert headers["retry-after"] == "1" and ";r=0;" in headers["ratelimit"]
    # Another token of the same person, and the person's own browser, are served.
    assert ask_api(server, "/me", **other)[0] == 200
    browser_headers = {"cookie": cookie(server)}
    assert ask_api(server, "/me", **browser_headers)[0] == 200
    pages = [urllib.request.Request(server.home, headers=browser_headers)] * 150
    for page in pages:
        with urllib.request.urlopen(page, timeout=30) as reply:
            assert reply.status == 200 and "ratelimit" not in reply.headers
    server.wait_for(lambda: ask_api(server, "/me", **flooder)[0] == 200, "serving it again")
    assert server.stop() == 0, server.output()


def speaking(connections):
    """Those on which the server has said something."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    numbers = {number for number, _ in poll.poll(0)}
    return [connection for connection in connections if connection.fileno() in numbers]


def own_address():
    """This machine's address that is not loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # documentation range; nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return None


def test_one_address_does_not_take_all_places(tmp_path):
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine has no address besides loopback")
    server = Throughline(tmp_path / "data", None, "--host", "0.0.0.0")
    with contextlib.ExitStack() as stack:
        # Which of them are refused is up to the order in which they are accepted.
        held = [stack.enter_context(connect(server, address)) for _ in range(266)]
        server.wait_for(
            lambda: len(speaking(held)) >= 10, "refusing ten", seconds=30)
        assert len(speaking(held)) == 10
        said = answer(speaking(held)[0])
        assert said.startswith(b"HTTP/1.1 429 ") and b"door.connections" in said
        assert status_of(server.url + "/livez") == 200
    assert server.stop() == 0, server.output()


def test_peers_that_do_not_read_are_given_up(guarded):
    with urllib.request.urlopen(guarded.url + "/sign-in") as sign_in:
        words = sign_in.read().decode().split('"')
    assets = [word for word in words if word.startswith("/assets/") and word.endswith(".css")]
    ask = f"GET {assets[0]} HTTP/1.1\r\nHost: 127.0.0.1:{guarded.port}\r\n\r\n".encode() * 50
    before = descriptors(guarded)
    with Watch(guarded) as watch, contextlib.ExitStack() as stack:
        held = []
        for _ in range(40):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", guarded.port))
            held.append(stack.enter_context(connection))
            connection.sendall(ask)
        guarded.wait_for(lambda: descriptors(guarded) >= before + 25, "accepting them")
        guarded.wait_for(lambda: descriptors(guarded) < before + 10, "giving up", seconds=120)
    assert watch.growth < 400 * MB
    assert set(watch.answers) == {200}
