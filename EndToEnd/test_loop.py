"""The whole loop in a browser, once: from a business goal to the lesson beside the next item.

Nothing is asked of the API here: every step is a click or a key of a person, and every claim is
what stands on a page. The website is a real page on another port that carries the snippet.
"""
import datetime
import http.server
import re
import threading

import pytest

from conftest import WORKSPACE

PERSON = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/126.0.0.0 Safari/537.36")
GOAL = "to sell 1,200 tins of tea a month"
KPI = "Orders from social"
INITIATIVE = "First flush"
ITEM = "The first flush has landed"
WORDS = "Our first flush Darjeeling has landed. Taste it before it is gone."
LESSON = "A harvest note sells on the day it is written"


class Shop(http.server.BaseHTTPRequestHandler):
    """A small website: a tea, and the page that thanks for the order."""

    tag = ""

    def do_GET(self):
        kind = "text/html"
        if self.path.startswith("/order.js"):
            kind = "text/javascript"
            body = "throughline('goal', 'order', {value: 120, currency: 'EUR', order: 'T-1'})"
        else:
            thanks = self.path.startswith("/thanks")
            body = ("<!doctype html><html lang=en><title>Shop</title><link rel=icon href='data:,'>"
                    + ("<h1>Thank you</h1>" if thanks else "<h1>Tea</h1><a href='/thanks'>Buy</a>")
                    + self.tag + ("<script src='/order.js' defer></script>" if thanks else ""))
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *ignored):
        pass


@pytest.fixture
def shop():
    """The address of the website, and the class that knows its snippet."""
    class Page(Shop):
        pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    Page.url = f"http://localhost:{site.server_port}"
    yield Page
    site.shutdown()


@pytest.fixture
def ada(context, any_server):
    """The owner's page."""
    context.add_cookies(any_server.cookies)
    page = context.new_page()
    page.goto(any_server.home)
    return page


def fill(page, **fields):
    for name, value in fields.items():
        page.fill(f".inline-form [name={name}]", value)


def eventually(page, locator, seconds=30):
    """Looks again, as somebody does who waits for something to arrive."""
    for _ in range(seconds * 2):
        if locator.count():
            return locator.first
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{locator} did not appear on {page.url}:\n{page.inner_text('main')}")


def state_the_strategy(page, home):
    page.goto(home + "/strategy")
    page.get_by_role("button", name="Add a business goal").click()
    fill(page, title=GOAL, because="the shop alone does not pay the rent")
    page.get_by_role("button", name="Add the goal").click()
    page.locator("#say-goals").get_by_text(f"We want {GOAL}").wait_for()
    page.get_by_role("button", name=f"Add an objective to: {GOAL}").click()
    due = datetime.date.today() + datetime.timedelta(days=90)
    fill(page, kpi=KPI, baseline="20", target="100", unit="orders", dueOn=f"{due}")
    page.get_by_role("button", name="Add the objective").click()
    page.locator("#say-goals").get_by_role("link", name=KPI).wait_for()
    page.get_by_role("button", name="State the margin").click()
    fill(page, percent="50")
    page.locator(".inline-form [type=submit]").click()
    page.locator("#say-money").get_by_text(re.compile(r"50.%")).wait_for()


def connect_and_charter(page, home):
    page.goto(home + "/settings/channels/new")
    page.get_by_role("button", name="Use the practice network").click()
    page.wait_for_url("**/settings/channels/*-*")
    page.get_by_text("Connected", exact=True).wait_for()
    name = page.inner_text("h1").strip()
    page.goto(home + "/strategy")
    page.get_by_role("button", name=f"Write the charter of {name}").click()
    page.select_option(".inline-form [name=role]", index=0)
    fill(page, audience="neighbours who drink tea every day", postsPerWeek="3",
         difference="we answer like a neighbour", responsePolicy="friendly, the same day")
    page.get_by_role("button", name="Save the charter").click()
    page.locator("#say-focus").get_by_text("neighbours who drink tea").wait_for()
    assert page.get_by_text("friendly, the same day").is_visible()
    assert page.get_by_role("row", name=re.compile("we answer like a neighbour")).is_visible()
    return name


def invite(page, home, browser):
    """A second member, who approves what Ada writes."""
    page.goto(home + "/settings/members")
    page.get_by_label("E-mail address").fill("bo@example.org")
    page.get_by_label("Role", exact=True).select_option("approver")
    page.get_by_role("button", name="Make an invitation link").click()
    link = page.get_by_label("Send this link to bo@example.org").input_value()
    bo = browser.new_context().new_page()
    bo.set_default_timeout(20_000)
    bo.goto(link)
    bo.get_by_label("Your name").fill("Bo Approver")
    bo.get_by_label("Password").fill("a quiet long phrase")
    bo.get_by_role("button", name=f"Join {WORKSPACE}").click()
    bo.wait_for_url(home)
    page.goto(home + "/settings/workspace")
    page.select_option("#approval-choice", "always")
    page.get_by_role("button", name="Save approvals").click()
    page.get_by_text("Approvals changed.").wait_for()
    return bo


def plan(page, home, channel):
    """An initiative for the objective, with one item whose brief is complete."""
    page.goto(home + "/plan")
    page.get_by_role("button", name="New initiative").click()
    form = page.locator("#form-initiative")
    form.locator("[name=title]").fill(INITIATIVE)
    form.locator("[name=kind]").select_option("sprint")
    ends = datetime.date.today() + datetime.timedelta(days=30)
    form.locator("[name=endsOn]").fill(f"{ends}")
    choice = form.locator("[name=primaryObjective] option", has_text=KPI)
    form.locator("[name=primaryObjective]").select_option(choice.get_attribute("value"))
    page.get_by_role("button", name="Plan the initiative").click()
    page.wait_for_url("**/plan/initiatives/**")
    page.fill("#new-title", ITEM)
    page.get_by_role("button", name="Plan it").click()
    page.wait_for_url("**/plan/items/**")
    assert INITIATIVE in page.inner_text(".trail")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.locator("#form-item").get_by_label(channel).check()
    page.locator("#form-item [name=tags]").fill("harvest")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the item").click()
    page.get_by_role("button", name="Edit the brief").click()
    brief = page.locator("#form-brief")
    assert "neighbours who drink tea" in brief.locator("[name=toWhom]").input_value(), \
        "the brief knows the audience from the charter"
    for name, words in {"how": "A photograph and two sentences.",
                        "toWhom": "Neighbours who drink tea every day.",
                        "why": "The harvest is the reason to come now."}.items():
        brief.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name="Save the brief").click()
    page.locator(".block-head").get_by_text("complete").wait_for()


def write_and_approve(page, bo, shop, channel):
    """Ada writes and cannot schedule; Bo approves exactly what he saw."""
    page.get_by_role("link", name="Write a post").click()
    page.wait_for_url("**/posts/new**")
    page.get_by_label("What you want to say").fill(WORDS)
    page.fill("#destination", shop.url + "/tea")
    for box in page.locator("[data-channel]").all():
        box.set_checked(channel in box.evaluate("node => node.parentElement.textContent"))
    page.locator("#preview").get_by_text(WORDS[:30]).wait_for()
    assert page.locator("#schedule-button").count() == 0
    page.get_by_role("button", name="Ask for approval").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    post = page.url
    assert page.get_by_role("button", name="Approve exactly this").count() == 0, "not one's own"
    bo.goto(post)
    bo.get_by_role("button", name="Approve exactly this").click()
    bo.get_by_text("Approved", exact=True).first.wait_for()
    return post


def schedule(page, post):
    """For the next full minute that is far enough; returns it."""
    page.goto(post + "/edit")
    now = datetime.datetime.now(datetime.timezone.utc)
    due = (now + datetime.timedelta(seconds=70)).replace(second=0, microsecond=0)
    page.select_option("#zone", "UTC")
    page.fill("#dueLocal", f"{due:%Y-%m-%dT%H:%M}")
    page.locator("#schedule-button").click()
    page.wait_for_url(post)
    # Either still waiting, or being prepared ahead of its time.
    page.get_by_text(re.compile(f"Goes out .*{due:%H:%M}")).first.wait_for()
    return due


def published_on_time(page, due):
    """The open page tells by itself when the post is out, and how late it was."""
    left = due - datetime.datetime.now(datetime.timezone.utc)
    side = page.locator(".post-side").first
    side.get_by_text("Published", exact=True).wait_for(
        timeout=(left.total_seconds() + 20) * 1000)
    assert "late" not in side.inner_text().lower(), side.inner_text()
    return page.get_by_role("link", name=re.compile("See it on")).get_attribute("href")


def buy(browser, timeline):
    """Somebody who is no robot sees the post, clicks its link, and orders."""
    visitor = browser.new_context(user_agent=PERSON).new_page()
    visitor.set_default_timeout(20_000)
    visitor.goto(timeline)
    visitor.get_by_text(WORDS[:30]).first.wait_for()
    with visitor.context.expect_page() if visitor.locator(
            "main a[href*='/l/'][target=_blank]").count() else visitor.expect_navigation():
        visitor.locator("main a[href*='/l/']").first.click()
    shop = visitor.context.pages[-1]
    shop.get_by_role("heading", name="Tea").wait_for()
    assert "utm_" in shop.url and "tlc=" in shop.url, shop.url
    shop.wait_for_timeout(500)
    shop.get_by_role("link", name="Buy").click()
    shop.get_by_role("heading", name="Thank you").wait_for()
    shop.wait_for_timeout(500)
    visitor.context.close()


def enter_the_cost(page, home):
    page.goto(home + "/results/costs")
    option = page.locator("#post option", has_text=ITEM).first
    page.select_option("#post", option.get_attribute("value"))
    page.fill("#minutes", "30")
    page.fill("#hourlyRate", "40")
    page.get_by_role("button", name="Enter the cost").click()
    page.locator("ul.rows").get_by_text("€20.00").wait_for()


def money_is_everywhere(page, home, post):
    """€120.00 at half the margin for €20.00 of work: (60 − 20) / 20 = 200 %."""
    for grain, name in {"posts": ITEM, "initiatives": INITIATIVE, "objectives": KPI,
                        "goals": GOAL}.items():
        page.goto(f"{home}/results?by={grain}")
        row = page.get_by_role("row").filter(has_text=name)
        cells = eventually(page, row.filter(has_text="€120.00")).inner_text()
        assert "€20.00" in cells and re.search(r"200.%", cells), (grain, cells)
    page.goto(post)
    side = page.locator(".post-side").first
    assert "€120.00" in side.inner_text() and re.search(r"200.%", side.inner_text())
    # Each figure opens its evidence, down to the order and the click before it.
    page.get_by_role("link", name="Clicks and orders behind these figures").click()
    page.get_by_role("link", name=re.compile("T-1")).click()
    assert page.inner_text("h1") == "Order T-1"
    assert page.locator("tbody").get_by_text(ITEM).is_visible()


def review(page, home):
    """The week so far: its figures are there, and it teaches one lesson."""
    page.goto(home + "/reviews")
    page.get_by_role("button", name="Start a review").click()
    page.select_option("#cadence", "weekly")
    page.fill("#day", f"{datetime.date.today()}")
    page.get_by_label("It is not over yet: look at it so far").check()
    page.get_by_role("button", name="Open the review").click()
    page.wait_for_url("**/reviews/*-*")
    happened = page.inner_text("[aria-labelledby=a2]")
    assert "€120.00" in happened, happened
    assert ITEM in page.inner_text("[aria-labelledby=a1]")
    page.get_by_role("button", name="It worked", exact=True).click()
    fill(page, what="The harvest note", why="it was fresh")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("because it was fresh").first.wait_for()
    page.get_by_role("button", name="A lesson", exact=True).click()
    fill(page, statement=LESSON, advice="Write on the day of the harvest.", tags="harvest")
    page.locator(".inline-form").get_by_label(ITEM).check()
    page.get_by_role("button", name="Keep the lesson").click()
    page.get_by_role("link", name=LESSON).wait_for()
    page.get_by_role("button", name="Finish the review").click()
    fill(page, summary="One honest note on the day brought the order.")
    page.get_by_role("button", name="Finish: the minute stands").click()
    page.get_by_text("Finished").first.wait_for()


def the_next_item_remembers(page, home):
    page.goto(home + "/plan")
    page.fill("#new-title", "Second harvest, the letter")
    page.get_by_role("button", name="Plan it").click()
    page.wait_for_url("**/plan/items/**")
    memory = page.locator(".lessons")
    assert LESSON in memory.inner_text() and "harvest" in memory.inner_text()
    memory.get_by_role("link", name=LESSON).click()
    page.wait_for_url("**/library/lessons/**")
    page.get_by_role("link", name=ITEM).click()
    page.wait_for_url("**/plan/items/**")
    assert page.inner_text("h1") == ITEM


def test_from_a_business_goal_to_the_lesson_beside_the_next_item(
        any_server, ada, context, browser, shop):
    home = any_server.home
    state_the_strategy(ada, home)
    channel = connect_and_charter(ada, home)
    bo = invite(ada, home, browser)
    plan(ada, home, channel)
    item = ada.url
    ada.goto(home + "/results/site")
    shop.tag = ada.inner_text("#site-tag")
    ada.goto(item)
    post = write_and_approve(ada, bo, shop, channel)
    due = schedule(ada, post)
    timeline = published_on_time(ada, due)
    bo.context.close()
    buy(browser, timeline)
    enter_the_cost(ada, home)
    money_is_everywhere(ada, home, post)
    review(ada, home)
    the_next_item_remembers(ada, home)
