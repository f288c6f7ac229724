"""What docs/security/asvs.md promises of a running server: strict answers of every kind, short links
that lead only where they should, one length for each message, and nothing that a header can forge."""
import csv
import getpass
import io
import json
import os
import socket
import sqlite3
import struct
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import browser_request, create_owner
from servers import BINARY, OWNER, PostgreSQL, Throughline, let_others_reach
from test_collector import Wire, click, event, measured

HTTPS_ONLY = "max-age=63072000; includeSubDomains"


@pytest.fixture(scope="module")
def shop(tmp_path_factory, browser):
    """A server on this machine with a short link and a site."""
    server = Throughline(tmp_path_factory.mktemp("assurance"))
    create_owner(browser, server)
    server.slug, server.code = measured(server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A server behind a proxy with TLS, as its settings say."""
    server = Throughline(
        tmp_path_factory.mktemp("secure"), None, "--public-url", "https://social.example",
        "--trust-proxy")
    link = urllib.parse.urlsplit(server.link()).path.rsplit("/", 1)[1]
    request = urllib.request.Request(
        server.url + "/api/v1/owner", method="POST",
        data=json.dumps({**OWNER, "link": link, "workspace": "Harbour Tea",
                         "needsSecondFactor": False}).encode(),
        headers={"content-type": "application/json", "sec-fetch-site": "same-origin"})
    with urllib.request.urlopen(request) as answer:
        secret = json.loads(answer.read())["secret"]
    server.cookies = [{"name": "__Host-throughline", "value": secret}]
    with urllib.request.urlopen(urllib.request.Request(
            server.url + "/api/v1/workspaces",
            headers={"cookie": f"__Host-throughline={secret}"})) as answer:
        server.workspace = json.loads(answer.read())["items"][0]["slug"]
    yield server
    assert server.stop() == 0, server.output()


def cookie(server):
    return "; ".join(f"{one['name']}={one['value']}" for one in server.cookies)


def ask(server, method, path, *headers, body=b""):
    """Status, headers and body of one request, sent as it is written."""
    wire = Wire(server.port)
    lines = [f"{method} {path} HTTP/1.1", *headers]
    if not any(line.lower().startswith("host:") for line in headers):
        lines.append("Host: localhost")
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    wire.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    answer = wire.answer()
    wire.close()
    return answer


# -- headers

def check_strict(answer, what, is_secure, may_be_kept=False):
    _, headers, _ = answer
    assert headers["x-content-type-options"] == "nosniff", what
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, what
    assert "base-uri 'none'" in policy and "unsafe-eval" not in policy, what
    assert headers.get("strict-transport-security") == (HTTPS_ONLY if is_secure else None), what
    if not may_be_kept:
        assert headers["cache-control"] == "no-store", what


def every_kind(server):
    """One answer of each kind: name, answer, and whether a browser may keep it."""
    signed_in = f"Cookie: {cookie(server)}"
    api = f"/api/v1/workspaces/{server.workspace}"
    yield "page", ask(server, "GET", "/sign-in"), False
    yield "own page", ask(server, "GET", f"/w/{server.workspace}/plan", signed_in), False
    yield "redirect", ask(server, "GET", f"/w/{server.workspace}/plan"), False
    yield "read", ask(server, "GET", api + "/publications", signed_in), False
    yield "refused read", ask(server, "GET", api + "/publications"), False
    yield "refused change", ask(
        server, "POST", api + "/posts", signed_in, "Sec-Fetch-Site: cross-site", body=b"{}"), False
    yield "table", ask(server, "GET", f"/w/{server.workspace}/settings/activity/export?format=csv", signed_in), True
    yield "missing", ask(server, "GET", "/no/such/page"), False
    yield "wrong method", ask(server, "DELETE", "/livez"), False
    yield "health", ask(server, "GET", "/livez"), False
    yield "icon", ask(server, "GET", "/favicon.ico"), True
    yield "site snippet", ask(server, "GET", "/t.js"), True
    yield "unknown link", ask(server, "GET", "/l/nothing"), False
    yield "refused event", ask(server, "POST", "/t/e", body=b"{}"), False
    yield "preflight", ask(server, "OPTIONS", "/t/e"), True


def check_door(server, is_secure):
    for request in (b"this is no HTTP\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 60_000):
        wire = Wire(server.port)
        wire.send(request)
        answer = wire.answer()
        assert answer[0] in (400, 431)
        check_strict(answer, request[:20], is_secure)
        wire.close()


def test_every_kind_of_answer_is_strict(shop, secure):
    for name, answer, may_be_kept in every_kind(shop):
        check_strict(answer, name, False, may_be_kept)
    for name, answer, may_be_kept in every_kind(secure):
        check_strict(answer, name, True, may_be_kept)
    check_door(shop, False)
    check_door(secure, True)
    # Clicks and events: by the router the first time, on the connection afterwards.
    wire = Wire(shop.port)
    for _ in range(2):
        wire.send(click(shop.slug))
        answer = wire.answer()
        assert answer[0] == 302
        check_strict(answer, "click", False)
        assert answer[1]["referrer-policy"] == "strict-origin-when-cross-origin"
        wire.send(event(shop.code, p="/"))
        answer = wire.answer()
        assert answer[0] == 204
        check_strict(answer, "event", False)
    wire.close()


def test_a_click_by_https_is_strict_too(secure):
    slug = "sEcure23"
    with sqlite3.connect(secure.folder / "throughline.sqlite", timeout=30) as database:
        workspace = database.execute("SELECT id FROM workspace").fetchone()[0]
        database.execute(
            "INSERT INTO link (id, workspace_id, slug, destination, label, created_at)"
            " VALUES ('01900000-0000-7000-8000-000000000001', ?, ?, 'https://shop.example.org/', 'x', 1)",
            (workspace, slug))
    wire = Wire(secure.port)
    for _ in range(2):
        wire.send(click(slug))
        answer = wire.answer()
        assert answer[0] == 302
        check_strict(answer, "click", True)
    wire.close()


def test_trace_is_refused(shop):
    for path in ("/", "/livez", f"/l/{shop.slug}", "/api/v1/me"):
        status, _, body = ask(shop, "TRACE", path, "X-Canary: canary-of-trace")
        assert status in (404, 405), path
        assert b"canary" not in body


# -- short links

def destination(headers):
    """Where an answer leads, without the number that each click gets."""
    parts = urllib.parse.urlsplit(headers["location"])
    query = [pair for pair in urllib.parse.parse_qsl(parts.query) if pair[0] != "tlc"]
    return parts.scheme, parts.netloc, parts.path, query


def test_short_links_are_no_open_redirect(shop):
    slug = shop.slug
    _, headers, _ = ask(shop, "GET", f"/l/{slug}", "User-Agent: Mozilla/5.0 (X11) Firefox/130.0")
    stored = destination(headers)
    assert stored[:3] == ("https", "shop.example.org", "/tea")

    # Whatever is asked beside the link's own code changes nothing.
    questions = [
        "?url=https://evil.example", "?next=//evil.example", "?to=https%3A%2F%2Fevil.example",
        "?utm_source=evil", "?destination=https://evil.example&slug=other", "?", "?a=%0d%0aLocation:%20x",
        "?tlc=https://evil.example", "?https://evil.example",
    ]
    forged = [
        ["Host: evil.example"], ["X-Forwarded-Host: evil.example"], ["X-Original-URL: /l/evil"],
        ["X-Rewrite-URL: https://evil.example"], ["Forwarded: host=evil.example;proto=http"],
        ["Referer: https://evil.example/"], ["Location: https://evil.example"],
        ["X-HTTP-Method-Override: POST"], ["Origin: https://evil.example"],
    ]
    wire = Wire(shop.port)
    for question in questions:
        # On the connection itself, and by the router, which owes the answer before.
        wire.send(click(slug + question))
        wire.send(b"GET /no/such/page HTTP/1.1\r\nHost: localhost\r\n\r\n" + click(slug + question))
        for expected in (302, 404, 302):
            status, headers, _ = wire.answer()
            assert status == expected, question
            if status == 302:
                assert destination(headers) == stored, question
    for lines in forged:
        host = [] if any(line.startswith("Host") for line in lines) else ["Host: localhost"]
        head = "\r\n".join([f"GET /l/{slug} HTTP/1.1", *host, *lines, "User-Agent: Mozilla/5.0"])
        wire.send(head.encode() + b"\r\n\r\n")
        status, headers, _ = wire.answer()
        assert status == 302 and destination(headers) == stored, lines
    wire.close()

    # What is no code of a link leads nowhere.
    unknown = [
        "/l/", "/l/nothing", "/l/https://evil.example", "/l/https:%2F%2Fevil.example",
        "/l/%2F%2Fevil.example", "/l//evil.example", "//evil.example/l/" + slug,
        "/l/evil.example", f"/l/{slug}/", f"/l/{slug}/evil.example", f"/l/{slug}@evil.example",
        f"/l/{slug}%00", f"/l/{slug};evil", f"/l/{slug}%0d%0aLocation:%20https://evil.example",
        f"/l/..%2f..%2f{slug}", f"/l/{slug[::-1]}x", "/l/%5c%5cevil.example", "/l/" + "a" * 3000,
        "/l/javascript:alert(1)", "/l/%ff%fe", "/l/%",
    ]
    for path in unknown:
        status, headers, _ = ask(shop, "GET", path, "User-Agent: Mozilla/5.0")
        if status == 302:
            # The code itself, with a slash too many on either side.
            assert path.rstrip("/").endswith(f"/l/{slug}") and destination(headers) == stored, path
        else:
            assert status in (400, 404) and "location" not in headers, path
    # Only reading follows a link.
    for method in ("POST", "PUT", "DELETE"):
        status, headers, _ = ask(shop, method, f"/l/{slug}")
        assert status == 405 and "location" not in headers, method
    # The address in its absolute form, as proxies send it, is the same link or none.
    status, headers, _ = ask(shop, "GET", f"http://evil.example/l/{slug}", "User-Agent: Mozilla/5.0")
    assert status == 404 or destination(headers) == stored


def test_a_link_to_nowhere_safe_is_not_made(shop):
    base = f"/workspaces/{shop.workspace}/posts"
    for address in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example/",
                    "https://shop.example.org@evil.example/", "https://shop.example.org\\@evil.example",
                    "https://shop.example.org/\r\nLocation: https://evil.example"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            browser_request(shop, "POST", base, {"text": "x", "destination": address, "variants": []})
        assert refusal.value.code == 422, address


# -- messages

TWO_LENGTHS = {
    "length and chunks": "Content-Length: 6\r\nTransfer-Encoding: chunked",
    "two lengths": "Content-Length: 6\r\nContent-Length: 5",
    "lengths in one field": "Content-Length: 6, 5",
    "a sign": "Content-Length: +6",
    "an unknown coding": "Transfer-Encoding: xchunked",
    "chunked not last": "Transfer-Encoding: chunked, identity",
    "a blank before the colon": "Transfer-Encoding : chunked",
    "a bare line feed": "X: y\nContent-Length: 6",
}


@pytest.mark.parametrize("name", TWO_LENGTHS)
def test_a_message_has_one_length_or_is_refused(shop, name):
    wire = Wire(shop.port)
    wire.send((f"POST /t/e HTTP/1.1\r\nHost: localhost\r\n{TWO_LENGTHS[name]}\r\n\r\n"
               "0\r\n\r\nXGET /canary-of-smuggling HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
    status, headers, _ = wire.answer()
    assert status == 400, name
    assert headers["connection"] == "close"
    assert wire.is_closed()
    wire.close()


def test_a_forged_address_counts_for_nothing(shop, secure):
    """Guessing from “another address each time” is one address: nobody in front says otherwise, or
    the last entry counts, which the proxy wrote."""
    def guess(server, number, forwarded):
        body = json.dumps({"email": f"nobody-{forwarded is None}@example.org",
                           "password": f"wrong guess {number}"}).encode()
        fields = ["Content-Type: application/json", "Sec-Fetch-Site: same-origin"]
        return ask(server, "POST", "/api/v1/sessions", *fields, f"X-Forwarded-For: {forwarded}",
                   body=body)[0]

    for server, tail in ((shop, ""), (secure, ", 198.51.100.7")):
        answers = [guess(server, number, f"203.0.113.{number}{tail}") for number in range(7)]
        assert answers == [422] * 5 + [429] * 2


# -- outgoing

@pytest.mark.parametrize("service", [None, "[other]\ndbname=other\n"])
def test_no_line_to_postgresql_elsewhere_in_the_clear(tmp_path, service):
    """A server that offers no encryption hears no name and no password, and the operator what to do."""
    heard = []
    environment = {}
    if service:
        # A service that says nothing of the place or of encryption changes nothing.
        (tmp_path / "services").write_text(service)
        environment = {"PGSERVICE": "other", "PGSERVICEFILE": str(tmp_path / "services")}
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(10)
                    heard.append(connection.recv(8))
                    connection.sendall(b"N")
                    heard.append(connection.recv(4096))

        threading.Thread(target=refuse, daemon=True).start()
        port = listener.getsockname()[1]
        # To libpq 0.0.0.0 is another machine's address; Linux leads it here.
        address = f"postgres://ana:tulip@0.0.0.0:{port}/throughline"
        done = subprocess.run(
            [BINARY, "serve", "--data", tmp_path / "data", "--database", address], text=True,
            capture_output=True, timeout=60, env={**os.environ, **environment})
        listener.shutdown(socket.SHUT_RDWR)
    said = done.stdout + done.stderr
    assert done.returncode == 75, said
    assert "?sslmode=verify-full" in said and "?sslmode=disable" in said
    assert "tulip" not in said
    # The question for encryption (PostgreSQL's protocol, 55.2.11), and nothing after the refusal.
    assert set(heard) == {struct.pack(">II", 8, 80877103), b""}


def test_only_listed_places_are_reached(tmp_path, browser):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.settimeout(1)
        server = Throughline(
            tmp_path, None, "--allow-address", f"localhost:{port}", "--only-address",
            f"localhost:{port + 1}", "--only-address", "*.example.org")
        create_owner(browser, server)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            browser_request(
                server, "POST", f"/workspaces/{server.workspace}/channels/authorizations",
                {"network": "mastodon", "server": f"https://localhost:{port}", "importHistory": False})
        assert "--only-address" in json.loads(refusal.value.read())["detail"]
        with pytest.raises(TimeoutError):
            listener.accept()
        shown = server.command("config", "print", "--only-address", "*.example.org")
        assert ["only-address", "*.example.org"] in [line.split() for line in shown.splitlines()]
        assert server.stop() == 0, server.output()


def test_outgoing_connections_offer_tls_1_2_and_1_3_only(tmp_path, browser):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        hello = []

        def listen():
            connection, _ = listener.accept()
            connection.settimeout(10)
            head = connection.recv(5, socket.MSG_WAITALL)
            hello.append(connection.recv(struct.unpack(">H", head[3:])[0], socket.MSG_WAITALL))
            connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        server = Throughline(tmp_path, None, "--allow-address", f"localhost:{port}")
        create_owner(browser, server)
        with pytest.raises(urllib.error.HTTPError):
            browser_request(
                server, "POST", f"/workspaces/{server.workspace}/channels/authorizations",
                {"network": "mastodon", "server": f"https://localhost:{port}", "importHistory": False})
        thread.join(20)
        assert server.stop() == 0, server.output()
    assert versions(hello[0]) == {0x0303, 0x0304}


def versions(hello):
    """The versions that a client offers (RFC 8446 §4.2.1)."""
    at = 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + struct.unpack_from(">H", hello, at)[0]
    at += 1 + hello[at]
    end = at + 2 + struct.unpack_from(">H", hello, at)[0]
    at += 2
    while at < end:
        kind, length = struct.unpack_from(">HH", hello, at)
        if kind == 43:
            listed = hello[at + 5:at + 4 + length]
            found = {value for (value,) in struct.iter_unpack(">H", listed)}
            # Values like 0x?a?a are noise that keeps servers tolerant (RFC 8701).
            return {value for value in found if value & 0x0F0F != 0x0A0A}
        at += 4 + length
    return {struct.unpack_from(">H", hello, 4)[0]}


# -- files

SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">
<script>alert(1)</script><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>"""


@pytest.mark.parametrize("body", [SVG, b"GIF89a" + SVG, b"\xef\xbb\xbf" + SVG, b"<!DOCTYPE html><svg/>"])
def test_svg_is_never_taken(shop, body):
    for name in ("a.svg", "a.png", "a.svg%00.png"):
        status, _, said = ask(
            shop, "POST", f"/api/v1/workspaces/{shop.workspace}/pictures",
            f"Cookie: {cookie(shop)}", "Sec-Fetch-Site: same-origin", "Content-Type: image/svg+xml",
            f"X-File-Name: {name}", body=body)
        if status == 201:
            # Bytes that begin as a picture are kept as that picture and shown as nothing else.
            picture = json.loads(said)["id"]
            _, headers, shown = ask(
                shop, "GET", f"/w/{shop.workspace}/pictures/{picture}", f"Cookie: {cookie(shop)}")
            assert headers["content-type"] == "image/gif" and b"<svg" not in shown
        else:
            assert status == 422, said


def test_a_saved_table_holds_no_formula(shop):
    formula = '=HYPERLINK("https://evil.example";"x")'
    browser_request(
        shop, "POST", f"/workspaces/{shop.workspace}/posts", {"text": formula, "variants": []})
    _, headers, body = ask(
        shop, "GET", f"/w/{shop.workspace}/settings/activity/export?format=csv",
        f"Cookie: {cookie(shop)}")
    assert headers["content-type"].startswith("text/csv")
    assert headers["content-disposition"].startswith("attachment")
    cells = [cell for row in csv.reader(io.StringIO(body.decode(), newline="")) for cell in row]
    assert "'" + formula in cells
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in cells)


def test_postgresql_believes_the_services_user_without_a_password(tmp_path):
    let_others_reach(tmp_path)
    database = PostgreSQL(tmp_path, own=True)
    try:
        rules = database.folder / "db/pg_hba.conf"
        # Nobody comes in by a password, and over the socket only this user as that role.
        rules.write_text("local all throughline peer map=service\n")
        (database.folder / "db/pg_ident.conf").write_text(
            f"service {getpass.getuser()} throughline\n")
        port = urllib.parse.urlsplit(database.base).port
        subprocess.run(["pkill", "-HUP", "-f", f"postgres.*-D {database.folder}/db"], check=True)
        address = f"postgres://throughline@/postgres?host={database.folder}&port={port}"
        server = Throughline(tmp_path / "data", address)
        assert server.stop() == 0, server.output()
        refused = subprocess.run(
            [BINARY, "doctor", "--data", tmp_path / "other", "--database", database.base],
            capture_output=True, text=True, timeout=60)
        assert refused.returncode != 0 and "no pg_hba.conf entry" in refused.stdout + refused.stderr
    finally:
        database.stop()
