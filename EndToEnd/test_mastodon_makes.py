"""Servers of the Mastodon API as several makes of them behave: connected, posted to, read from."""
import base64
import json
import re
import time
import urllib.error
import urllib.request

import pytest

from conftest import browser_request, create_owner
from instances import (
    AKKOMA, GOTOSOCIAL, MAKES, MASTODON, PIXELFED, TAKAHE, Instance, Status, connect, read)
from servers import Throughline

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture(scope="module")
def world(tmp_path_factory, browser):
    """A program and one server of each make, with an account connected at each."""
    instances = {make.name: Instance(make) for make in MAKES}
    allowed = [word for instance in instances.values()
               for word in ("--allow-address", f"127.0.0.1:{instance.port}")]
    server = Throughline(tmp_path_factory.mktemp("makes"), None, *allowed)
    create_owner(browser, server)
    server.consents, server.accounts = {}, {}
    for name, instance in instances.items():
        server.consents[name], server.accounts[name] = connect(server, instance)
    yield server, instances
    assert server.stop() == 0, server.output()
    for instance in instances.values():
        instance.stop()


def ask(server, method, path, body):
    return browser_request(server, method, f"/workspaces/{server.workspace}{path}", body)


def publish(server, variants, text="", **more):
    post = ask(server, "POST", "/posts", {"text": text, "variants": variants, **more})
    ask(server, "PUT", f"/posts/{post['id']}/schedule", {})
    return post["id"]


def settled(server, post, seconds=60):
    """The publication once it is neither on its way nor being looked for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        side = read(server, f"/workspaces/{server.workspace}/posts/{post}")["variants"][0]["publication"]
        if side["state"] in ("published", "refused", "needsPerson"):
            return side
        time.sleep(0.2)
    raise AssertionError(side)


def attempts(server, side):
    return read(
        server, f"/workspaces/{server.workspace}/publications/{side['id']}/attempts")["items"]


def upload(server):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}/pictures", data=PIXEL,
        headers={"cookie": cookies, "content-type": "image/png", "x-file-name": "cup.png",
                 "sec-fetch-site": "same-origin"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["id"]


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.name)
def test_asks_for_no_more_than_it_needs_and_returns_to_one_address(world, make):
    server, instances = world
    consent = server.consents[make.name]
    expected = {"Mastodon": "read:accounts read:statuses write:statuses write:media",
                "GoToSocial": "read write", "Pixelfed": "read write"}
    assert consent["scope"] == expected.get(make.name, "read write:statuses write:media")
    assert consent["code_challenge_method"] == "S256"
    assert consent["redirect_uri"].endswith("/channels/callback/" + consent["state"])
    assert server.accounts[make.name]["status"] == "connected"


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.name)
def test_a_lost_answer_is_found_in_what_the_server_made_of_the_post(world, make):
    server, instances = world
    instance, channel = instances[make.name], server.accounts[make.name]
    instance.loses_next_answer = True
    text = f"It's \"new\" & <good> – from {make.name}…\n\nRead on: https://shop.example/a?b=1&c=2"
    side = settled(server, publish(server, [{"channel": channel["id"]}], text))
    assert side["state"] == "published", side
    mine = [status for status in instance.statuses if status.text == text]
    assert len(mine) == 1
    lines = attempts(server, side)
    assert [line["outcome"] for line in lines if line["kind"] != "upload"] == ["unknown", "found"]


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.name)
def test_everything_the_post_says_arrives(world, make):
    server, instances = world
    instance, channel = instances[make.name], server.accounts[make.name]
    picture = upload(server)
    side = settled(server, publish(
        server, [{"channel": channel["id"], "visibility": "unlisted", "contentWarning": "coffee",
                  "furtherParts": ["And the second part."]}],
        f"A picture for {make.name}", language="de-AT",
        pictures=[{"picture": picture, "altText": "A cup of coffee"}]))
    assert side["state"] == "published", side
    first, second = instance.statuses[-2:]
    assert first.form["visibility"] == ["unlisted"] and second.form["visibility"] == ["unlisted"]
    assert first.form["spoiler_text"] == ["coffee"] and first.form["language"] == ["de"]
    assert instance.media[first.form["media_ids[]"][0]]["alt"] == "A cup of coffee"
    assert second.form["in_reply_to_id"] == [first.id]
    line = [line for line in attempts(server, side) if line["kind"] == "send"][0]
    assert line["latenessMilliseconds"] < 5000
    assert line["answer"].startswith("HTTP 200") and "token-" not in line["answer"]


@pytest.mark.parametrize("make", [MASTODON, GOTOSOCIAL, AKKOMA], ids=lambda make: make.name)
def test_the_servers_own_limit_counts(world, make):
    server, instances = world
    channel = server.accounts[make.name]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = ask(server, "POST", "/content-checks", {
            "text": "x", "variants": [{"channel": channel["id"]}]})["sides"][0]["parts"][0]["limit"]
        if found == make.limit:
            break
        time.sleep(0.2)
    assert found == make.limit
    checked = ask(server, "POST", "/content-checks", {
        "text": "x" * (make.limit + 1), "variants": [{"channel": channel["id"]}]})["sides"][0]
    assert any(str(make.limit) in finding["message"] for finding in checked["findings"])
    side = settled(server, publish(server, [{"channel": channel["id"]}], "y" * make.limit))
    assert side["state"] == "published"


def test_limits_are_asked_again_after_a_refusal(world):
    server, instances = world
    instance, channel = instances["Pixelfed"], server.accounts["Pixelfed"]
    instance.make = type(PIXELFED)(**{**PIXELFED.__dict__, "limit": 100})
    side = settled(server, publish(server, [{"channel": channel["id"]}], "z" * 200))
    assert side["state"] == "refused", side
    end = time.monotonic() + 20
    while time.monotonic() < end:
        limit = ask(server, "POST", "/content-checks", {
            "text": "x", "variants": [{"channel": channel["id"]}]})["sides"][0]["parts"][0]["limit"]
        if limit == 100:
            return
        time.sleep(0.2)
    raise AssertionError(limit)


@pytest.mark.parametrize("make", [MASTODON, AKKOMA, TAKAHE], ids=lambda make: make.name)
def test_a_revoked_sign_in_asks_a_person_who_connects_again(world, make):
    server, instances = world
    instance, channel = instances[make.name], server.accounts[make.name]
    known, instance.tokens = instance.tokens, {}
    post = publish(server, [{"channel": channel["id"]}], f"After the revocation at {make.name}")
    side = settled(server, post)
    assert (side["state"], side["needsPersonFor"]) == ("needsPerson", "reconnect"), side
    shown = read(server, f"/workspaces/{server.workspace}/channels/{channel['id']}")
    assert shown["status"] == "needsReconnect"
    # Everything that was registered over there is gone too; connecting registers anew.
    instance.apps.clear()
    connect_as(server, instance, channel["id"], next(iter(known.values())))
    assert len(instance.apps) == 1
    ask(server, "PUT", f"/publications/{side['id']}/settlement", {"isThere": False})
    assert settled(server, post)["state"] == "published"


def connect_as(server, instance, channel, number):
    """Connects the same account again, whatever number a new token would get."""
    class Numbers(dict):
        def __setitem__(self, token, _):
            super().__setitem__(token, number)

    instance.tokens = Numbers()
    return connect(server, instance, channel=channel)


def test_a_found_post_is_checked_at_its_server(world):
    server, instances = world
    instance, channel = instances["GoToSocial"], server.accounts["GoToSocial"]
    other = settled(server, publish(server, [{"channel": channel["id"]}], "This one is well known"))
    text = "Published by a person meanwhile"
    post = ask(server, "POST", "/posts", {"text": text, "variants": [{"channel": channel["id"]}]})
    side = read(server, f"/workspaces/{server.workspace}/posts/{post['id']}")["variants"][0]["publication"]
    path = f"/publications/{side['id']}/settlement"

    def refused(address):
        try:
            ask(server, "PUT", path, {"isThere": True, "address": address})
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        raise AssertionError("it was to be refused")

    assert "no post of this account" in refused(f"{instance.url}/@somebody/12345")[1]
    assert "already known" in refused(other["url"])[1]
    instance.statuses.append(Status(
        "777", re.search(r"tea(\d+)", channel["handle"])[1], text, {}, "", time.time()))
    settled_there = ask(
        server, "PUT", path,
        {"isThere": True, "address": f"{instance.url}/@tea1/777?utm=1"})["variants"][0]["publication"]
    assert settled_there["state"] == "published"
    assert "network knows it as ours" in attempts(server, side)[-1]["message"]
