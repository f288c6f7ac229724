"""The plan: twelve months, items in two fields, briefs that are asked for, moves by keys."""
import datetime

import pytest
from conftest import fits
from test_api import call


def month(offset=0):
    today = datetime.date.today()
    index = today.year * 12 + today.month - 1 + offset
    return f"{index // 12}-{index % 12 + 1:02}"


@pytest.fixture
def planned(api, server):
    """An item of this month, made over the API."""
    def make(title, **more):
        status, answer = call(
            api, f"/workspaces/{server.workspace}/items", "POST",
            {"title": title, "month": month(), **more}, api["token"])
        assert status == 201, answer
        return answer["id"]
    return make


def test_two_fields_put_a_piece_into_the_plan(signed_in, server, axe):
    page = signed_in
    page.goto(server.home + "/plan")
    page.fill("#new-title", "A film of the tasting room")
    page.fill("#new-month", month(1))
    page.get_by_role("button", name="Plan it").click()
    page.wait_for_url("**/plan/items/**")
    assert page.inner_text("h1") == "A film of the tasting room"
    assert "still open" in page.inner_text(".block-head >> nth=0")
    axe(page)
    page.goto(server.home + "/plan")
    assert page.locator(f".plan-cell[data-month='{month(1)}']").get_by_text("A film of").count() == 1
    axe(page)


def test_always_shows_the_next_twelve_months(signed_in, server, planned):
    planned("Something this month")
    signed_in.goto(server.home + "/plan")
    cells = signed_in.locator("tr:last-child .plan-cell")
    assert cells.count() == 12
    assert cells.first.get_attribute("data-month") == month()
    assert cells.last.get_attribute("data-month") == month(11)


def test_a_brief_is_complete_when_five_questions_are_answered(signed_in, server, planned):
    page = signed_in
    page.goto(f"{server.home}/plan/items/{planned('Harvest letter')}")
    page.click("text=Edit the brief")
    page.wait_for_selector("#form-brief")
    assert page.input_value("#form-brief [name=what]") == "Harvest letter"
    for name in ("how", "toWhom", "why"):
        page.fill(f"#form-brief [name={name}]", f"Because {name}.")
    page.get_by_role("button", name="Save the brief").click()
    page.wait_for_selector("text=complete")
    assert "Briefed" in page.inner_text(".page-head p")


def test_work_is_refused_without_a_brief(api, server, planned):
    item = planned("No brief here")
    status, problem = call(
        api, f"/workspaces/{server.workspace}/items/{item}/state", "PUT", {"state": "inWork"},
        api["token"])
    assert status == 422 and problem["code"] == "planning.brief-incomplete"
    assert "why" in problem["detail"]


@pytest.mark.parametrize("way", ["keys", "dialog"])
def test_moves_without_dragging_and_can_be_undone(signed_in, server, planned, way):
    page = signed_in
    title = f"Moves by {way}"
    item = planned(title)
    page.goto(server.home + "/plan")
    if way == "keys":
        page.locator(f"[data-item='{item}'] a").focus()
        page.keyboard.press("Shift+ArrowRight")
    else:
        page.locator(f"[data-item='{item}'] [data-move]").click()
        page.select_option("#move-month", month(1))
        page.locator("#move-form").get_by_role("button", name="Move it").click()
    page.wait_for_selector(f".plan-cell[data-month='{month(1)}'] [data-item='{item}']")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(f".plan-cell[data-month='{month()}'] [data-item='{item}']")


def test_drags_a_piece_to_another_month(signed_in, server, planned):
    page = signed_in
    item = planned("Dragged along")
    page.goto(server.home + "/plan")
    row = page.locator(f"[data-item='{item}']").evaluate("node => node.closest('.plan-cell').dataset.row")
    source = page.locator(f"[data-item='{item}']")
    target = page.locator(f".plan-cell[data-month='{month(1)}'][data-row='{row}']")
    source.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 12, steps=4)
    page.mouse.move(end["x"] + 30, end["y"] + 8, steps=20)
    # The browser's own drag takes a moment to see where it is.
    page.wait_for_timeout(150)
    page.mouse.move(end["x"] + 34, end["y"] + 10, steps=4)
    page.wait_for_timeout(150)
    page.mouse.up()
    page.wait_for_selector(f".plan-cell[data-month='{month(1)}'] [data-item='{item}']")
    page.reload()
    assert page.locator(f".plan-cell[data-month='{month(1)}'] [data-item='{item}']").count() == 1


def test_an_initiative_gathers_pieces_and_distribution(signed_in, server, axe):
    page = signed_in
    page.goto(server.home + "/plan")
    page.click("text=New initiative")
    page.fill("#form-initiative [name=title]", "Brewing school")
    page.select_option("#form-initiative [name=kind]", "marathon")
    page.get_by_role("button", name="Plan the initiative").click()
    page.wait_for_url("**/plan/initiatives/**")
    axe(page)
    page.fill("#new-title", "Water matters")
    page.get_by_role("button", name="Plan it").click()
    page.wait_for_url("**/plan/items/**")
    assert "Brewing school" in page.inner_text(".trail")
    page.click("text=Add an action")
    page.fill("#form-action [name=title]", "Ask the shop to share it")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("checkbox", name="Ask the shop to share it").click()
    page.wait_for_selector("#actions [aria-checked=true]")


def test_fits_a_small_phone(signed_in, server, planned):
    planned("On a phone")
    signed_in.set_viewport_size({"width": 320, "height": 640})
    for path in ("/plan", "/plan/list"):
        signed_in.goto(server.home + path)
        assert fits(signed_in), path
