"""A Mastodon-API server elsewhere is connected by consent, posted to, and read from.

The other server is the practice network of a second program, behind a small proxy that gives it the
addresses a Mastodon server has: its API at the root, under a name of its own.
"""
import http.client
import http.server
import json
import re
import threading

import pytest

from conftest import OWNER, create_owner
from servers import Throughline, free_port


class Instance:
    """`http://localhost:PORT`, whose API and consent page are another program's practice network."""

    def __init__(self, target):
        port = self.port = free_port()
        self.url = f"http://localhost:{port}"

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                path = self.path
                if path.startswith(("/api/", "/oauth/")):
                    path = "/practice" + path
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                upstream = http.client.HTTPConnection("127.0.0.1", target, timeout=20)
                upstream.request(self.command, path, body, dict(self.headers))
                answer = upstream.getresponse()
                data = answer.read()
                if path.endswith("/instance"):
                    stated = json.loads(data)
                    stated["configuration"]["statuses"]["max_characters"] = 300
                    data = json.dumps(stated).encode()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                upstream.close()
                try:
                    self.wfile.write(data)
                except OSError:
                    pass  # The browser has gone on.

            do_GET = do_POST = do_PUT = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


@pytest.fixture
def two(tmp_path, browser):
    """Our program, and another whose network it may reach."""
    other = Throughline(tmp_path / "other")
    create_owner(browser, other)
    instance = Instance(other.port)
    ours = Throughline(
        tmp_path / "ours", None, "--allow-address", f"localhost:{instance.port}")
    create_owner(browser, ours)
    yield ours, other, instance
    instance.stop()
    assert ours.stop() == 0, ours.output()
    assert other.stop() == 0, other.output()


def test_connects_posts_and_reads_back(two, browser):
    ours, other, instance = two
    context = browser.new_context()
    context.set_default_timeout(15_000)
    context.add_cookies(ours.cookies)
    page = context.new_page()
    # The person has an account over there, and is signed in.
    page.goto(instance.url + "/sign-in")
    page.fill("[name=email]", OWNER["email"])
    page.fill("[name=password]", OWNER["password"])
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(re.compile("/w/"))
    page.goto(ours.home + "/settings/channels/new")
    form = page.locator("#mastodon")
    form.locator("[name=server]").fill(instance.url)
    form.get_by_role("button", name="Continue at the server").click()
    page.wait_for_url(instance.url + "/oauth/authorize**")
    page.fill("[name=handle]", "harbour_tea")
    page.click("main form [type=submit]")
    page.get_by_role("link", name="Continue to Throughline").click()
    page.wait_for_url(ours.home + "/settings/channels")
    page.get_by_text("Connected", exact=True).first.wait_for()
    page.goto(ours.home + "/posts/new")
    # What the server says of itself holds, not what is usual.
    page.fill("#text", "x" * 301)
    page.locator("#preview").get_by_text("301 of 300 characters, 1 too many").wait_for()
    page.get_by_text("What Mastodon takes").click()
    page.get_by_text(f"said by {instance.url}").first.wait_for()
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url("**/edit")
    page.get_by_text("Saved as a draft.").wait_for()
    page.locator("#preview").get_by_text("Mastodon takes 300").wait_for()
    page.goto(ours.home + "/posts/new")
    page.fill("#text", "Hello from the other side of the harbour.")
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    page.get_by_text(re.compile("on time")).first.wait_for(timeout=30_000)
    link = page.get_by_role("link", name=re.compile("^See it on")).get_attribute("href")
    assert link.startswith(instance.url)
    page.goto(link)
    page.get_by_text("Hello from the other side of the harbour.").first.wait_for()
    # Whoever disconnects it leaves nothing behind that could still be used over there.
    page.goto(instance.url + "/practice/programs")
    allowed = page.get_by_role("listitem").filter(has_text="Throughline may:")
    allowed.wait_for()
    page.goto(ours.home + "/settings/channels")
    page.get_by_role("main").get_by_role("link", name="Harbour_Tea", exact=True).click()
    page.get_by_role("button", name="Disconnect").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("is published to by hand now").wait_for()
    page.goto(instance.url + "/practice/programs")
    page.get_by_text("No program may use this account.").wait_for()
    assert not allowed.count()
    context.close()


def test_a_refusal_over_there_is_said_here(two, browser):
    ours, _, instance = two
    context = browser.new_context()
    context.set_default_timeout(15_000)
    context.add_cookies(ours.cookies)
    page = context.new_page()
    # Nothing listens at this address, and it is not allowed either.
    page.goto(ours.home + "/settings/channels/new")
    form = page.locator("#mastodon")
    form.locator("[name=server]").fill("http://127.0.0.1:9")
    form.get_by_role("button", name="Continue at the server").click()
    page.get_by_text(re.compile("was not contacted")).first.wait_for()
    # A return that nobody asked for is refused in words.
    answer = page.goto(ours.url + "/channels/callback/invented?code=stolen")
    assert answer.status == 409
    page.get_by_text("Please connect again.").first.wait_for()
    context.close()
