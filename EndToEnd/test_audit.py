"""The record of changes: what is in it, who may read it, and that tampering shows."""
import csv
import io
import json
import sqlite3
import subprocess
import urllib.error
import urllib.request

import pytest

from conftest import WIDTHS, browser_request, create_owner, fits
from servers import BINARY, OWNER, ROOT, Throughline


@pytest.fixture
def own(tmp_path, browser):
    server = Throughline(tmp_path / "data")
    create_owner(browser, server)
    yield server
    server.stop()


def verify(server, *words):
    return subprocess.run(
        [BINARY, "audit", "verify", *words, "--json", *server._place()], cwd=ROOT, text=True,
        capture_output=True, timeout=60)


def events(server, question=""):
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}/events{question}",
        headers={"cookie": "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["items"]


def test_accounts_and_commands_are_recorded_without_addresses(own):
    own.command("user", "add", "cy@example.org", "--name", "Cy", "--workspace", own.workspace,
                given="a quiet long phrase\n")
    browser_request(own, "PUT", "/me", {"name": "Ada L"})
    changed = browser_request(own, "PUT", "/me/password", {
        "currentPassword": OWNER["password"], "password": "another long phrase"})
    own.cookies = [
        {**cookie, "value": changed["secret"]} if cookie["name"].endswith("throughline") else cookie
        for cookie in own.cookies]
    browser_request(own, "POST", f"/workspaces/{own.workspace}/business-goals",
                    {"kind": "revenue", "title": "to sell tea"})
    installation = json.loads(own.command("audit", "list", "--json"))
    by_name = {entry["what"]: entry for entry in installation}
    assert {"people.added", "people.signed-in", "people.renamed",
            "people.password-changed"} <= set(by_name)
    assert by_name["people.renamed"]["changes"] == [
        {"field": "name", "before": OWNER["name"], "after": "Ada L"}]
    assert by_name["people.password-changed"]["changes"] == [
        {"field": "password_hash", "before": "(secret)", "after": "(secret)"}]
    assert by_name["people.added"]["from"] in ("command line", by_name["people.signed-in"]["from"])
    joined = events(own, "?area=people")[0]
    assert (joined["kind"], joined["from"]) == ("commandLine", "command line")
    goal = events(own, "?q=sell%20TEA")[0]
    assert goal["from"].endswith(", this machine") and goal["kind"] == "person"
    assert {"field": "title", "after": "to sell tea"} in goal["changes"]
    everything = json.dumps([installation, events(own)])
    assert "127.0.0.1" not in everything and "scrypt" not in everything


def test_tampering_with_the_file_is_found(own):
    for number in range(5):
        browser_request(own, "POST", f"/workspaces/{own.workspace}/business-goals",
                        {"kind": "revenue", "title": f"to sell {number}"})
    good = verify(own)
    assert good.returncode == 0, good.stdout + good.stderr
    heads = {entry["name"]: entry["head"]
             for entry in json.loads(own.command("audit", "head", "--json"))}
    assert verify(own, "--workspace", own.workspace, "--head",
                  heads[own.workspace]).returncode == 0
    assert verify(own, "--head", "1:x").returncode == 65
    assert own.stop() == 0
    database = sqlite3.connect(own.folder / "throughline.sqlite")
    place, = database.execute("SELECT id FROM workspace").fetchone()
    database.execute(
        "UPDATE event SET summary = 'Nothing' WHERE seal_number = 3 AND workspace_id = ?", (place,))
    database.commit()
    bad = verify(own)
    assert bad.returncode == 65, bad.stdout + bad.stderr
    found = {entry["name"]: entry for entry in json.loads(bad.stdout)}
    assert found["(installation)"]["isIntact"] and not found[own.workspace]["isIntact"]
    assert [f["number"] for f in found[own.workspace]["report"]["findings"]] == [3]
    # The end cut off, and the chain's own note of its end with it: only a kept head tells.
    database.execute("DELETE FROM event WHERE seal_number >= 3 AND workspace_id = ?", (place,))
    database.execute(
        "UPDATE audit_head SET number = 2, hash = (SELECT seal_hash FROM event "
        "WHERE seal_number = 2 AND workspace_id = ?) WHERE workspace_id = ?", (place, place))
    database.commit()
    database.close()
    assert verify(own, "--workspace", own.workspace).returncode == 0
    cut = verify(own, "--workspace", own.workspace, "--head", heads[own.workspace])
    assert cut.returncode == 65
    assert json.loads(cut.stdout)[0]["report"]["findings"][0]["kind"] == "cutOff"


def test_owners_search_check_and_save_the_activity(signed_in, server, axe):
    page = signed_in
    goal = {"kind": "revenue", "title": "=HYPERLINK(1)"}
    browser_request(server, "POST", f"/workspaces/{server.workspace}/business-goals", goal)
    page.goto(f"{server.home}/settings/activity")
    page.fill("#q", "hyperlink")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**q=hyperlink**")
    entries = page.get_by_label("Entries").locator("li")
    assert entries.count() == 1
    entries.first.locator("summary").click()
    assert "=HYPERLINK(1)" in entries.first.locator("dl").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(), newline="")))
    assert rows[0][:3] == ["number", "when", "who"] and len(rows) > 2
    cells = [cell for row in rows[1:] for cell in row if "HYPERLINK" in cell]
    assert cells and all(not cell.startswith(("=", "+", "-", "@")) for cell in cells)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as JSON").click()
    assert json.loads(download.value.path().read_text())[0]["changes"]
    page.get_by_role("button", name="Check the record").click()
    page.get_by_text("As recorded").wait_for()
    head = page.input_value("#new-head")
    page.fill("#head", head)
    page.get_by_role("button", name="Check the record").click()
    page.get_by_text("As recorded").wait_for()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), width
        axe(page)
    page.goto(f"{server.home}/settings/activity?until=2001-01-01")
    page.get_by_text("Nothing fits").wait_for()


def test_only_owners_read_the_activity(own):
    own.command("user", "add", "mo@example.org", "--name", "Mo", "--workspace", own.workspace,
                "--role", "manager", given="a quiet long phrase\n")
    token = own.command("token", "create", "x", "--workspace", own.workspace, "--person",
                        "mo@example.org")
    for path in ("events", "audit"):
        request = urllib.request.Request(
            f"{own.url}/api/v1/workspaces/{own.workspace}/{path}",
            headers={"authorization": f"Bearer {token}"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 403
