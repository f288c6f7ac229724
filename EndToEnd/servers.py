"""Starts the servers that the tests talk to: Throughline itself and a real AT Protocol server."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import weakref

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("THROUGHLINE_BINARY", ROOT / ".build/debug/throughline"))
OWNER = {"name": "Ada Owner", "email": "ada@example.org", "password": "correct horse battery 7"}


# Each process of the tests has ports of its own, below those that the kernel gives to clients.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = itertools.cycle(range(12_000 + 5_000 * (WORKER % 4), 17_000 + 5_000 * (WORKER % 4)))


def free_port():
    """A port that nobody listens on, and that no other test is given for long."""
    for port in PORTS:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def let_others_reach(folder):
    """Opens the way to a folder: PostgreSQL runs as a user of its own."""
    for place in (folder, *folder.parents):
        if place.stat().st_mode & 0o055 != 0o055:
            place.chmod(0o755)


def status_of(url):
    """The HTTP status of a GET, 0 when nothing listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


class Running:
    """A process of ours with its output kept, stopped by its own id.

    `THROUGHLINE_TEST_LOGS` names a folder in which the output of each stays after the tests.
    """

    started = weakref.WeakSet()

    def __init__(self, command, name, environment=None):
        self.name = name
        self.lines = []
        Running.started.add(self)
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        folder = os.environ.get("THROUGHLINE_TEST_LOGS")
        place = pathlib.Path(folder or os.devnull)
        if folder:
            place /= f"{os.getpid()}-{self.process.pid}.log"
        with place.open("a", buffering=1) as log:
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))
                log.write(line)

    def output(self):
        return "\n".join(self.lines)

    def wait_for(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"{self.name}: {what} did not happen.\n{self.output()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Throughline(Running):
    """`throughline serve` on a folder and a free port, ready to be asked."""

    def __init__(self, folder, database=None, *options, command="serve", environment=None,
                 port=None, binary=BINARY):
        self.folder = folder
        self.database = database
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            [binary, command, *self._place(), "--port", self.port, *options], "throughline",
            environment)
        self.wait_for(lambda: status_of(self.url + "/readyz") == 200, "being ready")

    def _place(self):
        return ["--data", self.folder] + (["--database", self.database] if self.database else [])

    @property
    def cookies(self):
        """The owner's session, for any number of browsers at once.

        A session's secret changes every fifteen minutes, and who comes with the one before is
        signed out. Browsers share a secret, tests do not: so they get a session that is young.
        """
        if time.monotonic() - self._signed_in_at > 300:
            request = urllib.request.Request(
                self.url + "/api/v1/sessions", method="POST",
                data=json.dumps({name: OWNER[name] for name in ("email", "password")}).encode(),
                headers={"content-type": "application/json", "sec-fetch-site": "same-origin"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                secret = json.loads(answer.read())["secret"]
            self.cookies = [
                {**cookie, "value": secret} if cookie["name"].endswith("throughline") else cookie
                for cookie in self._cookies]
        return self._cookies

    @cookies.setter
    def cookies(self, cookies):
        self._cookies = cookies
        self._signed_in_at = time.monotonic()

    def link(self):
        """The one-time link that creates the owner."""
        found = self.wait_for(
            lambda: re.search(r"http\S+/welcome/\S+", self.output()), "printing the first link")
        return found.group()

    def command(self, *words, given=""):
        """Runs another command of the program on the same data."""
        done = subprocess.run(
            [BINARY, *words, *self._place()], cwd=ROOT, text=True, input=given,
            capture_output=True, timeout=60)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


class AtprotoServer(Running):
    """A PDS that checks records against the official lexicons; everything is in memory."""

    handle = "alice.localhost"
    password = "pw123"

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__([sys.executable, ROOT / "EndToEnd/pds.py", self.port], "AT Protocol server")
        self.wait_for(
            lambda: status_of(self.url + "/xrpc/com.atproto.server.describeServer"), "listening")


class PostgreSQL:
    """A private PostgreSQL, or the one that THROUGHLINE_TEST_POSTGRES names unless it must be its own."""

    def __init__(self, folder, own=False):
        self.folder = None
        self.base = None if own else os.environ.get("THROUGHLINE_TEST_POSTGRES")
        if not self.base:
            self.folder = folder / "postgres"
            started = subprocess.run(
                [ROOT / "Scripts/postgres", "start", self.folder], text=True, capture_output=True)
            if started.returncode:
                raise RuntimeError(started.stderr)
            self.base = started.stdout.strip()
        self.count = 0

    def database(self):
        """The address of a new, empty database."""
        self.count += 1
        name = f"end_to_end_{os.getpid()}_{self.count}"
        subprocess.run(
            [shutil.which("psql"), "-q", self.base, "-c", f"CREATE DATABASE {name}"], check=True)
        return self.base.rsplit("/", 1)[0] + "/" + name

    def stop(self):
        if self.folder:
            subprocess.run([ROOT / "Scripts/postgres", "stop", self.folder])
