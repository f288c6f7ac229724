"""Whether our parts have known faults is asked of a server that speaks OSV's API."""
import http.server
import json
import re
import subprocess
import threading

import pytest

from servers import ROOT

FAULT = {
    "id": "GHSA-made-up1", "summary": "Reads\nbeyond the end", "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "SwiftURL", "name": "github.com/apple/swift-nio"},
                  "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "9.9.9"}]},
                             {"type": "GIT", "events": [{"fixed": "abcdef"}]}]}],
    "database_specific": {"severity": "HIGH"}}


class OSV(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
        self.server.asked += asked
        results = []
        for query in asked:
            name = query["package"]["name"]
            if name not in self.server.faulty:
                results.append({})
            elif "page_token" in query:
                results.append({"vulns": [{"id": "GHSA-made-up1"}]})
            else:
                results.append({"next_page_token": "more"})
        self.answer({"results": results[:self.server.most]})

    def do_GET(self):
        if self.server.speechless:
            return self.send_error(500)
        self.answer(FAULT)

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def osv():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OSV)
    server.asked, server.faulty, server.most, server.speechless = [], set(), None, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def look(port):
    return subprocess.run(
        [ROOT / "Scripts/advisories", "--server", f"http://127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=60)


def test_every_part_is_asked_for_in_its_version(osv):
    done = look(osv.server_port)
    assert done.returncode == 0, done.stderr
    asked = {(one["package"]["ecosystem"], one["package"]["name"]): one.get("version")
             for one in osv.asked}
    for url, version in re.findall(
            r'url: "https://([^"]+)", exact: "([^"]+)"', (ROOT / "Package.swift").read_text()):
        assert asked[("SwiftURL", url)] == version
    assert asked[("npm", "htmx.org")] and asked[("PyPI", "brotli")] and asked[("PyPI", "pytest")]
    assert f"our {len(osv.asked)} parts" in done.stdout


def test_a_known_fault_is_named_with_its_remedy(osv):
    osv.faulty = {"github.com/apple/swift-nio"}
    done = look(osv.server_port)
    assert done.returncode == 1
    assert re.search(r"swift-nio \d\S*: GHSA-made-up1, HIGH, mended in 9\.9\.9\. Reads beyond the end",
                     done.stdout), done.stdout


def test_a_known_fault_is_told_whatever_else_is_not(osv):
    osv.faulty, osv.speechless = {"github.com/apple/swift-nio"}, True
    done = look(osv.server_port)
    assert done.returncode == 1 and "swift-nio" in done.stdout and "GHSA-made-up1" in done.stdout


def test_no_answer_is_not_taken_for_a_good_one(osv):
    osv.most = 3
    done = look(osv.server_port)
    assert done.returncode == 75 and "was not asked" in done.stderr
    done = look(1)
    assert done.returncode == 75 and "was not asked" in done.stderr


def test_the_front_end_parts_are_of_the_versions_we_ask_for():
    lock = json.loads((ROOT / "Scripts/assets.lock.json").read_text())
    for name, (version, file) in lock["npm"].items():
        if version:
            assert version.encode() in (ROOT / "assets" / file).read_bytes(), name
