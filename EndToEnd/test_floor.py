"""The program by itself: readiness, assets, the API's description, a clean stop."""
import json
import urllib.error
import urllib.request

import pytest
from servers import status_of


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, dict(refusal.headers), refusal.read()


def test_is_ready_and_stops_when_told(fresh_server):
    assert status_of(fresh_server.url + "/livez") == 200
    assert status_of(fresh_server.url + "/readyz") == 200
    assert fresh_server.stop() == 0, fresh_server.output()


def test_prints_a_link_for_the_first_person(fresh_server):
    assert fresh_server.link().startswith(fresh_server.url)


def test_an_unknown_page_says_so_in_words(fresh_server):
    status, headers, body = fetch(fresh_server.url + "/no/such/page")
    assert status in (401, 404)
    assert b"<h1" in body or b"problem+json" in headers.get("content-type", "").encode()


def test_describes_its_api(fresh_server):
    status, headers, body = fetch(fresh_server.url + "/api/openapi.json")
    document = json.loads(body)
    assert status == 200 and document["openapi"].startswith("3.1")
    operations = [
        operation["operationId"] for path in document["paths"].values()
        for method, operation in path.items() if method in ("get", "post", "put", "patch", "delete")]
    assert operations and len(operations) == len(set(operations))


@pytest.mark.parametrize("header", ["content-security-policy", "x-content-type-options"])
def test_every_page_carries_its_policy(fresh_server, header):
    _, headers, _ = fetch(fresh_server.url + "/docs/problems")
    assert header in {name.lower() for name in headers}


def test_the_api_reference_draws_itself(fresh_server, page, axe):
    page.goto(fresh_server.url + "/docs")
    page.wait_for_selector("rapi-doc")


def test_problems_are_explained(fresh_server, page, axe):
    page.goto(fresh_server.url + "/docs/problems")
    assert page.locator("h1").count() == 1
    axe(page)
