"""Several real processes on one PostgreSQL: they share jobs and pages, and any of them may be killed.

With THROUGHLINE_OLDER, the program of an earlier release, the first node runs that one: it makes the
database, the second brings the schema up to date beside it, and everything below holds for the pair.
"""
import collections
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import browser_request, create_owner
from instances import GOTOSOCIAL, Instance, connect, read
from servers import BINARY, OWNER, ROOT, Throughline, free_port
from test_collector import PERSON, Wire, click, measured

OLDER = os.environ.get("THROUGHLINE_OLDER", BINARY)
# What docs/nodes.md promises after the process that leads was killed.
TAKEOVER = 30


class Cluster:
    """Two servers with folders and ports of their own, and a network that keeps a ledger."""

    def __init__(self, folder, database, browser):
        self.folder, self.database = folder, database
        self.instance = Instance(GOTOSOCIAL)
        self.nodes = {}
        self.ports = {name: free_port() for name in "ab"}
        self.start("a")
        create_owner(browser, self.a)
        # What docs/nodes.md says: every node gets the key of the first.
        (folder / "b").mkdir(mode=0o700)
        shutil.copy(folder / "a/secret.key", folder / "b/secret.key")
        self.start("b")

    def start(self, name):
        server = Throughline(
            self.folder / name, self.database, "--allow-address", f"127.0.0.1:{self.instance.port}",
            port=self.ports[name], binary=OLDER if name == "a" else BINARY)
        known = next(iter(self.nodes.values()), None)
        if known:
            server.workspace, server.cookies = known.workspace, known.cookies
            server.home = f"{server.url}/w/{server.workspace}"
        self.nodes[name] = server

    @property
    def a(self):
        return self.nodes["a"]

    @property
    def b(self):
        return self.nodes["b"]

    def kill(self, name):
        process = self.nodes[name].process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def leader(self, by):
        """The name of the process that leads, as the node `by` shows it; None when none does."""
        alive = {one["name"]: one for one in read(self.nodes[by], "/server")["nodes"]}
        found = [name for name, server in self.nodes.items() for one in alive.values()
                 if one["isLeader"] and one["name"].endswith(f"-{server.process.pid}")]
        assert len(found) <= 1
        return found[0] if found else None

    def query(self, text):
        return subprocess.run(
            [shutil.which("psql"), "-qAt", self.database, "-c", text], check=True, text=True,
            capture_output=True).stdout.strip()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, browser, postgres):
    cluster = Cluster(tmp_path_factory.mktemp("nodes"), postgres.database(), browser)
    yield cluster
    alive = [one for one in cluster.nodes.values() if one.process.poll() is None]
    codes = [server.stop() for server in alive]
    cluster.instance.stop()
    assert not any(codes), [server.output() for server in alive]


def ask(server, method, path, body):
    return browser_request(server, method, f"/workspaces/{server.workspace}{path}", body)


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def schedule(server, post):
    """Schedules for now; asks again when the server says to try again."""
    for _ in range(10):
        try:
            return ask(server, "PUT", f"/posts/{post['id']}/schedule", {})
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode()
            assert refusal.code == 503 or "store.conflict" in said, said
            time.sleep(0.5)
    raise AssertionError(said)


def sides(server, post):
    found = read(server, f"/workspaces/{server.workspace}/posts/{post['id']}")
    return [variant["publication"] for variant in found["variants"]]


def sign_in(server, email, password):
    request = urllib.request.Request(
        server.url + "/api/v1/sessions", method="POST",
        data=json.dumps({"email": email, "password": password}).encode(),
        headers={"content-type": "application/json", "sec-fetch-site": "same-origin"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_both_are_seen_and_one_leads(cluster):
    assert until(lambda: cluster.leader("a"), "one leading") in ("a", "b")
    for name in "ab":
        nodes = read(cluster.nodes[name], "/server")["nodes"]
        assert len(nodes) == 2 and all(node["isAlive"] for node in nodes), nodes
        assert sum(node["isLeader"] for node in nodes) == 1, nodes


def test_another_key_is_refused_in_words(cluster, tmp_path):
    done = subprocess.run(
        [BINARY, "serve", "--data", tmp_path / "c", "--database", cluster.database,
         "--port", str(free_port())], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert "secret.key" in done.stderr and str(cluster.folder) in done.stderr, done.stderr


def test_who_signs_in_at_one_is_signed_in_at_the_other(cluster, context):
    page = context.new_page()
    page.goto(cluster.a.url + "/sign-in")
    page.fill("[name=email]", OWNER["email"])
    page.fill("[name=password]", OWNER["password"])
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/w/**")
    # A cookie belongs to the host, as it does behind a load balancer.
    page.goto(cluster.b.home)
    assert "/sign-in" not in page.url
    page.goto(cluster.a.home)
    assert "/sign-in" not in page.url


def test_guessing_at_one_is_slowed_at_the_other(cluster):
    for _ in range(5):
        assert sign_in(cluster.a, "nobody@example.org", "wrong horse battery 7") == 422
    assert sign_in(cluster.b, "nobody@example.org", "wrong horse battery 7") == 429


def open_plan(context, server):
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/plan")
    page.wait_for_selector("#plan-grid", state="attached")
    page.evaluate("window.sameDocument = true")
    return page


def add_item(server, title):
    return ask(server, "POST", "/items", {"title": title, "month": time.strftime("%Y-%m")})


def test_a_page_at_one_shows_what_happens_at_the_other(cluster, context):
    page = open_plan(context, cluster.b)
    add_item(cluster.a, "Picked at dawn")
    page.wait_for_selector("#plan-grid >> text=Picked at dawn", timeout=10_000)
    # The connection that listens is cut; what is said meanwhile is read when it is back.
    cut = cluster.query(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity "
        # What it said last: after a silence it asks for a sign of life.
        "WHERE (query LIKE 'LISTEN %' OR query = 'SELECT 1') AND datname = current_database()")
    assert int(cut) >= 2
    add_item(cluster.a, "Dried in the shade")
    page.wait_for_selector("#plan-grid >> text=Dried in the shade", timeout=15_000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"


def test_a_post_scheduled_at_one_goes_out_once_and_shows_at_the_other(cluster, context):
    _, channel = connect(cluster.a, cluster.instance)
    post = ask(cluster.a, "POST", "/posts", {
        "text": "First flush is in.", "variants": [{"channel": channel["id"]}]})
    context.add_cookies(cluster.b.cookies)
    page = context.new_page()
    page.goto(f"{cluster.b.home}/posts/{post['id']}")
    page.evaluate("window.sameDocument = true")
    ask(cluster.a, "PUT", f"/posts/{post['id']}/schedule", {})
    page.wait_for_selector("main >> text=Published", timeout=30_000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    assert sides(cluster.b, post)[0]["state"] == "published"
    assert sum("First flush" in status.text for status in cluster.instance.statuses) == 1


@pytest.mark.parametrize("victim", ["leader", "follower", "leader again"])
def test_killing_one_in_a_burst_loses_and_doubles_nothing(cluster, victim):
    channels = [connect(cluster.a, cluster.instance)[1] for _ in range(6)]
    texts = [f"{victim}: leaf number {number:03}." for number in range(72)]
    posts = [
        ask(cluster.a, "POST", "/posts",
            {"text": text, "variants": [{"channel": channels[number % 6]["id"]}]})
        for number, text in enumerate(texts)]
    leader = until(lambda: cluster.leader("a"), "one leading")
    dead = leader if victim.startswith("leader") else ("b" if leader == "a" else "a")
    left = "b" if dead == "a" else "a"

    def accepted():
        counts = collections.Counter(status.text for status in cluster.instance.statuses)
        return {text: counts[text] for text in texts}

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        due = [pool.submit(schedule, cluster.nodes[left], post) for post in posts]
        until(lambda: sum(accepted().values()) >= 12, "the burst beginning", 60)
        cluster.kill(dead)
        killed = time.monotonic()
        before = sum(accepted().values())
        for one in due:
            one.result()
    assert before < len(texts), "the burst was over before the kill"
    until(lambda: cluster.leader(left) == left, "the survivor leading", TAKEOVER)
    print(f"{victim}: killed after {before}; lead settled after {time.monotonic() - killed:.1f} s")

    def settled():
        # One caller may ask a bounded number of times a second: look at each only when those before are settled.
        states = collections.Counter()
        for post in posts:
            state = sides(cluster.nodes[left], post)[0]["state"]
            if state not in ("published", "needsPerson"):
                time.sleep(0.5)
                return None
            states[state] += 1
        return states

    states = until(settled, "every post settling", 150)
    print(f"{victim}: all settled after {time.monotonic() - killed:.1f} s: {dict(states)}")
    counts = accepted()
    for text, post in zip(texts, posts):
        state = sides(cluster.nodes[left], post)[0]["state"]
        assert counts[text] == 1 or (counts[text] == 0 and state == "needsPerson"), (text, state)
    # It joins again and sees what the other did.
    cluster.start(dead)
    again = cluster.nodes[dead]
    assert sides(again, posts[0])[0]["state"] in ("published", "needsPerson")
    assert cluster.leader(dead) == left


def test_clicks_at_both_are_all_counted(cluster):
    slug, _ = measured(cluster.a)
    answered = 0
    for name in "ab":
        wire = Wire(cluster.nodes[name].port)
        for number in range(25):
            wire.send(click(slug, agent=f"{PERSON} Node/{name}.{number}"))
            assert wire.answer()[0] == 302
            answered += 1
        wire.close()
    # What a killed process has answered is in its folder and counted when it is back.
    cluster.kill("b")
    cluster.start("b")

    def counted():
        return read(cluster.a, f"/workspaces/{cluster.a.workspace}/results")["clicks"] >= answered

    until(counted, "counting the clicks", 30)
    assert read(cluster.b, f"/workspaces/{cluster.b.workspace}/results")["clicks"] == answered


def test_a_stop_hands_the_lead_over_at_once(cluster):
    leader = until(lambda: cluster.leader("a"), "one leading")
    left = "b" if leader == "a" else "a"
    assert cluster.nodes[leader].stop() == 0
    until(lambda: cluster.leader(left) == left, "the other leading", 9)
    cluster.start(leader)


def test_two_that_start_at_once_migrate_once(tmp_path, postgres):
    database = postgres.database()
    (tmp_path / "key").write_text("11" * 32 + "\n")
    started = []
    for name in "ab":
        (tmp_path / name).mkdir(mode=0o700)
        shutil.copy(tmp_path / "key", tmp_path / name / "secret.key")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        started = list(pool.map(lambda name: Throughline(tmp_path / name, database), "ab"))
    found = subprocess.run(
        [shutil.which("psql"), "-qAt", database, "-c",
         "SELECT COUNT(*) = COUNT(DISTINCT id) AND COUNT(*) > 50 FROM schema_step"],
        check=True, text=True, capture_output=True).stdout.strip()
    assert found == "t"
    for server in started:
        assert server.stop() == 0, server.output()
