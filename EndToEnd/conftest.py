"""Fixtures: a running program on each engine, a strict browser, real servers to talk to.

server        the program on SQLite, with an owner and the workspace "Harbour Tea" (whole session)
any_server    the same on SQLite and on PostgreSQL, for the few tests that need both
fresh_server  a program that nobody has used yet, on both engines
page          a browser page that fails the test on errors, policy violations, other origins
signed_in     the same page, signed in as the owner of `server`
axe           axe(page): no accessibility violations, light and dark
pds           a real AT Protocol server
"""
import json
import os
import shutil
import time
import urllib.request
import warnings

import pytest
from playwright.sync_api import sync_playwright

from servers import (
    BINARY, OWNER, ROOT, AtprotoServer, PostgreSQL, Running, Throughline, let_others_reach)

WORKSPACE = "Harbour Tea"
PERMISSIONS = [
    "view", "editStrategy", "editPlan", "write", "approve", "publish", "engage", "recordResults",
    "review", "manageChannels", "manageMembers", "manageWorkspace", "exportData"]
WIDTHS = (1440, 768, 375)


def pytest_collection_modifyitems(items):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing. Build it first: swift build --product throughline", 2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Shows with a test that failed what the servers that still run said last of anything unusual."""
    report = yield
    if report.failed:
        for running in list(Running.started):
            unusual = [line for line in running.lines if " info " not in line][-12:]
            if unusual and running.process.poll() is None:
                report.sections.append((f"{running.name} said", "\n".join(unusual)))
    return report


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    let_others_reach(folder)
    try:
        database = PostgreSQL(folder)
    except (RuntimeError, OSError) as problem:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must run in continuous integration: {problem}")
        pytest.skip(f"PostgreSQL is not available: {problem}")
    yield database
    database.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            # Chromium refuses its sandbox to root, which continuous integration often is.
            args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, browser):
    server = Throughline(tmp_path_factory.mktemp("data"))
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def any_server(request, tmp_path_factory, browser):
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    server = Throughline(tmp_path_factory.mktemp("data"), database)
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_server(request, tmp_path):
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    server = Throughline(tmp_path, database)
    yield server
    server.stop()


def create_owner(browser, server):
    """What a newcomer does first: opens the link and says who they are."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(server.link())
    fill_welcome(page)
    server.workspace = page.url.split("/w/")[1].split("/")[0].split("?")[0]
    server.home = f"{server.url}/w/{server.workspace}"
    server.cookies = context.cookies()
    context.close()


def fill_welcome(page):
    """Fills the form of the one-time link, and the first workspace's where that is a page."""
    # Where others reach the server it is ticked, and the second factor would be next.
    second = page.locator("form [name=needsSecondFactor]")
    if second.count() and second.is_checked():
        second.uncheck()
    for name, value in {**OWNER, "workspace": WORKSPACE}.items():
        field = page.locator(f"form [name='{name}']")
        if field.count():
            field.first.fill(value)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(lambda address: "/w/" in address or "/workspaces/new" in address)
    if "/workspaces/new" in page.url:
        page.fill("main form [name=name]", WORKSPACE)
        page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/w/**")


@pytest.fixture
def context(browser):
    """A fresh browser profile whose pages report into `context.findings`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    context.findings = []
    context.on("console", lambda message: note_console(context, message))
    context.on("weberror", lambda error: context.findings.append(f"error: {error.error}"))
    context.on("request", lambda request: note_origin(context, request))
    yield context
    findings = context.findings
    context.close()
    assert not findings, "The browser complained:\n" + "\n".join(findings)


def note_console(context, message):
    # A refused form is part of many tests; its answer is not an error of the page.
    expected = message.text.startswith((
        "Failed to load resource: the server responded with a status of 4",
        "Response Status Error Code 4"))
    if message.type == "error" and not expected:
        context.findings.append(f"console: {message.text}")


def note_origin(context, request):
    address = request.url
    if not address.startswith(("http://127.0.0.1:", "data:", "blob:", "about:")):
        context.findings.append(f"another origin was asked: {address}")


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def signed_in(context, server):
    """A page in the owner's session, at the home of the workspace."""
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home)
    assert "/sign-in" not in page.url, "the owner's session has ended"
    return page


@pytest.fixture(scope="session")
def axe():
    """Checks a page with axe-core in both themes."""
    source = (ROOT / "assets/parts/axe.min.js").read_text()

    def check(page, *exclude):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            # The browser's own door, which the page's content security policy does not guard.
            page.evaluate(source)
            result = page.evaluate(
                """async (exclude) => await axe.run({exclude}, {runOnly: ["wcag2a", "wcag2aa",
                   "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})""",
                [[selector] for selector in exclude])
            found = [
                f"{theme}: {violation['id']}: {violation['help']}: {node['html'][:160]}"
                for violation in result["violations"] for node in violation["nodes"]]
            assert not found, page.url + "\n" + "\n".join(found)
        page.emulate_media(color_scheme="light")

    return check


@pytest.fixture(scope="session")
def pds():
    server = AtprotoServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def api(server):
    """A bearer token of the owner and the address of the API."""
    return open_api(server)


def open_api(server):
    answer = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/tokens",
        {"name": "End to end", "permissions": PERMISSIONS})
    token = answer["token"]
    return {"base": server.url + "/api/v1", "token": token.splitlines()[-1].strip()}


def browser_request(server, method, path, body):
    """Asks the API in the owner's session, as a script of our own pages would."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}", method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", "cookie": cookies,
                 "sec-fetch-site": "same-origin"})
    with urllib.request.urlopen(request) as answer:
        said = answer.read()
        return json.loads(said) if said else None


def published(server, post, seconds=90):
    """The publication of a post's only side, once it is out.

    How fast that is other tests say; what took long is shown here.
    """
    began = time.monotonic()
    while True:
        publication = owner_reads(server, f"/posts/{post}")["variants"][0]["publication"]
        took = time.monotonic() - began
        is_out = publication["state"] == "published"
        if not is_out and took < seconds:
            time.sleep(0.2)
            continue
        if took > 20 or not is_out:
            attempts = owner_reads(server, f"/publications/{publication['id']}/attempts")["items"]
            story = json.dumps([publication, attempts])
            assert is_out, f"not out after {took:.0f} s: {story}"
            warnings.warn(f"it took {took:.0f} s: {story}")
        return publication


def owner_reads(server, path):
    """A reading by the API in the owner's session, within the workspace."""
    return browser_request(server, "GET", f"/workspaces/{server.workspace}{path}", None)


def fits(page):
    """Whether the page needs no sideways scrolling."""
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
