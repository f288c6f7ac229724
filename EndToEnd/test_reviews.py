"""A review walks its agenda, ends as a minute, and its lesson comes back beside the next item."""
import datetime

import pytest
from conftest import fits
from test_api import call


@pytest.fixture(scope="module")
def review(api, server):
    """A review of a month that is over."""
    day = datetime.date.today().replace(day=1) - datetime.timedelta(days=40)
    status, answer = call(
        api, f"/workspaces/{server.workspace}/reviews", "POST",
        {"cadence": "monthly", "day": day.isoformat()}, api["token"])
    assert status == 201, answer
    return answer["id"]


def add(page, button, submit, **fields):
    page.get_by_role("button", name=button, exact=True).click()
    for name, value in fields.items():
        page.fill(f".inline-form [name={name}]", value)
    page.get_by_role("button", name=submit, exact=True).click()
    page.wait_for_selector(".inline-form", state="detached")


def test_walks_the_agenda_to_a_minute(signed_in, server, review, axe):
    page = signed_in
    page.goto(f"{server.home}/reviews/{review}")
    titles = page.locator(".agenda h2").all_inner_texts()
    assert [title.split(maxsplit=1)[1] for title in titles] == [
        "What we said we would do", "What happened", "Surprises", "Lessons", "Decisions", "Next"]
    assert "Posts published" in page.inner_text("[aria-labelledby=a2]")
    axe(page)
    add(page, "It worked", "Write it down", what="The film of the tasting room", why="people saw faces")
    add(page, "It did not", "Write it down", what="The giveaway", why="followers came for the prize")
    add(page, "A lesson", "Keep the lesson", statement="Giveaways bring followers who do not buy",
        advice="Ask for a recipe instead.", tags="giveaway, followers")
    add(page, "A decision", "Record the decision", what="Film the next tasting", why="faces work")
    axe(page)
    page.get_by_role("button", name="Put into the plan: Film the next tasting").click()
    page.wait_for_url("**/plan/items/**")
    assert page.inner_text("h1") == "Film the next tasting"
    page.goto(f"{server.home}/reviews/{review}")
    page.get_by_role("button", name="Finish the review").click()
    page.fill("[name=summary]", "The film brought orders; the giveaway followers only.")
    page.get_by_role("button", name="Finish: the minute stands").click()
    page.wait_for_selector("text=Finished")
    assert "The film brought orders" in page.inner_text(".lead-sentence")
    assert page.locator("text=It worked").count() == 0
    axe(page)


def test_the_lesson_appears_beside_the_next_giveaway(signed_in, server, api, axe):
    page = signed_in
    call(api, f"/workspaces/{server.workspace}/lessons", "POST",
         {"statement": "Prizes draw the wrong crowd", "tags": "giveaway"}, api["token"])
    page.goto(server.home + "/plan")
    page.fill("#new-title", "Spring giveaway of three tins")
    page.get_by_role("button", name="Plan it").click()
    page.wait_for_url("**/plan/items/**")
    memory = page.inner_text(".lessons")
    assert "Prizes draw the wrong crowd" in memory and "about giveaway" in memory
    axe(page)
    page.click("text=Prizes draw the wrong crowd")
    page.wait_for_url("**/library/lessons/**")
    axe(page)


def test_the_library_finds_lessons_by_word_and_tag(signed_in, server, api, axe):
    page = signed_in
    call(api, f"/workspaces/{server.workspace}/lessons", "POST",
         {"statement": "Short posts win on Mondays", "tags": "text, monday"}, api["token"])
    page.goto(server.home + "/library?q=MONDAYS")
    assert page.locator("li[data-row]").count() == 1
    page.goto(server.home + "/library")
    axe(page)
    page.locator(".tag-list >> text=monday").click()
    page.wait_for_url("**tag=monday")
    assert "Short posts win" in page.inner_text("main")


def test_a_lesson_gets_its_evidence_in_the_library_and_retired_ones_are_found(
        signed_in, server, review, api, axe):
    page = signed_in
    page.goto(server.home + "/library")
    page.get_by_role("button", name="New lesson").click()
    page.fill("[name=statement]", "Rain sells tea")
    page.locator("#form-lesson").get_by_role("group", name="What shows it?").get_by_role(
        "checkbox").first.check()
    axe(page)
    page.get_by_role("button", name="Keep the lesson").click()
    page.wait_for_url("**/library/lessons/**")
    shown = page.locator("section", has=page.get_by_role("heading", name="What shows it"))
    assert shown.locator("a").count() == 1
    identifier = page.url.split("/")[-1]
    place = f"/workspaces/{server.workspace}/lessons/{identifier}/retirement"
    assert call(api, place, "PUT", token=api["token"])[0] == 204
    page.goto(server.home + "/library")
    assert page.get_by_text("Rain sells tea").count() == 0
    page.get_by_role("link", name="With retired ones").click()
    page.get_by_text("Rain sells tea").wait_for()
    axe(page)


def test_time_that_is_not_over_is_refused_in_words(signed_in, server, axe):
    page = signed_in
    page.goto(server.home + "/reviews")
    axe(page)
    page.get_by_role("button", name="Start a review").click()
    page.select_option("#cadence", "quarterly")
    page.fill("#day", datetime.date.today().isoformat())
    page.get_by_role("button", name="Open the review").click()
    page.wait_for_selector("text=That time is not over yet")


def test_fits_a_small_phone(signed_in, server, review):
    signed_in.set_viewport_size({"width": 320, "height": 640})
    for path in ("/reviews", f"/reviews/{review}", "/library"):
        signed_in.goto(server.home + path)
        assert fits(signed_in), path
