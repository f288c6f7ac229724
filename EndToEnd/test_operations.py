"""What operators see: metrics, logs, readiness, the server page, the unit and the package."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import browser_request, create_owner, fits
from servers import BINARY, OWNER, ROOT, Throughline, free_port, status_of

UNIT = ROOT / "Packaging/throughline.service"


@pytest.fixture(scope="module")
def watched(tmp_path_factory, browser):
    """A server that logs JSON."""
    server = Throughline(tmp_path_factory.mktemp("data"), None, "--log-format", "json")
    create_owner(browser, server)
    yield server
    assert server.stop() == 0, server.output()


def fetch(url, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=names)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def metrics(server):
    status, headers, body = fetch(server.url + "/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(body.decode())}


def logged(server):
    return [json.loads(line) for line in server.output().splitlines() if line.startswith("{")]


# -- metrics

def test_metrics_are_read_by_prometheus_own_parser(watched):
    fetch(watched.url + "/docs/problems?secret=in-the-address")
    fetch(watched.url + "/no/such/page")
    found = metrics(watched)
    for name in (
            "throughline_http_requests", "throughline_http_request_duration_seconds",
            "throughline_job_runs", "throughline_lanes", "throughline_dead_letters",
            "throughline_outbox_age_seconds", "throughline_queue_oldest_due_seconds",
            "throughline_database_waiting", "throughline_database_bytes",
            "throughline_spool_backlog_bytes", "throughline_delivery_lateness_seconds",
            "throughline_worker_beat_age_seconds", "throughline_storage_bytes",
            "throughline_connections", "throughline_build_info", "throughline_ready",
            "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds"):
        assert name in found, sorted(found)
        assert found[name].documentation, name
    requests = found["throughline_http_requests"].samples
    assert any(sample.labels == {
        "route": "/docs/problems", "method": "GET", "status": "200"} and sample.value >= 1
        for sample in requests)
    assert any(sample.labels["route"] == "(none)" for sample in requests)
    assert "in-the-address" not in str(requests)
    histogram = [sample for sample in found["throughline_http_request_duration_seconds"].samples
                 if sample.labels.get("route") == "/docs/problems"]
    buckets = [sample.value for sample in histogram if sample.name.endswith("_bucket")]
    count = next(sample.value for sample in histogram if sample.name.endswith("_count"))
    assert buckets == sorted(buckets) and buckets[-1] == count >= 1
    assert found["throughline_ready"].samples[0].value == 1
    assert found["throughline_database_bytes"].samples[0].value > 10_000
    assert found["process_resident_memory_bytes"].samples[0].value > 1_000_000


def test_metrics_count_what_is_published_and_how_late(watched):
    channel = browser_request(
        watched, "POST", f"/workspaces/{watched.workspace}/channels/practice", {})
    post = browser_request(
        watched, "POST", f"/workspaces/{watched.workspace}/posts",
        {"text": "Counted", "variants": [{"channel": channel["id"]}]})
    browser_request(
        watched, "PUT", f"/workspaces/{watched.workspace}/posts/{post['id']}/schedule", {})

    def counted():
        family = metrics(watched)["throughline_delivery_lateness_seconds"]
        return any(sample.name.endswith("_count") and sample.value >= 1
                   for sample in family.samples)

    watched.wait_for(counted, "counting the post's lateness", seconds=40)
    runs = metrics(watched)["throughline_job_runs"].samples
    assert any(sample.labels["outcome"] == "done" for sample in runs)
    status = browser_get(watched, "/server")
    assert status["punctuality"][0]["posts"] >= 1


def browser_get(server, path):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    return json.loads(fetch(server.url + "/api/v1" + path, cookie=cookies)[2])


def test_metrics_are_not_for_the_world(tmp_path, monkeypatch):
    monkeypatch.setenv("THROUGHLINE_METRICS_TOKEN", "a-token-for-prometheus")
    server = Throughline(tmp_path / "data", None, "--public-url", "https://social.example")
    assert fetch(server.url + "/metrics")[0] == 401
    assert fetch(server.url + "/metrics", authorization="Bearer guess-guess-guess")[0] == 401
    assert fetch(
        server.url + "/metrics", authorization="Bearer a-token-for-prometheus")[0] == 200
    assert server.stop() == 0
    monkeypatch.delenv("THROUGHLINE_METRICS_TOKEN")
    closed = Throughline(tmp_path / "data", None, "--public-url", "https://social.example")
    assert fetch(closed.url + "/metrics")[0] == 404
    assert closed.stop() == 0


def test_metrics_are_closed_to_whoever_came_through_a_proxy(watched):
    assert fetch(watched.url + "/metrics", x_forwarded_for="203.0.113.9")[0] == 404
    assert fetch(watched.url + "/metrics", host="rebound.example")[0] == 404


# -- logs

def test_each_request_is_one_line_without_what_is_private(watched):
    _, headers, _ = fetch(
        watched.url + f"/w/{watched.workspace}/plan?token=tl_private_thing",
        cookie="; ".join(f"{one['name']}={one['value']}" for one in watched.cookies),
        user_agent="Mozilla/5.0 of somebody")
    number = headers["x-request-id"]
    watched.wait_for(lambda: number in watched.output(), "logging the request")
    lines = [line for line in logged(watched) if line.get("request") == number]
    assert len(lines) == 1
    line = lines[0]
    assert line["route"] == "/w/{workspace}/plan" and line["status"] == 200
    assert line["method"] == "GET" and line["workspace"] == watched.workspace
    assert isinstance(line["milliseconds"], (int, float)) and len(line["trace"]) == 32
    everything = watched.output()
    secrets = [cookie["value"] for cookie in watched.cookies]
    for private in ["tl_private_thing", "Mozilla", OWNER["password"], OWNER["email"], *secrets]:
        assert private not in everything.replace(watched.link(), ""), private
    assert not re.search(r"127\.0\.0\.1(?!:)", everything)


def test_a_trace_goes_from_the_request_into_the_log(watched):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    _, headers, body = fetch(
        watched.url + "/no/such/page", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    number = headers["x-request-id"]
    assert number != "00f067aa0ba902b7" and number.encode() in body
    watched.wait_for(lambda: number in watched.output(), "logging the request")
    assert next(line for line in logged(watched) if line.get("request") == number)["trace"] == trace


def test_a_wrong_log_format_is_explained(tmp_path):
    done = subprocess.run(
        [BINARY, "serve", "--data", tmp_path, "--log-format", "xml"], capture_output=True, text=True)
    assert done.returncode == 65 and "text or json" in done.stderr


# -- the page

def test_the_owner_sees_how_the_server_stands(watched, context, axe):
    context.add_cookies(watched.cookies)
    page = context.new_page()
    page.goto(watched.home + "/settings/server")
    page.wait_for_selector("text=Everything works.")
    page.wait_for_selector("text=How punctual posts are")
    assert page.locator("[aria-labelledby=nodes-title] >> text=Working").count() == 1
    axe(page)
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page)
    # It draws itself again.
    with page.expect_response("**/settings/server/part", timeout=15_000):
        pass


def test_the_api_says_the_same(watched):
    status = browser_get(watched, "/server")
    assert status["isReady"] and status["engine"] == "sqlite" and status["workers"]
    assert {store["what"] for store in status["storage"]} >= {"Database", "Pictures", "Backups"}
    assert browser_get(watched, "/server/failed-jobs")["items"] == []


# -- readiness and doctor

def test_readiness_speaks_of_clicks_database_disk_and_worker(watched):
    body = fetch(watched.url + "/readyz")[2].decode()
    assert body.splitlines() == ["clicks: ok", "database: ok", "disk: ok", "worker: ok"]


def test_doctor_looks_at_the_worker_and_the_files(watched):
    findings = {one["what"]: one for one in json.loads(watched.command("doctor", "--json"))}
    assert findings["worker"]["isGood"] and findings["failed jobs"]["isGood"]
    assert "connections" in findings["open files"]["says"]


# -- the unit and the package

def test_the_unit_is_hardened():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", UNIT],
        capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout[-600:]
    exposure = float(re.search(r"level for \S+: ([\d.]+)", judged.stdout).group(1))
    assert exposure <= 2.0


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    for tool in ("dpkg-deb", "strip"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    made = subprocess.run(
        [ROOT / "Scripts/package", BINARY, tmp_path_factory.mktemp("package")],
        capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.strip())


def test_the_package_says_what_it_is(package):
    def field(name):
        return subprocess.run(
            ["dpkg-deb", "--field", package, name], capture_output=True, text=True,
            check=True).stdout.strip()

    version = re.search(
        r'static let current = "(.+)"', (ROOT / "Sources/App/ProgramSchema.swift").read_text())
    assert field("Version") == version.group(1) and field("Package") == "throughline"
    # Every library that the program asks for comes from a package it depends on.
    needed = re.findall(r"NEEDED\s+(\S+)", subprocess.run(
        ["objdump", "-p", BINARY], capture_output=True, text=True, check=True).stdout)
    known = {"libsqlite3.so.0": "libsqlite3-0", "libpq.so.5": "libpq5", "libz.so.1": "zlib1g",
             "libstdc++.so.6": "libstdc++6", "libqrencode.so.4": "libqrencode4",
             "libnlopt.so.0": "libnlopt0", "libgcc_s.so.1": "libgcc-s1", "libc.so.6": "libc6",
             "libm.so.6": "libc6", "ld-linux-x86-64.so.2": "libc6"}
    swift = re.compile(r"lib(swift|Foundation|dispatch|BlocksRuntime|_Foundation)")
    for library in needed:
        if not swift.match(library):
            assert known[library] in field("Depends"), library


def test_the_package_installs_runs_and_goes_again(package, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("installing into a root of its own needs root")
    root = tmp_path / "root"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")

    def dpkg(*words):
        done = subprocess.run(
            ["dpkg", f"--root={root}", "--force-script-chrootless", "--force-depends",
             "--force-not-root", "--log=/dev/null", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    dpkg("--install", str(package))
    assert "throughline" in (root / "etc/passwd").read_text()
    settings = root / "etc/throughline/environment"
    assert settings.stat().st_mode & 0o777 == 0o640
    settings.write_text("THROUGHLINE_PORT=8099\n")
    assert (root / "lib/systemd/system/throughline.service").exists()
    # What was installed runs.
    port = free_port()
    with subprocess.Popen(
            [root / "usr/bin/throughline", "serve", "--data", tmp_path / "data", "--port",
             str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        with contextlib.closing(process.stdout):
            assert any(b"is ready" in line for line in process.stdout)
            assert status_of(f"http://127.0.0.1:{port}/livez") == 200
            process.terminate()
            assert process.wait(30) == 0
    # The settings are the operator's: an upgrade keeps them.
    dpkg("--install", "--force-confold", str(package))
    assert "8099" in settings.read_text()
    dpkg("--remove", "throughline")
    assert not (root / "usr/bin/throughline").exists() and settings.exists()
    dpkg("--purge", "throughline")
    assert not settings.exists()
