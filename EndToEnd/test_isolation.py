"""One network that is dead or slow keeps no other channel waiting."""
import statistics
import time

import pytest

from conftest import browser_request, create_owner
from instances import Instance, connect
from servers import Throughline

CHANNELS = 50


def schedule(server, channel, text, due):
    post = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/posts",
        {"text": text, "variants": [{"channel": channel}]})
    browser_request(
        server, "PUT", f"/workspaces/{server.workspace}/posts/{post['id']}/schedule",
        {"dueLocal": time.strftime("%Y-%m-%dT%H:%M", time.gmtime(due)), "zone": "UTC"})
    return post["id"]


def lateness(instance, due):
    """How late each post of a minute came, by its account."""
    return {
        status.account: status.first_byte - due for status in instance.statuses
        if due <= status.first_byte < due + 60}


@pytest.mark.alone
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_black_hole_delays_no_other_channel(engine, request, tmp_path, browser):
    database = request.getfixturevalue("postgres").database() if engine == "postgres" else None
    well, hole = Instance(), Instance()
    server = Throughline(
        tmp_path / "data", database, "--allow-address", f"127.0.0.1:{well.port}",
        "--allow-address", f"127.0.0.1:{hole.port}")
    create_owner(browser, server)
    # One account on a server that will be dead, the others on one that is well.
    accounts = [connect(server, hole if number == 0 else well)[1]["id"]
                for number in range(CHANNELS)]
    minute = (int(time.time()) // 60 + 1) * 60
    if minute - time.time() < 35:
        minute += 60
    # Twice, because a dead network would delay the others each time, and a busy machine does not.
    before, during = minute, (minute + 60, minute + 120)
    for channel in accounts:
        schedule(server, channel, f"All is well in {channel}", before)
    for due in during:
        for channel in accounts:
            schedule(server, channel, f"One of us is dead in {channel}", due)
    for number in range(5):
        schedule(server, accounts[0], f"Waits behind a dead one {number}", during[0])
    assert time.time() < before, "the machine is too slow for this test"
    time.sleep(max(0, before + 30 - time.time()))
    calm = lateness(well, before)
    # Half of the ways to be dead: connecting works and nothing comes back, or not even that.
    hole.use = "silent" if engine == "sqlite" else "normal"
    if engine == "postgres":
        hole.turn_deaf()
    found = []
    for due in during:
        time.sleep(max(0, due + 15 - time.time()))
        troubled = lateness(well, due)
        assert len(calm) == len(troubled) == CHANNELS - 1, server.output()
        delay = max(troubled[account] - calm[account] for account in calm)
        usual = statistics.median(troubled.values()) - statistics.median(calm.values())
        found.append((delay, usual))
        if delay < 1 and usual < 0.5:
            break
    else:
        pytest.fail(f"the longest and the usual delay in seconds: {found}")
    hole.use = "normal"
    server.stop()
    well.stop()
