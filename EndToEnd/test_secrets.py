"""Secrets: canaries are found nowhere they could be read, and the key can be replaced at any time."""
import gzip
import json
import pathlib
import random
import re
import secrets
import shutil
import signal
import subprocess
import tarfile
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import browser_request, create_owner, open_api
from servers import BINARY, OWNER, ROOT, Throughline
from test_bluesky import connect, records, wait_until_published
from test_safekeeping import PASSPHRASE, ask, database, place, program
from test_stop import SlowRoad


class ListeningRoad(SlowRoad):
    """A proxy to a network that keeps the tokens it sees passing."""

    def __init__(self, target):
        super().__init__(target, 0)
        self.tokens = set()
        door, road = self.server.RequestHandlerClass, self
        finish = door.end_headers

        class Ear(door):
            def pass_on(self):
                writes = []
                real = self.wfile

                class Copy:
                    def write(self, data):
                        writes.append(bytes(data))
                        return real.write(data)

                    def __getattr__(self, name):
                        return getattr(real, name)

                self.wfile = Copy()
                super().pass_on()
                self.wfile = real
                for token in re.findall(rb'"(?:access|refresh)Jwt":"([^"]+)"', b"".join(writes)):
                    road.tokens.add(token.decode())

            do_GET = do_POST = pass_on

        self.server.RequestHandlerClass = Ear


def needles(secret):
    """The secret itself, and the part of a token that nobody else has."""
    return {secret.encode(), secret.split(".")[-1].encode()}


def contents(path):
    """The bytes of a file, and of what is packed in it."""
    data = path.read_bytes()
    yield path.name, data
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                inner = archive.extractfile(member).read()
                yield f"{path.name}:{member.name}", (
                    gzip.decompress(inner) if member.name.endswith(".gz") else inner)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_canary_is_found_nowhere(engine, request, tmp_path, browser, pds):
    road = ListeningRoad(pds.url)
    road.handle = pds.handle
    folder, address = tmp_path / "data", database(request, engine)
    server = Throughline(
        folder, address, "--allow-address", f"127.0.0.1:{road.port}", "--log-level", "debug")
    create_owner(browser, server)
    first_link = server.link().rsplit("/", 1)[1]
    server.api = open_api(server)
    channel = connect(server, road, pds.password)
    secrets = {
        "the owner's password": OWNER["password"], "an API token": server.api["token"],
        "a session": next(c["value"] for c in server.cookies if c["name"].endswith("throughline")),
        "a passphrase": PASSPHRASE, "a member's password": "canary phrase of a member 71",
    }
    server.command("user", "add", "cy@example.org", "--name", "Cy", "--workspace",
                   server.workspace, given=secrets["a member's password"] + "\n")
    once = lambda: json.loads(urllib.request.urlopen(urllib.request.Request(
        f"{server.api['base']}/workspaces/{server.workspace}/tokens", method="POST",
        data=json.dumps({"name": "Once", "permissions": ["view"]}).encode(),
        headers={"Authorization": f"Bearer {server.api['token']}", "Idempotency-Key": "canary-1",
                 "Content-Type": "application/json"}), timeout=30).read())["token"]
    secrets["a token that was asked for twice"] = once()
    assert once() == secrets["a token that was asked for twice"]
    errors = []
    # What goes wrong must not tell either.
    for password in ("canary wrong password 93",):
        secrets["a wrong password"] = password
        with pytest.raises(urllib.error.HTTPError) as refusal:
            connect(server, road, password)
        errors.append(refusal.value.read())
    sign_in = urllib.request.Request(
        server.url + "/api/v1/sessions", method="POST",
        data=json.dumps({"email": OWNER["email"], "password": "canary sign in 55"}).encode(),
        headers={"content-type": "application/json", "sec-fetch-site": "same-origin"})
    secrets["a mistyped password"] = "canary sign in 55"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(sign_in, timeout=30)
    errors.append(refusal.value.read())
    post = ask(server, "POST", f"/workspaces/{server.workspace}/posts", {
        "text": f"Canary {engine} {server.port}", "variants": [{"channel": channel["id"]}]})
    # Two people are members by now, and this post is not about approvals.
    ask(server, "PUT", f"/workspaces/{server.workspace}/approval-setting", {"approval": "never"})
    ask(server, "PUT", f"/workspaces/{server.workspace}/posts/{post['id']}/schedule", {})
    wait_until_published(server, post["id"])
    assert road.tokens, "the network gave no token"
    secrets |= {f"network token {number}": token for number, token in enumerate(road.tokens)}

    program("backup", tmp_path / "plain.tar", *server._place())
    program("backup", tmp_path / "sealed.tar", *server._place(), "--with-key",
            given=PASSPHRASE + "\n")
    program("export", "--workspace", server.workspace, "--output", tmp_path / "export.jsonl",
            *server._place())
    pages = []
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)
    for path in ("", "/settings/channels", f"/settings/channels/{channel['id']}",
                 "/settings/tokens", "/settings/members", "/settings/account", "/calendar",
                 f"/posts/{post['id']}", "/activity"):
        try:
            found = urllib.request.urlopen(urllib.request.Request(
                server.home + path, headers={"cookie": cookie}), timeout=30)
            pages.append((path, found.read()))
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 404, path
    # Nothing of the process's memory is ever written: no core file, whatever kills it.
    limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0", limits), limits
    # Killed, so that the write-ahead log stays as it is.
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()

    places = [(f"page {path}", data) for path, data in pages]
    places += [("an error", data) for data in errors] + [("the log", server.output().encode())]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            places += contents(path)
    if address:
        dump = subprocess.run(
            ["pg_dump", address], capture_output=True, check=True, timeout=120).stdout
        assert b"cy@example.org" in dump
        places.append(("the database", dump))
    else:
        assert any(name == "throughline.sqlite-wal" and data for name, data in places)
    everything = b"".join(data for _, data in places)
    assert b"cy@example.org" in everything, "the search would find nothing"
    for what, secret in secrets.items():
        for name, data in places:
            for needle in needles(secret):
                assert needle not in data, f"{what} stands in {name}"
    # The link for the first owner is printed once, on purpose, and is nowhere else.
    for name, data in places:
        assert name == "the log" or first_link.encode() not in data, name
    key = (folder / "secret.key").read_text().strip()
    for name, data in places:
        assert name == "secret.key" or key.encode() not in data, f"the key stands in {name}"


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_key_is_replaced_beside_a_server_that_publishes(
        engine, request, tmp_path, browser, pds):
    server = Throughline(tmp_path / "data", database(request, engine),
                         "--allow-address", f"127.0.0.1:{pds.port}")
    create_owner(browser, server)
    server.api = open_api(server)
    channel = connect(server, pds, pds.password)
    key = tmp_path / "data/secret.key"
    for turn in range(2):
        before = key.read_text()
        done = json.loads(server.command("keys", "rotate", "--json"))
        assert done["sealed"] >= 1 and done["lost"] == []
        assert key.read_text() != before and len(key.read_text().split()) == 1
        assert key.stat().st_mode & 0o777 == 0o600
        post = ask(server, "POST", f"/workspaces/{server.workspace}/posts", {
            "text": f"Key {turn} {engine} {server.port}", "variants": [{"channel": channel["id"]}]})
        ask(server, "PUT", f"/workspaces/{server.workspace}/posts/{post['id']}/schedule", {})
        wait_until_published(server, post["id"])
    # Killed in the middle of a rotation, again and again: nothing is lost.
    assert server.stop() == 0, server.output()
    chance = random.Random(3)
    for _ in range(6):
        process = subprocess.Popen(
            [BINARY, "keys", "rotate", *[str(part) for part in server._place()]], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    again = Throughline(server.folder, server.database,
                        "--allow-address", f"127.0.0.1:{pds.port}")
    again.workspace, again.cookies = server.workspace, server.cookies
    again.api = {**server.api, "base": again.url + "/api/v1"}
    assert json.loads(again.command("keys", "rotate", "--json"))["lost"] == []
    post = ask(again, "POST", f"/workspaces/{again.workspace}/posts", {
        "text": f"After kills {engine} {again.port}", "variants": [{"channel": channel["id"]}]})
    ask(again, "PUT", f"/workspaces/{again.workspace}/posts/{post['id']}/schedule", {})
    wait_until_published(again, post["id"])
    assert again.stop() == 0, again.output()
    # Another key opens nothing: that is said at the start and by doctor, and undone by the right one.
    right = key.read_text()
    key.write_text("ab" * 32 + "\n")
    wrong = Throughline(again.folder, again.database)
    wrong.wait_for(lambda: "does not open" in wrong.output(), "telling of the key")
    assert "channel.sealed" in wrong.output()
    findings = {found["what"]: found for found in json.loads(wrong.command("doctor", "--json"))}
    assert not findings["secret key"]["isGood"] and "connect" in findings["secret key"]["says"]
    assert wrong.stop() == 0, wrong.output()
    key.write_text(right)
    good = Throughline(again.folder, again.database)
    findings = {found["what"]: found for found in json.loads(good.command("doctor", "--json"))}
    assert findings["secret key"]["isGood"] and "does not open" not in good.output()
    assert good.stop() == 0, good.output()


def test_a_key_of_a_vault_is_used_and_never_written(tmp_path, browser):
    keys = [secrets.token_hex(32) for _ in range(2)]
    vault, folder = tmp_path / "vault", tmp_path / "data"
    vault.write_text(keys[0] + "\n")

    def start():
        return Throughline(folder, None, "--key-file", vault)

    server = start()
    create_owner(browser, server)
    browser_request(
        server, "POST", f"/workspaces/{server.workspace}/webhooks",
        {"url": "https://93.184.215.14/hook", "types": ["publishing.frozen"]})
    assert not (folder / "secret.key").exists()
    rotate = [BINARY, "keys", "rotate", "--data", folder, "--key-file", vault]
    refused = subprocess.run(rotate, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0 and "not this program's to write" in refused.stderr
    assert server.stop() == 0
    vault.write_text(f"{keys[1]}\n{keys[0]}\n")
    server = start()
    done = subprocess.run(rotate, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(r"[1-9]\d* values are sealed", done.stdout) and "but the first" in done.stdout
    assert vault.read_text() == f"{keys[1]}\n{keys[0]}\n"
    # Without the option no command goes on with a key of its own, nor makes one.
    assert server.stop() == 0
    stray = subprocess.run(
        [BINARY, "keys", "rotate", "--data", folder], capture_output=True, text=True, timeout=60)
    assert stray.returncode != 0 and "--key-file" in stray.stderr, stray
    assert not (folder / "secret.key").exists()
    vault.write_text(keys[1] + "\n")
    (folder / "secret.key").write_text(keys[0] + "\n")
    for mode, words in ((0o604, "other users of this machine may read"),
                        (0o640, "secret.key is not used")):
        vault.chmod(mode)
        checkup = subprocess.run(
            [BINARY, "doctor", "--data", folder, "--key-file", vault], capture_output=True,
            text=True, timeout=60)
        assert words in checkup.stdout
    backup = tmp_path / "backup.tar"
    made = subprocess.run(
        [BINARY, "backup", backup, "--with-key", "--data", folder, "--key-file", vault],
        input=PASSPHRASE + "\n", capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    # The sealed key is the vault's, not the one that lies beside the data.
    restored = tmp_path / "restored"
    words = [BINARY, "restore", backup, "--with-key", "--data", restored]
    refused = subprocess.run(
        [*words, "--key-file", vault], input=PASSPHRASE + "\n", capture_output=True, text=True,
        timeout=60)
    assert refused.returncode == 65 and "--key-file" in refused.stderr
    subprocess.run(words, input=PASSPHRASE + "\n", text=True, check=True, timeout=60)
    assert (restored / "secret.key").read_text() == keys[1] + "\n"


def test_secrets_come_from_files_where_the_operator_says_so(tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-of-a-vault-1\n")
    server = Throughline(
        tmp_path / "data", environment={"THROUGHLINE_METRICS_TOKEN_FILE": str(token)})
    try:
        ask_metrics = urllib.request.Request(
            server.url + "/metrics", headers={"authorization": "Bearer a-token-of-a-vault-1"})
        assert urllib.request.urlopen(ask_metrics, timeout=10).status == 200
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(server.url + "/metrics", timeout=10)
        assert refusal.value.code == 401
        environment = pathlib.Path(f"/proc/{server.process.pid}/environ").read_bytes()
        assert b"a-token-of-a-vault-1" not in environment
    finally:
        server.stop()
