"""The collector on the wire: keep-alive, pipelining, halves of requests, and a kill after answers."""
import json
import os
import re
import signal
import socket
import time
import urllib.request

import pytest

from conftest import browser_request, create_owner, published
from servers import Throughline

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


class Wire:
    """A raw connection that reads whole answers, one after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        status = int(lines[0].split()[1])
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, self._chunks()
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, headers, body

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.rest:
                self.rest += self._more()
            size, self.rest = self.rest.split(b"\r\n", 1)
            count = int(size, 16)
            while len(self.rest) < count + 2:
                self.rest += self._more()
            body, self.rest = body + self.rest[:count], self.rest[count + 2:]
            if count == 0:
                return body

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server closed the connection")
        return data

    def is_closed(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


def click(slug, *headers, agent=PERSON, method="GET"):
    lines = [f"{method} /l/{slug} HTTP/1.1", "Host: localhost", f"User-Agent: {agent}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def event(site, **facts):
    body = json.dumps({"s": site, **facts}).encode()
    return (f"POST /t/e HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {PERSON}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def get(server, path):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}{path}", headers={"cookie": cookies})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def measured(server):
    """The slug of a post's tagged link that is out on the practice network, and the site's code."""
    base = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", f"{base}/channels/practice", {})
    post = browser_request(server, "POST", f"{base}/posts", {
        "text": "Our first harvest is here.", "destination": "https://shop.example.org/tea",
        "variants": [{"channel": channel["id"]}]})
    browser_request(server, "PUT", f"{base}/posts/{post['id']}/schedule", {})
    slug = published(server, post["id"])["link"].rsplit("/", 1)[1]
    code = re.search(r'data-site="([0-9a-f]+)"', get(server, "/site")["tag"]).group(1)
    return slug, code


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request, tmp_path_factory, browser):
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    server = Throughline(tmp_path_factory.mktemp("collector"), database)
    create_owner(browser, server)
    server.slug, server.code = measured(server)
    yield server
    server.stop()


def clicks(server):
    results = get(server, "/results")
    return results["clicks"], results["clicksWithBots"]


def test_one_connection_carries_many_requests(shop):
    before = clicks(shop)[1]
    wire = Wire(shop.port)
    for _ in range(3):
        wire.send(click(shop.slug))
        status, headers, _ = wire.answer()
        assert status == 302 and headers["location"].startswith("https://shop.example.org/tea?")
    # An ordinary page on the same connection, and a click after it.
    wire.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert wire.answer()[0] == 200
    wire.send(click(shop.slug, "Connection: close"))
    status, headers, _ = wire.answer()
    assert status == 302 and headers["connection"] == "close"
    assert wire.is_closed()
    wire.close()
    wait_for(lambda: clicks(shop)[1] == before + 4)


def test_pipelined_requests_are_answered_in_their_order(shop):
    before = clicks(shop)[1]
    wire = Wire(shop.port)
    page = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    missing = click("nothing-here")
    wire.send(click(shop.slug) + page + click(shop.slug) + missing + page + click(shop.slug, method="HEAD"))
    assert [wire.answer()[0] for _ in range(6)] == [302, 200, 302, 404, 200, 302]
    wire.close()
    wait_for(lambda: clicks(shop)[1] == before + 3)


def test_halves_of_requests_wait_and_count_once(shop):
    before = clicks(shop)[1]
    wire = Wire(shop.port)
    whole = click(shop.slug)
    for start in range(0, len(whole), 40):
        wire.send(whole[start:start + 40])
        time.sleep(0.02)
    assert wire.answer()[0] == 302
    goal = event(shop.code, g="order", v="5.00", m="EUR", o="half")
    wire.send(goal[:-20])
    time.sleep(0.1)
    wire.send(goal[-20:])
    assert wire.answer()[0] == 204
    wire.close()
    # A request that never ends counts as nothing.
    wire = Wire(shop.port)
    wire.send(whole[:-2])
    wire.close()
    wire = Wire(shop.port)
    wire.send(event(shop.code, g="order", v="5.00", m="EUR", o="never")[:-5])
    wire.close()
    wait_for(lambda: clicks(shop)[1] == before + 1)
    wait_for(lambda: any(order["order"] == "half" for order in get(shop, "/orders")["items"]))
    time.sleep(1)
    assert clicks(shop)[1] == before + 1
    assert not any(order["order"] == "never" for order in get(shop, "/orders")["items"])


def test_nonsense_is_refused_and_the_connection_goes_on(shop):
    wire = Wire(shop.port)
    for body in (b"", b"{}", b"[1,2]", b"\xff\xfe", b'{"s":' + b"9" * 50 + b"}"):
        wire.send(b"POST /t/e HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert wire.answer()[0] in (400, 404, 422), body
    wire.send(event("0123456789abcdef", g="order", v="1"))
    assert wire.answer()[0] == 404
    wire.send(click(shop.slug))
    assert wire.answer()[0] == 302
    wire.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_everything_answered_before_a_kill_is_counted_once(engine, request, tmp_path, browser):
    database = request.getfixturevalue("postgres").database() if engine == "postgres" else None
    server = Throughline(tmp_path, database)
    create_owner(browser, server)
    slug, code = measured(server)
    answered, orders = 0, 0
    for round in range(3):
        wires = [Wire(server.port) for _ in range(8)]
        # People differ by address and browser; here by browser, so that nobody counts as a burst.
        for number in range(40):
            wire = wires[number % 8]
            wire.send(click(slug, agent=f"{PERSON} Round/{round}.{number}"))
            if number % 4 == 0:
                wire.send(event(code, g="order", v="10.00", m="EUR", o=f"{round}-{number}"))
        for number in range(40):
            wire = wires[number % 8]
            assert wire.answer()[0] == 302
            answered += 1
            if number % 4 == 0:
                assert wire.answer()[0] == 204
                orders += 1
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        for wire in wires:
            wire.close()
        server = restarted(server)
    wait_for(lambda: clicks(server)[1] >= answered)
    wait_for(lambda: get(server, "/results")["orders"] >= orders)
    time.sleep(1.5)
    results = get(server, "/results")
    assert (results["clicks"], results["clicksWithBots"]) == (answered, answered)
    assert (results["orders"], results["revenue"]) == (orders, f"{orders * 10}.00")
    assert server.stop() == 0


def restarted(old):
    server = Throughline(old.folder, old.database)
    server.workspace, server.cookies = old.workspace, old.cookies
    server.home = f"{server.url}/w/{server.workspace}"
    return server
