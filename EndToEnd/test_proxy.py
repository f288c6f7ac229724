"""The proxy of docs/operations.md in front of a real server: its very text, with other ports and files."""
import datetime
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import urllib.parse
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from servers import OWNER, ROOT, Running, Throughline, free_port

HOST = "social.example"

# Debian keeps it where only root looks.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False


def certificate(folder):
    """A certificate for the host of the example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256()))
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))


def documented():
    """The example, as somebody would copy it."""
    text = (ROOT / "docs/operations.md").read_text()
    found = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert len(found) == 1, "one example in operations.md"
    return found[0]


class Proxy(Running):
    """nginx with the documented servers; ports and files are the only words that change.

    `widen` takes back a restriction, to see another one work alone.
    """

    def __init__(self, folder, program, *, widen=()):
        self.folder, self.plain, self.secure = folder, free_port(), free_port()
        self.context = ssl.create_default_context(cafile=folder / "fullchain.pem")
        servers = documented()
        six = "listen [::1]:" if has_ipv6() else "# listen [::1]:"
        for before, after in (
                ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
                ("listen 443 ssl;", f"listen 127.0.0.1:{self.secure} ssl;"),
                ("listen [::]:80;", f"{six}{self.plain};"),
                ("listen [::]:443 ssl;", f"{six}{self.secure} ssl;"),
                (f"/etc/letsencrypt/live/{HOST}/", f"{folder}/"),
                ("/var/www/html", f"{folder}"), ("127.0.0.1:8080", f"127.0.0.1:{program.port}"),
                *widen):
            assert before in servers, before
            servers = servers.replace(before, after)
        temporary = " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # The text must do by itself what the program asks nginx for as well.
        alone = "proxy_ignore_headers X-Accel-Buffering;"
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;\n"
            f"events {{}}\nhttp {{ access_log off; {alone} {temporary}\n{servers}}}\n")
        super().__init__(
            [NGINX, "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"], "nginx")
        self.wait_for(lambda: self.listens(self.secure), "listening")

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def ask(self, method, path, body=None, port=None, near="127.0.0.1", **headers):
        """Status, headers and body, as a visitor from this machine gets them."""
        plain = http.client.HTTPConnection(near, port or self.secure, timeout=30)
        plain.connect()
        if port is None:
            plain.sock = self.context.wrap_socket(plain.sock, server_hostname=HOST)
        plain.request(method, path, body, {"host": HOST, **headers})
        answer = plain.getresponse()
        said = answer.status, answer.headers, answer.read()
        plain.close()
        return said

    def spoken(self, version, ciphers="ALL"):
        """The version and cipher agreed on with a visitor who would take any up to this version."""
        context = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
        # Otherwise this side would refuse old versions by itself.
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", self.secure), timeout=10) as wire:
            with context.wrap_socket(wire, server_hostname=HOST) as secure:
                return secure.version(), secure.cipher()[0]


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    if not NGINX:
        if os.environ.get("CI"):
            pytest.fail("continuous integration needs nginx: apt install nginx-light")
        pytest.skip("nginx is not installed: apt install nginx-light")
    folder = tmp_path_factory.mktemp("proxy")
    folder.chmod(0o755)
    certificate(folder)
    program = Throughline(
        folder / "data", None, "--public-url", f"https://{HOST}", "--trust-proxy",
        "--log-format", "json")
    proxy = Proxy(folder, program)
    proxy.program = program
    yield proxy
    proxy.stop()
    assert program.stop() == 0, program.output()


def test_pages_are_led_to_https_and_the_api_is_not(front):
    status, headers, _ = front.ask("GET", "/sign-in?next=%2Fw", port=front.plain)
    assert (status, headers["location"]) == (301, f"https://{HOST}/sign-in?next=%2Fw")
    status, headers, _ = front.ask(
        "GET", "/api/v1/me", port=front.plain, authorization="Bearer tl_spoken_aloud")
    assert status == 403 and "location" not in headers


def test_the_proxy_speaks_new_tls_only(front, tmp_path):
    assert front.spoken(ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
    version, cipher = front.spoken(ssl.TLSVersion.TLSv1_2)
    assert version == "TLSv1.2" and cipher.startswith("ECDHE-") and "GCM" in cipher
    # Old ciphers of a version that is spoken: refused by the list of ciphers.
    old = "ECDHE-ECDSA-AES128-SHA"
    with pytest.raises(ssl.SSLError):
        front.spoken(ssl.TLSVersion.TLSv1_2, old)
    with pytest.raises(ssl.SSLError):
        front.spoken(ssl.TLSVersion.TLSv1_1)
    # With ciphers for every version, the list of versions is all that refuses.
    ciphers = ("ECDHE+AESGCM:ECDHE+CHACHA20", "ALL:@SECLEVEL=0")
    versions = ("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3;")
    for widen, speaks in ([ciphers], False), ([ciphers, versions], True):
        folder = tmp_path / str(speaks)
        folder.mkdir()
        for name in ("fullchain.pem", "privkey.pem"):
            shutil.copy(front.folder / name, folder)
        wide = Proxy(folder, front.program, widen=widen)
        try:
            assert wide.spoken(ssl.TLSVersion.TLSv1_2, old) == ("TLSv1.2", old)
            if speaks:
                # So neither side's library refuses it, and the refusals here and above are meant.
                assert wide.spoken(ssl.TLSVersion.TLSv1_1)[0] == "TLSv1.1"
            else:
                with pytest.raises(ssl.SSLError):
                    wide.spoken(ssl.TLSVersion.TLSv1_1)
        finally:
            wide.stop()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_the_proxy_is_there_for_ipv6(front):
    assert front.ask("GET", "/sign-in", port=front.plain, near="::1")[0] == 301
    assert front.ask("GET", "/livez", near="::1")[0] == 200


def hears_of_an_order(front, slug, session, ours):
    """An open page's stream tells of what happens at once, however few bytes that takes."""
    with front.context.wrap_socket(
            socket.create_connection(("127.0.0.1", front.secure), timeout=10),
            server_hostname=HOST) as wire:
        wire.sendall((f"GET /w/{slug}/live HTTP/1.1\r\nHost: {HOST}\r\n"
                      f"Cookie: {session['cookie']}\r\n\r\n").encode())
        heard = b""

        def hear(words):
            nonlocal heard
            while words not in heard:
                more = wire.recv(4096)
                assert more, heard
                heard += more

        hear(b"text/event-stream")
        hear(b"retry: 3000\n\n")
        assert b"event: results" not in heard
        status, _, body = front.ask(
            "POST", f"/api/v1/workspaces/{slug}/orders",
            json.dumps({"order": "A-1", "amount": "10"}), **session, **ours)
        assert status in (200, 201), body
        hear(b"event: results\n")


def test_a_visitor_signs_in_through_it(front):
    link = urllib.parse.urlsplit(front.program.link()).path.rsplit("/", 1)[1]
    ours = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
    status, headers, body = front.ask(
        "POST", "/api/v1/owner", json.dumps({**OWNER, "link": link, "workspace": "Harbour Tea", "needsSecondFactor": False}),
        **ours)
    assert status == 201, body
    status, headers, _ = front.ask(
        "POST", "/sign-in",
        urllib.parse.urlencode({name: OWNER[name] for name in ("email", "password")}),
        **{**ours, "content-type": "application/x-www-form-urlencoded"})
    assert status == 303
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    [cookie] = [line for line in headers.get_all("set-cookie") if line.startswith("__Host-")]
    assert "; Secure" in cookie and "; HttpOnly" in cookie
    session = {"cookie": cookie.split(";")[0]}
    slug = json.loads(front.ask("GET", "/api/v1/workspaces", **session)[2])["items"][0]["slug"]
    status, headers, _ = front.ask("GET", f"/w/{slug}", **session)
    assert status == 200
    hears_of_an_order(front, slug, session, ours)
    # Pictures of the largest size get as far as the program, which says what it thinks of them.
    for size, expected in ((25_000_000, 422), (25 << 20, 413)):
        status, headers, body = front.ask(
            "POST", f"/api/v1/workspaces/{slug}/pictures", b"x" * size,
            **{**session, **ours, "content-type": "application/octet-stream"})
        assert status == expected, body
        assert headers.get_content_type() == "application/problem+json"


def test_a_visitor_cannot_choose_an_address(front):
    """Guesses that claim another address each are still counted as one."""
    answers = [
        front.ask(
            "POST", "/api/v1/sessions",
            json.dumps({"email": "nobody@example.org", "password": f"wrong guess {number}"}),
            **{
                "content-type": "application/json", "sec-fetch-site": "same-origin",
                "x-forwarded-for": f"203.0.113.{number}"})[0]
        for number in range(7)]
    assert answers == [422] * 5 + [429] * 2
