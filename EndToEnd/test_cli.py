"""The command line, with and without a running server, on both engines."""
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time

import pytest

from conftest import OWNER, create_owner
from servers import BINARY, ROOT, Throughline, status_of


@pytest.fixture(params=["running", "stopped"])
def owned(request, any_engine, browser):
    """A server with an owner, running or stopped; commands must not notice."""
    server = Throughline(*any_engine)
    create_owner(browser, server)
    if request.param == "stopped":
        assert server.stop() == 0, server.output()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def any_engine(request, tmp_path):
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    return tmp_path / "data", database


def run(server, *words, given=""):
    return subprocess.run(
        [BINARY, *words, *server._place()], cwd=ROOT, text=True, input=given,
        capture_output=True, timeout=60)


def said(server, *words, given=""):
    done = run(server, *words, given=given)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def answer(server, *words, given=""):
    return json.loads(said(server, *words, "--json", given=given))


def test_people_are_listed_added_and_given_passwords(owned):
    assert answer(owned, "user")[0]["email"] == OWNER["email"]
    made = answer(owned, "user", "add", "cy@example.org", "--name", "Cy", "--workspace",
                  owned.workspace, "--role", "viewer", given="a quiet long phrase\n")
    assert made["workspaces"] == [f"{owned.workspace} (viewer)"]
    assert "cy@example.org" in said(owned, "user", "list")
    assert answer(owned, "user", "password", "cy@example.org", given="another long phrase\n") == {
        "email": "cy@example.org"}
    refused = run(owned, "user", "add", "cy@example.org", "--name", "Cy", given="x y z long\n")
    assert refused.returncode != 0 and refused.stderr.startswith("throughline: ")
    refused = run(owned, "user", "password", "cy@example.org", "--json", given="short\n")
    problem = json.loads(refused.stderr)
    assert refused.returncode == problem["exitCode"] == 65 and problem["message"]


def test_tokens_are_made_shown_and_revoked(owned):
    place = ("--workspace", owned.workspace)
    token = said(owned, "token", "create", "Website", *place, "--person", OWNER["email"],
                 "--permission", "recordResults").strip()
    assert token.startswith("tl_")
    shown = answer(owned, "token", *place)
    assert shown[0]["name"] == "Website" and shown[0]["permissions"] == ["recordResults"]
    assert token not in json.dumps(shown)
    assert answer(owned, "token", "revoke", shown[0]["id"], *place) == {"revoked": shown[0]["id"]}
    assert answer(owned, "token", *place) == []
    unknown = run(owned, "token", "--workspace", "nowhere")
    assert unknown.returncode == 66 and "no such workspace" in unknown.stderr


def test_a_workspace_is_exported_whole_or_not_at_all(owned, tmp_path):
    file = tmp_path / "out.jsonl"
    if owned.process.poll() is None:
        # What a running server records is sealed a moment later; an export before differs from one after.
        end = time.monotonic() + 20
        while '"audit_head"' not in said(owned, "export", "--workspace", owned.workspace):
            assert time.monotonic() < end, "what was recorded was not sealed within 20 s"
            time.sleep(0.2)
    said(owned, "export", "--workspace", owned.workspace, "--output", str(file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert any(line.get("table") == "workspace" for line in lines)
    assert lines == [
        json.loads(line)
        for line in said(owned, "export", "--workspace", owned.workspace).splitlines()]
    other = tmp_path / "none.jsonl"
    assert run(owned, "export", "--workspace", "nowhere", "--output", str(other)).returncode == 66
    assert not other.exists() and not pathlib.Path(str(other) + ".part").exists()


def test_doctor_and_config_answer_in_json(owned):
    findings = {finding["what"]: finding for finding in answer(owned, "doctor")}
    assert findings["database"]["isGood"] and findings["pages"]["isGood"]
    assert "database" in answer(owned, "config", "print")
    assert answer(owned, "config", "check") == {"isGood": True}


def test_what_a_command_does_is_seen_by_the_server_at_once(any_engine, browser):
    server = Throughline(*any_engine)
    create_owner(browser, server)
    said(server, "user", "add", "di@example.org", "--name", "Di", "--workspace", server.workspace,
         given="a quiet long phrase\n")
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "/sign-in")
    page.get_by_label("E-mail address").fill("di@example.org")
    page.get_by_label("Password").fill("a quiet long phrase")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/w/**")
    context.close()
    assert server.stop() == 0


@pytest.mark.parametrize("words", [
    ("backup", "good.tar"), ("audit", "verify"), ("keys", "rotate"), ("user", "list"),
    ("instance",), ("move", "--to", "elsewhere"),
], ids=lambda words: words[0])
def test_a_mistyped_folder_becomes_no_new_one(tmp_path, words):
    (tmp_path / "good.tar").write_text("the backup of yesterday")
    done = subprocess.run(
        [BINARY, *words, "--data", "mistyped", "--json"], cwd=tmp_path, text=True,
        capture_output=True, timeout=60)
    problem = json.loads(done.stderr)
    assert done.returncode == 66 and problem["code"] == "data.none", done
    assert "mistyped" in problem["message"] and "--data" in problem["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["good.tar"]
    assert (tmp_path / "good.tar").read_text() == "the backup of yesterday"


def test_an_address_that_is_taken_is_said_in_words_and_ends_no_link(tmp_path, postgres):
    database = postgres.database()
    first = Throughline(tmp_path / "data", database)
    link = first.link()
    for port, host, words in [
            (first.port, "127.0.0.1", "in use"), (first.port, "192.0.2.1", "no address of this")]:
        second = subprocess.run(
            [BINARY, "serve", *first._place(), "--port", str(port), "--host", host, "--json"],
            cwd=ROOT, text=True, capture_output=True, timeout=60)
        problem = json.loads(second.stderr.splitlines()[-1])
        assert second.returncode == 75 and words in problem["message"], second
    assert status_of(link) == 200
    for place, words in [("file", "a file of that name"), ("file/below", "cannot be used")]:
        (tmp_path / "file").write_text("")
        done = subprocess.run(
            [BINARY, "serve", "--data", tmp_path / place], text=True, capture_output=True,
            timeout=60)
        assert done.returncode == 75 and words in done.stderr and "Domain" not in done.stderr


def test_what_others_may_look_into_is_told_and_what_is_new_is_closed(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    server = Throughline(folder)
    findings = {found["what"]: found for found in answer(server, "doctor")}
    assert not findings["data folder"]["isGood"] and "700" in findings["data folder"]["says"]
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert server.stop() == 0, server.output()
    # A clean stop leaves nothing in the log of the database.
    log = folder / "throughline.sqlite-wal"
    assert not log.exists() or log.stat().st_size == 0
    folder.chmod(0o700)
    findings = {found["what"]: found for found in answer(server, "doctor")}
    assert findings["data folder"]["isGood"]


def test_the_socket_is_for_the_servers_user_and_goes_with_it(tmp_path):
    server = Throughline(tmp_path / "data")
    place = tmp_path / "data" / "control.sock"
    server.wait_for(place.exists, "making its control socket")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert server.stop() == 0, server.output()
    assert not place.exists()


def test_a_socket_left_by_a_killed_server_hinders_nothing(tmp_path):
    server = Throughline(tmp_path / "data")
    place = tmp_path / "data" / "control.sock"
    server.wait_for(place.exists, "making its control socket")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    assert place.exists()
    assert answer(server, "user") == []
    again = Throughline(tmp_path / "data")
    assert answer(again, "user") == []
    assert again.stop() == 0, again.output()


def test_a_long_folder_name_has_a_socket_too(tmp_path):
    folder = tmp_path / ("deep-" * 20) / ("deeper-" * 12)
    folder.mkdir(parents=True)
    server = Throughline(folder)
    assert answer(server, "user") == []
    assert server.stop() == 0, server.output()


def test_noise_on_the_socket_harms_nobody(tmp_path):
    server = Throughline(tmp_path / "data")
    place = tmp_path / "data" / "control.sock"
    server.wait_for(place.exists, "making its control socket")
    for noise in (b"\0" * 200_000, b"{}\n", b'{"version":"0","words":[],"input":""}\n',
                  b'{"version":"0.1.0","words":["serve"],"input":""}\n',
                  b'{"version":"0.1.0","words":["no such"],"input":""}\n'):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(10)
            caller.connect(str(place))
            try:
                caller.sendall(noise)
                while caller.recv(4096):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass
    # People who connect and say nothing take no seat for long, and never the server.
    silent = [socket.socket(socket.AF_UNIX) for _ in range(8)]
    for caller in silent:
        caller.connect(str(place))
    assert status_of(server.url + "/readyz") == 200
    for caller in silent:
        caller.close()
    server.wait_for(lambda: run(server, "user", "--json").stdout.strip() == "[]", "answering again")
    assert server.stop() == 0, server.output()


@pytest.mark.parametrize("words", [
    (), ("serve",), ("demo",), ("doctor",), ("config", "print"), ("config", "check"), ("user",),
    ("user", "list"), ("user", "add"), ("user", "password"), ("token",), ("token", "list"),
    ("token", "create"), ("token", "revoke"),
    ("export",), ("openapi",), ("work",), ("chaos",)])
def test_help_says_what_each_command_is_for(words):
    done = subprocess.run([BINARY, *words, "--help"], text=True, capture_output=True, timeout=30)
    assert done.returncode == 0 and done.stdout.startswith("OVERVIEW: ")
    if words not in ((), ("user",), ("token",)):
        assert "--json" in done.stdout


@pytest.mark.parametrize("words", [
    ("user", "--wrong"), ("token",), ("serve", "--port", "many"), ("chaos", "--runs", "0"),
    ("openapi", "--wrong"), ("no-such-command",)])
def test_wrong_words_are_a_problem_in_json_too(words):
    done = subprocess.run([BINARY, *words, "--json"], text=True, capture_output=True, timeout=30)
    problem = json.loads(done.stderr)
    assert done.returncode == problem["exitCode"] == 64 and problem["message"] and not done.stdout
    plain = subprocess.run([BINARY, *words], text=True, capture_output=True, timeout=30)
    assert plain.returncode == 64 and plain.stderr.startswith("Error: ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_made_for_each_shell(shell):
    done = subprocess.run(
        [BINARY, "--generate-completion-script", shell], text=True, capture_output=True, timeout=30)
    assert done.returncode == 0 and "throughline" in done.stdout


def test_serve_says_where_it_is_in_json(tmp_path):
    server = Throughline(tmp_path / "data", None, "--json")
    facts = json.loads(server.wait_for(
        lambda: next((line for line in server.lines if line.startswith("{")), None), "saying so"))
    assert facts["url"] == server.url and facts["ownerLink"].startswith(server.url + "/welcome/")
    assert server.stop() == 0


def test_the_export_is_whole_and_downloads_from_page_and_api(owned, browser, tmp_path):
    import urllib.request

    lines = [json.loads(line) for line in said(
        owned, "export", "--workspace", owned.workspace).splitlines()]
    end = lines.pop()["end"]
    assert end == {"rows": len(lines), "pictures": 0}
    people = [line["row"] for line in lines if line["table"] == "person"]
    assert [person["email"] for person in people] == [OWNER["email"]]
    assert not any("hash" in name for person in people for name in person)
    if owned.process.poll() is not None:
        return
    token = said(owned, "token", "create", "Leaving", "--workspace", owned.workspace, "--person",
                 OWNER["email"], "--permission", "exportData").strip()
    request = urllib.request.Request(
        f"{owned.url}/api/v1/workspaces/{owned.workspace}/export",
        headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-type"] == "application/jsonl"
        body = answer.read().decode().splitlines()
    assert "end" in json.loads(body[-1]) and len(body) >= len(lines)
    context = browser.new_context()
    context.add_cookies(owned.cookies)
    page = context.new_page()
    page.goto(owned.home + "/settings")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    file = tmp_path / "page.jsonl"
    download.value.save_as(file)
    assert "end" in json.loads(file.read_text().splitlines()[-1])
    context.close()
