"""Mastodon-API servers of several makes, as far as a poster meets their differences.

Each `Make` says where a server departs from Mastodon, as read in its source or seen on a running one.
An `Instance` plays one on loopback, keeps every post with the moment its first byte came, and can
turn into a server that is of no use: silent, deaf (not even connecting), or dripping.
"""
import dataclasses
import email.parser
import email.policy
import html
import http.server
import json
import re
import secrets
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from conftest import browser_request


@dataclasses.dataclass(frozen=True)
class Make:
    name: str
    # Whether a repeated idempotency key gets the first post back; three of four makes ignore it.
    honours_keys: bool = False
    # What /.well-known/oauth-authorization-server lists; None when there is no such page.
    scopes: tuple | None = None
    # Scopes that registering and consenting accept; None for any.
    accepted_scopes: tuple | None = None
    # Whether the return from the consent page carries `state`.
    returns_state: bool = True
    # `v2`, `v1` or `v1-only-max_toot_chars`.
    instance: str = "v2"
    limit: int = 500
    link_length: int = 23
    alt_limit: int = 1500
    # What a bad token is answered with: status, type, body.
    bad_token: tuple = (401, "application/json", '{"error":"The access token is invalid"}')
    # What content that is too long is answered with.
    refusal: int = 422
    # The status of an upload, and of a look at it while it is processed.
    media: tuple = (200,)
    media_path: str = "/api/v2/media"
    # How a text comes back as HTML.
    paragraphs: bool = True
    shortens_links: bool = False
    # Whether boosts are listed among own posts although one asked for none.
    lists_boosts: bool = False
    fraction: bool = True
    # Seconds its clock is off.
    clock: int = 0


GRANULAR = ("read", "read:accounts", "read:statuses", "write", "write:statuses", "write:media",
            "profile", "follow", "push")
MASTODON = Make("Mastodon", honours_keys=True, scopes=GRANULAR, shortens_links=True,
                media=(202, 206, 200))
GOTOSOCIAL = Make("GoToSocial", scopes=("read", "write", "admin"), limit=5000, alt_limit=1500)
AKKOMA = Make("Akkoma", instance="v1-only-max_toot_chars", limit=10_000, alt_limit=5000,
              bad_token=(403, "application/json", '{"error":"Invalid credentials."}'),
              paragraphs=False, refusal=422)
SNAC = Make("snac", instance="v1", limit=100_000, bad_token=(401, "text/plain", ""),
            lists_boosts=True, fraction=False)
TAKAHE = Make("Takahe", returns_state=False, instance="v1", limit=500,
              bad_token=(400, "text/plain", "Invalid Bearer token"), refusal=400, fraction=False,
              clock=-600)
PIXELFED = Make("Pixelfed", accepted_scopes=("read", "write", "follow", "push"), instance="v1",
                limit=500, media=(202, 200), media_path="/api/v1/media")
MAKES = (MASTODON, GOTOSOCIAL, AKKOMA, SNAC, TAKAHE, PIXELFED)


@dataclasses.dataclass
class Status:
    id: str
    account: str
    text: str
    form: dict
    key: str
    first_byte: float


class Instance:
    """`http://127.0.0.1:PORT`, a server of one make."""

    def __init__(self, make=MASTODON):
        self.make = make
        self.statuses, self.media, self.asked = [], {}, []
        self.apps, self.tokens = {}, {}
        self.turn = threading.Lock()
        self.use = "normal"
        self.next_answers = []
        self.loses_next_answer = False
        self._listen(0)

    def _listen(self, port):
        instance = self

        class Door(Handler):
            home = instance

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256

        self.server = Server(("127.0.0.1", port), Door)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def turn_deaf(self):
        """Listens with a full queue, so that connecting itself gets no answer."""
        self.server.shutdown()
        self.server.server_close()
        self.deaf = socket.socket()
        self.deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.deaf.bind(("127.0.0.1", self.port))
        self.deaf.listen(0)
        self.fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)

    def stop(self):
        self.use = "normal"
        self.server.shutdown()

    def of(self, account):
        return [status for status in self.statuses if status.account == account]

    # What an account sees.

    def account(self, number):
        return {"id": number, "username": f"tea{number}", "acct": f"tea{number}",
                "display_name": f"Tea {number}", "url": f"{self.url}/@tea{number}",
                "followers_count": 7}

    def moment(self, at):
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at + self.make.clock))
        return text + (".123Z" if self.make.fraction else "Z")

    def shown(self, status):
        text = html.escape(status.text, quote=True)
        if self.make.shortens_links:
            text = re.sub(
                r"https?://(\S+)", lambda found:
                f'<a href="{found[0]}" rel="nofollow"><span class="invisible">https://</span>'
                f'<span class="ellipsis">{found[1][:20]}</span>'
                f'<span class="invisible">{found[1][20:]}</span></a>', text)
        else:
            text = re.sub(r"https?://\S+", lambda found: f'<a href="{found[0]}">{found[0]}</a>', text)
        if self.make.paragraphs:
            text = "<p>" + text.replace("\n\n", "</p><p>").replace("\n", "<br />") + "</p>"
        else:
            text = text.replace("\n", "<br/>")
        return {
            "id": status.id, "created_at": self.moment(status.first_byte), "content": text,
            "url": f"{self.url}/@tea{status.account}/{status.id}", "uri": f"{self.url}/o/{status.id}",
            "in_reply_to_id": status.form.get("in_reply_to_id", [None])[0],
            "in_reply_to_account_id": None, "account": self.account(status.account),
            "visibility": status.form.get("visibility", ["public"])[0], "reblog": None,
            "favourites_count": 3, "reblogs_count": 1, "replies_count": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home: Instance

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        # The request line is read first, so the clock is taken when its first byte has come.
        try:
            self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            pass
        self.first_byte = time.time()
        super().handle_one_request()

    def do(self):
        home = self.home
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        parts = urllib.parse.urlparse(self.path)
        with home.turn:
            home.asked.append((self.command, parts.path, dict(self.headers), body))
        if home.use == "silent":
            while home.use == "silent":
                time.sleep(0.2)
            return self.close()
        if home.use == "dripping":
            return self.drip()
        if self.command == "POST" and parts.path == "/api/v1/statuses" and home.next_answers:
            status, headers, text = home.next_answers.pop(0)
            return self.answer(status, text, headers)
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if found and method == self.command:
                query = urllib.parse.parse_qs(parts.query)
                return act(self, found, query, body)
        self.answer(404, {"error": "Record not found"})

    do_GET = do_POST = do_DELETE = do_PUT = do

    def close(self):
        self.close_connection = True

    def drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                         b"content-length: 1000\r\n\r\n")
        try:
            while self.home.use == "dripping":
                self.wfile.write(b" ")
                time.sleep(0.5)
        except OSError:
            pass
        self.close()

    def answer(self, status, value, headers=()):
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        kind = "application/json"
        try:
            self.send_response(status)
            for name, text in dict(headers).items():
                if name == "content-type":
                    kind = text
                else:
                    self.send_header(name, text)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close()

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + self.home.make.clock)

    # The token's account; None after a refusal that is already answered.

    def who(self):
        bearer = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if bearer in self.home.tokens:
            return self.home.tokens[bearer]
        status, kind, text = self.home.make.bad_token
        self.answer(status, text, {"content-type": kind})
        return None

    def metadata(self, *_):
        make = self.home.make
        if make.scopes is None:
            return self.answer(404, {"error": "Not Found"})
        self.answer(200, {
            "issuer": self.home.url + "/", "scopes_supported": make.scopes,
            "code_challenge_methods_supported": ["S256"]})

    def register(self, _found, _query, body):
        form = urllib.parse.parse_qs(body.decode())
        scopes = form["scopes"][0].split()
        accepted = self.home.make.accepted_scopes
        if accepted and not set(scopes) <= set(accepted):
            return self.answer(422, {"error": "invalid_scope"})
        client = secrets.token_hex(8)
        self.home.apps[client] = {
            "secret": secrets.token_hex(8), "redirect": form["redirect_uris"][0], "scopes": scopes}
        self.answer(200, {
            "id": client, "client_id": client, "client_secret": self.home.apps[client]["secret"]})

    def token(self, _found, _query, body):
        form = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode()).items()}
        app = self.home.apps.get(form["client_id"])
        if not app or app["secret"] != form["client_secret"]:
            return self.answer(401, {"error": "invalid_client"})
        assert app["redirect"] == form["redirect_uri"], "the redirect must be exact"
        token = "token-" + secrets.token_hex(16)
        with self.home.turn:
            self.home.tokens[token] = str(len(self.home.tokens) + 1)
        self.answer(200, {"access_token": token, "token_type": "Bearer"})

    def verify(self, *_):
        if number := self.who():
            self.answer(200, self.home.account(number))

    def instance_v2(self, *_):
        make = self.home.make
        if make.instance != "v2":
            return self.answer(404, {"error": "Not found"})
        self.answer(200, {"configuration": self.limits()})

    def limits(self):
        make = self.home.make
        return {
            "statuses": {"max_characters": make.limit, "max_media_attachments": 4,
                         "characters_reserved_per_url": make.link_length},
            "media_attachments": {"description_limit": make.alt_limit,
                                  "image_size_limit": 16777216}}

    def instance_v1(self, *_):
        make = self.home.make
        about = {"uri": "here", "version": f"3.0.0 (compatible; {make.name} 1.0)"}
        if make.instance == "v1-only-max_toot_chars":
            about |= {"max_toot_chars": make.limit, "description_limit": make.alt_limit,
                      "upload_limit": 16000000}
        else:
            about["configuration"] = self.limits()
        self.answer(200, about)

    def upload(self, found, _query, body):
        make = self.home.make
        if found[0] != make.media_path:
            return self.answer(404, {"error": "Not found"})
        if not self.who():
            return
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            f"content-type: {self.headers['content-type']}\r\n\r\n".encode() + body)
        fields = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
                  for part in message.iter_parts()}
        identifier = str(len(self.home.media) + 1)
        self.home.media[identifier] = {
            "alt": fields["description"].decode(), "left": list(make.media[1:])}
        self.answer(make.media[0], {"id": identifier, "url": None})

    def look_at_media(self, found, *_):
        left = self.home.media[found[1]]["left"]
        status = left.pop(0) if len(left) > 1 else (left or [200])[0]
        self.answer(status, {"id": found[1], "url": None if status == 206 else self.home.url})

    def create(self, _found, _query, body):
        home, make = self.home, self.home.make
        number = self.who()
        if not number:
            return
        form = urllib.parse.parse_qs(body.decode())
        key = self.headers.get("idempotency-key", "")
        text = form.get("status", [""])[0]
        if len(text) > make.limit:
            return self.answer(make.refusal, {"error": "バリデーションに失敗しました"})
        with home.turn:
            known = [status for status in home.of(number) if status.key == key]
            if known and make.honours_keys:
                return self.answer(200, home.shown(known[0]))
            status = Status(str(100 + len(home.statuses)), number, text, form, key, self.first_byte)
            home.statuses.append(status)
        if home.loses_next_answer:
            home.loses_next_answer = False
            return self.close()
        self.answer(200, home.shown(status))

    def own(self, found, query, _body):
        home = self.home
        if not self.who():
            return
        own = [home.shown(status) for status in reversed(home.of(found[1]))]
        if "max_id" in query:
            own = [status for status in own if int(status["id"]) < int(query["max_id"][0])]
        elif home.make.lists_boosts:
            # A boost of an old post stands first and carries the old post's date.
            own.insert(0, {
                "id": "999999", "created_at": "2020-01-01T00:00:00Z", "content": "<p>Old</p>",
                "url": None, "uri": "x", "in_reply_to_id": None, "in_reply_to_account_id": None,
                "account": home.account("0"), "reblog": None})
        self.answer(200, own[:40])

    def one(self, found, *_):
        for status in self.home.statuses:
            if status.id == found[1]:
                if self.command == "DELETE":
                    self.home.statuses.remove(status)
                return self.answer(200, self.home.shown(status))
        self.answer(404, {"error": "Record not found"})

    def context(self, *_):
        self.answer(200, {"ancestors": [], "descendants": []})


ROUTES = [
    ("GET", "/.well-known/oauth-authorization-server", Handler.metadata),
    ("POST", "/api/v1/apps", Handler.register),
    ("POST", "/oauth/token", Handler.token),
    ("GET", "/api/v1/accounts/verify_credentials", Handler.verify),
    ("GET", "/api/v2/instance", Handler.instance_v2),
    ("GET", "/api/v1/instance", Handler.instance_v1),
    ("POST", "/api/v[12]/media", Handler.upload),
    ("GET", r"/api/v1/media/(\d+)", Handler.look_at_media),
    ("POST", "/api/v1/statuses", Handler.create),
    ("GET", r"/api/v1/accounts/(\d+)/statuses", Handler.own),
    ("GET", r"/api/v1/statuses/(\d+)/context", Handler.context),
    ("GET", r"/api/v1/statuses/(\d+)", Handler.one),
    ("DELETE", r"/api/v1/statuses/(\d+)", Handler.one),
]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def connect(server, instance, **more):
    """Connects one new account of `instance`, as the browser of a person who consents would.

    Returns what the consent page was asked for and the channel.
    """
    begun = browser_request(
        server, "POST", f"/workspaces/{server.workspace}/channels/authorizations",
        {"network": "mastodon", "server": instance.url, "importHistory": False, **more})
    asked = urllib.parse.urlparse(begun["browserURL"])
    consent = {name: values[0] for name, values in urllib.parse.parse_qs(asked.query).items()}
    back = {"code": "code-" + secrets.token_hex(4)}
    if instance.make.returns_state:
        back["state"] = consent["state"]
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        consent["redirect_uri"] + "?" + urllib.parse.urlencode(back), headers={"cookie": cookies})
    try:
        urllib.request.build_opener(NoRedirect).open(request, timeout=30)
        raise AssertionError("the return was to end in a redirect")
    except urllib.error.HTTPError as answer:
        assert answer.code in (302, 303), answer.read().decode()[:2000]
    return consent, newest(server)


def channels(server):
    return read(server, f"/workspaces/{server.workspace}/channels")["items"]


def newest(server):
    return max(channels(server), key=lambda channel: channel["id"])


def read(server, path):
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in server.cookies)
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}", headers={"cookie": cookies})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def read_with(api, method, path, body=None):
    """Asks the API with a token."""
    request = urllib.request.Request(
        api["base"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {api['token']}", "content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refusal:
        raise AssertionError(f"{method} {path}: {refusal.code} {refusal.read().decode()[:500]}")
