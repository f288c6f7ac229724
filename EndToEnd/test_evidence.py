"""Each figure of the results opens what it is made of, and both say the same."""
import csv
import io
import json
import re
import urllib.request

import pytest

from conftest import WIDTHS, create_owner, fits
from servers import Throughline

GRAINS = ("posts", "channels", "initiatives", "objectives", "goals")


@pytest.fixture(scope="module")
def demo(tmp_path_factory, browser):
    """The demo workspace with a year of figures, and its owner signed in."""
    server = Throughline(tmp_path_factory.mktemp("demo"), command="demo")
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


@pytest.fixture
def reader(context, demo):
    context.add_cookies(demo.cookies)
    return context.new_page()


def read(server, path, base=None):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    base = base or f"{server.url}/api/v1/workspaces/{server.workspace}"
    request = urllib.request.Request(base + path, headers={"cookie": cookies})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def ask(server, path):
    return json.loads(read(server, path))


def everything(server, path):
    """All pages of a list of the API."""
    items, cursor = [], ""
    while cursor is not None:
        page = ask(server, f"{path}&limit=200" + (f"&cursor={cursor}" if cursor else ""))
        items += page["items"]
        cursor = page.get("next")
    return items


def figures(page):
    """The figures at the top of a page: label, text, address of what is behind it."""
    found = {}
    for link in page.locator(".results-figures .figure a").all():
        label, value = link.get_attribute("aria-label").split(": ", 1)
        found[label] = (value, link.get_attribute("href"))
    return found


def money(text):
    sign = -1 if text.startswith(("-", "−")) else 1
    return sign * round(float(re.sub(r"[^0-9.]", "", text)) * 100)


def year(server, reader):
    """The address of twelve months, as the page offers them."""
    reader.goto(f"{server.home}/results")
    return reader.get_by_role("link", name="12 months").get_attribute("href").split("?")[1]


def test_the_sums_open_lists_that_add_up(demo, reader, axe):
    question = year(demo, reader)
    reader.goto(f"{demo.home}/results?{question}")
    shown = figures(reader)
    assert len(shown) == 6, shown
    assert shown.pop(next(label for label in shown if label.startswith("RO")))[1] == "#how-return"
    reader.locator("#how-return").wait_for()
    query = {label: href.split("?")[1] for label, (_, href) in shown.items()}
    for label, kind in (("Clicks by people", "clicks"), ("Visits", "visits"), ("Orders", "orders")):
        assert f"{len(everything(demo, f'/{kind}?{query[label]}')):,}" == shown[label][0], label
    credited = everything(demo, f"/orders?{query['Credited revenue']}")
    assert sum(money(order["amount"]) for order in credited) == money(shown["Credited revenue"][0])
    for label, (value, href) in shown.items():
        reader.goto(demo.url + href)
        said = reader.locator("main").inner_text()
        assert value in said or f"{value} {label.split()[0].lower()}" in said, (label, value)
        axe(reader)
        for width in WIDTHS:
            reader.set_viewport_size({"width": width, "height": 800})
            assert fits(reader), (label, width)
        reader.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("grain", GRAINS)
def test_every_row_opens_its_own_figures(demo, reader, axe, grain):
    question = re.sub("by=[a-z]+", f"by={grain}", year(demo, reader))
    reader.goto(f"{demo.home}/results?{question}")
    row = reader.locator(".results-table tbody tr").first
    cells = row.locator("td").all_inner_texts()
    title = row.locator("th a").inner_text()
    row.locator("th a").click()
    reader.get_by_role("heading", level=1, name=title).wait_for()
    shown = figures(reader)
    assert shown["Clicks by people"][0] == cells[0]
    assert shown["Visits"][0] == cells[2]
    assert shown["Orders"][0] == cells[4]
    assert shown["Credited revenue"][0] == cells[5]
    assert shown["Cost"][0] == cells[6].split("\n")[0]
    reader.goto(demo.url + shown["Credited revenue"][1])
    assert f"{shown['Credited revenue'][0]} credited to it" in reader.locator("main").inner_text()
    reader.goto(demo.url + shown["Cost"][1])
    assert shown["Cost"][0] in reader.locator("main").inner_text()
    reader.goto(demo.url + shown["Visits"][1])
    assert f"{shown['Visits'][0]} visit" in reader.locator("main").inner_text()
    if grain == "posts":
        return
    reader.go_back()
    reader.go_back()
    reader.go_back()
    axe(reader)
    for width in WIDTHS:
        reader.set_viewport_size({"width": width, "height": 800})
        assert fits(reader), width
    reader.set_viewport_size({"width": 1280, "height": 900})
    reader.locator(".results-table tbody tr th a").first.click()
    reader.get_by_role("heading", name="Latest visits").wait_for()


def test_programs_read_the_same(demo):
    for grain in GRAINS[1:]:
        line = ask(demo, f"/results?by={grain}")["lines"][0]
        place = ask(demo, f"/results/{grain}/{line.get('id', 'none')}")
        assert place["line"] == line, grain
        cents = sum(money(post["revenue"]) for post in place["posts"])
        assert cents == money(line["revenue"]), grain
    post = ask(demo, "/results?by=posts")["lines"][0]
    days = ask(demo, "/results?by=posts")
    found = ask(demo, f"/results/posts/{post['id']}?from={days['from']}&to={days['to']}")
    assert found["line"] == post
    assert sum(money(order["credit"]) for order in found["orders"]) == money(post["revenue"])
    whole = ask(demo, f"/results/posts/{post['id']}")
    assert whole["line"]["clicks"] >= post["clicks"] and whole["network"]["likes"] > 0
    for path in ("/orders?post=nonsense", "/visits?sort=largest", "/clicks?who=cats",
                 "/costs?post=none&channel=none", "/results/goals/none?model=magic"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            ask(demo, path)
        assert refusal.value.code == 422, path


@pytest.mark.parametrize("place", [
    "results/orders", "results/costs", "results/clicks", "results/visits", "reviews", "posts"])
def test_lists_search_sort_page_and_export(demo, reader, place):
    reader.goto(f"{demo.home}/{place}?limit=3")
    bar = reader.get_by_role("search")
    if bar.get_by_label("Order", exact=True).count():
        first = reader.locator("[data-row]").first.inner_text()
        bar.get_by_label("Order", exact=True).select_option("oldest")
        reader.wait_for_url("**sort=oldest**")
        assert reader.locator("[data-row]").first.inner_text() != first
    more = reader.get_by_role("link", name=re.compile("^(More of them|Show more reviews|More posts)$"))
    if more.count():
        assert "sort=oldest" in more.get_attribute("href") or place == "posts"
    file = bar.get_by_role("link", name="CSV").get_attribute("href")
    rows = list(csv.reader(io.StringIO(read(demo, file, demo.url))))
    assert len(rows) > 5 and len({len(row) for row in rows}) == 1, rows[:3]
    if bar.locator("#q").count():
        bar.locator("#q").fill("nothing has these words")
        bar.get_by_role("button", name="Show").click()
        reader.wait_for_url("**q=nothing**")
        assert reader.locator("[data-row]").count() == 0
        assert "atches" in reader.locator("main").inner_text()


def test_the_demo_goes_with_one_button_of_its_banner(browser, tmp_path):
    server = Throughline(tmp_path, command="demo")
    create_owner(browser, server)
    context = browser.new_context()
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(f"{server.home}/plan")
    page.get_by_role("button", name="Remove the demo").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    page.wait_for_url(lambda address: server.workspace not in address)
    page.goto(f"{server.home}/plan")
    page.get_by_text("not found", exact=False).first.wait_for()
    context.close()
    assert server.stop() == 0, server.output()
