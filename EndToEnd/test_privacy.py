"""Privacy: what is kept, one person's export and erasure, and no address of anybody anywhere."""
import hashlib
import json
import urllib.error
import urllib.request

import pytest

from conftest import WIDTHS, create_owner, fits, open_api
from servers import OWNER, Throughline
from test_collector import clicks, measured, wait_for
from test_safekeeping import ask, database, program
from test_secrets import contents

PASSWORD = "five quiet rivers at noon"
BROWSER = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/126.0.0.0 Safari/537.36")


def member(server, name, email, role="owner"):
    server.command("user", "add", email, "--name", name, "--workspace", server.workspace,
                   "--role", role, given=PASSWORD)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_one_person_is_found_downloaded_and_erased(
        engine, request, tmp_path, browser, context, axe):
    server = Throughline(tmp_path / "data", database(request, engine))
    create_owner(browser, server)
    member(server, "Dora Field", "dora@canary.example")
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/settings/privacy")
    assert "No IP address is ever stored" in page.locator("main").inner_text()
    page.fill("#person-value", "nobody@canary.example")
    page.get_by_role("button", name="See what is held").click()
    page.get_by_text("Nothing is held of “nobody@canary.example” here.").wait_for()
    page.fill("#person-value", "dora@canary.example")
    page.get_by_role("button", name="See what is held").click()
    page.get_by_role("heading", name="Erase this person").wait_for()
    axe(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything about them").click()
    held = json.loads(open(download.value.path()).read())
    assert held["tables"]["person"][0]["email"] == "dora@canary.example"
    assert all("hash" not in name and "secret" not in name
               for rows in held["tables"].values() for row in rows for name in row)
    # The command line writes the same file, apart from when.
    same = json.loads(server.command("person", "export", "dora@canary.example"))
    assert set(same["tables"]) == set(held["tables"])

    page.fill("#erasure-confirmation", "somebody@else.example")
    page.get_by_role("button", name="Erase this person").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("exactly as above").first.wait_for()
    page.fill("#erasure-confirmation", "dora@canary.example")
    page.get_by_role("button", name="Erase this person").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("Erased from").first.wait_for()
    page.wait_for_load_state("networkidle")

    refused = program("person", "find", "dora@canary.example", *server._place(), wrong=66)
    assert "Nothing is held" in refused
    assert all(chain["isIntact"] for chain in json.loads(
        server.command("audit", "verify", "--json")))
    newest = json.loads(server.command("audit", "list", "--json"))[0]
    assert newest["what"] == "privacy.erased" and "ora" not in json.dumps(newest).replace(
        "Harbour", "")
    # The last owner stays, with words that say what to do.
    page.fill("#person-value", OWNER["email"])
    page.get_by_role("button", name="See what is held").click()
    page.get_by_text("This is the only owner of").wait_for()
    refused = program("person", "erase", OWNER["email"], "--confirm", OWNER["email"],
                      *server._place(), wrong=73)
    assert "Make somebody else an owner" in refused
    assert server.stop() == 0, server.output()
    backup = tmp_path / "after.tar"
    program("backup", backup, *server._place())
    for name, data in contents(backup):
        assert b"dora@canary" not in data and b"Dora Field" not in data, name


def test_what_is_kept_is_shown_and_chosen(signed_in, server, axe):
    page = signed_in
    page.goto(server.home + "/settings/privacy")
    page.get_by_text("What speaks of nobody").click()
    axe(page)
    page.fill("#traffic-days", "500")
    page.locator("#keeping button").click()
    page.get_by_text("Saved.").wait_for()
    server.api = open_api(server)
    kept = ask(server, "GET", f"/workspaces/{server.workspace}/privacy")
    clicks = next(table for table in kept["tables"] if table["table"] == "click")
    assert kept["trafficDays"] == clicks["days"] == 500
    cleared = json.loads(server.command("privacy", "clear", "--json"))
    assert cleared["isDone"]
    ask(server, "PUT", f"/workspaces/{server.workspace}/privacy", {"trafficDays": 760})


ADDRESS = "203.0.113.77"


def send(server, path, body=None, headers=None, kind="application/json"):
    """A request that a proxy passed on for somebody far away."""
    request = urllib.request.Request(
        server.url + path, data=None if body is None else json.dumps(body).encode(),
        headers={"x-forwarded-for": ADDRESS, "user-agent": BROWSER, "content-type": kind,
                 "sec-fetch-site": "same-origin", **(headers or {})})

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def trail(server):
    """Everything somebody far away can do: sign in, fail to, click, visit, buy, ask the API."""
    place = f"/workspaces/{server.workspace}"
    password = {"email": OWNER["email"], "password": OWNER["password"]}
    assert send(server, "/api/v1/sessions", {**password, "password": "not it at all"})[0] == 422
    assert send(server, "/api/v1/sessions", {"email": "no@one.example", "password": "x" * 12})[0] \
        == 422
    status, answer = send(server, "/api/v1/sessions", password)
    assert status == 201, answer
    slug, code = measured(server)
    before = clicks(server)[1]
    assert send(server, "/l/" + slug)[0] == 302
    for event in ({"s": code, "p": "/shop", "e": 1},
                  {"s": code, "g": "order", "v": "12.50", "m": "EUR", "o": "A-77"}):
        status, answer = send(server, "/t/e", event, kind="text/plain")
        assert status in (202, 204), (status, answer)
    wait_for(lambda: clicks(server)[1] > before)
    wait_for(lambda: ask(server, "GET", place + "/orders")["items"])
    token = {"authorization": "Bearer " + server.api["token"]}
    assert send(server, "/api/v1" + place, headers=token)[0] == 200
    assert send(server, "/api/v1" + place + "/business-goals", {"kind": "revenue", "title": "Sell"},
                headers=token)[0] == 201
    assert send(server, "/no/such/page")[0] == 404


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_no_address_of_anybody_is_kept_or_logged(engine, request, tmp_path, browser):
    folder, address = tmp_path / "data", database(request, engine)
    server = Throughline(folder, address, "--trust-proxy", "--log-level", "debug")
    create_owner(browser, server)
    server.api = open_api(server)
    trail(server)
    # The address did arrive: the sign-in says that it came from afar.
    events = json.loads(server.command("audit", "list", "--json"))
    assert any(entry["from"].endswith("internet") for entry in events), events
    assert server.stop() == 0
    program("backup", tmp_path / "all.tar", *server._place())
    # Neither as it is nor as a digest that trying every address would undo.
    words = [ADDRESS] + [f"{kind}\n{ADDRESS}" for kind in ("address", "accountAndAddress")] + [
        f"accountAndAddress\n{OWNER['email']}\n{ADDRESS}"]
    needles = {ADDRESS.encode()}
    needles |= {hashlib.sha256(word.encode()).hexdigest().encode() for word in words}
    needles |= {hashlib.sha256(word.encode()).digest() for word in words}
    files = [path for path in folder.rglob("*") if path.is_file()] + [tmp_path / "all.tar"]
    assert any(b"A-77" in data for _, data in contents(tmp_path / "all.tar")), "nothing was kept"
    for path in files:
        for name, data in contents(path):
            for needle in needles:
                assert needle not in data, (name, needle)
    assert ADDRESS not in server.output()
