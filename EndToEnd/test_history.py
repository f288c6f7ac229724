"""Past posts of a channel: brought in when it is connected, and when somebody asks."""
from test_api import call


def test_past_posts_are_brought_in_and_asked_for_again(signed_in, server, api, axe):
    page = signed_in
    place = f"/workspaces/{server.workspace}"
    made = call(api, f"{place}/channels/practice", "POST", {}, api["token"])[1]
    channel = (made.get("channel") or made)["id"]
    page.goto(f"{server.home}/settings/channels/{channel}")
    past = page.locator("#history")
    past.wait_for()
    past.get_by_role("button").click()
    past.get_by_text("no past posts that are not here").wait_for()
    axe(page)
    answer = call(api, f"{place}/channels/{channel}/history-import", token=api["token"])[1]
    assert answer["state"] == "finished" and answer["isPossible"]
