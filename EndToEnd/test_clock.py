"""Clocks that jump, outages of hours, and the nights when clocks change, in a real process.

A small library moves the wall clock of the program under test while it runs; the clock by which it
measures durations stays true, as it does on a machine whose wall clock is set.
"""
import datetime
import shutil
import struct
import subprocess
import time

import pytest

from conftest import browser_request, create_owner, open_api
from instances import read_with
from servers import ROOT, Throughline


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The little library that shifts the clock of the program it is loaded into."""
    compiler = shutil.which("clang") or shutil.which("cc")
    assert compiler, "a C compiler is part of the Swift toolchain"
    made = tmp_path_factory.mktemp("clock") / "shifted_clock.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", made, ROOT / "EndToEnd/shifted_clock.c"],
        check=True)
    return made


class Clock:
    """The wall clock of a program, as far from the true one as a file says."""

    def __init__(self, folder, library):
        self.library = library
        self.file = folder / "clock"
        self.ahead = 0
        self.file.write_bytes(struct.pack("q", 0))

    def shift(self, seconds):
        self.ahead += seconds
        with self.file.open("r+b") as file:
            file.write(struct.pack("q", round(self.ahead * 1000)))

    def set(self, text):
        """Shows this moment of UTC now."""
        moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
        self.shift(moment.timestamp() - self.now())

    def now(self):
        return time.time() + self.ahead

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "SHIFTED_CLOCK": str(self.file)}


class World:
    """A program whose clock can be set, with a channel on the practice network."""

    def __init__(self, folder, browser, library, moment=None):
        self.folder = folder
        self.clock = Clock(folder, library)
        if moment:
            self.clock.set(moment)
        self.start()
        create_owner(browser, self.server)
        self.api = open_api(self.server)
        self.channel = browser_request(
            self.server, "POST", f"/workspaces/{self.server.workspace}/channels/practice", {})["id"]
        self.base = f"/workspaces/{self.server.workspace}"

    def start(self):
        old = getattr(self, "server", None)
        self.server = Throughline(
            self.folder / "data", environment=self.clock.environment())
        if old:
            self.server.workspace = old.workspace
            self.api["base"] = self.server.url + "/api/v1"

    def ask(self, method, path, body=None):
        return read_with(self.api, method, self.base + path, body)

    def schedule(self, text, local, zone="UTC", late=None):
        post = self.ask("POST", "/posts", {
            "text": text, "variants": [{"channel": self.channel}]})["id"]
        if late:
            self.ask("PUT", f"/posts/{post}/late-policy", {"afterMinutes": late[0], "action": late[1]})
        self.ask("PUT", f"/posts/{post}/schedule", {"dueLocal": local, "zone": zone})
        return post

    def later(self, minutes):
        """A due time, as UTC shows it."""
        return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(self.clock.now() + minutes * 60))

    def side(self, post):
        return self.ask("GET", f"/posts/{post}")["variants"][0]["publication"]

    def settled(self, post, states=("published", "needsPerson"), seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            side = self.side(post)
            if side["state"] in states:
                return side
            time.sleep(0.2)
        raise AssertionError((side, self.server.output()))

    def sends(self, post):
        lines = self.ask("GET", f"/publications/{self.side(post)['id']}/attempts")["items"]
        return [line for line in lines if line["kind"] == "send"]


@pytest.fixture
def world(tmp_path, browser, library):
    made = []

    def make(moment=None):
        made.append(World(tmp_path, browser, library, moment))
        return made[-1]

    yield make
    for one in made:
        assert one.server.stop() == 0, one.server.output()


def test_a_clock_that_jumps_two_hours_either_way_sends_each_post_once(world):
    world = world()
    soon, later = world.schedule("Soon.", world.later(60)), world.schedule("Later.", world.later(180))
    world.clock.shift(2 * 3600)
    side = world.settled(soon)
    assert side["state"] == "published" and 3500 < side["latenessSeconds"] < 3700
    assert world.side(later)["state"] == "scheduled"
    world.clock.shift(-2 * 3600)
    time.sleep(3)
    assert world.side(later)["state"] == "scheduled" and len(world.sends(soon)) == 1
    # The clock reaches the moment a second time: nothing that is out goes out again.
    world.clock.shift(61 * 60)
    time.sleep(3)
    assert len(world.sends(soon)) == 1
    world.clock.shift(2 * 3600)
    assert world.settled(later)["state"] == "published"
    assert len(world.sends(later)) == 1 and len(world.sends(soon)) == 1


def test_after_an_outage_of_four_hours_each_post_does_what_its_rule_says(world):
    world = world()
    due = world.later(10)
    posts = {action: world.schedule(f"Rule: {action}", due, late=(60, action))
             for action in ("publish", "hold", "ask")}
    # Within the rule, whatever it is.
    punctual = world.schedule("Due at the end of the outage", world.later(235), late=(60, "ask"))
    assert world.server.stop() == 0
    world.clock.shift(4 * 3600)
    world.start()
    side = world.settled(posts["publish"])
    assert side["state"] == "published" and side["latenessSeconds"] > 3.7 * 3600
    asked = world.settled(posts["ask"])
    assert (asked["state"], asked["needsPersonFor"]) == ("needsPerson", "tooLate")
    held = world.settled(posts["hold"], ("draft", "approved"))
    assert "late" in held["message"]
    assert world.settled(punctual)["state"] == "published"
    assert not world.sends(posts["hold"]) and not world.sends(posts["ask"])
    # A person's word is enough.
    world.ask("PUT", f"/publications/{asked['id']}/settlement", {"isThere": False})
    assert world.settled(posts["ask"], ("published",))["state"] == "published"


@pytest.mark.parametrize("before, local, due, again", [
    # 02:30 does not exist: it goes out at 03:30, when the clock has jumped.
    ("2027-03-28T00:58:00", "2027-03-28T02:30", "2027-03-28T01:30:00", 3600),
    # 02:30 comes twice: it goes out the first time, and not the second.
    ("2027-10-30T23:58:00", "2027-10-31T02:30", "2027-10-31T00:30:00", 3600),
], ids=["forward", "back"])
def test_in_both_nights_when_clocks_change_a_post_goes_out_once(world, before, local, due, again):
    world = world(before)
    post = world.schedule("Good night", local, "Europe/Berlin")
    moment = datetime.datetime.fromisoformat(due)
    world.clock.set((moment - datetime.timedelta(seconds=5)).isoformat())
    time.sleep(2)
    assert world.side(post)["state"] in ("scheduled", "preparing")
    side = world.settled(post)
    assert side["state"] == "published" and side["latenessSeconds"] < 5
    [line] = world.sends(post)
    assert line["leftAt"][:16] == due[:16]
    world.clock.shift(again)
    time.sleep(3)
    assert len(world.sends(post)) == 1
