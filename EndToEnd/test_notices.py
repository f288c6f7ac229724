"""Notices: a trouble found ahead of time reaches whoever can mend it, by page, e-mail and webhook."""
import datetime
import email
import email.policy
import ipaddress
import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import browser_request, create_owner, fits
from servers import BINARY, OWNER, Throughline, free_port
from test_webhooks import Receiver

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "64f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082")


class Postbox:
    """A mail server on loopback that keeps what it gets."""

    def __init__(self, **options):
        self.messages = []
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 taken"

    def wait_for(self, count, seconds=30):
        end = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < end:
            time.sleep(0.05)
        assert len(self.messages) >= count, f"{len(self.messages)} of {count} messages came"

    def stop(self):
        self.controller.stop()


@pytest.fixture
def postbox():
    box = Postbox()
    yield box
    box.stop()


@pytest.fixture
def mailing(tmp_path, browser, postbox):
    server = Throughline(
        tmp_path / "data", None, "--smtp", f"smtp://127.0.0.1:{postbox.port}",
        "--mail-from", "Harbour Tea <posts@harbour-tea.example>")
    create_owner(browser, server)
    yield server
    server.stop()


def checkup(port, *options, scheme="smtp", place="127.0.0.1", secret="", query=""):
    """What `doctor` says about a mail server."""
    done = subprocess.run(
        [BINARY, "doctor", *options, "--smtp", f"{scheme}://{secret}{place}:{port}{query}",
         "--mail-from", "posts@example.org"],
        capture_output=True, text=True, timeout=60)
    line = re.search(r"^.*e-mail.*$", done.stdout, re.M)
    assert line, done.stdout + done.stderr
    return line.group()


def authority(folder):
    """A certificate for 127.0.0.1 and localhost that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([
            x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False)
        .sign(key, hashes.SHA256()))
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def know(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"ana@example.org", "päss/wörd".encode())
    return AuthResult(success=good, handled=False)


def test_without_a_mail_server_the_settings_say_so(signed_in, server, axe):
    page = signed_in
    page.goto(server.home + "/settings/notices")
    page.get_by_text("There is no mail server").wait_for()
    assert not page.get_by_role("button", name="Send a test").count()
    axe(page)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        browser_request(server, "POST", f"/workspaces/{server.workspace}/mail-test", {})
    assert refusal.value.code == 409


def test_a_test_message_arrives_as_text_and_as_a_page(context, mailing, postbox, axe, tmp_path):
    context.add_cookies(mailing.cookies)
    page = context.new_page()
    page.goto(mailing.home + "/settings/notices")
    axe(page)
    page.get_by_role("button", name="Send a test message").click()
    page.get_by_text(f"Sent to {OWNER['email']}").wait_for()
    postbox.wait_for(1)
    sender, readers, message = postbox.messages[0]
    assert sender == "posts@harbour-tea.example" and readers == [OWNER["email"]]
    assert message["subject"] == "Throughline: e-mail works"
    assert message["from"].addresses[0].display_name == "Harbour Tea"
    assert message["auto-submitted"] == "auto-generated"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert "e-mail from Throughline arrives" in message.get_body(("plain",)).get_content()
    page.fill("[name=quietFrom]", "22:00")
    page.fill("[name=quietTo]", "07:30")
    page.get_by_label("A webhook was switched off").uncheck()
    page.get_by_role("button", name="Save my choice").click()
    page.get_by_text("Kept.").wait_for()
    page.reload()
    assert page.input_value("[name=quietFrom]") == "22:00"
    assert not page.get_by_label("A webhook was switched off").is_checked()
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page)
        page.screenshot(path=str(tmp_path / f"settings-{width}.png"), full_page=True)


def test_a_lost_picture_is_told_by_page_mail_and_webhook_and_mended(
        context, mailing, postbox, axe, tmp_path):
    server = mailing
    base = f"/workspaces/{server.workspace}"
    context.add_cookies(server.cookies)
    page = context.new_page()
    channel = browser_request(server, "POST", f"{base}/channels/practice", {})
    picture = upload(server, base)
    stored = next((tmp_path / "data/media").glob("*/*"))
    kept = stored.read_bytes()
    stored.unlink()
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    post = browser_request(server, "POST", f"{base}/posts", {
        "title": "Spring menu", "text": "Spring menu: elderflower & Kräuter.",
        "pictures": [{"picture": picture["id"], "altText": "A cup"}],
        "variants": [{"channel": channel["id"]}]})
    browser_request(server, "PUT", f"{base}/posts/{post['id']}/schedule", {
        "dueLocal": due.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"})
    postbox.wait_for(1)
    message = postbox.messages[0][2]
    assert "“Spring menu”" in message["subject"] and "would not go out" in message["subject"]
    assert "cannot be read any more" in message.get_body(("plain",)).get_content()
    assert f"/w/{server.workspace}/posts/{post['id']}" in message.get_body(("html",)).get_content()

    page.goto(server.home)
    page.get_by_text("“Spring menu” would not go out").first.wait_for()
    page.get_by_role("link", name="Notices: 1 unread").click()
    page.get_by_role("heading", name="Notices").wait_for()
    axe(page)
    shots(page, tmp_path, "notices")
    page.goto(server.home + "/calendar?view=list")
    page.get_by_text("At risk").first.wait_for()
    page.goto(server.home + f"/posts/{post['id']}")
    axe(page)
    shots(page, tmp_path, "post")
    stored.write_bytes(kept)
    page.get_by_role("button", name="Mended: look again").click()
    page.get_by_text("it would go out").wait_for(timeout=30_000)
    page.goto(server.home + "/notices")
    page.get_by_text("Nothing waits for you.").wait_for()
    page.get_by_text("Mended", exact=False).first.wait_for()
    time.sleep(1)
    assert len(postbox.messages) == 1, "it is told once"


def shots(page, folder, name):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), f"{page.url} at {width}"
            page.screenshot(path=str(folder / f"{name}-{theme}-{width}.png"), full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def upload(server, base):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1{base}/pictures", data=PNG, method="POST",
        headers={"content-type": "image/png", "x-file-name": "cup.png", "cookie": cookies, "sec-fetch-site": "same-origin"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_every_page_says_how_the_channels_are(context, tmp_path, browser, axe):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    base = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", f"{base}/channels/practice", {})
    context.add_cookies(server.cookies)
    page = context.new_page()
    for path in ("", "/strategy", "/plan", "/calendar", "/results", "/settings/members"):
        page.goto(server.home + path)
        strip = page.get_by_role("navigation", name="Channels and how they are")
        assert "Works" in strip.inner_text(), path
    browser_request(server, "POST", f"{base}/freezes", {"channel": channel["id"]})
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(server.home + "/plan")
    strip = page.get_by_role("navigation", name="Channels and how they are")
    assert "Frozen" in strip.inner_text()
    assert fits(page)
    axe(page)
    shots(page, tmp_path, "strip")
    strip.get_by_role("link").first.click()
    page.wait_for_url("**/delivery/freezes/*")
    assert server.stop() == 0


def test_mail_is_encrypted_and_signed_in(tmp_path):
    context = authority(tmp_path)
    box = Postbox(
        tls_context=context, require_starttls=True, authenticator=know, auth_required=True,
        auth_require_tls=True)
    trust = f"?ca={tmp_path / 'ca.pem'}"
    secret = "ana%40example.org:p%C3%A4ss%2Fw%C3%B6rd@"
    try:
        for place in ("localhost", "127.0.0.1"):
            said = checkup(box.port, place=place, secret=secret, query=trust)
            assert "takes messages from posts@example.org" in said, said
            assert "ss/w" not in said
        assert "certificate is not accepted" in checkup(box.port, secret=secret)
        assert "does not accept the name and password" in checkup(
            box.port, secret="ana%40example.org:wrong@", query=trust)
    finally:
        box.stop()
    login = Postbox(
        tls_context=context, authenticator=know, auth_required=True, auth_exclude_mechanism=["PLAIN"])
    try:
        assert "takes messages" in checkup(login.port, secret=secret, query=trust)
    finally:
        login.stop()


class OddServer:
    """Says what a test wrote down, line by line, whatever the client says."""

    def __init__(self, *lines):
        self.heard = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lines = lines
        threading.Thread(target=self.talk, daemon=True).start()

    def talk(self):
        client, _ = self.listener.accept()
        with client:
            for line in self.lines:
                try:
                    client.sendall(line)
                    heard = client.recv(4096)
                except OSError:
                    return
                if not heard:
                    return
                self.heard += heard


@pytest.mark.parametrize("lines, words", [
    ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "does not answer as a mail server"),
    ([b"220 " + b"x" * 100_000], "does not answer as a mail server"),
    ([b"220-more\r\n" * 5000], "does not answer as a mail server"),
    ([b"554 5.7.1 <go> away\x1b[31m\r\n"], "refuses it (554): 5.7.1 <go> away"),
    ([b"220 hi\r\n", b"421 later\r\n"], "asks to wait (421): later"),
    # Words in the clear after the call to encrypt could be somebody else's (CVE-2011-0411).
    ([b"220 hi\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n250 forged\r\n"],
     "does not answer as a mail server"),
    ([b"220 hi\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n", b"this is no TLS at all\r\n" * 9],
     "certificate is not accepted"),
])
def test_odd_mail_servers_are_told_apart(lines, words):
    server = OddServer(*lines)
    said = checkup(server.port)
    assert words in said, said
    assert "\x1b" not in said


def test_no_mail_server_that_only_seems_public_is_reached():
    said = checkup(25, place="localtest.invalid")
    assert "no mail server named localtest.invalid" in said
    # Nothing listens there.
    assert "cannot be reached" in checkup(free_port())
