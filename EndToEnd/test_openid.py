"""Sign-in by OpenID Connect against a real provider, in the browser."""
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

from authenticator import Authenticator
from conftest import OWNER, WIDTHS, create_owner, fits
from servers import BINARY, ROOT, Running, Throughline, free_port, status_of


class Provider(Running):
    """oidc-provider-mock: discovery, PKCE parameters, RS256 tokens, a page to sign in at."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            [sys.executable, ROOT / "EndToEnd/oidc.py", self.port], "OpenID provider")
        self.wait_for(
            lambda: status_of(self.url + "/.well-known/openid-configuration") == 200, "listening")

    def person(self, subject, **claims):
        request = urllib.request.Request(
            f"{self.url}/users/{urllib.parse.quote(subject)}", method="PUT",
            data=json.dumps(claims).encode(), headers={"content-type": "application/json"})
        urllib.request.urlopen(request).close()


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.stop()


class Place(Throughline):
    """A server that lets people in whom the provider vouches for."""

    def __init__(self, folder, provider, *more):
        os.environ["THROUGHLINE_OPENID_SECRET"] = "canary-of-the-client"
        try:
            port = free_port()
            super().__init__(
                folder, None, "--public-url", f"http://127.0.0.1:{port}", "--openid-issuer",
                provider.url, "--openid-client", "throughline", "--openid-name", "Example ID",
                *more, port=port)
        finally:
            del os.environ["THROUGHLINE_OPENID_SECRET"]


@pytest.fixture
def place(tmp_path, browser, provider):
    server = Place(tmp_path, provider, "--allow-address", f"127.0.0.1:{provider.port}")
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()
    assert "canary-of-the-client" not in server.output()


def go_there(page, place):
    page.goto(f"{place.url}/sign-in")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.get_by_role("heading", name="Authorize Client").wait_for()


def sign_in(page, place, subject):
    go_there(page, place)
    page.fill("input[name=sub]", subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_a_member_signs_in_elsewhere(place, provider, page, axe):
    provider.person("u-1", email=OWNER["email"].upper(), email_verified=True, name="Ada Owner")
    page.goto(f"{place.home}/settings/members")
    page.wait_for_url("**/sign-in?next=**")
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), width
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.get_by_role("heading", name="Authorize Client").wait_for()
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43 and len(asked["state"]) >= 43 <= len(asked["nonce"])
    assert asked["redirect_uri"] == f"{place.url}/sign-in/openid/callback"
    page.fill("input[name=sub]", "u-1")
    with page.expect_response(lambda answer: "/sign-in/openid/callback" in answer.url) as came:
        page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{place.home}/settings/members")
    # The address that came back is good once, even in the same browser.
    page.goto(came.value.url)
    page.get_by_text("begun elsewhere, used before or took too long").wait_for()
    page.goto(f"{place.home}/settings/account")
    page.get_by_text(f"{OWNER['email']} at {provider.url}").wait_for()
    axe(page)
    page.get_by_role("button", name=f"Remove {OWNER['email']}").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("That account no longer opens this one").wait_for()


def test_another_browser_cannot_finish_what_this_one_began(place, provider, page, browser):
    provider.person("u-1", email=OWNER["email"], email_verified=True)
    go_there(page, place)
    context = browser.new_context()
    victim = context.new_page()
    victim.goto(page.url)
    victim.fill("input[name=sub]", "u-1")
    victim.get_by_role("button", name="Authorize", exact=True).click()
    victim.get_by_text("begun elsewhere, used before or took too long").wait_for()
    victim.goto(place.home)
    victim.wait_for_url("**/sign-in?next=**")
    context.close()


def test_another_site_cannot_begin_a_sign_in(place, provider):
    """A page elsewhere that leads to our link for signing in there ends at our own page for it."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def begin(site):
        headers = {"sec-fetch-site": site} if site else {}
        request = urllib.request.Request(place.url + "/sign-in/openid", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.build_opener(Stay).open(request)
        assert answer.value.code == 303
        return answer.value.headers["location"], answer.value.headers["set-cookie"]

    for site in ("cross-site", "same-site"):
        assert begin(site) == ("/sign-in", None), site
    for site in ("same-origin", "none", None):
        address, cookie = begin(site)
        assert address.startswith(provider.url) and "openid=" in cookie, site


def test_nobody_comes_in_who_is_not_invited_or_not_verified(place, provider, page, axe):
    provider.person("u-2", email="eve@example.org", email_verified=True)
    sign_in(page, place, "u-2")
    page.get_by_text("eve@example.org has no account here").wait_for()
    axe(page)
    provider.person("u-3", email=OWNER["email"], email_verified=False)
    sign_in(page, place, "u-3")
    page.get_by_text("has not verified your e-mail address").wait_for()
    go_there(page, place)
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("The sign-in at Example ID was cancelled").wait_for()
    page.goto(place.home)
    page.wait_for_url("**/sign-in?next=**")
    assert len(json.loads(place.command("user", "list", "--json"))) == 1


def test_an_invitation_is_joined_without_a_password(place, provider, page, browser, axe):
    page.context.add_cookies(place.cookies)
    page.goto(f"{place.home}/settings/members")
    page.get_by_label("E-mail address").fill("ben@example.org")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Send this link to ben@example.org").input_value()
    provider.person("u-4", email="ben@example.org", email_verified=True, name="Ben Ode")
    context = browser.new_context()
    guest = context.new_page()
    guest.goto(link)
    axe(guest)
    guest.get_by_role("link", name="Join with Example ID").click()
    guest.fill("input[name=sub]", "u-4")
    guest.get_by_role("button", name="Authorize", exact=True).click()
    guest.wait_for_url(place.home)
    guest.goto(f"{place.home}/settings/account")
    assert guest.get_by_label("Present password").count() == 0
    # Who signs in elsewhere can have a second factor here all the same.
    guest.get_by_role("link", name="Second factor settings").click()
    guest.get_by_role("button", name="Set up my second factor").click()
    app = Authenticator.scan(guest.locator("svg.qr"))
    guest.get_by_label("Six digits from your app").fill(app.code())
    guest.get_by_role("button", name="Turn it on").click()
    guest.get_by_role("link", name="I have kept them").click()
    context.clear_cookies()
    sign_in(guest, place, "u-4")
    guest.wait_for_url("**/sign-in/code**")
    guest.get_by_label("Six digits from your app").fill(app.code())
    guest.get_by_role("button", name="Sign in").click()
    guest.wait_for_url(place.home)
    context.close()


def test_a_provider_that_is_not_allowed_is_not_asked(tmp_path, browser, provider, page):
    server = Place(tmp_path, provider)
    create_owner(browser, server)
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.get_by_text("Example ID cannot be used right now").wait_for()
    page.context.findings.clear()  # The answer is a 503, which the browser notes.
    asked = [line for line in provider.lines if ".well-known" in line]
    assert len(asked) == 1, "only the test itself asked, while it waited"
    server.stop()


@pytest.mark.parametrize("options", [
    ["--openid-issuer", "https://id.example", "--public-url", "https://social.example"],
    ["--openid-issuer", "https://id.example", "--openid-client", "x"],
    ["--openid-issuer", "id.example", "--openid-client", "x", "--public-url", "https://s.example"]])
def test_wrong_options_say_what_to_do(tmp_path, options):
    done = subprocess.run(
        [BINARY, "config", "check", "--data", tmp_path, *options], text=True, capture_output=True)
    assert done.returncode == 65 and "--openid-issuer" in done.stderr, done.stderr
