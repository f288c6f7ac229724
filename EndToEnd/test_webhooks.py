"""Webhooks, from the settings page to a real receiver that checks with the official library."""
import http.server
import json
import threading

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from conftest import browser_request, create_owner, fits
from servers import Throughline, free_port


class Receiver:
    """Takes webhooks on loopback; answers what it was told to."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/in?from=throughline"
        self.messages, self.answers = [], []
        self.arrived = threading.Condition()
        receiver = self

        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status, text = receiver.answers.pop(0) if receiver.answers else (204, "")
                with receiver.arrived:
                    receiver.messages.append((dict(self.headers.items()), body))
                    receiver.arrived.notify_all()
                self.send_response(status)
                self.send_header("content-length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count, seconds=30):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= count, seconds), (
                f"{len(self.messages)} of {count} came")

    def stop(self):
        self.server.shutdown()


def headers(message):
    return {name.lower(): value for name, value in message[0].items()}


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def open_server(tmp_path, browser, receiver):
    server = Throughline(
        tmp_path / "data", None, "--allow-address", f"127.0.0.1:{receiver.port}")
    create_owner(browser, server)
    yield server
    server.stop()


def test_a_person_adds_a_webhook_and_a_receiver_believes_it(
        context, open_server, receiver, axe, tmp_path):
    server = open_server
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(server.home + "/settings/workspace")
    page.get_by_role("link", name="Webhooks").click()
    axe(page)
    page.fill("[name=url]", receiver.url)
    page.fill("[name=note]", "Our chat")
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.locator("#webhook-secret").input_value()
    assert secret.startswith("whsec_")
    axe(page)
    page.get_by_role("link", name="Go on to the webhook").click()
    page.get_by_role("button", name="Send a test").click()
    page.get_by_text("A test is on its way.").wait_for()
    receiver.wait_for(1)
    Webhook(secret).verify(receiver.messages[0][1], headers(receiver.messages[0]))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(receiver.messages[0][1] + " ", headers(receiver.messages[0]))
    page.reload()
    page.get_by_text("Delivered", exact=True).last.wait_for()
    assert secret not in page.content()
    page.locator("summary").first.click()
    axe(page)
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page)
        page.screenshot(path=str(tmp_path / f"webhook-{width}.png"), full_page=True)


def test_a_receiver_that_fails_is_tried_again_and_what_happened_is_shown(
        context, open_server, receiver):
    server = open_server
    receiver.answers = [(500, "Out of <b>order</b>\n")]
    made = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/webhooks",
        {"url": receiver.url, "types": ["publishing.frozen"]})
    browser_request(
        server, "POST", f"/workspaces/{server.workspace}/freezes", {"reason": "A recall"})
    receiver.wait_for(2)
    first, second = receiver.messages
    assert first[1] == second[1] and headers(first)["webhook-id"] == headers(second)["webhook-id"]
    told = Webhook(made["secret"]).verify(second[1], headers(second))
    assert told["type"] == "publishing.frozen"
    assert told["data"]["summary"] == "Froze Everything: “A recall”"
    context.add_cookies(server.cookies)
    page = context.new_page()
    page.goto(f"{server.home}/settings/webhooks/{made['id']}")
    page.locator("summary").first.click()
    page.get_by_text("Out of <b>order</b>").wait_for()
    page.get_by_text("status 500").wait_for()


def test_a_new_secret_overlaps_and_nothing_private_is_reached(open_server, receiver):
    server = open_server
    path = f"/workspaces/{server.workspace}/webhooks"
    made = browser_request(server, "POST", path, {"url": receiver.url})
    again = browser_request(
        server, "POST", f"{path}/{made['id']}/secret", {"overlapHours": 1})
    browser_request(server, "POST", f"{path}/{made['id']}/test", {})
    receiver.wait_for(1)
    for secret in (made["secret"], again["secret"]):
        Webhook(secret).verify(receiver.messages[0][1], headers(receiver.messages[0]))
    for address in ("http://127.0.0.1:22/", "https://10.0.0.1/", "https://localhost/", "ftp://x"):
        with pytest.raises(Exception) as refusal:
            browser_request(server, "POST", path, {"url": address})
        assert refusal.value.code == 422, address
        assert "address" in json.loads(refusal.value.read())["detail"]
