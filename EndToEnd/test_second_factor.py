"""The second factor, from the QR code to the lost phone, as a person and a program meet it."""
import json
import re
import urllib.error
import urllib.request

import pytest

from authenticator import Authenticator
from conftest import OWNER, WIDTHS, create_owner, fits
from servers import Throughline


@pytest.fixture
def own_server(tmp_path, browser):
    """A server whose owner may lose and change what they sign in with."""
    server = Throughline(tmp_path)
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


def post(server, path, body, cookie=None, method="POST"):
    """What a browser's script sends: the status, the answer and the cookies it sets."""
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", "sec-fetch-site": "same-origin",
                 **({"cookie": f"throughline={cookie}"} if cookie else {})})
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def sign_in(page, server, password=OWNER["password"]):
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("E-mail address").fill(OWNER["email"])
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def set_up(page, server):
    """Goes from the account page to the recovery codes; returns the app and the codes."""
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.home}/settings/account")
    page.get_by_role("link", name="Second factor settings").click()
    page.get_by_label("Present password").fill(OWNER["password"])
    page.get_by_role("button", name="Set up my second factor").click()
    app = Authenticator.scan(page.locator("svg.qr"))
    assert app.account == f"Throughline:{OWNER['email']}"
    assert page.locator(".key-text").inner_text().replace(" ", "") == app.secret
    page.get_by_label("Six digits from your app").fill(app.code())
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Keep these recovery codes").wait_for()
    return app, page.locator(".code-list code").all_inner_texts()


def test_a_second_factor_from_the_qr_code_to_the_lost_phone(own_server, page, axe):
    server = own_server
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.url}/account/second-factor?next={'/w/' + server.workspace}")
    axe(page)
    page.get_by_label("Present password").fill("not the right one")
    page.get_by_role("button", name="Set up my second factor").click()
    page.get_by_text("That is not your present password").wait_for()
    page.get_by_label("Present password").fill(OWNER["password"])
    page.get_by_role("button", name="Set up my second factor").click()
    app = Authenticator.scan(page.locator("svg.qr"))
    # Readable in the dark as well.
    page.emulate_media(color_scheme="dark")
    assert Authenticator.scan(page.locator("svg.qr")).secret == app.secret
    page.emulate_media(color_scheme="light")
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    page.get_by_label("Six digits from your app").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_text("That code is not right").wait_for()
    page.get_by_label("Six digits from your app").fill(app.code())
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Keep these recovery codes").wait_for()
    axe(page)
    codes = page.locator(".code-list code").all_inner_texts()
    assert len(set(codes)) == 10 and all(re.fullmatch("([A-Z2-7]{4}-){6}[A-Z2-7]{4}", c) for c in codes)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url(server.home)

    # From now on the password leads to the code, and to the page one wanted.
    page.context.clear_cookies()
    page.goto(f"{server.home}/settings/members")
    page.wait_for_url("**/sign-in?next=**")
    page.get_by_label("E-mail address").fill(OWNER["email"])
    page.get_by_label("Password").fill(OWNER["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/sign-in/code**")
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    assert page.goto(server.home).url.startswith(f"{server.url}/sign-in"), "not signed in yet"
    page.go_back()
    page.get_by_label("Six digits from your app").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("That code is not right").wait_for()
    page.get_by_label("Six digits from your app").fill(app.code())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.home}/settings/members")
    page.get_by_text("second factor on").wait_for()

    # A recovery code opens once.
    page.context.clear_cookies()
    for expected in ("you have 9 left", "That code is not right"):
        sign_in(page, server)
        page.wait_for_url("**/sign-in/code**")
        page.get_by_label("Six digits from your app").fill(codes[0].lower())
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text(expected).wait_for()
        page.context.clear_cookies()

    # Without phone and codes, whoever runs the server helps.
    state = json.loads(server.command("user", "second-factor", OWNER["email"], "--json"))
    assert state == {"email": OWNER["email"], "isOn": True, "recoveryCodesLeft": 9}
    assert "without a second factor" in server.command(
        "user", "second-factor", OWNER["email"], "--remove")
    sign_in(page, server)
    page.wait_for_url(server.home)
    assert app.secret not in server.output()


def test_new_codes_and_turning_it_off(own_server, page, axe):
    server = own_server
    app, codes = set_up(page, server)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("On since").wait_for()
    page.get_by_role("link", name="Second factor settings").click()
    axe(page)
    page.locator("#new-codes").get_by_label("Six digits from your app").fill(app.code())
    page.get_by_role("button", name="Make new recovery codes").click()
    page.get_by_role("heading", name="Keep these recovery codes").wait_for()
    fresh = page.locator(".code-list code").all_inner_texts()
    assert not set(fresh) & set(codes)
    page.goto(f"{server.url}/account/second-factor?next=/w/{server.workspace}/settings/account")
    off = page.locator("#factor-off")
    off.get_by_label("Present password").fill(OWNER["password"])
    off.get_by_label("or a recovery code").fill(codes[0])
    off.get_by_role("button").filter(has_text="Turn the second factor off").click()
    page.get_by_text("That code is not right").wait_for()
    off.get_by_label("or a recovery code").fill(fresh[0])
    off.get_by_role("button").filter(has_text="Turn the second factor off").click()
    page.get_by_text("Off: your password alone opens your account.").wait_for()


def test_a_workspace_can_ask_it_of_everybody(own_server, browser, page, axe):
    server = own_server
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.home}/settings/workspace")
    page.get_by_label("Members come in with a second factor only").check()
    page.get_by_role("button", name="Save this rule").click()
    page.get_by_text("Sign in with a second factor yourself").wait_for()
    set_up(page, server)
    page.goto(f"{server.home}/settings/workspace")
    page.get_by_label("Members come in with a second factor only").check()
    page.get_by_role("button", name="Save this rule").click()
    page.get_by_text("Members now come in with a second factor only").wait_for()
    axe(page)
    page.goto(f"{server.home}/settings/members")
    page.get_by_label("E-mail address").fill("ben@example.org")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Send this link to ben@example.org").input_value()
    context = browser.new_context()
    guest = context.new_page()
    guest.goto(link)
    guest.get_by_label("Your name").fill("Ben Ode")
    guest.get_by_label("Password").fill("a quiet long phrase")
    guest.get_by_role("button", name="Join Harbour Tea").click()
    # The newcomer is led to the second factor before seeing anything.
    guest.wait_for_url("**/account/second-factor?next=**")
    secret = {c["name"]: c["value"] for c in context.cookies()}["throughline"]
    status, problem = post(
        server, f"/workspaces/{server.workspace}/members", None, secret, method="GET")
    assert (status, problem["code"]) == (403, "access.second-factor")
    guest.get_by_label("Present password").fill("a quiet long phrase")
    guest.get_by_role("button", name="Set up my second factor").click()
    app = Authenticator.scan(guest.locator("svg.qr"))
    guest.get_by_label("Six digits from your app").fill(app.code())
    guest.get_by_role("button", name="Turn it on").click()
    guest.get_by_role("link", name="I have kept them").click()
    guest.wait_for_url(server.home)
    context.close()


def test_a_workspace_can_ask_it_from_the_first_minute(tmp_path, page, axe):
    server = Throughline(tmp_path)
    page.goto(server.link())
    box = page.get_by_label("Everybody needs a second factor")
    assert not box.is_checked(), "nobody else reaches this server"
    box.check()
    for name, value in {**OWNER, "workspace": "Harbour Tea"}.items():
        page.locator(f"form [name={name}]").fill(value)
    axe(page)
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url("**/account/second-factor?next=**")
    page.get_by_label("Present password").fill(OWNER["password"])
    page.get_by_role("button", name="Set up my second factor").click()
    app = Authenticator.scan(page.locator("svg.qr"))
    page.get_by_label("Six digits from your app").fill(app.code())
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/w/harbour-tea/start/channel")
    assert server.stop() == 0, server.output()


def test_a_server_that_others_reach_asks_it_unless_told_otherwise(tmp_path, page):
    server = Throughline(tmp_path, None, "--public-url", "https://social.example")
    link = server.link().split("/")[-1]
    page.goto(f"{server.url}/welcome/{link}")
    assert page.get_by_label("Everybody needs a second factor").is_checked()
    status, begun = post(
        server, "/owner", {**OWNER, "link": link, "workspace": "Harbour Tea"})
    assert status == 201, begun
    cookie = f"{begun['secret']}; __Host-throughline={begun['secret']}"
    status, problem = post(server, "/workspaces/harbour-tea/channels", None, cookie, "GET")
    assert (status, problem["code"]) == (403, "access.second-factor")
    status, made = post(
        server, "/workspaces",
        {"name": "Open Door", "zone": "Europe/Berlin", "needsSecondFactor": False}, cookie)
    assert status == 201 and made["needsSecondFactor"] is False
    assert post(server, "/workspaces/open-door/channels", None, cookie, "GET")[0] == 200
    status, problem = post(
        server, "/workspaces/open-door",
        {"name": "Open Door", "zone": "Europe/Berlin", "needsSecondFactor": True}, cookie, "PUT")
    assert (status, set(problem["fields"])) == (422, {"needsSecondFactor"}), "no quiet ignoring"
    assert server.stop() == 0, server.output()


def test_programs_sign_in_with_a_code(own_server, page):
    server = own_server
    app, codes = set_up(page, server)
    begin = {name: OWNER[name] for name in ("email", "password")}
    status, answer = post(server, "/sessions", begin)
    assert status == 201 and set(answer) == {"step"}
    end = {"which": "all", "currentPassword": OWNER["password"]}
    assert post(server, "/me/sessions/removal", end, answer["step"])[0] == 401
    status, problem = post(
        server, "/sessions/second-step", {"step": answer["step"], "code": "000000"})
    assert (status, set(problem["fields"])) == (422, {"code"})
    status, begun = post(
        server, "/sessions/second-step", {"step": answer["step"], "code": codes[1]})
    assert status == 201 and begun["person"]["email"] == OWNER["email"]
    status, listed = post(server, "/sessions", None, begun["secret"], "GET")
    assert [s["hasSecondFactor"] for s in listed["items"] if s["isThis"]] == [True]
    assert {s["place"] for s in listed["items"]} == {"the server's own machine"}
    status, changed = post(
        server, "/me/password", {"currentPassword": OWNER["password"],
                                 "password": "a fresh quiet phrase"}, begun["secret"], "PUT")
    assert status == 200
    assert post(server, "/me", None, begun["secret"], "GET")[0] == 401, "the old secret"
    assert len(post(server, "/sessions", None, changed["secret"], "GET")[1]["items"]) == 1
    status, problem = post(server, "/me/sessions/removal", end, changed["secret"])
    assert (status, set(problem["fields"])) == (422, {"currentPassword"}), "the old password"
    end["currentPassword"] = "a fresh quiet phrase"
    status, problem = post(
        server, "/me/sessions/removal", {**end, "which": "most"}, changed["secret"])
    assert (status, set(problem["fields"])) == (422, {"which"})
    assert post(server, "/me/sessions/removal", end, changed["secret"])[0] == 204
    assert post(server, "/me", None, changed["secret"], "GET")[0] == 401


def test_a_password_link_sets_a_password_and_keeps_the_second_factor(own_server, page, browser, axe):
    server = own_server
    app, codes = set_up(page, server)
    link = server.command("user", "link", OWNER["email"])
    page.context.clear_cookies()
    page.goto(link)
    axe(page)
    page.get_by_label("New password").fill("Harbour Tea 12")
    page.get_by_role("button", name="Set my password").click()
    page.get_by_text("Do not use your name, address or workspace").wait_for()
    page.get_by_label("New password").fill("q1w2e3r4t5y6")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_label("New password").get_attribute("type") == "text"
    page.get_by_role("button", name="Set my password").click()
    page.get_by_text("one of the first passwords that guessers try").wait_for()
    page.get_by_label("New password").fill("a fresh quiet phrase")
    page.get_by_role("button", name="Set my password").click()
    page.get_by_text("Your password is set").wait_for()
    sign_in(page, server, "a fresh quiet phrase")
    page.wait_for_url("**/sign-in/code**")
    page.get_by_label("Six digits from your app").fill(codes[2])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(server.home)
    page.goto(link)
    page.get_by_text("This link was used, replaced or has run out").wait_for()


def test_an_owner_helps_a_member_back_in(own_server, page, browser, axe):
    server = own_server
    server.command(
        "user", "add", "ben@example.org", "--name", "Ben Ode", "--workspace", server.workspace,
        given="a quiet long phrase\n")
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.home}/settings/members")
    page.get_by_role("button", name="Password link for Ben Ode").click()
    link = page.get_by_label("Give this link to ben@example.org").input_value()
    axe(page)
    context = browser.new_context()
    guest = context.new_page()
    guest.goto(link)
    guest.get_by_label("New password").fill("another quiet phrase")
    guest.get_by_role("button", name="Set my password").click()
    guest.wait_for_url("**/sign-in")
    guest.get_by_label("E-mail address").fill("ben@example.org")
    guest.get_by_label("Password").fill("another quiet phrase")
    guest.get_by_role("button", name="Sign in").click()
    guest.wait_for_url(server.home)
    assert guest.get_by_role("button", name="Password link for").count() == 0
    context.close()


def test_signing_out_everywhere(own_server, page, browser, axe):
    server = own_server
    others = []
    for _ in range(2):
        context = browser.new_context()
        others.append(context.new_page())
        sign_in(others[-1], server)
        others[-1].wait_for_url(server.home)
    page.context.add_cookies(server.cookies)
    page.goto(f"{server.home}/settings/account")
    axe(page)
    form = page.locator("#my-sessions")
    form.get_by_text("from the server's own machine").first.wait_for()

    # Whoever finds this browser open ends nothing without the password.
    form.get_by_label("everywhere else").check()
    form.get_by_label("My password").fill("not the right one")
    form.get_by_role("button", name="Sign these out").click()
    form.get_by_text("That is not your present password").wait_for()
    for other in others:
        assert other.goto(server.home).url == server.home

    # The list shows the one that was used last first.
    form.get_by_label("Sign this one out").first.check()
    form.get_by_label("My password").fill(OWNER["password"])
    form.get_by_role("button", name="Sign these out").click()
    page.locator(".toasts").get_by_text("That browser is signed out.").wait_for()
    ended = [other.goto(server.home).url != server.home for other in others]
    assert sorted(ended) == [False, True]
    form.get_by_label("everywhere else").check()
    form.get_by_label("My password").fill(OWNER["password"])
    form.get_by_role("button", name="Sign these out").click()
    page.locator(".toasts").get_by_text("All other browsers are signed out.").wait_for()
    for other in others:
        other.goto(server.home)
        other.wait_for_url("**/sign-in?next=**")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    form.get_by_label("everywhere, here too").check()
    form.get_by_label("My password").fill(OWNER["password"])
    form.get_by_role("button", name="Sign these out").click()
    page.wait_for_url("**/sign-in")
    page.goto(server.home)
    page.wait_for_url("**/sign-in?next=**")
    for other in others:
        other.context.close()
