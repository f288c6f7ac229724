"""Full, read-only and failing disks, and a database that goes away, below a running program.

The same is asked of each: nothing that was acknowledged is lost, nothing is sent twice, reading goes
on where it can, whoever clicks is sent on, `/readyz` says what is wrong while `/livez` stays, and it
goes on by itself once the cause is gone. docs/operations.md says the same to whoever runs it.
"""
import os
import subprocess
import time

import pytest

from outages import Acknowledged, Injected, OwnPostgres, Shop, SmallDisk, until
from servers import BINARY, ROOT, status_of

# Within so many seconds of the end of an outage everything works again.
RECOVERY = 15


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "data")
    if disk.problem:
        if os.environ.get("CI"):
            pytest.fail(f"continuous integration must be able to mount: {disk.problem}")
        pytest.skip(f"mounting a small disk is not allowed: {disk.problem}")
    yield disk
    disk.remove()


@pytest.fixture
def database(tmp_path):
    database = OwnPostgres(tmp_path)
    yield database
    database.remove()


def reading_goes_on(shop):
    for path in ("", "/posts", "/calendar", "/results", "/settings/channels"):
        status, text, _ = shop.page(path)
        assert status == 200, (path, status, text[:300])
    assert shop.say("GET", "/orders")[0] == 200
    assert status_of(shop.server.url + "/livez") == 200


def is_not_ready(shop, *words):
    status, text = shop.readyz()
    return status == 503 and all(word in text for word in words) and text


def recovers(shop, writer):
    """Works again by itself, with the same process, and takes everything again."""
    started = time.monotonic()
    until(shop.is_ready, "being ready again", RECOVERY)
    before = writer.counts()
    until(lambda: all(now > then for now, then in zip(writer.counts(), before)),
          "keeping posts, orders and clicks again", RECOVERY)
    assert time.monotonic() - started < RECOVERY
    assert shop.server.process.poll() is None, shop.server.output()


def all_is_there_after_a_kill(shop, writer):
    shop.kill()
    writer.stop()
    shop.start()
    writer.check()


def went_out_once(shop, post, text):
    until(lambda: shop.published(post), f"publishing “{text}”", 60)
    assert len(shop.sends(post)) == 1
    assert shop.times_out_there(text) == 1


def test_a_full_disk_refuses_what_it_cannot_keep_and_nothing_else(disk):
    shop = Shop(disk.folder)
    writer = Acknowledged(shop)
    until(lambda: min(writer.counts()) > 10, "writing")
    disk.fill()
    text = "Due while the disk is full."
    until(lambda: len(writer.refused) > 20, "refusing changes", 60)
    until(lambda: is_not_ready(shop, "database: ", "the server is full", "Make room"), "saying so")
    until(lambda: writer.sent_on > 3, "sending people on", 60)
    assert "clicks: Clicks cannot be kept" in shop.readyz()[1]
    reading_goes_on(shop)
    refused = {problem["code"] for _, problem, _ in writer.refused}
    assert refused == {"store.disk-full"}, refused
    kept = writer.counts()
    time.sleep(1)
    assert writer.counts()[:2] == kept[:2], "a full disk kept something"
    disk.free()
    recovers(shop, writer)
    post = shop.publish(text)
    went_out_once(shop, post, text)
    metrics = shop.request("GET", "/metrics")[1].decode()
    lost = float(metrics.split("\nthroughline_clicks_lost_total ")[1].split()[0])
    assert lost == writer.sent_on, (lost, writer.sent_on)
    all_is_there_after_a_kill(shop, writer)
    assert shop.stop() == 0


def test_a_read_only_disk_is_read_and_a_start_on_it_is_refused(disk):
    shop = Shop(disk.folder)
    writer = Acknowledged(shop)
    until(lambda: min(writer.counts()) > 10, "writing")
    paths = [disk.folder / f"throughline.sqlite{end}" for end in ("", "-wal")]
    # What a kernel answers that has remounted a disk in use read-only.
    calls = "pwrite64,ftruncate,fdatasync,fsync,access,faccessat,faccessat2"
    with Injected(shop.server.process, calls, "EROFS", paths):
        until(lambda: len(writer.refused) > 5, "refusing changes")
        until(lambda: is_not_ready(shop, "takes no changes"), "saying so")
        # Calls are caught in one thread after the other; from here on in all of them.
        caught = len(writer.refused)
        until(lambda: len(writer.refused) > caught + 5, "refusing changes for that reason")
        reading_goes_on(shop)
        refused = writer.refused[caught:]
    assert {problem["code"] for _, problem, _ in refused} == {"store.disk-read-only"}
    recovers(shop, writer)
    all_is_there_after_a_kill(shop, writer)
    assert shop.stop() == 0
    disk.read_only(True)
    refused = subprocess.run(
        [BINARY, "serve", "--data", disk.folder, "--port", "0"], cwd=ROOT, text=True,
        capture_output=True, timeout=60)
    assert refused.returncode == 75, refused
    assert "mounted read-only" in refused.stderr + refused.stdout
    disk.read_only(False)
    shop.start()
    writer.check()
    assert shop.stop() == 0


def test_nothing_acknowledged_rests_on_a_sync_that_failed(tmp_path):
    shop = Shop(tmp_path / "data")
    writer = Acknowledged(shop)
    until(lambda: min(writer.counts()) > 10, "writing")
    with Injected(shop.server.process, "fdatasync,fsync", "EIO"):
        until(lambda: len(writer.refused) > 5, "refusing changes")
        before = writer.counts()
        until(lambda: writer.sent_on > 3, "sending people on")
        until(lambda: is_not_ready(shop, "reports errors", "does not confirm"), "saying so")
        reading_goes_on(shop)
        kept = writer.counts()
        time.sleep(1)
        assert writer.counts() == kept, "something was acknowledged without a sync"
        assert kept[:2] == before[:2]
    assert {problem["code"] for _, problem, _ in writer.refused} == {"store.disk-failing"}
    recovers(shop, writer)
    # A disk that fails now and then, and a kill in the middle of it.
    with Injected(shop.server.process, "fdatasync,fsync", "EIO", when="1+3"):
        before = writer.counts()
        until(lambda: all(now > then for now, then in zip(writer.counts(), before)), "going on")
        shop.kill()
    writer.stop()
    shop.start()
    writer.check()
    assert shop.stop() == 0


def test_postgresql_goes_away_and_comes_back(database, tmp_path):
    shop = Shop(tmp_path / "data", database.url)
    writer = Acknowledged(shop)
    until(lambda: min(writer.counts()) > 10, "writing")
    # Connections that are reset are opened again, and nobody notices.
    database.reset_connections()
    before = writer.counts()
    until(lambda: all(now > then + 5 for now, then in zip(writer.counts(), before)), "going on")
    for leave, come_back in ((database.halt, database.start), (database.freeze, database.thaw)):
        text = f"Due while the database is away after {leave.__name__}."
        post = shop.ask("POST", "/posts", {
            "text": text, "variants": [{"channel": shop.channel}]})["id"]
        shop.ask("PUT", f"/posts/{post}/schedule", {})
        count, clicks = len(writer.refused), writer.clicks
        writer.slowest = 0
        leave()
        until(lambda: len(writer.refused) > count + 5, "refusing")
        until(lambda: is_not_ready(shop, "database: The database is out of reach"), "saying so")
        started = time.monotonic()
        status, text_of_page, headers = shop.page("/posts")
        assert status == 503 and headers["retry-after"], (status, headers)
        assert b"out of reach" in text_of_page and b"<html" in text_of_page
        assert time.monotonic() - started < 10
        assert status_of(shop.server.url + "/livez") == 200
        until(lambda: writer.clicks > clicks + 5, "answering clicks from memory")
        come_back()
        recovers(shop, writer)
        assert writer.slowest < 15, f"somebody waited {writer.slowest:.0f} s for an answer"
        went_out_once(shop, post, text)
    assert writer.sent_on == 0
    all_is_there_after_a_kill(shop, writer)
    assert shop.stop() == 0


def test_a_full_disk_below_postgresql_refuses_what_it_cannot_keep(database, tmp_path):
    disk = SmallDisk(tmp_path / "small", megabytes=60)
    if disk.problem:
        if os.environ.get("CI"):
            pytest.fail(f"continuous integration must be able to mount: {disk.problem}")
        pytest.skip(f"mounting a small disk is not allowed: {disk.problem}")
    shop = writer = None
    try:
        shop = Shop(tmp_path / "data", database.on_disk(disk.folder))
        writer = Acknowledged(shop)
        until(lambda: min(writer.counts()) > 10, "writing")
        text = "Due while the disk below the database is full."
        disk.fill()
        until(lambda: len(writer.refused) > 20, "refusing changes", 120)
        until(lambda: is_not_ready(shop, "database: ", "the server is full"), "saying so")
        clicks = writer.clicks
        until(lambda: writer.clicks > clicks + 5, "keeping clicks in the data folder")
        reading_goes_on(shop)
        assert {problem["code"] for _, problem, _ in writer.refused} == {"store.disk-full"}
        disk.free()
        recovers(shop, writer)
        post = shop.publish(text)
        went_out_once(shop, post, text)
        assert writer.sent_on == 0
        all_is_there_after_a_kill(shop, writer)
        assert shop.stop() == 0
    finally:
        if writer:
            writer.over.set()
        if shop:
            shop.stop()
        database.halt()
        disk.remove()
