"""What the benchmarks share: a program under measurement, its first owner, and the machine's name."""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OWNER = {"name": "Ada Owner", "email": "ada@example.org", "password": "correct horse battery 7"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Program:
    """One run of `throughline serve`; `seconds` is how long it took until it said it was ready."""

    def __init__(self, binary, folder, *options):
        self.port = free_port()
        self.log = open(folder / "log.txt", "a+")
        started = time.perf_counter()
        self.process = subprocess.Popen(
            # One caller asks as fast as it answers: counted like anybody, and never stopped.
            [binary, "serve", "--data", folder, "--port", str(self.port),
             "--requests-per-second", "100000", *options],
            stdout=self.log, stderr=self.log)
        while self.status() != 200:
            if self.process.poll() is not None:
                sys.exit("The program ended:\n" + (folder / "log.txt").read_text())
            time.sleep(0.002)
        self.seconds = time.perf_counter() - started

    def status(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def own(self):
        """Megabytes of memory that are no file's."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", text).group(1)) / 1024

    def resident(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def processor(self):
        """Milliseconds of processor time that the program has used so far."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass  # The thread has just ended.
        return total / 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def post(port, path, body, method="POST", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        method, path, json.dumps(body),
        {"content-type": "application/json", "sec-fetch-site": "same-origin", **headers})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        sys.exit(f"{method} {path}: {answer.status} {text.decode()[:400]}")
    return json.loads(text), answer.headers


def say_machine():
    names = re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"machine: {os.cpu_count()} × {names[0] if names else 'processor'}, "
          f"load {os.getloadavg()[0]:.1f} before the start", flush=True)


def wait_for_link(folder):
    for _ in range(200):
        text = (folder / "log.txt").read_text()
        if "/welcome/" in text:
            return text
        time.sleep(0.05)
    sys.exit("The program printed no link:\n" + text)


def sign_in(port):
    body = {"email": OWNER["email"], "password": OWNER["password"]}
    started, headers = post(port, "/api/v1/sessions", body)
    for value in headers.get_all("set-cookie") or []:
        return value.split(";")[0]
    return "throughline=" + started["secret"]
