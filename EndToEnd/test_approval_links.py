"""Approval by link: somebody without an account decides about one post, on a phone."""
import json
import struct
import urllib.error
import urllib.request
import zlib

import pytest

from conftest import browser_request, fits

PHONE = {"width": 375, "height": 812}


def png(width=60, height=40):
    """A small red picture."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + b"\xc0\x30\x20" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


@pytest.fixture
def post(server):
    """A post with a picture, on a channel of the practice network."""
    place = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", place + "/channels/practice", {})["id"]
    request = urllib.request.Request(
        f"{server.url}/api/v1{place}/pictures", method="POST", data=png(),
        headers={"content-type": "image/png", "x-file-name": "tin.png",
                 "sec-fetch-site": "same-origin",
                 "cookie": "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)})
    with urllib.request.urlopen(request) as answer:
        picture = json.loads(answer.read())["id"]
    return browser_request(server, "POST", place + "/posts", {
        "text": "Two new <teas> & a tin", "pictures": [{"picture": picture, "altText": "A red tin"}],
        "variants": [{"channel": channel, "contentWarning": "Caffeine"}]})


def head(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers


def make_link(page, server, post, name="Dana at Lark"):
    page.goto(f"{server.home}/posts/{post['id']}")
    page.fill("#approver", name)
    page.get_by_role("button", name="Make a link").click()
    return page.input_value("#new-approval-link")


def test_a_client_approves_on_a_phone_what_they_see(signed_in, browser, server, post, axe):
    link = make_link(signed_in, server, post)
    headers = head(link)
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex"
    context = browser.new_context(viewport=PHONE)
    phone = context.new_page()
    for _ in range(3):
        phone.goto(link)
    assert "Two new <teas> & a tin" in phone.inner_text("main")
    assert "Behind a warning: Caffeine" in phone.inner_text("main")
    picture = phone.get_by_role("img", name="A red tin")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 60
    assert fits(phone)
    axe(phone)
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("You approved exactly this").wait_for()
    assert phone.get_by_role("button", name="Approve").count() == 0
    assert fits(phone)
    axe(phone)
    context.close()
    signed_in.reload()
    assert "Dana at Lark (approval link) approved exactly this" in signed_in.inner_text("main")
    signed_in.set_viewport_size(PHONE)
    assert fits(signed_in)
    axe(signed_in)


def test_changes_are_asked_for_with_words(signed_in, browser, server, post):
    link = make_link(signed_in, server, post)
    context = browser.new_context(viewport=PHONE)
    phone = context.new_page()
    phone.goto(link)
    phone.fill("#note", "Name the farm")
    phone.get_by_role("button", name="Ask for changes").click()
    phone.get_by_text("You asked for changes on").wait_for()
    context.close()
    signed_in.reload()
    assert "Name the farm" in signed_in.inner_text("main")


def test_an_edit_or_a_word_of_the_team_voids_the_link(signed_in, browser, server, post):
    place = f"/workspaces/{server.workspace}/posts/{post['id']}"
    link = make_link(signed_in, server, post)
    other = make_link(signed_in, server, post, "Eli")
    token = link.rsplit("/", 1)[1]
    context = browser.new_context(viewport=PHONE)
    phone = context.new_page()
    phone.goto(link)
    signed_in.goto(f"{server.home}/posts/{post['id']}")
    row = signed_in.locator("#approval-links li", has_text="Eli")
    row.get_by_role("button", name="Revoke").click()
    signed_in.get_by_role("button", name="Revoke it").click()
    signed_in.locator("#approval-links li", has_text="Taken back").wait_for()
    phone.goto(other)
    assert "took this link back" in phone.inner_text("main")
    phone.goto(link)
    browser_request(server, "PUT", place, {
        "text": "Other words", "variants": [{"channel": post["variants"][0]["channel"]}]})
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("changed or decided after this link was made").wait_for()
    phone.goto(link)
    assert "changed or decided after" in phone.inner_text("main")
    assert "Other words" not in phone.content() and "teas" not in phone.content()
    context.close()
    # A picture is shown with the content or not at all.
    for path in (f"/approve/{token}x", f"/approve/{token}/pictures/{post['id']}"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.url + path)
        assert refused.value.code == 404
        assert refused.value.headers["referrer-policy"] == "no-referrer"
