"""Stops, late posts and what people decide about them, in a browser and by the API."""
import datetime
import json
import re
import time
import urllib.request

import pytest

from conftest import WIDTHS, create_owner, fits, open_api
from servers import Throughline


@pytest.fixture(scope="module")
def practice(tmp_path_factory, browser):
    """A program with a channel on the practice network."""
    server = Throughline(tmp_path_factory.mktemp("delivery"))
    create_owner(browser, server)
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/settings/channels/new")
    page.get_by_role("button", name="Use the practice network").click()
    page.wait_for_url("**/settings/channels/*-*")
    server.channel = page.url.rstrip("/").split("/")[-1].split("?")[0]
    context.close()
    server.api = open_api(server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture
def at_home(context, practice):
    context.add_cookies(practice.cookies)
    page = context.new_page()
    page.goto(practice.home)
    return page


def ask(server, method, path, body=None, base=None):
    api = server.api
    base = api["base"] + (f"/workspaces/{server.workspace}" if base is None else base)
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {api['token']}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        data = answer.read()
        return json.loads(data) if data else None


def write(server, text):
    return ask(server, "POST", "/posts", {
        "text": text, "variants": [{"channel": server.channel}]})


def due_now(server, post):
    return ask(server, "PUT", f"/posts/{post['id']}/schedule", {})


def state(server, post):
    return ask(server, "GET", f"/posts/{post['id']}")["variants"][0]["publication"]


def until(server, post, wanted, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = state(server, post)
        if now["state"] == wanted:
            return now
        time.sleep(0.1)
    raise AssertionError(f"{wanted} expected, still {now}")


def test_two_clicks_freeze_everything_and_resuming_asks(at_home, practice, axe):
    page, server = at_home, practice
    posts = [write(server, text) for text in ("Fresh leaves.", "Half price.", "Old news.")]
    later = write(server, "Tomorrow.")
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    ask(server, "PUT", f"/posts/{later['id']}/schedule",
        {"dueLocal": f"{tomorrow:%Y-%m-%dT%H:%M}", "zone": "UTC"})

    page.goto(server.home + "/plan")
    page.get_by_role("button", name="Freeze publishing").click()
    axe(page)
    page.get_by_role("button", name=re.compile("^Freeze Harbour")).click()
    page.wait_for_url("**/delivery")
    for path in ("", "/plan", "/calendar", "/results", "/settings/channels"):
        page.goto(server.home + path)
        page.get_by_text("Publishing is frozen.", exact=True).wait_for()

    for post in posts:
        due_now(server, post)
    for post in posts:
        held = until(server, post, "needsPerson")
        assert held["needsPersonFor"] == "frozen", held
    assert state(server, later)["state"] == "scheduled"

    page.get_by_role("link", name="Resume…").first.click()
    page.wait_for_url("**/delivery/freezes/*")
    assert page.locator(".late-post").count() == 3
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    choose(page, "Fresh leaves.", "publishNow")
    choose(page, "Half price.", "move")
    choose(page, "Old news.", "leave")
    page.get_by_role("button", name="Resume publishing").click()
    page.wait_for_url("**/delivery")
    assert page.get_by_text("Publishing is frozen").count() == 0
    axe(page)
    assert until(server, posts[0], "published")["latenessSeconds"] >= 0
    moved = state(server, posts[1])
    assert moved["state"] == "scheduled" and moved["dueAt"] > page_time()
    assert state(server, posts[2])["state"] == "draft"
    assert state(server, later)["state"] == "scheduled"


def choose(page, text, what):
    page.locator(".late-post", has_text=text).locator("select").select_option(what)


def page_time():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_channel_is_frozen_by_the_api(practice):
    server = practice
    freeze = ask(server, "POST", "/freezes", {"channel": server.channel, "reason": "A recall"})
    assert freeze["scope"] == "channel" and freeze["reason"] == "A recall"
    post = write(server, "Not now.")
    due_now(server, post)
    assert until(server, post, "needsPerson")["message"] == "Held by a freeze: “A recall”."
    sheet = ask(server, "GET", f"/freezes/{freeze['id']}")
    assert [line["publication"]["post"] for line in sheet["late"]] == [post["id"]]
    publication = sheet["late"][0]["publication"]["id"]
    done = ask(server, "PUT", f"/freezes/{freeze['id']}/lifting", {
        "choices": [{"publication": publication, "what": "publishNow"}]})
    assert done["freeze"]["liftedAt"] and not done["refused"]
    until(server, post, "published")


def test_everything_at_once_by_the_api(practice):
    server = practice
    made = ask(server, "POST", "/freezes", {"reason": "Crisis"}, base="")["items"]
    assert [freeze["scope"] for freeze in made] == ["workspace"]
    ask(server, "PUT", f"/freezes/{made[0]['id']}/lifting", {})
    assert not [one for one in ask(server, "GET", "/freezes")["items"] if "liftedAt" not in one]


def test_what_happens_when_late_is_chosen_on_pages(at_home, practice, axe):
    page, server = at_home, practice
    page.goto(server.home + "/delivery")
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    form = page.locator("form[hx-post$='/late-policy']").first
    form.locator("[name=afterMinutes]").fill("90")
    form.locator("[name=action]").select_option("hold")
    with page.expect_navigation():
        form.get_by_role("button").click()
    page.get_by_text("Kept: what happens when it is late.").wait_for()
    assert ask(server, "GET", "/late-policy") == {"afterMinutes": 90, "action": "hold"}

    post = write(server, "Only today.")
    page.goto(f"{server.home}/posts/{post['id']}")
    form = page.locator("form[hx-post$='/late-policy']")
    form.locator("[name=afterMinutes]").fill("5")
    form.locator("[name=action]").select_option("ask")
    with page.expect_navigation():
        form.get_by_role("button").click()
    page.get_by_text("Kept: what happens when it is late.").wait_for()
    axe(page)
    assert ask(server, "GET", f"/posts/{post['id']}/late-policy") == {
        "afterMinutes": 5, "action": "ask"}
    ask(server, "PUT", "/late-policy", {})
    assert ask(server, "GET", "/late-policy") == {}
