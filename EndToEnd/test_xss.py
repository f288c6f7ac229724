"""Hostile strings through every field that pages show, and every page in the real browser.

The fields come from the description of the API: whatever text an operation takes is filled with
strings of hostile.py as far as it is accepted. Networks, visitors and files bring more. Then every
page that can be reached is opened; nothing of it may have run, and all of it must stand there as text.
"""
import json
import re
import urllib.parse
from functools import partial

from conftest import create_owner
from hostile import CORPUS
from servers import ROOT, Throughline
from test_contract import BODIES, NOT_ALONE, OPERATIONS, PICTURE, PREFIX, World, resolve

# Operations that take text and are left out, and why.
LEFT_OUT = {
    **NOT_ALONE, "setPublicAddress": "an address; asks the world",
}
# What a page must look like to be told from another: identifiers and numbers do not count.
ANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<==)[^&]*|\d{4}-\d{2}(-\d{2})?|(?<=/)\d+(?=/|$)")
# One look at a page: what must not be there, and all the text that is.
LOOK = """() => {
  const wrong = [], schemes = ["http:", "https:", "mailto:", "blob:"];
  for (const element of document.querySelectorAll("*")) {
    for (const {name, value} of element.attributes) {
      const where = element.outerHTML.slice(0, 200);
      if (name.startsWith("on") || name === "data-xss" || name === "srcdoc")
        wrong.push("attribute " + name + ": " + where);
      if (/^(xlink:)?href$|^src$|action$|^data$|^hx-(get|post|put|patch|delete)$/.test(name)) {
        let address = null;
        try { address = new URL(value, document.baseURI); } catch { continue; }
        const isPicture = element.localName === "img" && address.protocol === "data:";
        if (!schemes.includes(address.protocol) && !isPicture)
          wrong.push("address " + value + ": " + where);
      }
    }
    if (["iframe", "object", "embed", "base", "marquee", "plaintext", "math", "foreignobject",
         "x-y"].includes(element.localName))
      wrong.push("element: " + element.outerHTML.slice(0, 200));
  }
  const said = [document.title, document.body ? document.body.textContent : ""];
  for (const element of document.querySelectorAll("[title],[aria-label],[alt],[placeholder],[value],input,textarea"))
    said.push(element.title, element.getAttribute("aria-label"), element.getAttribute("alt"),
      element.getAttribute("placeholder"), element.getAttribute("value"), element.value);
  const next = [];
  for (const element of document.querySelectorAll("a[href],[hx-get]"))
    for (const name of ["href", "hx-get"])
      if (element.getAttribute(name) && !element.hasAttribute("download"))
        next.push(new URL(element.getAttribute(name), document.baseURI).href);
  return {wrong, said: said.filter(Boolean).join("\\n"), next, broken: window.__broken || []};
}"""


def plain(text):
    return " ".join(text.split())


class Hostile:
    """Hands out strings in turn, as many as a field holds."""

    def __init__(self):
        self.next = 0

    def take(self, longest):
        found = ""
        for _ in CORPUS:
            more = CORPUS[self.next % len(CORPUS)]
            if len(found) + len(more) + 1 > longest:
                break
            found = f"{found} {more}" if found else more
            self.next += 1
        if not found:
            self.next += 1
        return found


class Filling:
    """Puts hostile text into a body wherever its schema takes text of one's own."""

    def __init__(self, hostile, picture):
        self.hostile, self.picture = hostile, picture
        self.fields = set()

    def fill(self, schema, value, path=""):
        schema = self.inner(schema)
        if "properties" in schema:
            if not isinstance(value, dict):
                # What needs more than text is left as it is.
                if path and schema.get("required"):
                    return value
                value = {}
            for name, inner in schema["properties"].items():
                kept = self.fill(inner, value.get(name), f"{path}.{name}".strip("."))
                if kept is not None:
                    value[name] = kept
            return value or None
        if schema.get("type") == "array":
            items = self.inner(schema["items"])
            if not value and path == "pictures":
                value = [{"picture": self.picture}]
            if not value and items.get("type") == "string":
                value = [None, None]
            filled = [self.fill(items, item, f"{path}.{index}")
                      for index, item in enumerate(value or [])]
            return [item for item in filled if item is not None] or None
        if schema.get("type") != "string" or "format" in schema or "enum" in schema:
            return value
        text = self.hostile.take(schema.get("maxLength", 10_000))
        if not text:
            return value
        self.fields.add(path)
        return text

    @staticmethod
    def inner(schema):
        """The schema behind a reference, or of the value that may be null."""
        while "$ref" in schema or "anyOf" in schema:
            schema = resolve(schema) if "$ref" in schema else schema["anyOf"][0]
        return schema


def set_at(body, path, value):
    """Puts a field back to what it was, or takes it away."""
    *above, last = path.split(".")
    for name in above:
        if isinstance(body, list):
            if int(name) >= len(body):
                return
            body = body[int(name)]
            continue
        inner = body.get(name)
        if inner is None:
            return
        if isinstance(inner, list) and not any(isinstance(item, dict) for item in inner):
            # One entry of a list of words: the whole list goes.
            body.pop(name)
            return
        body = inner
    if isinstance(body, dict):
        body.pop(last, None) if value is None else body.__setitem__(last, value)


def get_at(body, path):
    for name in path.split("."):
        if isinstance(body, list):
            body = body[int(name)] if name.isdigit() and int(name) < len(body) else None
        else:
            body = body.get(name) if isinstance(body, dict) else None
    return body


def fill_operation(world, operation, hostile):
    """Asks an operation with hostile text; gives the fields that were accepted."""
    start = BODIES.get(operation.id) or world.body(operation.schema)
    start = start(world.ids) if callable(start) else start
    filling = Filling(hostile, world.ids["picture"])
    body = filling.fill(operation.schema, json.loads(json.dumps(start))) or {}
    left = set(filling.fields)
    for _ in range(16):
        if not left:
            return set()
        status, _, answer = world.ask(operation.method, world.path(operation), body)
        assert status < 500, (operation.id, body, answer)
        if status < 300:
            return left
        wrong = set(json.loads(answer).get("fields") or {})
        wrong = {path for path in left if path in wrong or any(w.startswith(path) for w in wrong)}
        # An answer that names no field: go back one by one.
        for path in wrong or {sorted(left)[0]}:
            set_at(body, path, get_at(start, path))
            left.discard(path)
    return set()


def fill_all(world, hostile):
    """Hostile text through every operation that writes some; fields by operation."""
    accepted = {}
    chosen = [o for o in OPERATIONS if o.schema and o.method != "GET" and o.id not in LEFT_OUT]
    for _ in range(3):
        for operation in chosen:
            accepted.setdefault(operation.id, set()).update(
                fill_operation(world, operation, hostile))
    return {name: fields for name, fields in accepted.items() if fields}


def fill_from_outside(world, hostile):
    """What strangers on a network, visitors of the site and files bring; gives the reply's text."""
    place = f"{PREFIX}/workspaces/{world.server.workspace}"
    public = world.ask("GET", "/practice", token=False)[2].decode()
    post = re.search(r"/practice/posts/[\w-]+", public).group()
    replies = []
    for _ in range(4):
        fields = {"name": "Ana " + hostile.take(50), "text": hostile.take(400)}
        status, _, answer = world.ask(
            "POST", post + "/replies", token=False,
            raw=urllib.parse.urlencode(fields).encode(),
            kind="application/x-www-form-urlencoded", headers={"sec-fetch-site": "same-origin"})
        assert status < 400, answer
        replies.append(fields["text"])
    rows = ["order,date,amount,goal,note"]
    for index in range(12):
        cells = [f"{index} " + hostile.take(80), hostile.take(90), hostile.take(400)]
        number, goal, note = ['"' + cell.replace('"', '""') + '"' for cell in cells]
        rows.append(f"{number},2026-01-{index + 1:02},1{index},{goal},{note}")
    status, _, answer = world.ask(
        "POST", place + "/orders/import", raw="\n".join(rows).encode(), kind="text/csv")
    assert status < 300, answer
    status, _, answer = world.ask(
        "POST", place + "/pictures", raw=PICTURE, kind="image/png",
        headers={"x-file-name": urllib.parse.quote(hostile.take(100))})
    assert status < 300, answer
    tag = json.loads(world.ask("GET", place + "/site")[2])["tag"]
    code = re.search(r"\b[0-9a-f]{16}\b", tag).group()
    for _ in range(16):
        seen = {"s": code, "p": "/" + hostile.take(250), "e": 1}
        goal = {"s": code, "g": "goal " + hostile.take(80), "v": "5", "m": "EUR",
                "o": "no " + hostile.take(80)}
        for event in (seen, goal):
            status, _, answer = world.ask(
                "POST", "/t/e", event, token=False, headers={
                    "user-agent": "Mozilla/5.0 (X11; Linux) " + hostile.take(60).encode(
                        "ascii", "ignore").decode().translate(dict.fromkeys([*range(32), 127]))})
            assert status < 300, answer
    return replies


def declared_pages(world):
    """The addresses of pages as the router declares them, where an identifier is at hand."""
    found = set()
    for file in sorted((ROOT / "Sources").glob("Web*/*.swift")):
        for path in re.findall(r'"(?:/w/\{workspace\}|\\\(Self\.page\))(/[^"\\]*)"', file.read_text()):
            path = "/w/{workspace}" + path
            for name, value in world.ids.items():
                path = path.replace("{" + name + "}", value)
            if "{" not in path and not path.endswith((".csv", "/live")):
                found.add(world.server.url + path)
    return found


class Browsing:
    """A browser that opens page after page and notes whatever is wrong."""

    def __init__(self, browser, server):
        self.server = server
        self.wrong, self.said, self.opened, self.called = [], [], {}, []
        self.context = browser.new_context()
        self.context.set_default_timeout(15_000)
        self.context.expose_function("__xss", lambda *given: self.called.append(given))
        self.context.add_init_script(
            "window.__broken = []; document.addEventListener('securitypolicyviolation', event =>"
            " window.__broken.push(event.violatedDirective + ' ' + event.blockedURI + ' '"
            " + event.sample))")
        self.context.add_cookies(server.cookies)
        self.page = self.context.new_page()
        self.page.on("dialog", self.dialog)
        self.page.on("request", self.request)
        self.where = ""

    def dialog(self, dialog):
        self.wrong.append(f"{self.where}: a dialog said {dialog.message}")
        dialog.dismiss()

    def request(self, request):
        if not request.url.startswith((self.server.url, "data:", "blob:", "about:")):
            self.wrong.append(f"{self.where}: another place was asked: {request.url}")

    def open(self, address):
        """Opens one page; gives the addresses it leads to."""
        self.where = address
        try:
            answer = self.page.goto(address, wait_until="load")
        except Exception as problem:
            # A file to keep is no page.
            assert "Download is starting" in str(problem), (address, problem)
            return []
        if "html" not in (answer.headers.get("content-type") or ""):
            return []
        assert answer.status < 500, (address, self.page.content()[:2000])
        seen = self.page.evaluate(LOOK)
        self.wrong += [f"{address}: {what}" for what in seen["wrong"]]
        self.wrong += [f"{address}: broke the policy: {what}" for what in seen["broken"]]
        self.wrong += [f"{address}: ran {what}" for what in self.called]
        self.called.clear()
        self.said.append(plain(seen["said"]))
        return seen["next"]

    def open_all(self, addresses):
        """Opens these and whatever they lead to, a few of each kind."""
        waiting = list(addresses)
        while waiting:
            address = waiting.pop(0).split("#")[0]
            path = urllib.parse.urlsplit(address).path
            if not address.startswith(self.server.url + "/") or path.startswith(
                    ("/api/", "/assets/", "/l/", "/t/", "/docs")) or path.endswith(".csv"):
                continue
            kind = ANY.sub("*", address.removeprefix(self.server.url))
            if address in self.opened.setdefault(kind, []) or len(self.opened[kind]) >= 2:
                continue
            self.opened[kind].append(address)
            waiting += self.open(address)


def careless_page(body, headers, route):
    route.fulfill(body=body, headers=headers)


def test_the_look_finds_what_was_not_escaped(browser, server):
    """The same look at a page that forgot to escape: each of its questions must find something."""
    browsing = Browsing(browser, server)
    careless = "<!doctype html><title>t</title><main>" + "".join(
        f"<p>{text}</p>" for text in CORPUS if not re.search("<(plaintext|base|meta|template)", text))
    for policy in ({}, {"content-security-policy": "script-src 'self'"}):
        headers = {"content-type": "text/html; charset=utf-8", **policy}
        browsing.page.route(f"{server.url}/careless", partial(careless_page, careless, headers))
        browsing.open(server.url + "/careless")
        browsing.page.wait_for_timeout(200)
        browsing.page.unroute(f"{server.url}/careless")
    browsing.context.close()
    found = "\n".join(browsing.wrong)
    for mark in ("attribute onerror", "attribute data-xss", "address javascript:", "element: <iframe",
                 "broke the policy: script-src", "ran (1,)"):
        assert mark in found, (mark, found[:3000])


def test_hostile_text_stays_text(browser, tmp_path):
    server = Throughline(tmp_path)
    create_owner(browser, server)
    world = World(server)
    hostile = Hostile()
    replies = fill_from_outside(world, hostile)
    accepted = fill_all(world, hostile)
    fields = sum(len(paths) for paths in accepted.values())
    assert fields >= 40, accepted
    place = f"{PREFIX}/workspaces/{server.workspace}"
    server.wait_for(
        lambda: len(json.loads(world.ask("GET", place + "/conversations")[2])["items"]) > 0,
        "the replies came")
    browsing = Browsing(browser, server)
    browsing.open_all(
        [server.home, server.url + "/practice", server.url + "/", *sorted(declared_pages(world))])
    browsing.context.close()
    assert not browsing.wrong, "\n".join(browsing.wrong[:40])
    pages = sum(len(addresses) for addresses in browsing.opened.values())
    print(f"{fields} fields took hostile text, {pages} pages of {len(browsing.opened)} kinds")
    assert len(browsing.opened) >= 50, sorted(browsing.opened)
    everything = "\n".join(browsing.said)
    missing = [text for text in CORPUS if plain(text) not in everything]
    assert not missing, f"These never stood on a page as text: {missing}"
    assert any(plain(text)[:60] in everything for text in replies)
    assert server.stop() == 0, server.output()
