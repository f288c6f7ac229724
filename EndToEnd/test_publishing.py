"""Write, approve, schedule, publish: what a person sees on the way of a post."""
import datetime
import http.server
import json
import pathlib
import re
import struct
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from authenticator import read_code
from conftest import create_owner, fits
from servers import Throughline

WORDS = "Our first flush Darjeeling has arrived. Come and taste it on Saturday."


def picture(path):
    """A small PNG with a text chunk that must not survive."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes([60, 120, 90]) * 64 for _ in range(48))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0taken at home") + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b""))
    return path


def call(api, method, path, body=None):
    request = urllib.request.Request(
        api["base"] + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {api['token']}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        data = answer.read()
        return json.loads(data) if data else None


@pytest.fixture(scope="session")
def by_hand(server, browser):
    """A channel that nobody connected."""
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/settings/channels/new")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    form = page.locator("form[hx-post$='/settings/channels']")
    form.locator("[name=network]").select_option("linkedin")
    form.locator("[name=name]").fill("Tea pictures")
    form.locator("[type=submit]").click()
    page.wait_for_url("**/settings/channels/*-*")
    context.close()
    return "Tea pictures"


def write(page, server, words=WORDS, channel="Tea pictures", link="https://harbour-tea.example/tea"):
    page.goto(server.home + "/posts/new")
    page.fill("#text", words)
    page.fill("#destination", link)
    # Several channels may bear the name: the program is one for all tests.
    found = False
    for box in page.locator("[data-channel]").all():
        wanted = not found and channel in box.evaluate("(node) => node.parentElement.textContent")
        found = found or wanted
        if box.is_checked() != wanted:
            box.set_checked(wanted)


def schedule(page, moment):
    page.fill("#dueLocal", moment.strftime("%Y-%m-%dT%H:%M"))
    page.select_option("#zone", "UTC")
    page.locator("#schedule-button").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))


def in_days(days, hour=9):
    day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return day.replace(hour=hour, minute=0)


def test_the_composer_previews_counts_and_schedules(signed_in, server, by_hand, axe, tmp_path):
    page = signed_in
    write(page, server)
    page.set_input_files("#picture-file", picture(tmp_path / "tea.png"))
    page.get_by_label("What it shows, for people who do not see it").fill("Green leaves in a bowl")
    preview = page.locator("#preview")
    preview.get_by_text("utm_source=linkedin").wait_for()
    preview.get_by_text(re.compile(r"\d+ of 3000 characters")).wait_for()
    preview.get_by_text("no public https address yet").wait_for()
    axe(page)
    schedule(page, in_days(3))
    assert page.get_by_text("Scheduled", exact=True).first.is_visible()
    assert "utm_source=linkedin" in page.locator(".post-text").first.inner_text()
    assert page.locator("img[alt='Green leaves in a bowl']").is_visible()
    image = page.request.get(page.locator(".post-picture").get_attribute("src").join([server.url, ""]))
    assert b"taken at home" not in image.body()
    axe(page)
    # The toast takes it back.
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Not scheduled yet.").wait_for()


def refused(api, method, path, body):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        call(api, method, path, body)
    return refusal.value.code, json.loads(refusal.value.read())


def practice(server, api):
    """A channel on the practice network."""
    base = f"/workspaces/{server.workspace}"
    known = [item for item in call(api, "GET", base + "/channels")["items"]
             if item["network"] == "practice"]
    return known[0] if known else call(api, "POST", base + "/channels/practice", {})


def test_a_planned_post_stays_what_its_network_takes(server, api):
    base = f"/workspaces/{server.workspace}"
    channel = practice(server, api)["id"]
    post = call(api, "POST", base + "/posts", {
        "text": "Tea time", "variants": [{"channel": channel}]})
    path = f"{base}/posts/{post['id']}"
    call(api, "PUT", path + "/schedule", {"dueLocal": f"{in_days(9):%Y-%m-%dT%H:%M}"})
    for text, word in [("x" * 3000, "3000 characters"), ("", "nothing to publish")]:
        status, problem = refused(api, "PUT", path, {
            "text": text, "variants": [{"channel": channel}]})
        assert status == 422 and word in problem["detail"], problem
        assert "take it off the calendar first" in problem["detail"]
        kept = call(api, "GET", path)
        assert kept["text"] == "Tea time" and kept["state"] == "scheduled"
    # Off the calendar it may say anything.
    call(api, "DELETE", path + "/schedule")
    assert call(api, "PUT", path, {
        "text": "x" * 3000, "variants": [{"channel": channel}]})["state"] == "draft"
    call(api, "DELETE", path)


@pytest.mark.parametrize("length, fits_in", [(480, True), (490, False)])
def test_the_check_counts_a_warning_as_the_network_does(server, api, length, fits_in):
    base = f"/workspaces/{server.workspace}"
    channel = practice(server, api)["id"]
    variant = {"channel": channel, "contentWarning": "food and drink"}
    side = call(api, "POST", base + "/content-checks", {
        "text": "x" * length, "variants": [variant]})["sides"][0]
    assert side["parts"][0]["used"] == length + 14 and side["parts"][0]["limit"] == 500
    assert any(found["blocks"] for found in side["findings"]) != fits_in
    rule = next(rule for rule in side["rules"] if rule["name"] == "textLength")
    assert rule["isLive"] and rule["source"] == "this program" and len(rule["checked"]) == 10
    post = call(api, "POST", base + "/posts", {"text": "x" * length, "variants": [variant]})
    path = f"{base}/posts/{post['id']}/schedule"
    if not fits_in:
        assert refused(api, "PUT", path, {})[0] == 422
        return
    call(api, "PUT", path, {})
    for _ in range(100):
        state = call(api, "GET", f"{base}/posts/{post['id']}")["state"]
        if state not in ("scheduled", "preparing", "sending"):
            break
        time.sleep(0.2)
    assert state == "published"


def test_the_composer_offers_what_puts_a_text_right(signed_in, server, api, axe, tmp_path):
    page = signed_in
    name = practice(server, api)["name"]
    write(page, server, "A sentence about leaves. " * 30, channel=name, link="")
    for number in range(2):
        page.set_input_files("#picture-file", picture(tmp_path / f"tea{number}.png"))
        page.locator("[data-picture]").nth(0).wait_for()
    preview = page.locator("#preview")
    preview.get_by_text("749 of 500 characters, 249 too many").wait_for()
    assert page.locator("#count-base").inner_text().startswith(name + ": 749 of 500 characters")
    preview.get_by_text("What Practice network takes").click()
    preview.get_by_text("Any web address counts as 23.").wait_for()
    assert re.search(r"said by this program · 20\d\d-\d\d-\d\d", preview.locator(".limits li").first.inner_text())
    expect(preview.get_by_text("No alt text")).to_have_count(2)
    axe(page)
    preview.get_by_role("button", name="Split into 2 posts").click()
    preview.locator(".preview-part").nth(1).wait_for()
    preview.get_by_text(re.compile("too many")).wait_for(state="detached")
    assert page.get_by_label("Part 2 of the thread").input_value().startswith("A sentence")
    # What was open stays open when the preview is drawn again.
    assert preview.locator("details[open]").count() == 1
    page.get_by_label("What it shows, for people who do not see it").first.fill("Leaves")
    preview.get_by_role("img", name="Leaves").first.wait_for()


def test_the_channel_page_says_what_its_network_takes(signed_in, server, api, by_hand):
    page = signed_in
    channel = next(item for item in call(api, "GET", f"/workspaces/{server.workspace}/channels")["items"]
                   if item["name"] == by_hand)
    page.goto(f"{server.home}/settings/channels/{channel['id']}")
    block = page.locator("section", has_text="What it takes").last
    assert "3000" in block.inner_text() and "2026-11-23" in block.inner_text()
    rules = call(api, "GET", f"/workspaces/{server.workspace}/channels/{channel['id']}/rules")
    assert {"textLength": 3000}.items() <= {r["name"]: r["limit"] for r in rules["rules"]}.items()
    assert rules["counting"].startswith("Counted are UTF-16 units")


def test_an_own_version_replaces_the_text_on_its_channel(signed_in, server, by_hand):
    page = signed_in
    write(page, server)
    page.get_by_role("tab", name="Tea pictures").click()
    page.get_by_role("textbox", name="Its own words").fill("For the eye only")
    page.locator("#preview").get_by_text("For the eye only").wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/edit")
    page.get_by_role("tab", name="Everywhere").press("ArrowRight")
    assert page.get_by_role("textbox", name="Its own words").input_value() == "For the eye only"


def test_the_calendar_moves_by_keyboard_menu_and_undo(signed_in, server, by_hand, axe):
    page = signed_in
    name = "Keyboard tea"
    due = in_days(2)
    write(page, server, name)
    schedule(page, due)
    day = lambda moment: f".cal-entries[data-date='{moment:%Y-%m-%d}'] >> text={name}"
    page.goto(server.home + f"/calendar?view=list&date={datetime.date.today()}")
    page.locator(day(due)).wait_for()
    axe(page)
    page.locator(f".cal-entry:has-text('{name}') a").focus()
    page.keyboard.press("Alt+ArrowRight")
    later = due + datetime.timedelta(days=1)
    page.locator(day(later)).wait_for()
    page.get_by_role("button", name="Undo").first.click()
    page.locator(day(due)).wait_for()
    page.get_by_role("button", name=f"Move {name}").click()
    page.locator("#move-date").fill(f"{later:%Y-%m-%d}")
    page.locator("#move-time").fill("14:30")
    page.get_by_role("button", name="Move it").click()
    page.locator(day(later)).wait_for()
    page.locator(f".cal-entry:has-text('{name}') >> text=14:30").wait_for()
    page.get_by_role("button", name=f"Move {name}").click()
    page.locator("#move-dialog").get_by_role("button", name="Take off the calendar").click()
    page.locator(f".cal-tray >> text={name}").wait_for()


def test_the_calendar_moves_by_drag(signed_in, server, by_hand):
    page = signed_in
    name = "Dragged tea"
    write(page, server, name)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/edit")
    page.goto(server.home + "/calendar?view=week&date=" + f"{in_days(7):%Y-%m-%d}")
    target = page.locator(f".cal-entries[data-date='{in_days(7):%Y-%m-%d}']")
    page.locator(f".cal-tray .cal-entry:has-text('{name}') .cal-words").drag_to(target)
    page.locator(f".cal-entries[data-date='{in_days(7):%Y-%m-%d}'] >> text={name}").wait_for()


def test_a_post_for_an_unconnected_network_is_published_by_hand(
        signed_in, context, server, by_hand, axe):
    page = signed_in
    write(page, server, "By hand tea")
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    field = page.get_by_label("Link for your phone")
    deadline = datetime.datetime.now() + datetime.timedelta(seconds=15)
    while not field.count() and datetime.datetime.now() < deadline:
        page.wait_for_timeout(300)
        page.reload()
    axe(page)
    link = field.input_value()
    # This server is known by the computer's own name for itself, and the page says what that means.
    page.get_by_text("A phone cannot open this address").wait_for()
    assert page.locator(".hand-code").count() == 0
    # Known by a name that phones reach, the same page shows the link to the phone's camera.
    elsewhere = urllib.request.Request(page.url, headers={
        "Host": "tea.example", "Cookie": "; ".join(
            f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())})
    with urllib.request.urlopen(elsewhere, timeout=10) as answer:
        drawn = re.search(r'<svg[^>]*class="qr".*?</svg>', answer.read().decode(), re.DOTALL)
    phone = context.browser.new_context(viewport={"width": 375, "height": 800}).new_page()
    phone.set_content(drawn.group(0))
    assert read_code(phone.locator("svg.qr")) == f"http://tea.example{urlsplit(link).path}"
    phone.goto(link)
    assert "By hand tea" in phone.locator("#text-1").input_value()
    assert "utm_source=linkedin" in phone.locator("#hand-link").input_value()
    assert fits(phone)
    axe(phone)
    phone.get_by_label("Address of the published post").fill("https://linkedin.example/p/1")
    phone.get_by_role("button", name="It is published").click()
    phone.get_by_text("noted as published").wait_for()
    phone.context.close()
    page.reload()
    page.get_by_text("Published", exact=True).first.wait_for()
    assert page.get_by_role("link", name="See it on LinkedIn").get_attribute(
        "href") == "https://linkedin.example/p/1"


def test_lists_and_pages_fit_small_screens(signed_in, server, by_hand, axe):
    page = signed_in
    write(page, server, "Narrow tea")
    schedule(page, in_days(4))
    post = page.url
    for width in (320, 375, 768):
        page.set_viewport_size({"width": width, "height": 800})
        for path in (server.home + "/calendar", server.home + "/calendar?view=week",
                     server.home + "/posts", server.home + "/posts/new", server.home + "/replies",
                     post):
            page.goto(path)
            assert fits(page), f"{path} at {width}"
    axe(page)


def test_what_changes_while_a_part_is_fetched_is_shown(signed_in, server, api):
    made = call(api, "POST", f"/workspaces/{server.workspace}/posts", {
        "text": "Told while it was asked.",
        "variants": [{"channel": practice(server, api)["id"]}]})
    post = f"/workspaces/{server.workspace}/posts/{made['id']}"
    page = signed_in
    with page.expect_request("**/live?since=*"):
        page.goto(f"{server.home}/posts/{made['id']}")
    page.wait_for_selector("#post-live >> text=Draft")
    held = []

    def hold(route):
        if held:
            return route.continue_()
        held.append((route, route.fetch()))

    page.route(f"**/posts/{made['id']}", hold)
    call(api, "PUT", post + "/schedule", {
        "dueLocal": in_days(2).strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"})
    while not held:
        page.wait_for_timeout(50)
    # The answer on its way says Scheduled; by the time it comes that is over.
    call(api, "DELETE", post + "/schedule")
    page.wait_for_timeout(1000)
    route, answer = held[0]
    assert "Scheduled" in answer.text()
    route.fulfill(response=answer)
    page.wait_for_selector("#post-live >> text=Scheduled", state="detached")
    page.wait_for_selector("#post-live >> text=Draft")


def test_the_calendar_opens_at_both_ends_of_time(signed_in, server):
    for day in ("0001-01-01", "9999-12-31"):
        for view in ("month", "week", "day", "list"):
            answer = signed_in.goto(f"{server.home}/calendar?view={view}&date={day}")
            assert answer.ok, f"{view} at {day}: {answer.status}"


def test_posts_are_found_by_words_and_state(signed_in, server, by_hand, axe):
    page = signed_in
    write(page, server, "Findable oolong")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/edit")
    page.goto(server.home + "/posts?q=oolong&state=draft")
    assert page.get_by_role("link", name="Findable oolong").is_visible()
    axe(page)
    page.goto(server.home + "/posts?q=oolong&state=published")
    assert page.get_by_text("Nothing matches").is_visible()


def test_the_api_does_what_the_pages_do(server, api, by_hand):
    base = f"/workspaces/{server.workspace}"
    channels = call(api, "GET", base + "/channels")["items"]
    channel = next(item for item in channels if item["name"] == "Tea pictures")
    post = call(api, "POST", base + "/posts", {
        "text": "From the API", "destination": "https://harbour-tea.example/api",
        "variants": [{"channel": channel["id"]}]})
    assert post["state"] == "draft"
    due = in_days(5)
    post = call(api, "PUT", f"{base}/posts/{post['id']}/schedule",
                {"dueLocal": f"{due:%Y-%m-%dT%H:%M}", "zone": "Europe/Berlin"})
    publication = post["variants"][0]["publication"]
    assert publication["state"] == "scheduled" and publication["zone"] == "Europe/Berlin"
    moved = call(api, "PUT", f"{base}/publications/{publication['id']}/due", {"time": "11:15"})
    assert moved["dueLocal"].endswith("T11:15")
    call(api, "DELETE", f"{base}/posts/{post['id']}")
    call(api, "POST", f"{base}/posts/{post['id']}/restoration")
    assert call(api, "GET", f"{base}/posts/{post['id']}")["state"] == "draft"


class Shop(http.server.BaseHTTPRequestHandler):
    """A page that says what it is about, with a picture."""

    def do_GET(self):
        is_picture = self.path.endswith(".png")
        if is_picture:
            with tempfile.NamedTemporaryFile() as file:
                body = picture(pathlib.Path(file.name)).read_bytes()
        else:
            body = ("""<!doctype html><html><head><title>Tea | Shop</title>
                <meta property="og:title" content="First flush &amp; friends">
                <meta property="og:description" content="Picked in March">
                <meta property="og:image" content="/leaf.png"></head><body>Tea</body></html>"""
                    ).encode()
        self.send_response(200)
        self.send_header("content-type", "image/png" if is_picture else "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def shop():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tea"
    server.shutdown()


@pytest.fixture(scope="module")
def bluesky(tmp_path_factory, browser, pds, shop):
    """A program whose workspace has a Bluesky channel on a real AT Protocol server."""
    server = Throughline(
        tmp_path_factory.mktemp("bluesky"), None, "--allow-address", f"127.0.0.1:{pds.port}",
        "--allow-address", shop.split("/")[2])
    create_owner(browser, server)
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/settings/channels/new")
    form = page.locator("#bluesky")
    form.locator("[name=identifier]").fill(pds.handle)
    form.locator("[name=password]").fill(pds.password)
    form.locator("[name=server]").fill(pds.url)
    form.get_by_role("button", name="Connect Bluesky").click()
    page.wait_for_url("**/settings/channels/*-*")
    context.close()
    yield server
    assert server.stop() == 0, server.output()


def records(pds):
    address = (f"{pds.url}/xrpc/com.atproto.repo.listRecords?repo=did:web:alice.localhost"
               "&collection=app.bsky.feed.post")
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.loads(answer.read())["records"]




def test_a_post_with_a_picture_goes_out_and_its_page_says_so_by_itself(
        context, bluesky, pds, axe, tmp_path):
    server = bluesky
    before = len(records(pds))
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/posts/new")
    page.fill("#text", "Ünique leaves 🍃 from Assam.")
    page.fill("#destination", "https://harbour-tea.example/assam")
    page.set_input_files("#picture-file", picture(tmp_path / "leaves.png"))
    page.get_by_label("What it shows, for people who do not see it").fill("Dark leaves on slate")
    page.locator("#preview").get_by_text("utm_source=bluesky").wait_for()
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    # Nobody reloads: the page hears of it.
    page.get_by_text(re.compile("on time")).first.wait_for(timeout=30_000)
    assert page.get_by_text("Published", exact=True).first.is_visible()
    axe(page)
    made = records(pds)
    assert len(made) == before + 1
    record = next(item["value"] for item in made
                  if item["value"]["text"].startswith("Ünique leaves 🍃 from Assam."))
    image = record["embed"]["images"][0]
    assert image["alt"] == "Dark leaves on slate"
    links = [(facet["index"], feature["uri"]) for facet in record.get("facets", [])
             for feature in facet["features"] if feature["$type"].endswith("#link")]
    assert len(links) == 1 and "utm_source=bluesky" in links[0][1]
    index, _ = links[0]
    shown = record["text"].encode()[index["byteStart"]:index["byteEnd"]].decode()
    assert "harbour-tea.example" in shown


def test_a_card_says_what_the_page_says_and_the_post_is_deleted_there(
        context, bluesky, pds, shop, axe):
    server = bluesky
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/posts/new")
    page.fill("#title", "INTERNAL: Q4 push")
    page.fill("#text", "Harvest news #" + "leaf" * 20)
    page.fill("#destination", shop)
    page.locator("#destination").blur()
    card = page.locator(".link-card")
    card.get_by_text("First flush & friends").wait_for()
    card.get_by_text("Picked in March").wait_for()
    assert card.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 64
    axe(page)
    before = len(records(pds))
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    page.get_by_text(re.compile("on time")).first.wait_for(timeout=30_000)
    record = next(item["value"] for item in records(pds)
                  if item["value"]["text"].startswith("Harvest news"))
    external = record["embed"]["external"]
    assert external["title"] == "First flush & friends"
    assert external["description"] == "Picked in March"
    assert external["thumb"]["mimeType"] == "image/png"
    said = json.dumps(record)
    assert "INTERNAL" not in said and "internal" not in said and "utm_campaign=post" in said
    # A tag of eighty letters is more than the network's lexicon takes: it stays plain text.
    assert not any(feature["$type"].endswith("#tag") for facet in record["facets"]
                   for feature in facet["features"])
    page.get_by_role("button", name="Delete on Bluesky").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete on Bluesky").click()
    page.get_by_text(re.compile("^Deleted on Bluesky")).wait_for(timeout=30_000)
    assert len(records(pds)) == before
    assert page.get_by_role("link", name="See it on Bluesky").count() == 0
    page.get_by_text("Looked by its record key").wait_for()
    axe(page)
