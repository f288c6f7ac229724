"""What every page shares: its weight, the way in, the bar on a phone, search, accessibility."""
import re
import urllib.parse

import pytest

from conftest import OWNER, WORKSPACE, create_owner, fits
from servers import Throughline

FIRST_LOAD = 150_000
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d(-\d\d)?|\d+")
TO_FILL = """form => [...form.querySelectorAll("input, select, textarea")].filter(field =>
    field.type !== "hidden" && field.checkVisibility() && !field.value
).map(field => field.name)"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory, browser):
    """The demo workspace, with its owner signed in."""
    server = Throughline(tmp_path_factory.mktemp("demo"), command="demo")
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture
def in_demo(context, demo):
    context.add_cookies(demo.cookies)
    page = context.new_page()
    page.goto(demo.home)
    return page


def test_the_first_page_weighs_less_than_150_kb(context, demo):
    """Everything that comes over the wire with an empty cache, headers included."""
    context.add_cookies(demo.cookies)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    weights = []
    wire.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(demo.home, wait_until="load")
    page.evaluate("document.fonts.ready")
    page.wait_for_function("document.fonts.size === 0 || document.fonts.status === 'loaded'")
    assert len(weights) >= 5, "the page's parts were seen"
    assert sum(weights) <= FIRST_LOAD, f"{sum(weights)} bytes in {len(weights)} answers"


def test_a_newcomer_schedules_a_post_with_six_fields(page, tmp_path):
    """Counts what is empty and has to be typed; what is filled in already costs nobody time."""
    server = Throughline(tmp_path)
    said = {**OWNER, "workspace": WORKSPACE, "sentence": "more neighbours to buy our tea",
            "text": "Our first harvest is here."}
    typed = []

    def fill(form, button):
        form = page.locator(form)
        form.wait_for()
        for name in form.evaluate(TO_FILL):
            form.locator(f"[name='{name}']").fill(said[name])
            typed.append(name)
        form.get_by_role("button", name=button).click()

    page.goto(server.link())
    fill("#welcome", "Create my account")
    page.get_by_role("button", name="Use the practice network").click()
    fill("#goal", "Keep this goal")
    fill("#first-post", "Schedule my first post")
    page.wait_for_url(re.compile("/posts/[0-9a-f-]{36}"))
    page.get_by_text("Scheduled").first.wait_for()
    assert len(typed) <= 6, typed
    server.stop()


def test_the_phone_has_five_places(in_demo, demo, axe):
    page = in_demo
    page.set_viewport_size({"width": 375, "height": 700})
    bar = page.get_by_role("navigation", name="Main, on a phone")
    names = [name.split("\n")[0] for name in bar.locator(".bar-item span:not(.count)").all_inner_texts()]
    assert names == ["Home", "Plan", "Create", "Results", "More"]
    axe(page)
    bar.get_by_role("button", name="More").click()
    rest = bar.locator("#menu-more a").all_inner_texts()
    assert [name.strip() for name in rest] == [
        "Strategy", "Content", "Reviews", "Library", "Settings"]
    bar.get_by_role("link", name="Strategy").click()
    page.wait_for_url("**/strategy")
    bar.get_by_role("link", name="Create").click()
    page.wait_for_url("**/posts/new")


@pytest.mark.parametrize("words, kind", [
    ("Grind a notch finer", "post"), ("kestrelandfinch", "channel"),
    ("second roaster", "goal"), ("Newsletter readers", "objective"),
    ("Brew better", "initiative"), ("Guides for", "item"), ("one real question", "lesson")])
def test_the_palette_finds(in_demo, words, kind):
    page = in_demo
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or type a command").fill(words)
    found = page.locator("#palette-list li", has_text=kind).first
    found.wait_for()
    assert words.lower() in found.inner_text().lower()
    found.click()
    page.wait_for_url(lambda address: address.rstrip("/") != page.url or "/w/" in address)


def test_what_takes_longer_than_a_second_shows_progress(in_demo, demo):
    page = in_demo
    page.goto(demo.home + "/library")
    page.evaluate("""() => {
        const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (...all) {
            window.release = () => send.apply(this, all);
        };
    }""")
    page.get_by_role("button", name="New lesson").click()
    bar = page.locator("#progress")
    bar.get_by_text("Working").wait_for()
    assert bar.bounding_box()["height"] >= 2
    page.evaluate("release()")
    page.locator("#form-lesson").wait_for()
    page.wait_for_function("!document.querySelector('#progress').textContent")


def test_the_approval_setting_stays_in_settings(signed_in, server):
    page = signed_in
    page.goto(f"{server.home}/settings/workspace")
    page.get_by_role("button", name="Save approvals").click()
    page.get_by_text("Approvals changed.").wait_for()
    assert page.url.endswith("/settings/workspace")


def test_strategy_has_no_inputs_until_edit(in_demo, demo):
    page = in_demo
    page.goto(f"{demo.home}/strategy")
    assert page.locator("main").locator("input:not([type=hidden]), select, textarea").count() == 0
    page.get_by_role("button", name="Edit the required return").click()
    page.fill("[name=requiredReturn]", "175")
    page.get_by_role("button", name="Save the budget").click()
    page.get_by_text("€1.75").wait_for()
    assert ".." not in page.inner_text(".strategy")


def test_every_page_of_the_demo_is_accessible_and_fits(in_demo, demo, axe):
    """Follows every link inside the workspace, one page for each shape of address."""
    page = in_demo
    seen, waiting, wide = set(), [demo.home], []
    while waiting:
        address = waiting.pop(0)
        path = urllib.parse.urlsplit(address).path
        shape = IDENTIFIER.sub("x", path)
        if shape in seen or not path.startswith(f"/w/{demo.workspace}") or "/export" in path:
            continue
        seen.add(shape)
        answer = page.request.get(address)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        axe(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if not fits(page):
            wide.append(path)
        waiting += [link.split("#")[0] for link in page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.href)") if link.startswith(demo.url)]
    assert len(seen) > 20, seen
    assert not wide, f"scroll sideways at 320 px: {wide}"
