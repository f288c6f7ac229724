"""People and channels: the first run, first steps, sign-in, members, tokens, settings."""
import re
import urllib.error
import urllib.request
import json

import pytest

from conftest import OWNER, WIDTHS, create_owner, fill_welcome, fits
from servers import Throughline

SETTINGS = ("workspace", "members", "channels", "channels/new", "tokens", "account")


def sign_in(page, server, email, password):
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def call(server, path, token, body=None):
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}", headers={"Authorization": f"Bearer {token}"},
        data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_first_run_leads_to_a_scheduled_post(fresh_server, page, axe):
    server = fresh_server
    link = server.link()
    page.goto(link)
    axe(page)
    page.get_by_label("Password").fill("password1234")
    fields = {"Your name": OWNER["name"], "E-mail address": OWNER["email"], "What do you market?": "Harbour Tea"}
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_text("one of the first passwords that guessers try").wait_for()
    assert page.get_by_label("Your name").input_value() == OWNER["name"], "what was typed is kept"
    fill_welcome(page)
    page.wait_for_url("**/w/harbour-tea/start/channel")
    axe(page)
    page.get_by_role("button", name="Use the practice network").click()
    page.wait_for_url("**/start/goal")
    axe(page)
    page.get_by_label("We want").fill("more neighbours to buy our tea online")
    page.get_by_role("button", name="Keep this goal").click()
    page.wait_for_url("**/start/post")
    axe(page)
    page.get_by_label("Text", exact=True).fill("Our first harvest is here.")
    page.get_by_role("button", name="Schedule my first post").click()
    page.wait_for_url(re.compile("/posts/[0-9a-f-]{36}"))
    page.goto(f"{server.url}/w/harbour-tea")
    page.get_by_role("link", name="Our first harvest is here.").first.wait_for()
    page.get_by_text("Setting up: 3 of 6 done").wait_for()
    axe(page)
    # The link works once.
    page.goto(link)
    page.get_by_text("This link was used or has run out").wait_for()


def test_sign_in_says_nothing_and_slows_down(server, page, axe):
    page.goto(f"{server.url}/sign-in")
    axe(page)
    for attempt in range(5):
        sign_in(page, server, "nobody@example.org", f"wrong {attempt}")
        page.get_by_text("do not belong together").wait_for()
    sign_in(page, server, "nobody@example.org", "wrong again")
    page.get_by_text("Too many wrong tries").wait_for()


def test_sign_in_returns_to_the_page_and_sign_out_ends_it(server, page):
    page.goto(f"{server.home}/settings/members")
    page.wait_for_url("**/sign-in?next=**")
    page.get_by_label("E-mail address").fill(OWNER["email"])
    page.get_by_label("Password").fill(OWNER["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/settings/members")
    page.get_by_role("button", name="account and theme").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto(server.home)
    page.wait_for_url("**/sign-in?next=**")


def test_next_never_leads_to_another_site(server, page):
    page.goto(f"{server.url}/sign-in?next=//evil.example/")
    page.get_by_label("E-mail address").fill(OWNER["email"])
    page.get_by_label("Password").fill(OWNER["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/w/**")


def test_an_invited_editor_sees_what_editors_may(server, signed_in, browser, axe):
    page = signed_in
    page.goto(f"{server.home}/settings/members")
    page.locator("#email").fill("Ben@Example.org")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Send this link to ben@example.org").input_value()
    axe(page)
    context = browser.new_context()
    guest = context.new_page()
    guest.goto(link)
    axe(guest)
    guest.get_by_label("Your name").fill("Ben Ode")
    guest.get_by_label("Password").fill("a quiet long phrase")
    guest.get_by_role("button", name="Join Harbour Tea").click()
    guest.wait_for_url(f"{server.home}")
    guest.goto(f"{server.home}/settings/workspace")
    guest.get_by_text("An owner can change these.").wait_for()
    assert guest.get_by_role("button", name="Delete this workspace").count() == 0
    assert guest.goto(f"{server.home}/settings/channels/new").status == 403
    page.goto(f"{server.home}/settings/members")
    page.get_by_label("Role of Ben Ode").select_option("viewer")
    page.get_by_role("button", name="Save Ben Ode").click()
    page.get_by_text("Ben Ode is viewer.").wait_for()
    page.get_by_role("button", name="Remove Ben Ode").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("Member removed.").wait_for()
    # Who belongs to no workspace any more is signed out, and finds nothing after coming back.
    guest.goto(server.home)
    guest.wait_for_url("**/sign-in?next=**")
    sign_in(guest, server, "ben@example.org", "a quiet long phrase")
    guest.wait_for_url("**/workspaces/new")
    assert guest.goto(server.home).status == 404
    context.close()


def test_the_last_owner_stays(server, signed_in):
    page = signed_in
    page.goto(f"{server.home}/settings/members")
    page.get_by_label(f"Role of {OWNER['name']}").select_option("editor")
    page.get_by_role("button", name=f"Save {OWNER['name']}").click()
    page.get_by_text("This is the only owner").wait_for()


def test_a_token_works_within_its_scopes(server, signed_in, axe):
    page = signed_in
    page.goto(f"{server.home}/settings/tokens")
    page.get_by_label("What is it for?").fill("Website")
    page.get_by_role("button", name="Create the token").click()
    token = page.get_by_label("Copy “Website” now").input_value()
    assert re.fullmatch(r"tl_[a-z0-9]{47}", token)
    axe(page)
    base = f"/workspaces/{server.workspace}"
    assert call(server, base, token)[1]["name"] == "Harbour Tea"
    status, problem = call(server, f"{base}/channels", token, {"network": "x", "name": "X"})
    assert (status, problem["code"]) == (403, "access.token")
    assert call(server, base, token[:-1] + ("a" if token[-1] != "a" else "b"))[0] == 401
    page.goto(f"{server.home}/settings/tokens")
    page.get_by_role("button", name="Revoke Website").click()
    page.get_by_role("button", name="Revoke it").click()
    page.get_by_text("Token revoked.").wait_for()
    assert call(server, base, token)[0] == 401


def test_a_channel_by_hand_is_added_changed_and_put_away(server, signed_in, axe):
    page = signed_in
    page.goto(f"{server.home}/settings/channels/new")
    hand = page.locator("#by-hand")
    hand.get_by_label("Network").select_option("linkedin")
    hand.get_by_label("What you call it").fill("Company page")
    hand.get_by_role("button").click()
    page.get_by_role("heading", name="Company page").wait_for()
    axe(page)
    page.get_by_label("Language").fill("no such language")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Write a language code").wait_for()
    page.get_by_label("Language").fill("de-AT")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    page.get_by_role("button", name="Take it out of use").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("The channel is out of use.").wait_for()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_settings_page_is_accessible_and_fits(server, signed_in, axe, name):
    page = signed_in
    page.goto(f"{server.home}/settings/{name}")
    axe(page)
    for width in (*WIDTHS, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), f"{name} at {width} px"


def test_home_fits_and_is_accessible(server, signed_in, axe):
    axe(signed_in)
    for width in (*WIDTHS, 320):
        signed_in.set_viewport_size({"width": width, "height": 800})
        assert fits(signed_in), f"home at {width} px"


def test_bluesky_is_connected_to_a_real_server(tmp_path, browser, page, pds, axe):
    server = Throughline(tmp_path, None, "--allow-address", f"127.0.0.1:{pds.port}")
    create_owner(browser, server)
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.home}/settings/channels/new")
    form = page.locator("#bluesky")
    form.get_by_label("Handle").fill(f"@{pds.handle}")
    form.get_by_label("Server").fill(pds.url)
    form.get_by_label("App password").fill("not this one")
    form.get_by_role("button").click()
    form.locator(".field-problem, .form-problem").first.wait_for()
    assert form.get_by_label("Handle").input_value() == f"@{pds.handle}", "what was typed is kept"
    form.get_by_label("App password").fill(pds.password)
    form.get_by_role("button").click()
    page.wait_for_url(re.compile("/settings/channels/[0-9a-f-]{36}"))
    page.get_by_text("Connected", exact=True).wait_for()
    axe(page)
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("posts that are due wait").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Disconnect").click()
    page.locator("#confirm [data-yes]").click()
    page.locator(".page-head").get_by_text("By hand", exact=True).wait_for()
    assert pds.password not in server.output()
    server.stop()
