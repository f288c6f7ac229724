"""Stopping: what is under way is finished or given up in bounded time, and nothing happens twice."""
import http.server
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import browser_request, create_owner
from servers import Throughline, status_of
from test_bluesky import connect, records, wait_until_published

# What an init system waits for by default is 90 s; ours must be well within.
BOUND = 20


class SlowRoad:
    """A proxy to a real server that holds back the answer to a write, after it was done."""

    def __init__(self, target, seconds):
        self.target = target
        self.seconds = seconds
        self.reached = threading.Event()
        road = self

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("content-length") or 0)
                request = urllib.request.Request(
                    road.target + self.path, method=self.command,
                    data=self.rfile.read(length) if length else None,
                    headers={name: value for name, value in self.headers.items()
                             if name.lower() in ("authorization", "content-type", "accept")})
                try:
                    with urllib.request.urlopen(request) as answer:
                        status, body, kind = answer.status, answer.read(), answer.headers
                except urllib.error.HTTPError as refusal:
                    status, body, kind = refusal.code, refusal.read(), refusal.headers
                if self.command == "POST" and any(
                        name in self.path for name in ("createRecord", "putRecord", "applyWrites")):
                    road.reached.set()
                    time.sleep(road.seconds)
                try:
                    self.send_response(status)
                    self.send_header("content-type", kind.get("content-type", "application/json"))
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the program has gone

            do_GET = do_POST = pass_on

            def log_message(self, *ignored):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def stop_within(server, seconds=BOUND):
    started = time.monotonic()
    code = server.stop()
    assert code == 0, server.output()
    assert time.monotonic() - started < seconds, server.output()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("seconds", [3, 40])
def test_a_slow_publish_is_finished_or_proved_and_never_doubled(
        tmp_path, browser, pds, request, engine, seconds):
    database = request.getfixturevalue("postgres").database() if engine == "postgres" else None
    road = SlowRoad(pds.url, seconds)
    options = ("--allow-address", f"127.0.0.1:{road.port}")
    server = Throughline(tmp_path / "data", database, *options)
    create_owner(browser, server)
    road.handle, road.password = pds.handle, pds.password
    channel = connect(server, road, pds.password)
    text = f"On its way while we stop {server.port}"
    post = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/posts",
        {"text": text, "variants": [{"channel": channel["id"]}]})
    browser_request(
        server, "PUT", f"/workspaces/{server.workspace}/posts/{post['id']}/schedule", {})
    assert road.reached.wait(30), server.output()
    stop_within(server)
    road.seconds = 0
    again = Throughline(tmp_path / "data", database, *options)
    again.workspace, again.cookies = server.workspace, server.cookies
    wait_until_published(again, post["id"], seconds=90)
    assert len([record for record in records(pds) if text in record["value"]["text"]]) == 1
    stop_within(again)


def test_open_pages_and_half_an_upload_do_not_hold_a_stop_up(tmp_path, browser):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/posts")
    page.wait_for_timeout(500)
    with socket.create_connection(("127.0.0.1", server.port)) as upload:
        upload.sendall((
            f"POST /w/{server.workspace}/pictures HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Cookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: image/png\r\n"
            "Content-Length: 1000000\r\n\r\n").encode() + b"\x89PNG\r\n\x1a\n" + b"x" * 1000)
        dripping = threading.Event()

        def drip():
            while not dripping.wait(0.5):
                try:
                    upload.sendall(b"x")
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        time.sleep(0.5)
        stop_within(server)
        dripping.set()
    context.close()
    again = Throughline(tmp_path / "data")
    again.workspace, again.cookies = server.workspace, server.cookies
    stop_within(again)


def test_readiness_says_when_the_worker_is_gone(tmp_path):
    server = Throughline(tmp_path / "data")
    with urllib.request.urlopen(server.url + "/readyz") as answer:
        assert b"worker: ok" in answer.read()
    assert status_of(server.url + "/livez") == 200
    stop_within(server)
    assert status_of(server.url + "/livez") == 0
