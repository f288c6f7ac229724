"""Results: a real page with the snippet, from the click on a tagged link to the goal's revenue."""
import datetime
import http.server
import json
import os
import re
import threading
import time
import urllib.request

import pytest

from conftest import WIDTHS, browser_request, fits, published

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


@pytest.fixture
def shop(server, signed_in):
    """A small website on another port that carries the snippet as people paste it."""
    signed_in.goto(f"{server.home}/results/site")
    tag = signed_in.locator("#site-tag").inner_text()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            thanks = self.path.startswith("/thanks")
            body = f"<!doctype html><html lang=en><title>Shop</title><link rel=icon href='data:,'><h1>Shop</h1><a href='/thanks'>Buy</a>{tag}"
            if thanks:
                body += "<script src='/order.js' defer></script>"
            if self.path.startswith("/order.js"):
                body = "throughline('goal', 'order', {value: 49.9, currency: 'EUR', order: 'A-1'})"
            self.send_response(200)
            self.send_header("content-type", "text/javascript" if "order.js" in self.path else "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *ignored):
            pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}"
    site.shutdown()


def ask(server, path):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}{path}", headers={"cookie": cookies})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.25)
    raise AssertionError("it did not happen in time")


def posted(server, shop):
    """A post on the practice network that is out with its tagged link."""
    base = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", f"{base}/channels/practice", {})
    goal = browser_request(server, "POST", f"{base}/business-goals", {"kind": "revenue", "title": "to sell tea online"})
    due = str(datetime.date.today() + datetime.timedelta(days=60))
    objective = browser_request(server, "POST", f"{base}/objectives", {
        "businessGoal": goal["id"], "kpi": "Orders from social", "baseline": 0, "target": 100, "dueOn": due})
    post = browser_request(server, "POST", f"{base}/posts", {
        "text": "Our first harvest is here.", "objective": objective["id"], "destination": f"{shop}/tea",
        "variants": [{"channel": channel["id"]}]})
    browser_request(server, "PUT", f"{base}/posts/{post['id']}/schedule", {})
    return published(server, post["id"])


def test_a_click_becomes_an_order_on_the_post_and_the_goal(server, signed_in, context, shop, axe):
    publication = posted(server, shop)
    assert "/l/" in publication["link"], publication
    context.findings.clear()
    # The browser of the tests calls itself headless, which rightly counts as a robot.
    visitor = context.browser.new_context(user_agent=PERSON)
    page = visitor.new_page()
    page.goto(publication["link"])
    assert re.search(r"/tea\?.*tlc=[0-9a-f]{16}", page.url), page.url
    wait_for(lambda: ask(server, "/site").get("firstSeenAt"))
    page.get_by_role("link", name="Buy").click()
    wait_for(lambda: ask(server, "/orders")["items"])
    visitor.close()

    for grain in ("posts", "channels", "objectives", "goals"):
        line = ask(server, f"/results?by={grain}")["lines"][0]
        assert line["revenue"] == "49.90", (grain, line)
        assert line["orders"] == 1 and line["clicks"] == 1 and line["visits"] == 1, (grain, line)

    pages = ["results", "results?by=goals&model=linear", f"results/posts/{publication['id']}",
             "results/orders", "results/costs", "results/site", "results/leader"]
    order = ask(server, "/orders")["items"][0]["id"]
    shots = os.environ.get("SCREENSHOTS")
    for path in pages + [f"results/orders/{order}"]:
        signed_in.goto(f"{server.home}/{path}")
        if shots:
            signed_in.screenshot(path=f"{shots}/{path.split('?')[0].replace('/', '-')[:24]}.png", full_page=True)
        axe(signed_in)
        for width in WIDTHS:
            signed_in.set_viewport_size({"width": width, "height": 800})
            assert fits(signed_in), (path, width)
        signed_in.set_viewport_size({"width": 1280, "height": 900})
    signed_in.goto(f"{server.home}/results")
    signed_in.get_by_text("€49.90").first.wait_for()
    context.findings[:] = [line for line in context.findings if "localhost" not in line]


def test_a_link_without_its_own_server_still_earns_for_its_post(server, signed_in, context, shop):
    """Published by hand with its destination: nobody counts the clicks, the order is its own."""
    base = f"/workspaces/{server.workspace}"
    channel = browser_request(
        server, "POST", f"{base}/channels", {"network": "linkedin", "name": "Harbour Tea on LinkedIn"})
    post = browser_request(server, "POST", f"{base}/posts", {
        "text": "The kettle is on.", "destination": f"{shop}/kettle",
        "variants": [{"channel": channel["id"]}]})
    browser_request(server, "PUT", f"{base}/posts/{post['id']}/schedule", {})

    def state(wanted):
        publication = ask(server, f"/posts/{post['id']}")["variants"][0]["publication"]
        return publication if publication["state"] == wanted else None

    publication = wait_for(lambda: state("needsPerson"))
    browser_request(server, "PUT", f"{base}/publications/{publication['id']}/settlement", {
        "isThere": True, "address": "https://linkedin.example/p/9"})
    publication = wait_for(lambda: state("published"))
    assert "/l/" not in publication["link"], publication
    assert f"utm_content={publication['id'][-12:]}" in publication["link"], publication
    assert "Clicks on it are not counted here; visits and orders" in publication["linkLoss"]
    context.findings.clear()
    visitor = context.browser.new_context(
        user_agent=PERSON.replace("126", "127"))
    page = visitor.new_page()
    page.goto(publication["link"])

    def row():
        lines = ask(server, "/results?by=posts")["lines"]
        return next((line for line in lines if line.get("id") == publication["id"]), {})

    wait_for(lambda: row().get("visits") == 1)
    page.evaluate("throughline('goal', 'order', {value: 12.5, currency: 'EUR', order: 'K-1'})")
    wait_for(lambda: row().get("revenue") == "12.50")
    visitor.close()
    assert "clicks" not in row(), "what nobody counted is not zero"
    signed_in.goto(f"{server.home}/results/posts/{publication['id']}")
    signed_in.get_by_text("its clicks are not known. 1 visit is known to come from it").wait_for()
    assert signed_in.get_by_label("Visits: 1").count() == 1
    assert signed_in.get_by_label("Clicks by people:").count() == 0
    context.findings[:] = [line for line in context.findings if "localhost" not in line]


def test_a_csv_file_says_what_to_mend_and_changes_nothing(server, signed_in):
    signed_in.goto(f"{server.home}/results/orders")
    before = len(ask(server, "/orders")["items"])
    bad = {"name": "orders.csv", "mimeType": "text/csv", "buffer": b"order;date;amount\n9;2026-01-05;10\n10;5.1.2026;10\n"}
    signed_in.set_input_files("#csv", bad)
    signed_in.get_by_text("Row 3, column date").first.wait_for()
    assert len(ask(server, "/orders")["items"]) == before
    good = dict(bad, buffer=b"order;date;amount\n9;2026-01-05;10,50\n")
    signed_in.set_input_files("#csv", good)
    signed_in.get_by_text("Imported 1 row.").wait_for()
    signed_in.context.findings.clear()


def test_the_explore_page_draws_what_the_api_says(server, signed_in, context, shop, axe):
    """A figure over time as picture and table, on canvas, under the strict policy."""
    slug = posted(server, shop)["link"].rsplit("/", 1)[1]
    for day, order, amount in ((3, "explore-1", "12.50"), (1, "explore-2", "7.50")):
        date = str(datetime.date.today() - datetime.timedelta(days=day))
        browser_request(server, "POST", f"/workspaces/{server.workspace}/orders", {
            "order": order, "date": date, "amount": amount, "link": slug})
    signed_in.goto(f"{server.home}/results")
    signed_in.get_by_role("link", name="Over time").click()
    signed_in.get_by_role("heading", level=1, name="How did it go over time?").wait_for()
    signed_in.locator("#explore-chart[data-drawn]").wait_for()
    assert signed_in.locator("#explore-chart canvas").count() == 1
    answer = ask(server, "/results/series?measure=revenue&by=channels")
    assert answer["step"] == "week" and len(answer["lines"]) >= 1
    total = sum(float(value) for line in answer["lines"] for value in line["values"])
    assert total >= 20
    foot = signed_in.locator("tfoot tr").inner_text()
    assert f"€{total:,.2f}" in foot, foot
    signed_in.get_by_label("Figure", exact=True).select_option("clicks")
    signed_in.get_by_label("Split by", exact=True).select_option("none")
    signed_in.get_by_role("button", name="Show it").click()
    signed_in.wait_for_url("**measure=clicks&by=none**")
    for path in ("results/explore", "results/explore?measure=orders&by=objectives", "results/explore?measure=leads"):
        signed_in.goto(f"{server.home}/{path}")
        if signed_in.locator("#explore-chart").count():
            signed_in.locator("#explore-chart[data-drawn]").wait_for()
        axe(signed_in)
        for width in WIDTHS:
            signed_in.set_viewport_size({"width": width, "height": 800})
            assert fits(signed_in), (path, width)
        signed_in.set_viewport_size({"width": 1280, "height": 900})
    # A channel's row opens the posts behind it.
    signed_in.goto(f"{server.home}/results?by=channels")
    signed_in.locator(".results-table th[scope=row] a").first.click()
    signed_in.get_by_role("heading", level=2, name="Its posts").wait_for()
    script = urllib.request.urlopen(server.url + "/t.js").read()
    assert len(script) <= 2048, f"the snippet weighs {len(script)} bytes"
    axe(signed_in)
    signed_in.goto(f"{server.home}/results/orders")
    signed_in.get_by_role("button", name="Compute credit again").click()
    signed_in.get_by_role("button", name="Compute again").click()
    signed_in.get_by_text("computed again").first.wait_for()
    assert ask(server, "/results")["revenue"] == ask(server, "/results?by=goals")["revenue"]



def test_a_large_number_stays_whole(server, signed_in, shop):
    publication = posted(server, shop)
    browser_request(server, "POST", f"/workspaces/{server.workspace}/costs", {
        "post": publication["id"], "kind": "direct", "amount": "1245479.26"})
    page = signed_in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{server.home}/results")
        figure = page.locator(".results-figures .figure", has_text="€1,245,")
        assert figure.bounding_box()["height"] < 40, width
        fits(page)
