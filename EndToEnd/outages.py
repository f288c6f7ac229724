"""Disks and databases that fail below a running program, and a checker of what was acknowledged.

`Acknowledged` writes by the API from several threads, keeps the name of everything that was answered
with success, and reads all of it back afterwards. `SmallDisk` is a real file system that can be
filled; `Injected` makes system calls of a running process fail, from outside, with strace.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
import warnings

from conftest import PERMISSIONS, WORKSPACE
from servers import OWNER, ROOT, Throughline, let_others_reach, status_of

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"


def until(condition, what, seconds=30, evidence=lambda: ""):
    """Waits for a condition; `evidence` says what there is instead when it does not come true."""
    deadline = time.monotonic() + seconds
    while True:
        is_over = time.monotonic() >= deadline
        value = condition()
        if value:
            return value
        if is_over:
            raise AssertionError(f"{what} did not happen within {seconds} s {evidence()}".rstrip())
        time.sleep(0.1)


class Shop:
    """A program with an owner, a channel on the practice network, a link that is out, and a token."""

    def __init__(self, folder, database=None):
        self.folder, self.database = folder, database
        self.server = Throughline(folder, database)
        secret = self.server.link().rsplit("/", 1)[1]
        self.ask("POST", "/owner", {**OWNER, "link": secret}, base="")
        self.sign_in()
        self.base = "/workspaces/" + self.ask(
            "POST", "/workspaces", {"name": WORKSPACE, "zone": "UTC"}, base="")["slug"]
        self.home = "/w/" + self.base.rsplit("/", 1)[1]
        self.token = None
        self.token = self.ask(
            "POST", "/tokens", {"name": "Outage", "permissions": PERMISSIONS})["token"].splitlines()[-1]
        self.channel = self.ask("POST", "/channels/practice", {})["id"]
        first = self.publish("The first of the harvest.")
        began = time.monotonic()
        # How fast is not the question here, but what took so long is to be seen.
        publication = until(
            lambda: self.published(first), "publishing", 90, evidence=lambda: self.story(first))
        if time.monotonic() - began > 30:
            warnings.warn(f"publishing took {time.monotonic() - began:.0f} s: {self.story(first)}")
        self.slug = publication["link"].rsplit("/", 1)[1]

    def sign_in(self):
        answer = self.request(
            "POST", "/api/v1/sessions", {name: OWNER[name] for name in ("email", "password")})
        self.cookie = "throughline=" + json.loads(answer[1])["secret"]

    def request(self, method, path, body=None, timeout=30, **headers):
        """Status, body and headers of an answer; whatever it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {
                "content-type": "application/json", "sec-fetch-site": "same-origin", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def say(self, method, path, body=None, base=None, **more):
        """An API request with whatever answer."""
        who = ({"authorization": f"Bearer {self.token}"} if getattr(self, "token", None)
               else {"cookie": getattr(self, "cookie", "")})
        base = self.base if base is None else base
        return self.request(method, "/api/v1" + base + path, body, **who, **more)

    def ask(self, method, path, body=None, base=None):
        status, text, _ = self.say(method, path, body, base)
        assert status < 300, f"{method} {path}: {status} {text.decode()[:400]}"
        return json.loads(text) if text else None

    def publish(self, text):
        post = self.ask("POST", "/posts", {
            "text": text, "destination": "https://shop.example.org/tea",
            "variants": [{"channel": self.channel}]})["id"]
        self.ask("PUT", f"/posts/{post}/schedule", {})
        return post

    def publication(self, post):
        return self.ask("GET", f"/posts/{post}")["variants"][0]["publication"]

    def published(self, post):
        publication = self.publication(post)
        return publication if publication["state"] == "published" else None

    def sends(self, post):
        lines = self.ask("GET", f"/publications/{self.publication(post)['id']}/attempts")["items"]
        return [line for line in lines if line["kind"] == "send"]

    def story(self, post):
        """What became of a post so far: its publication, its attempts and what is said of readiness."""
        publication = self.publication(post)
        attempts = self.ask("GET", f"/publications/{publication['id']}/attempts")["items"]
        return json.dumps([publication, attempts, self.readyz()], indent=1)

    def times_out_there(self, text):
        """How often a post stands on the practice network."""
        status, body, _ = self.request("GET", "/practice/api/v1/timelines/public?limit=40")
        assert status == 200, body
        return sum(text in re.sub("<[^>]+>", "", post["content"]) for post in json.loads(body))

    def page(self, path=""):
        return self.request("GET", self.home + path, cookie=self.cookie)

    def readyz(self):
        status, text, _ = self.request("GET", "/readyz", timeout=15)
        return status, text.decode()

    def kill(self):
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()

    def start(self):
        self.server = Throughline(self.folder, self.database)

    def is_ready(self):
        return status_of(self.server.url + "/readyz") == 200

    def stop(self):
        return self.server.stop()


class Acknowledged:
    """Posts, orders and clicks, written without pause; what was answered with success is kept in mind."""

    def __init__(self, shop):
        self.shop = shop
        self.posts, self.orders, self.clicks = [], [], 0
        self.refused, self.sent_on, self.unknown = [], 0, 0
        self.slowest = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._repeat, args=(act,), daemon=True)
                        for act in (self._post, self._post, self._order, self._click)]
        for thread in self.threads:
            thread.start()

    def _repeat(self, act):
        number = 0
        while not self.over.is_set():
            number += 1
            started = time.monotonic()
            try:
                act(f"{threading.get_ident()}-{number}")
            except (OSError, http.client.HTTPException):
                # The process was killed before it answered: nothing was acknowledged.
                with self.lock:
                    self.unknown += 1
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.over.wait(0.02)

    def _post(self, name):
        text = f"Note {name}. " + "What came in today and how it tastes. " * 8
        status, body, headers = self.shop.say("POST", "/posts", {
            "text": text[:450], "variants": [{"channel": self.shop.channel}]})
        self._note(status, body, headers, lambda: self.posts.append(json.loads(body)["id"]))

    def _order(self, name):
        status, body, headers = self.shop.say("POST", "/orders", {
            "order": name, "date": time.strftime("%Y-%m-%d", time.gmtime()), "amount": "1.00",
            "link": self.shop.slug})
        self._note(status, body, headers, lambda: self.orders.append(json.loads(body)["id"]))

    def _note(self, status, body, headers, keep):
        with self.lock:
            if status < 300:
                keep()
            else:
                self.refused.append((status, json.loads(body), headers.get("retry-after")))

    def _click(self, name):
        status, body, headers = self.shop.request(
            "GET", f"/l/{self.shop.slug}", **{"user-agent": PERSON.format(name)})
        assert status == 302, f"a click was answered with {status} {body.decode()[:300]}"
        with self.lock:
            # A click that is counted has a number; one that could not be kept has none.
            if "tlc=" in headers["location"]:
                self.clicks += 1
            else:
                self.sent_on += 1

    def counts(self):
        with self.lock:
            return len(self.posts), len(self.orders), self.clicks

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a request got no answer for a minute"

    def check(self):
        """Everything that was acknowledged is there, and every refusal said what to do."""
        for path, names in (("posts", self.posts), ("orders", self.orders)):
            missing = [name for name in names
                       if self.shop.say("GET", f"/{path}/{name}")[0] != 200]
            assert not missing, f"{len(missing)} of {len(names)} acknowledged {path} are gone"
        until(lambda: self.shop.ask("GET", "/results")["clicksWithBots"] >= self.clicks,
              f"counting {self.clicks} acknowledged clicks")
        for status, problem, retry in self.refused:
            assert status == 503 and retry, (status, problem)
            assert problem["code"].startswith("store."), problem


class SmallDisk:
    """A file system of its own, in memory, that can be filled and emptied again."""

    def __init__(self, folder, megabytes=90):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "throughline", self.folder],
            capture_output=True, text=True)
        self.problem = done.stderr.strip() if done.returncode else None

    def fill(self):
        with open(self.folder / "filler", "ab", buffering=0) as filler:
            for size in (1 << 20, 4096):
                try:
                    while filler.write(b"\0" * size):
                        pass
                except OSError:
                    pass

    def free(self):
        (self.folder / "filler").unlink()

    def read_only(self, is_read_only):
        words = "remount,ro" if is_read_only else "remount,rw"
        subprocess.run(["mount", "-o", words, self.folder], check=True)

    def remove(self):
        subprocess.run(["umount", "-l", self.folder], check=False)


class Injected:
    """System calls of a running process that fail while this lasts."""

    def __init__(self, process, calls, error, paths=(), when=None):
        self.process, self.paths = process, paths
        rule = f"inject={calls}:error={error}" + (f":when={when}" if when else "")
        self.words = ["strace", "-f", "-q", "-o", "/dev/null", "-p", str(process.pid),
                      "-e", f"trace={calls}", "-e", rule]
        for path in paths:
            self.words += ["-P", str(path)]

    def __enter__(self):
        self.tracer = subprocess.Popen(
            self.words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        until(self._is_attached, "attaching strace")
        return self

    def _is_attached(self):
        assert self.tracer.poll() is None, self.tracer.stderr.read()
        tasks = list(pathlib.Path(f"/proc/{self.process.pid}/task").iterdir())
        traced = [re.search(r"TracerPid:\s+(\d+)", (task / "status").read_text()) for task in tasks]
        return all(found and found.group(1) != "0" for found in traced)

    def __exit__(self, *ignored):
        self.tracer.terminate()
        self.tracer.wait(20)


class OwnPostgres:
    """A PostgreSQL for one test, which may be stopped, frozen and started again."""

    def __init__(self, folder):
        let_others_reach(folder)
        self.folder = folder / "postgres"
        started = subprocess.run(
            [ROOT / "Scripts/postgres", "start", self.folder], text=True, capture_output=True)
        assert started.returncode == 0, started.stderr
        self.url = started.stdout.strip()
        self.bin = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        words = (self.folder / "db/postmaster.opts").read_text().split('"')
        self.options = " ".join(f"'{word}'" for word in words[1::2] if word != "-D"
                                and word != str(self.folder / "db"))

    def _control(self, *words):
        command = [self.bin / "pg_ctl", "-D", self.folder / "db", "-w", *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def on_disk(self, folder):
        """The address of a new database whose tables lie in a folder; what is written ahead does not."""
        place = folder / "tables"
        place.mkdir()
        let_others_reach(folder)
        if os.geteuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        for words in (f"CREATE TABLESPACE small LOCATION '{place}'",
                      "CREATE DATABASE shop TABLESPACE small"):
            subprocess.run([shutil.which("psql"), "-q", self.url, "-c", words], check=True)
        return self.url.rsplit("/", 1)[0] + "/shop"

    def halt(self):
        self._control("-m", "immediate", "stop")

    def start(self):
        self._control("-l", self.folder / "server.log", "-o", self.options, "start")

    def _processes(self):
        first = int((self.folder / "db/postmaster.pid").read_text().split()[0])
        children = [int(place.name) for place in pathlib.Path("/proc").iterdir()
                    if place.name.isdigit() and self._parent(place) == first]
        return [first, *children]

    @staticmethod
    def _parent(place):
        try:
            return int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return 0

    def freeze(self):
        self.frozen = self._processes()
        for number in self.frozen:
            os.kill(number, signal.SIGSTOP)

    def thaw(self):
        for number in self.frozen:
            os.kill(number, signal.SIGCONT)

    def reset_connections(self):
        subprocess.run(
            [shutil.which("psql"), "-q", self.url, "-c",
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
             "WHERE application_name = 'throughline'"], check=True, stdout=subprocess.DEVNULL)

    def remove(self):
        subprocess.run([ROOT / "Scripts/postgres", "stop", self.folder], check=False)
