"""The practice network, walked by the official client library of the Mastodon API."""
import base64
import datetime
import hashlib
import json
import re
import secrets
import struct
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib

import mastodon
import pytest

from conftest import WIDTHS, browser_request, create_owner, fits
from servers import ROOT, Throughline, status_of

SCOPES = ["read", "write"]


def png(width=4, height=3):
    """A small picture of one colour."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + b"\x22\x88\xcc" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class App:
    """A registered app. Mastodon.py knows no proof keys (RFC 7636), so they are sent by hand."""

    def __init__(self, base, name="End to end"):
        self.base = base
        self.id, self.secret = mastodon.Mastodon.create_app(
            name, scopes=SCOPES, api_base_url=base)
        self.verifier = secrets.token_urlsafe(32)

    def consent_page(self, **changes):
        """Where a person is sent; `None` leaves a part out."""
        address = mastodon.Mastodon(self.id, self.secret, api_base_url=self.base) \
            .auth_request_url(scopes=SCOPES)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        proof = {"code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                 "code_challenge_method": "S256", **changes}
        known = {name: value for name, value in proof.items() if value is not None}
        return address + "&" + urllib.parse.urlencode(known)

    def code(self, page, handle):
        """What a person who allows it is given."""
        page.goto(self.consent_page())
        page.fill("[name=handle]", handle)
        page.click("main form [type=submit]")
        return page.inner_text("#code")

    def post(self, path, **fields):
        """Status and answer of a call with the app's own name and secret."""
        body = {"client_id": self.id, "client_secret": self.secret, **fields}
        request = urllib.request.Request(
            self.base + path, urllib.parse.urlencode(body).encode())
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def exchange(self, code, **changes):
        return self.post("/oauth/token", **{
            "grant_type": "authorization_code", "code": code, "scope": " ".join(SCOPES),
            "redirect_uri": "urn:ietf:wg:oauth:2.0:oob", "code_verifier": self.verifier,
            **changes})

    def client(self, token):
        return mastodon.Mastodon(
            self.id, self.secret, token, api_base_url=self.base, ratelimit_method="throw")


def connect(page, base, handle, name="End to end"):
    """Registers an app, lets a person allow it, and signs in with the code."""
    app = App(base, name)
    status, grant = app.exchange(app.code(page, handle))
    assert status == 200 and grant["scope"] == " ".join(SCOPES), grant
    return app.client(grant["access_token"])


@pytest.fixture
def ana(signed_in, server):
    return connect(signed_in, server.url + "/practice", "ana_" + uuid.uuid4().hex[:8])


def test_says_what_it_is_and_what_it_takes(server):
    client = mastodon.Mastodon(api_base_url=server.url + "/practice")
    instance = client.instance_v2()
    assert instance.configuration.statuses.max_characters == 500
    assert "practice" in instance.description.lower()
    assert client.instance_v1().title == "Practice network"


def test_posts_with_a_picture_and_reads_it_back(ana, page, server):
    media = ana.media_post(png(), mime_type="image/png", description="A blue square")
    assert media.meta.original.width == 4
    text = "Fresh beans: https://beans.example/?a=1&b=2 #Coffee"
    made = ana.status_post(text, media_ids=[media.id], language="en", spoiler_text="coffee")
    seen = ana.status(made.id)
    assert seen.media_attachments[0].description == "A blue square"
    assert seen.spoiler_text == "coffee" and seen.language == "en"
    assert 'href="https://beans.example/?a=1&amp;b=2"' in seen.content
    assert ana.status_source(made.id).text == text
    age = datetime.datetime.now(datetime.timezone.utc) - seen.created_at
    assert abs(age.total_seconds()) < 60
    page.goto(seen.url)
    assert page.get_by_alt_text("A blue square").is_visible()
    page.get_by_role("link", name="https://beans.example/").wait_for()


def test_makes_one_post_for_one_key(ana):
    key = str(uuid.uuid4())
    first = ana.status_post("Only once", idempotency_key=key)
    again = ana.status_post("Only once", idempotency_key=key)
    assert first.id == again.id
    assert len(ana.account_statuses(ana.me().id)) == 1


def test_hears_of_replies_likes_and_boosts(ana, signed_in, page, server, axe):
    post = ana.status_post("What shall we roast next?")
    other = connect(signed_in, server.url + "/practice", "bo_" + uuid.uuid4().hex[:8])
    other.status_favourite(post.id)
    other.status_reblog(post.id)
    answer = other.status_post("Ethiopia", in_reply_to_id=post.id)
    page.goto(post.url)
    page.fill("[name=name]", "A passer-by")
    page.fill("[name=text]", "Peru, please")
    page.click("#reply [type=submit]")
    page.get_by_text("Peru, please").wait_for()
    page.locator(f"form[action='/practice/posts/{post.id}/likes'] button").click()
    page.wait_for_load_state()
    axe(page)
    below = ana.status_context(post.id).descendants
    assert [status.content for status in below] == ["<p>Ethiopia</p>", "<p>Peru, please</p>"]
    assert below[0].id == answer.id and below[0].in_reply_to_id == post.id
    seen = ana.status(post.id)
    assert (seen.favourites_count, seen.reblogs_count, seen.replies_count) == (2, 1, 2)
    assert sorted(notice.type for notice in ana.notifications()) == [
        "favourite", "mention", "mention", "reblog"]


def test_turns_pages_by_their_links(ana):
    made = [ana.status_post(f"Number {number}").id for number in range(7)]
    page = ana.account_statuses(ana.me().id, limit=3)
    seen = []
    while page:
        seen += [status.id for status in page]
        page = ana.fetch_next(page)
    assert seen == made[::-1]


def test_refuses_like_the_real_ones(ana, server):
    with pytest.raises(mastodon.MastodonAPIError) as long:
        ana.status_post("x" * 501)
    assert long.value.args[1] == 422
    with pytest.raises(mastodon.MastodonNotFoundError):
        ana.status(12345)
    stranger = mastodon.Mastodon(access_token="nonsense", api_base_url=server.url + "/practice")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        stranger.me()
    assert ana.ratelimit_limit == 300 and 0 < ana.ratelimit_remaining < 300
    post = ana.status_post("Soon gone")
    ana.status_delete(post.id)
    with pytest.raises(mastodon.MastodonNotFoundError):
        ana.status(post.id)


def test_connects_with_one_click(signed_in, server):
    signed_in.goto(server.home + "/settings/channels/new")
    signed_in.get_by_role("button", name="Use the practice network").first.click()
    signed_in.wait_for_url(lambda address: "/channels/new" not in address)
    signed_in.get_by_text("@practice").first.wait_for()


def test_its_pages_are_for_everyone(page, server, axe):
    page.goto(server.url + "/practice")
    page.get_by_role("heading", name="Practice network").wait_for()
    axe(page)


# -- what programs may do, and how it ends

def test_no_app_signs_in_without_a_proof_key(signed_in, server):
    app = App(server.url + "/practice")
    for changes in (
            {"code_challenge": None, "code_challenge_method": None},
            {"code_challenge_method": "plain"}, {"code_challenge_method": None},
            {"code_challenge": "short"}):
        answer = signed_in.goto(app.consent_page(**changes))
        assert answer.status == 422, changes
        signed_in.get_by_text("code_challenge_method=S256").wait_for()
        assert not signed_in.locator("[name=handle]").count()
    code = app.code(signed_in, "proof_" + uuid.uuid4().hex[:8])
    for verifier in ("", "x" * 43):
        status, answer = app.exchange(code, code_verifier=verifier)
        assert (status, answer["error"]) == (400, "invalid_grant")
    assert app.exchange(code)[0] == 200


def test_a_code_that_comes_twice_ends_what_it_gave(signed_in, server):
    app = App(server.url + "/practice")
    code = app.code(signed_in, "twice_" + uuid.uuid4().hex[:8])
    client = app.client(app.exchange(code)[1]["access_token"])
    assert client.me().username.startswith("twice_")
    status, answer = app.exchange(code)
    assert (status, answer["error"]) == (400, "invalid_grant")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        client.me()


def test_an_app_ends_its_own_token_only(ana, server):
    stranger = App(server.url + "/practice", "Stranger")
    token = ana.access_token
    for wrong in ({}, {"client_id": ana.client_id}, {"client_id": ana.client_id,
                                                     "client_secret": ""}):
        status, answer = stranger.post("/oauth/revoke", token=token, **wrong)
        # As https://docs.joinmastodon.org/methods/oauth/#revoke says it.
        assert status == 403
        assert answer == {"error": "unauthorized_client",
                          "error_description": "You are not authorized to revoke this token"}
    assert ana.me().username.startswith("ana_")
    ana.revoke_access_token()
    left = mastodon.Mastodon(access_token=token, api_base_url=server.url + "/practice")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        left.me()


def test_people_see_what_they_allowed_and_end_it(signed_in, server, axe, tmp_path):
    page, base = signed_in, server.url + "/practice"
    handle, name = "eve_" + uuid.uuid4().hex[:8], "Teapot <b>" + uuid.uuid4().hex[:6]
    app = App(base, name)
    page.goto(app.consent_page())
    page.get_by_text("until you end it under").wait_for()
    axe(page)
    page.get_by_role("link", name="Programs that may use your accounts").click()
    page.wait_for_url(base + "/programs")
    client = app.client(app.exchange(app.code(page, handle))[1]["access_token"])
    page.get_by_role("link", name="Programs that may use your accounts").wait_for()
    axe(page)
    other = connect(page, base, handle, "Other program")
    page.goto(base + "/people/" + handle)
    page.get_by_role("link", name="Programs that may use it").click()
    account = page.get_by_role("region", name="@" + handle)
    entry = account.get_by_role("listitem").filter(has_text=name)
    entry.get_by_text("not used yet").wait_for()
    assert "may: read write" in entry.inner_text() and "Allowed just now" in entry.inner_text()
    client.me()
    page.reload()
    entry.get_by_text("last used just now").wait_for()
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    entry.get_by_role("button", name=f"End access of {name} to @{handle}").click()
    page.get_by_text("Ended: its next call is refused.").wait_for()
    page.wait_for_url(base + "/programs")
    entry.wait_for(state="detached")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        client.me()
    assert other.me().username == handle
    assert account.get_by_role("listitem").count() == 1


def test_only_the_owner_of_an_account_ends_its_programs(ana, server, browser):
    handle, form = ana.me().username, {"client": ana.client_id}
    context = browser.new_context()
    page = context.new_page()
    # Who is not signed in sees neither the link nor the page.
    page.goto(f"{server.url}/practice/people/{handle}")
    page.get_by_role("heading", name=handle.capitalize()).wait_for()
    assert not page.get_by_role("link", name="Programs that may use it").count()
    page.goto(server.url + "/practice/programs")
    assert "/sign-in" in page.url
    context.add_cookies(server.cookies)
    address = server.url + "/practice/programs/end"
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = context.request.post(address, form={**form, "handle": handle}, headers=headers)
        assert answer.status == 403
    ours = {"sec-fetch-site": "same-origin"}
    assert context.request.post(
        address, form={**form, "handle": "nobody_has_this"}, headers=ours).status == 404
    # Which program is meant has to be said.
    for vague in ({}, {"client": ""}):
        assert context.request.post(
            address, form={**vague, "handle": handle}, headers=ours).status == 422
    assert ana.me().username == handle
    context.close()


# -- leaving it out

def left_out(server):
    """Asserts that nothing of the network is served."""
    for path in ("", "/programs", "/people/ana", "/oauth/authorize", "/api/v1/instance",
                 "/api/v1/timelines/public"):
        assert status_of(server.url + "/practice" + path) == 404, path
    for path in ("/api/v1/apps", "/oauth/token", "/oauth/revoke", "/programs/end"):
        request = urllib.request.Request(server.url + "/practice" + path, b"client_name=x")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        assert refusal.value.code == 404, path
    with urllib.request.urlopen(server.url + "/robots.txt") as answer:
        assert b"practice" not in answer.read()


def test_a_server_can_do_without_it(tmp_path, browser):
    server = Throughline(tmp_path, None, "--practice-network", "off")
    create_owner(browser, server)
    left_out(server)
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    for path in ("/settings/channels", "/settings/channels/new", "/start/channel"):
        assert page.goto(server.home + path).status == 200
        assert "ractice network" not in page.inner_text("main"), path
    page.goto(server.home + "/settings/channels/new")
    page.get_by_role("heading", name="Bluesky").wait_for()
    answer = context.request.post(
        f"{server.url}/api/v1/workspaces/{server.workspace}/channels/practice", data={},
        headers={"sec-fetch-site": "same-origin"})
    assert answer.status == 409 and "--practice-network on" in answer.json()["detail"]
    context.close()
    assert server.stop() == 0, server.output()


def test_channels_on_it_are_published_by_hand_without_it(tmp_path, browser):
    server = Throughline(tmp_path)
    create_owner(browser, server)
    place = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", place + "/channels/practice", {})["id"]
    cookies, workspace = server.cookies, server.workspace
    assert server.stop() == 0, server.output()
    server = Throughline(tmp_path, None, "--practice-network", "off")
    server.workspace = workspace
    context = browser.new_context()
    context.add_cookies(
        [{**cookie, "domain": "127.0.0.1"} for cookie in cookies])

    def ask(method, path, body=None):
        answer = context.request.fetch(
            server.url + "/api/v1" + place + path, method=method, data=body,
            headers={"sec-fetch-site": "same-origin"})
        assert answer.ok, answer.text()
        return answer.json()

    post = ask("POST", "/posts", {"text": "Where to?", "variants": [{"channel": channel}]})["id"]
    ask("PUT", f"/posts/{post}/schedule", {})
    server.wait_for(
        lambda: ask("GET", f"/posts/{post}")["variants"][0]["publication"]["state"] == "needsPerson",
        "handing the post to a person")
    context.close()
    assert server.stop() == 0, server.output()


def test_the_packaged_service_leaves_it_out_and_the_demo_keeps_it(tmp_path):
    unit = (ROOT / "Packaging/throughline.service").read_text()
    settings = dict(re.findall(r"^Environment=(\w+)=(\S+)$", unit, re.M))
    assert settings == {"THROUGHLINE_PRACTICE_NETWORK": "off"}
    # What the operator writes wins over the unit.
    assert unit.index("Environment=") < unit.index("EnvironmentFile=")
    server = Throughline(tmp_path / "service", environment=settings)
    left_out(server)
    assert server.stop() == 0, server.output()
    demo = Throughline(tmp_path / "demo", command="demo", environment=settings)
    assert status_of(demo.url + "/practice") == 200
    demo.stop()
