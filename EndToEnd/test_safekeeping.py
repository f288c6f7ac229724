"""Backups, restores, moves and copies, with the real program and with kills in the middle."""
import datetime
import json
import os
import pathlib
import random
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
from servers import BINARY, ROOT, Throughline
from test_bluesky import connect, records, wait_until_published

PASSPHRASE = "a passphrase that is long enough"


def program(*words, given="", wrong=None):
    """Runs a command; `wrong` is the exit code that is expected instead of 0."""
    done = subprocess.run(
        [BINARY, *[str(word) for word in words]], cwd=ROOT, text=True, input=given,
        capture_output=True, timeout=600)
    assert done.returncode == (wrong or 0), f"{words}: {done.returncode} {done.stdout}{done.stderr}"
    return done.stderr if wrong else done.stdout


def place(folder, database=None):
    return ["--data", folder] + (["--database", database] if database else [])


def database(request, engine):
    return request.getfixturevalue("postgres").database() if engine == "postgres" else None


def ask(server, method, path, body=None):
    request = urllib.request.Request(
        f"{server.api['base']}{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {server.api['token']}",
                 "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        data = answer.read()
        return json.loads(data) if data else None


class Load:
    """People who write posts all the time; what was acknowledged must be in a later backup."""

    def __init__(self, server):
        self.server, self.done, self.slowest = server, 0, 0
        self.stopping = threading.Event()
        self.problem = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                ask(self.server, "POST", f"/workspaces/{self.server.workspace}/posts",
                    {"text": f"Post number {self.done}", "variants": []})
            except OSError as problem:
                self.problem = problem
                return
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.done += 1

    def stop(self):
        self.stopping.set()
        self.thread.join()
        assert self.problem is None, self.problem


def rows_of(path, table):
    """Reads a table out of a backup with the tools every system has."""
    import gzip
    with tarfile.open(path) as archive:
        lines = []
        for name in sorted(archive.getnames()):
            if name.startswith(f"tables/{table}/"):
                lines += gzip.decompress(archive.extractfile(name).read()).splitlines()
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_backup_under_load_is_whole_and_restored_on_the_other_engine(
        engine, request, tmp_path, browser):
    server = Throughline(tmp_path / "data", database(request, engine))
    create_owner(browser, server)
    server.api = open_api(server)
    load = Load(server)
    files = [tmp_path / f"{number}.tar" for number in range(3)]
    try:
        counts = []
        for file in files:
            before = load.done
            said = json.loads(server.command("backup", file, "--json"))
            assert said["rows"] > 0 and said["tables"] > 40 and not said["hasSealedKey"]
            counts.append((before, load.done))
    finally:
        load.stop()
    assert load.done > 20, "the load was none"
    assert load.slowest < 5, f"a post took {load.slowest:.1f} s during a backup"
    for file, (least, most) in zip(files, counts):
        assert oct(file.stat().st_mode & 0o777) == "0o600"
        kept = len(rows_of(file, "post"))
        assert least <= kept <= most + 1, (least, kept, most)
        assert "Whole and unchanged" in program("restore", file, "--verify")
    assert server.stop() == 0, server.output()

    other = database(request, "sqlite" if engine == "postgres" else "postgres")
    folder = tmp_path / "restored"
    program("restore", files[-1], *place(folder, other))
    # A place that holds data is left alone.
    assert "holds data already" in program(
        "restore", files[-1], *place(folder, other), wrong=73)
    restored = Throughline(folder, other)
    restored.workspace, restored.api = server.workspace, {
        **server.api, "base": restored.url + "/api/v1"}
    program("backup", tmp_path / "again.tar", *place(folder, other))
    assert rows_of(tmp_path / "again.tar", "post") == rows_of(files[-1], "post")
    assert ask(restored, "GET", "/instance")["cause"] == "restored"
    assert restored.stop() == 0, restored.output()


def test_standard_output_takes_a_backup_and_damage_is_refused(tmp_path, browser):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    done = subprocess.run(
        [BINARY, "backup", "-", "--data", server.folder], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "piped.tar"
    file.write_bytes(done.stdout)
    assert "Whole and unchanged" in program("restore", file, "--verify")
    file.write_bytes(done.stdout[:-600])
    assert "cut off" in program("restore", file, "--verify", wrong=65)
    data = bytearray(done.stdout)
    data[data.index(b"\x1f\x8b", len(data) // 3) + 30] ^= 8
    file.write_bytes(data)
    refused = program("restore", file, "--data", tmp_path / "nothing", wrong=65)
    assert "altered or damaged" in refused
    assert not (tmp_path / "nothing/throughline.sqlite").exists()
    file.write_bytes(b"hello" * 1000)
    assert "no backup" in program("restore", file, "--verify", wrong=65)
    missing = program("backup", tmp_path / "no/such/folder/x.tar", "--data", server.folder, wrong=75)
    assert "cannot be written" in missing
    assert server.stop() == 0, server.output()


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """A backup of the demo's year and the data folder it came from: some hundred thousand rows."""
    folder = tmp_path_factory.mktemp("year")
    server = Throughline(folder / "data", command="demo")
    server.wait_for(lambda: "is ready" in server.output(), "the demo", seconds=180)
    server.command("backup", folder / "year.tar")
    assert server.stop() == 0, server.output()
    return folder


def killed(words, seed, most):
    """Runs a command, kills it with SIGKILL at random moments until it gets through."""
    chance, kills = random.Random(seed), 0
    while True:
        process = subprocess.Popen(
            [BINARY, *[str(word) for word in words]], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            said = process.communicate(
                timeout=chance.uniform(0.05, most) if kills < 12 else 600)
            return kills, process.returncode, said
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_restore_killed_at_random_moments_ends_whole(engine, request, tmp_path, year):
    target = place(tmp_path / "data", database(request, engine))
    kills, code, said = killed(["restore", year / "year.tar", *target], 5, 1.2)
    assert code == 0, said
    assert kills >= 3, "it was to be killed"
    assert "Restored and compared" in said[0]
    # What it holds is what the backup holds: a second backup has the same rows and sums.
    program("backup", tmp_path / "again.tar", *target)
    assert sums(tmp_path / "again.tar") == sums(year / "year.tar")


def sums(path):
    with tarfile.open(path) as archive:
        return json.loads(archive.extractfile("manifest.json").read())["tables"]


def test_a_half_filled_place_is_not_served(tmp_path, year):
    folder = tmp_path / "data"
    process = subprocess.Popen(
        [BINARY, "restore", year / "year.tar", "--data", folder], cwd=ROOT, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for line in process.stderr:
        if "tables" in line and not line.startswith("1 of"):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    refused = program("serve", "--data", folder, "--port", 0, wrong=73)
    assert "is not complete" in refused
    program("restore", year / "year.tar", "--data", folder)


def test_a_move_killed_at_random_moments_ends_whole_and_comes_back(request, tmp_path, year):
    folder = tmp_path / "data"
    shutil.copytree(year / "data", folder, ignore=shutil.ignore_patterns("*.sock"))
    program("instance", "confirm", "--data", folder)
    address = database(request, "postgres")
    before = sums_now(tmp_path, folder)
    kills, code, said = killed(["move", "--data", folder, "--to", address], 9, 1.2)
    assert code == 0, said
    assert kills >= 3, "it was to be killed"
    assert sums_now(tmp_path, folder, address) == before
    # The old place keeps everything and publishes nothing.
    assert sums_now(tmp_path, folder) == before
    assert "was moved to" in program("serve", "--data", folder, "--port", 0, wrong=73)
    server = Throughline(folder, address)
    assert json.loads(server.command("instance", "--json"))["isHeld"] is False
    refused = program(
        "move", *place(folder, address), "--to", tmp_path / "elsewhere", wrong=73)
    assert "is running on this database" in refused
    assert server.stop() == 0, server.output()
    time.sleep(11)  # until its last beat is old
    after = sums_now(tmp_path, folder, address)
    program("move", *place(folder, address), "--to", folder)
    assert sums_now(tmp_path, folder) == after
    back = Throughline(folder)
    assert json.loads(back.command("instance", "--json"))["isHeld"] is False
    assert back.stop() == 0, back.output()


def sums_now(tmp_path, folder, address=None):
    file = tmp_path / f"sums-{time.monotonic_ns()}.tar"
    program("backup", file, *place(folder, address))
    return sums(file)


def minute_after(seconds):
    """The next full minute that is at least so far away, in the workspace's time."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds + 60)
    return moment.replace(second=0, microsecond=0)


def delivery(server, post):
    found = ask(server, "GET", f"/workspaces/{server.workspace}/posts/{post}")
    return found["variants"][0]["publication"]["state"], found


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_restored_copy_sends_nothing_until_confirmed_and_never_twice(
        engine, request, tmp_path, browser, pds, page):
    options = ("--allow-address", f"127.0.0.1:{pds.port}")
    first = Throughline(tmp_path / "first", database(request, engine), *options)
    create_owner(browser, first)
    first.api = open_api(first)
    channel = connect(first, pds, pds.password)
    due = minute_after(5)
    sent, unsent = [
        ask(first, "POST", f"/workspaces/{first.workspace}/posts", {
            "text": f"{what} {engine} {first.port}", "variants": [{"channel": channel["id"]}]})
        for what in ("Sent by the first", "Left to the second")]
    for post in (sent, unsent):
        ask(first, "PUT", f"/workspaces/{first.workspace}/posts/{post['id']}/schedule",
            {"dueLocal": due.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"})
    file = tmp_path / "before.tar"
    program("backup", file, *first._place(), "--with-key", given=PASSPHRASE + "\n")
    ask(first, "DELETE", f"/workspaces/{first.workspace}/posts/{unsent['id']}/schedule")
    wait_until_published(first, sent["id"], seconds=150)
    assert first.stop() == 0, first.output()

    # The backup knows of neither: both are due in it.
    where = place(tmp_path / "second", database(request, engine))
    refused = program("restore", file, *where, "--with-key", given="wrong words\n", wrong=65)
    assert "passphrase" in refused
    program("restore", file, *where, "--with-key", given=PASSPHRASE + "\n")
    second = Throughline(
        tmp_path / "second", where[3] if len(where) > 2 else None, *options)
    second.workspace, second.cookies = first.workspace, first.cookies
    second.api = {**first.api, "base": second.url + "/api/v1"}
    counts = lambda: [
        sum(words in record["value"]["text"] for record in records(pds))
        for words in (f"Sent by the first {engine} {first.port}",
                      f"Left to the second {engine} {first.port}")]
    time.sleep(6)  # the worker looks every second; six are many chances to send
    assert counts() == [1, 0], "a copy has sent something"
    assert ask(second, "GET", "/instance")["isHeld"]

    page.context.add_cookies(first.cookies)
    for path in ("", "/calendar", "/settings/workspace"):
        page.goto(f"{second.url}/w/{first.workspace}{path}")
        assert "Publishing is held" in page.locator(".notice-hold").inner_text()
    page.get_by_role("button", name="This is the one that publishes").click()
    page.get_by_role("button", name="Yes, this one publishes").click()
    page.wait_for_url("**/w/**")
    page.wait_for_selector(".notice-hold", state="detached")
    wait_until_published(second, sent["id"], seconds=90)
    wait_until_published(second, unsent["id"], seconds=120)
    assert counts() == [1, 1]
    assert second.stop() == 0, second.output()


def test_a_copied_folder_is_held_and_a_restart_is_not(tmp_path, browser):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    assert server.stop() == 0
    again = Throughline(tmp_path / "data")
    assert json.loads(again.command("instance", "--json"))["isHeld"] is False
    again.process.send_signal(signal.SIGKILL)
    again.process.wait()
    killed_once = Throughline(tmp_path / "data")
    assert json.loads(killed_once.command("instance", "--json"))["isHeld"] is False
    assert killed_once.stop() == 0
    # As an operator copies a folder.
    subprocess.run(["cp", "-a", tmp_path / "data", tmp_path / "copy"], check=True)
    copy = Throughline(tmp_path / "copy")
    found = json.loads(copy.command("instance", "--json"))
    assert found["isHeld"] and "copy" in found["why"]
    assert copy.command("instance", "confirm") == "This is the one that publishes."
    assert copy.stop() == 0
    original = Throughline(tmp_path / "data")
    assert json.loads(original.command("instance", "--json"))["isHeld"] is False
    # An earlier state of the database in the same folder.
    assert original.stop() == 0
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    files = ["throughline.sqlite", "throughline.sqlite-wal"]
    for name in files:
        shutil.copyfile(tmp_path / "data" / name, earlier / name)
    later = Throughline(tmp_path / "data")
    assert later.stop() == 0
    (tmp_path / "data/throughline.sqlite-shm").unlink(missing_ok=True)
    for name in files:
        shutil.copyfile(earlier / name, tmp_path / "data" / name)
    back = Throughline(tmp_path / "data")
    found = json.loads(back.command("instance", "--json"))
    assert found["isHeld"] and "earlier state" in found["why"]
    assert back.stop() == 0


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_planned_backups_are_made_shown_and_come_back_in_a_drill(
        engine, request, tmp_path, browser, page, axe):
    vault = tmp_path / "vault"
    server = Throughline(tmp_path / "data", database(request, engine), "--backup-folder", vault,
                         "--backup-daily", "2", "--backup-weekly", "1")
    create_owner(browser, server)
    server.api = open_api(server)
    # One that was missed is made up for at the start.
    server.wait_for(lambda: list(vault.glob("throughline-*.tar")), "the first backup")
    server.wait_for(
        lambda: ask(server, "GET", f"/workspaces/{server.workspace}/backups")["runs"][0].get("file"),
        "its good end")
    assert "Whole and unchanged" in program(
        "restore", next(vault.glob("*.tar")), "--verify")
    checks = json.loads(subprocess.run(
        [BINARY, "doctor", *[str(part) for part in server._place()], "--backup-folder", vault,
         "--json"], cwd=ROOT, text=True, capture_output=True, timeout=120).stdout)
    drill = next(check for check in checks if check["what"] == "backups")
    assert drill["isGood"] and "restored in a drill" in drill["says"], drill

    page.context.add_cookies(server.cookies)
    page.goto(server.home + "/settings/backups")
    assert page.locator(".chip-good").inner_text() == "Whole"
    axe(page)
    page.get_by_role("button", name="Back up now").click()
    page.locator(".chip-good").nth(1).wait_for()
    # Something stands in the way: owners are told until a backup succeeds.
    shutil.rmtree(vault)
    vault.write_text("not a folder")
    page.get_by_role("button", name="Back up now").click()
    page.wait_for_selector(".chip-alert")
    page.goto(server.home)
    assert "Look after the backups" in page.locator("main").inner_text()
    vault.unlink()
    again = ask(server, "POST", f"/workspaces/{server.workspace}/backups")
    assert again.get("trouble") is None and again["runs"][0]["file"]
    page.goto(server.home)
    assert "Look after the backups" not in page.locator("main").inner_text()
    assert server.stop() == 0, server.output()
