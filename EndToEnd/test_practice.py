"""The practice network, walked by the official client library of the Mastodon API."""
import datetime
import struct
import uuid
import zlib

import mastodon
import pytest

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


def connect(page, base, handle):
    """Registers an app, lets a person allow it, and signs in with the code."""
    client_id, secret = mastodon.Mastodon.create_app(
        "End to end", scopes=SCOPES, api_base_url=base)
    client = mastodon.Mastodon(client_id, secret, api_base_url=base, ratelimit_method="throw")
    page.goto(client.auth_request_url(scopes=SCOPES))
    page.fill("[name=handle]", handle)
    page.click("main form [type=submit]")
    client.log_in(code=page.inner_text("#code"), scopes=SCOPES)
    return client


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
