"""A post goes to a real AT Protocol server exactly once, as its official schemas want it."""
import json
import time
import urllib.error
import urllib.request

import pytest
from atproto import Client, models

from conftest import browser_request, create_owner
from servers import Throughline


@pytest.fixture
def connected(tmp_path, browser, pds):
    """A program that may talk to the server on this machine, and its channel there."""
    server = Throughline(tmp_path, None, "--allow-address", f"127.0.0.1:{pds.port}")
    create_owner(browser, server)
    channel = connect(server, pds, pds.password)
    yield server, channel
    assert server.stop() == 0, server.output()


def connect(server, pds, password):
    return browser_request(
        server, "POST", f"/workspaces/{server.workspace}/channels/connections",
        {"network": "bluesky", "server": pds.url, "identifier": pds.handle,
         "password": password, "importHistory": False})


def records(pds):
    address = (f"{pds.url}/xrpc/com.atproto.repo.listRecords?repo=did:web:alice.localhost"
               "&collection=app.bsky.feed.post&limit=100")
    with urllib.request.urlopen(address) as answer:
        return json.loads(answer.read())["records"]


def read_back(pds):
    """The posts as the official client reads and checks them, by address."""
    return Client(base_url=pds.url).app.bsky.feed.post.list(
        "did:web:alice.localhost", limit=100).records


def states(value):
    """All delivery states anywhere in an answer."""
    if isinstance(value, dict):
        own = [value["state"]] if "state" in value and "dueAt" in value else []
        return own + [state for part in value.values() for state in states(part)]
    if isinstance(value, list):
        return [state for part in value for state in states(part)]
    return []


def wait_until_published(server, post, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        request = urllib.request.Request(
            f"{server.url}/api/v1/workspaces/{server.workspace}/posts/{post}",
            headers={"cookie": "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)})
        with urllib.request.urlopen(request) as answer:
            seen = json.loads(answer.read())
        if "published" in json.dumps(seen) and set(states(seen)) == {"published"}:
            return seen
        time.sleep(0.3)
    raise AssertionError(f"not published: {json.dumps(seen)}\n{server.output()}")


def test_publishes_a_thread_once(connected, pds):
    server, channel = connected
    text = f"Größe ☕ #beans from the harbour {server.port}"
    post = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/posts",
        {"text": text, "language": "en",
         "variants": [{"channel": channel["id"], "furtherParts": ["And a second part."]}]})
    browser_request(
        server, "PUT", f"/workspaces/{server.workspace}/posts/{post['id']}/schedule", {})
    wait_until_published(server, post["id"])
    made = records(pds)
    first = [record for record in made if text in record["value"]["text"]]
    assert len(first) == 1
    facet = first[0]["value"]["facets"][0]
    index = facet["index"]
    raw = first[0]["value"]["text"].encode()[index["byteStart"]:index["byteEnd"]]
    assert raw.decode() == "#beans" and facet["features"][0]["tag"] == "beans"
    second = [r for r in made if (r["value"].get("reply") or {}).get("parent", {}).get("uri")
              == first[0]["uri"]]
    assert len(second) == 1 and second[0]["value"]["reply"]["root"]["uri"] == first[0]["uri"]
    # The official client holds each record against the official lexicon as it decodes it.
    posts = read_back(pds)
    one, two = posts[first[0]["uri"]], posts[second[0]["uri"]]
    assert one.text == first[0]["value"]["text"] and one.langs == ["en"]
    feature = one.facets[0].features[0]
    assert isinstance(feature, models.AppBskyRichtextFacet.Tag) and feature.tag == "beans"
    assert two.text == "And a second part." and two.reply.root.uri == first[0]["uri"]
    assert two.reply.parent.cid == first[0]["cid"]


def test_ends_its_session_and_says_what_outlasts_it(connected, pds):
    server, channel = connected

    def ended():
        with urllib.request.urlopen(pds.url + "/ended") as answer:
            return json.loads(answer.read())["sessions"]

    before = ended()
    # This server gives every sign-in the same session, which the channel goes on with.
    assert connect(server, pds, pds.password)["id"] == channel["id"]
    assert ended() == before
    browser_request(
        server, "DELETE",
        f"/workspaces/{server.workspace}/channels/{channel['id']}/connection", {})
    assert ended() == before + 1
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}/events",
        headers={"cookie": "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)})
    with urllib.request.urlopen(request) as answer:
        said = answer.read().decode()
    assert "has ended. Its app password may still be good: end it over there" in said


def test_refuses_a_wrong_password(connected, pds):
    server, _ = connected
    with pytest.raises(urllib.error.HTTPError) as refusal:
        connect(server, pds, "wrong")
    assert refusal.value.code == 409
    assert json.loads(refusal.value.read())["detail"]


def test_never_asks_a_server_inside(connected, pds):
    server, _ = connected
    with pytest.raises(urllib.error.HTTPError) as refusal:
        browser_request(
            server, "POST", f"/workspaces/{server.workspace}/channels/connections",
            {"network": "bluesky", "server": "http://127.0.0.1:9", "identifier": "a.test",
             "password": "x", "importHistory": False})
    assert refusal.value.code in (409, 422)
