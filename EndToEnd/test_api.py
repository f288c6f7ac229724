"""The API keeps what its description promises, whatever it is sent."""
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from conftest import create_owner, open_api
from servers import Throughline
from test_contract import World

SECONDS = 120
# One caller that asks as fast as it answers, for minutes.
UNHURRIED = ("--requests-per-second", "100000")


def call(api, path, method="GET", body=None, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = "Bearer " + token
    request = urllib.request.Request(
        api["base"] + path, method=method, headers=headers,
        data=json.dumps(body).encode() if body is not None else None)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read() or b"null")


def test_says_who_is_needed(api, server):
    status, problem = call(api, f"/workspaces/{server.workspace}/objectives")
    assert status == 401 and problem["status"] == 401 and problem["title"]


def test_answers_a_token(api, server):
    status, answer = call(api, f"/workspaces/{server.workspace}/objectives", token=api["token"])
    assert status == 200, answer


def test_keeps_its_promises_under_odd_input(browser, tmp_path):
    """schemathesis reads the description and sends what nobody would.

    It ends sessions and takes members out as well, so it gets a server of its own.
    """
    (tmp_path / "data").mkdir()
    server = Throughline(tmp_path / "data", None, *UNHURRIED)
    try:
        create_owner(browser, server)
        keeps_its_promises(open_api(server), server, tmp_path)
    finally:
        server.stop()


def test_keeps_its_promises_about_real_things(browser, tmp_path):
    """The same with identifiers of a filled workspace, so that what is sent reaches the desks.

    What takes things away is left out here: it would leave nothing for the others; and what asks
    servers outside, whose answers are theirs.
    """
    (tmp_path / "data").mkdir()
    server = Throughline(tmp_path / "data", None, *UNHURRIED)
    try:
        create_owner(browser, server)
        world = World(server)
        (tmp_path / "schemathesis.toml").write_text("[parameters]\n" + "".join(
            f'"path.{name}" = "{value}"\n' for name, value in world.ids.items()))
        keeps_its_promises(
            world.api, server, tmp_path, "--exclude-method", "DELETE",
            "--exclude-path-regex", "/(deletion|closure|retirement|owner|sessions|password|connections|authorizations)$",
            "--mode", "positive", "--report", "ndjson", "--report-ndjson-path",
            str(tmp_path / "report.ndjson"), config=tmp_path / "schemathesis.toml")
        done = successes(tmp_path / "report.ndjson")
        assert len(done) > 60, sorted(done)
    finally:
        server.stop()


def successes(report):
    """The operations that answered with a success at least once."""
    found = set()

    def look(value, label):
        if isinstance(value, dict):
            label = value.get("label") or label
            status = value.get("status_code")
            if isinstance(status, int) and 200 <= status < 300 and label:
                found.add(label)
            for part in value.values():
                look(part, label)
        elif isinstance(value, list):
            for part in value:
                look(part, label)

    for line in report.read_text().splitlines():
        look(json.loads(line), None)
    return found


def failures(report):
    """The part of a long report that says what went wrong."""
    start = report.find("= FAILURES")
    return report[start:start + 6000] if start >= 0 else report[-6000:]


def keeps_its_promises(api, server, tmp_path, *more, config=None):
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "schemathesis",
         *(["--config-file", str(config)] if config else []), "run",
         server.url + "/api/openapi.json", "--header", "Authorization: Bearer " + api["token"],
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
         "response_schema_conformance", "--max-examples", "8", "--phases", "examples,fuzzing",
         "--seed", "7", "--generation-database", "none", "--request-timeout", "10",
         "--suppress-health-check", "all", "--no-color", *more],
        cwd=tmp_path, text=True, capture_output=True, timeout=SECONDS * 4,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "odd_input",
             "PYTHONPATH": str(pathlib.Path(__file__).parent)})
    assert done.returncode == 0, failures(done.stdout) + done.stderr[-2000:]
