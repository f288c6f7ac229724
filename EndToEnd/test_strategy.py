"""The strategy: sentences that answer eight questions, each edited where it stands."""
import re

from conftest import fits
from test_api import call


def open_strategy(page, server):
    page.goto(server.home + "/strategy")
    page.wait_for_selector("#say-goals")


def save(page, button, part):
    """Sends the form and waits until its sentence stands there again."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_selector(f"#say-{part} .inline-form", state="detached")


def test_teaches_while_it_is_empty_and_asks_for_nothing(signed_in, server, axe):
    open_strategy(signed_in, server)
    assert signed_in.locator("article input, article textarea, article select").count() == 0
    assert signed_in.locator("article h2").count() == 8
    axe(signed_in)


def test_a_goal_and_its_objective_become_sentences(signed_in, server, axe):
    page = signed_in
    open_strategy(page, server)
    page.click("text=Add a business goal")
    page.fill("[name=title]", "to sell 1,200 tins a month")
    page.fill("[name=because]", "the shop alone does not pay the rent")
    axe(page)
    save(page, "Add the goal", "goals")
    assert "We want to sell 1,200 tins a month, because the shop alone does not pay the rent." \
        in page.inner_text("#say-goals")
    page.locator("#say-goals >> text=Add an objective").last.click()
    for name, value in {"kpi": "Orders from social", "baseline": "20", "target": "100",
                        "unit": "orders", "startsOn": "2026-10-01", "dueOn": "2027-03-31"}.items():
        page.fill(f"[name={name}]", value)
    save(page, "Add the objective", "goals")
    assert re.search(r"from 20.orders to 100.orders by 31 March 2027", page.inner_text("#say-goals"))
    assert page.locator("article input:visible").count() == 0


def test_a_refused_form_keeps_what_was_typed(signed_in, server):
    page = signed_in
    open_strategy(page, server)
    page.click("#say-money >> text=/Open a budget|Add another period/")
    page.fill("[name=startsOn]", "2031-02-01")
    page.fill("[name=endsOn]", "2031-01-01")
    page.fill("[name=because]", "kept")
    page.get_by_role("button", name="Open the budget").click()
    page.wait_for_selector(".field-problem")
    assert page.input_value("[name=because]") == "kept"
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("#say-money .inline-form", state="detached")


def test_the_budget_counts_peoples_time(signed_in, server):
    page = signed_in
    open_strategy(page, server)
    page.click("text=Open a budget")
    page.fill("[name=requiredReturn]", "150")
    save(page, "Open the budget", "money")
    page.click("text=People's time")
    page.fill("[name=title]", "Editor")
    page.fill("[name=hours]", "20")
    page.fill("[name=hourlyCost]", "35")
    save(page, "Add to the budget", "money")
    text = page.inner_text("#say-money")
    assert "€700.00 for 20" in text and "must bring back €1.50" in text
    assert "never ROI" in text
    page.click("text=State the margin")
    page.fill("[name=percent]", "60")
    save(page, "State the margin", "money")
    assert re.search(r"60.% is left", page.inner_text("#say-money"))


def test_the_status_is_computed_from_check_ins(signed_in, server, api, axe):
    page = signed_in
    goal = call(api, f"/workspaces/{server.workspace}/business-goals", "POST",
                {"kind": "revenue", "title": "to grow"}, api["token"])[1]["id"]
    status, made = call(
        api, f"/workspaces/{server.workspace}/objectives", "POST",
        {"businessGoal": goal, "kpi": "Leads", "unit": "leads", "baseline": 0, "target": 100,
         "startsOn": "2020-01-01", "dueOn": "2099-12-31"}, api["token"])
    assert status == 201
    page.goto(f"{server.home}/strategy/objectives/{made['id']}")
    assert "Not known yet" in page.inner_text(".page-head")
    page.fill("#value", "60")
    page.get_by_role("button", name="Check in", exact=True).click()
    page.wait_for_selector(".page-head >> text=On track")
    axe(page)
    answer = call(api, f"/workspaces/{server.workspace}/objectives/{made['id']}",
                  token=api["token"])[1]
    assert answer["status"] == "onTrack" and answer["value"] == 60


def test_what_is_closed_stays_in_sight_and_comes_back(signed_in, server, api, axe):
    page = signed_in
    place = f"/workspaces/{server.workspace}/business-goals"
    goal = call(api, place, "POST", {"kind": "revenue", "title": "to open a second shop"},
                api["token"])[1]["id"]
    assert call(api, f"{place}/{goal}/closure", "PUT", token=api["token"])[0] == 204
    strategy = call(api, f"/workspaces/{server.workspace}/strategy", token=api["token"])[1]
    assert goal in [closed["id"] for closed in strategy["closedGoals"]]
    open_strategy(page, server)
    page.get_by_text("Closed goals and objectives").click()
    axe(page)
    page.get_by_role("button", name="Reopen: We want to open a second shop").click()
    page.locator("#say-goals .lead-sentence", has_text="to open a second shop").wait_for()


def test_a_margin_that_was_a_mistake_goes_away(signed_in, server):
    page = signed_in
    open_strategy(page, server)
    page.locator("#say-money").get_by_role(
        "button", name=re.compile("State (the|a new) margin")).click()
    page.fill("[name=percent]", "37")
    save(page, "State the margin", "money")
    page.get_by_role("button", name=re.compile("Remove the margin of 37")).click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("button", name=re.compile("Remove the margin of 37")).wait_for(
        state="detached")


def test_fits_a_small_phone(signed_in, server):
    signed_in.set_viewport_size({"width": 320, "height": 640})
    open_strategy(signed_in, server)
    assert fits(signed_in)
