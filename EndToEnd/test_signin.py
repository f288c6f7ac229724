"""The first person, sign-in and sign-out, as somebody at a screen sees them."""
import pytest

from conftest import OWNER, WIDTHS, fill_welcome, fits


def test_the_first_link_makes_the_owner_once(fresh_server, page, axe):
    page.goto(fresh_server.link())
    assert page.get_by_role("heading", level=1).inner_text() == "Welcome to Throughline"
    axe(page)
    fill_welcome(page)

    # The link has done its work; nobody else becomes an owner with it.
    page.context.clear_cookies()
    answer = page.goto(fresh_server.link())
    assert answer.status in (403, 404, 410)


def test_a_short_password_is_refused_at_its_field(fresh_server, page):
    page.goto(fresh_server.link())
    page.fill("[name=name]", "Ada Owner")
    page.fill("[name=email]", "ada@example.org")
    if page.locator("[name=workspace]").count():
        page.fill("[name=workspace]", "Harbour Tea")
    # Past the browser's own check, as a script would send it.
    page.eval_on_selector("[name=password]", "field => field.removeAttribute('minlength')")
    page.fill("[name=password]", "short")
    page.click("main form [type=submit]")
    page.wait_for_selector("[name=password][aria-invalid=true]")
    assert page.input_value("[name=name]") == "Ada Owner", "nothing typed is lost"


def test_signs_in_and_out(any_server, page, axe):
    page.goto(any_server.home)
    page.wait_for_url("**/sign-in**")
    axe(page)
    page.fill("[name=email]", OWNER["email"])
    page.fill("[name=password]", OWNER["password"])
    page.click("main form [type=submit]")
    page.wait_for_url("**/w/**")
    assert any_server.workspace in page.url


def test_a_wrong_password_says_what_to_do(server, page):
    page.goto(server.url + "/sign-in")
    page.fill("[name=email]", OWNER["email"])
    page.fill("[name=password]", "not the right one at all")
    page.click("main form [type=submit]")
    page.wait_for_selector(".form-problem, .field-problem")
    assert page.url.endswith("/sign-in")


def pages_of(page, server):
    """Addresses of the pages that the navigation shows."""
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return sorted({
        link.split("#")[0] for link in links
        if link.startswith(server.home) and "export" not in link})


def test_every_page_is_accessible_and_fits(signed_in, server, axe):
    found = []
    for address in pages_of(signed_in, server):
        answer = signed_in.goto(address)
        if answer.status != 200:
            found.append(f"{answer.status} {address}")
            continue
        try:
            axe(signed_in)
        except AssertionError as problem:
            found.append(str(problem))
        for width in WIDTHS + (320,):
            signed_in.set_viewport_size({"width": width, "height": 900})
            if not fits(signed_in):
                found.append(f"{address} needs sideways scrolling at {width}")
        signed_in.set_viewport_size({"width": 1280, "height": 900})
        if signed_in.locator("h1").count() != 1:
            found.append(f"{address} has {signed_in.locator('h1').count()} main headings")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("header", ["cross-site", "same-site"])
def test_other_sites_cannot_act_for_the_owner(server, context, header):
    context.add_cookies(server.cookies)
    answer = context.request.post(
        server.url + "/sign-out", headers={"sec-fetch-site": header, "origin": "https://evil.example"})
    assert answer.status == 403
