"""Guests: somebody who sees chosen initiatives for some days, and nothing else."""
import datetime
import json
import urllib.error
import urllib.request

from conftest import browser_request, fits

TODAY = datetime.date.today()
PHONE = {"width": 375, "height": 812}


def fill(server):
    """Two initiatives, each with an item and a post."""
    place = f"/workspaces/{server.workspace}"
    channel = browser_request(server, "POST", place + "/channels", {
        "network": "linkedin", "name": "Company page"})["id"]
    made = {}
    for title in ("Winter tour", "Secret launch"):
        initiative = browser_request(server, "POST", place + "/initiatives", {
            "kind": "marathon", "title": title, "startsOn": f"{TODAY}"})["id"]
        item = browser_request(server, "POST", place + "/items", {
            "title": f"{title} film", "month": f"{TODAY:%Y-%m}", "initiative": initiative})["id"]
        post = browser_request(server, "POST", place + "/posts", {
            "text": f"{title} words", "item": item, "variants": [{"channel": channel}]})["id"]
        made[title] = {"initiative": initiative, "item": item, "post": post}
    return made


def answer(cookies, url):
    return urllib.request.urlopen(urllib.request.Request(
        url, headers={"cookie": "; ".join(f"{c['name']}={c['value']}" for c in cookies)}))


def status(cookies, url):
    try:
        return answer(cookies, url).status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_guest_is_invited_writes_and_sees_nothing_else(signed_in, browser, server, axe):
    made = fill(server)
    page = signed_in
    page.goto(f"{server.home}/settings/members")
    page.get_by_text("Invite a guest to a part of the work").click()
    form = page.get_by_role("form", name="Invite a guest")
    form.get_by_label("E-mail address").fill("gil@example.org")
    form.get_by_label("Winter tour").check()
    form.get_by_label("may write posts there").check()
    form.get_by_label("may approve posts there").check()
    form.get_by_role("button").click()
    link = page.locator("#invited input").input_value()
    page.set_viewport_size(PHONE)
    assert fits(page)
    axe(page)
    context = browser.new_context(viewport=PHONE)
    guest = context.new_page()
    guest.goto(link)
    guest.get_by_label("Your name").fill("Gil Guest")
    guest.get_by_label("Password").fill("seven quiet harbours at dawn")
    guest.locator("main form [type=submit]").first.click()
    guest.wait_for_url("**/w/**")
    assert "You are a guest here until" in guest.inner_text("main")
    assert "Winter tour film" in guest.inner_text("main")
    assert "Secret" not in guest.content()
    assert fits(guest)
    axe(guest)
    guest.get_by_role("link", name="Winter tour words").click()
    guest.get_by_role("heading", name="Winter tour").first.wait_for()
    assert fits(guest)
    axe(guest)
    guest.goto(server.home)
    guest.get_by_role("link", name="Write a post for Winter tour film").click()
    assert "Secret" not in guest.content()
    guest.locator("[name=text]").first.fill("Written by a guest")
    guest.locator("[data-channel]").first.check()
    guest.get_by_role("button", name="Save", exact=False).first.click()
    guest.wait_for_url("**/edit")
    cookies = context.cookies()
    secret, known = made["Secret launch"], made["Winter tour"]
    for path in (f"/plan/items/{secret['item']}", f"/plan/initiatives/{secret['initiative']}",
                 f"/posts/{secret['post']}", f"/posts/{secret['post']}/edit",
                 f"/posts/new?item={secret['item']}"):
        assert status(cookies, server.home + path) == 404, path
    for path in ("/plan", "/posts", "/calendar", "/strategy", "/results", "/reviews",
                 "/settings/members", "/settings/workspace", "/settings/activity", "/delivery",
                 "/replies", "/search?q=Secret", "/posts/new"):
        assert status(cookies, server.home + path) in (403, 404), path
    for path in (f"/plan/items/{known['item']}", f"/plan/initiatives/{known['initiative']}",
                 f"/posts/{known['post']}", "/settings/account"):
        assert status(cookies, server.home + path) == 200, path
    context.close()
    page.goto(f"{server.home}/settings/members")
    row = page.locator("li", has_text="Gil Guest")
    assert "sees Winter tour, writes and approves there" in row.inner_text()
    member = next(m for m in members(server) if m["email"] == "gil@example.org")
    assert member["role"] == "guest"
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove", exact=True).last.click()
    page.locator("li", has_text="Gil Guest").wait_for(state="detached")
    # Who belongs nowhere any more is signed out.
    assert answer(cookies, server.home).url.startswith(f"{server.url}/sign-in")


def members(server):
    request = urllib.request.Request(
        f"{server.url}/api/v1/workspaces/{server.workspace}/members",
        headers={"cookie": "; ".join(f"{c['name']}={c['value']}" for c in server.cookies)})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["items"]
