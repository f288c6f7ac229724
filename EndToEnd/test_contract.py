"""Every operation of the API, generated from its own description.

A workspace is filled with one of everything; then each operation is asked for with real
identifiers and the smallest body its schema allows. Nothing here names an endpoint that works:
a new one is tested the day it is declared.
"""
import datetime
import json
import struct
import subprocess
import time
import urllib.error
import urllib.request
import zlib

import jsonschema_rs
import pytest

from conftest import OWNER, create_owner, open_api
from servers import BINARY, Throughline

DOCUMENT = json.loads(
    subprocess.run([BINARY, "openapi"], capture_output=True, check=True).stdout
    if BINARY.exists() else '{"paths": {}}')
PREFIX = "/api/v1"
TODAY = datetime.date.today()
NOWHERE = "01900000-0000-7000-8000-000000000000"
# Asked by people who have no account yet, or with another secret than a token.
OPEN = {"createOwner", "signIn", "finishSignIn", "usePasswordLink", "acceptInvitation",
        "reportHandPublication", "signOut", "decideByLink"}


class Operation:
    def __init__(self, method, path, description):
        self.method, self.path, self.id = method.upper(), path, description["operationId"]
        self.parameters = description.get("parameters", [])
        self.query = {p["name"]: p for p in self.parameters if p["in"] == "query"}
        self.headers = {p["name"] for p in self.parameters if p["in"] == "header"}
        content = description.get("requestBody", {}).get("content", {})
        self.schema = content.get("application/json", {}).get("schema")
        self.takes_file = bool(content) and self.schema is None
        self.success = next(code for code in description["responses"] if code.startswith("2"))
        content = description["responses"][self.success].get("content", {})
        self.answer = content.get("application/json", {}).get("schema")
        self.files = set(content) - {"application/json"}


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


# The smallest picture: one black point.
PICTURE = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
           + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b""))

OPERATIONS = [
    Operation(method, path, description)
    for path, methods in DOCUMENT["paths"].items() for method, description in methods.items()]
named = pytest.mark.parametrize
every = lambda choose: named(
    "operation", [o for o in OPERATIONS if choose(o)], ids=lambda operation: operation.id)


def resolve(schema):
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


class World:
    """A server with one of everything, and the identifiers by the name a path gives them."""

    def __init__(self, server):
        self.server = server
        self.api = open_api(server)
        self.ids = {"workspace": server.workspace, "cadence": "weekly",
                    "month": f"{TODAY:%Y-%m}", "token": NOWHERE, "identity": NOWHERE}
        self.fill()

    def ask(self, method, path, body=None, headers=None, token=True, raw=None, kind=None):
        request = urllib.request.Request(
            self.server.url + path, method=method,
            data=raw if raw is not None else None if body is None else json.dumps(body).encode(),
            headers={"content-type": kind or "application/json", **(headers or {}),
                     **({"authorization": "Bearer " + self.api["token"]} if token else {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers.get("content-type", ""), answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers.get("content-type", ""), refusal.read()

    def make(self, name, path, body=None):
        status, _, answer = self.ask(
            "POST", f"{PREFIX}/workspaces/{self.server.workspace}{path}", body or {})
        assert status == 201, (path, answer)
        answer = json.loads(answer)
        self.ids[name] = answer.get("id") or answer[name]["id"]
        return answer

    def fill(self):
        place = f"{PREFIX}/workspaces/{self.server.workspace}"
        ids = self.ids
        soon = f"{TODAY + datetime.timedelta(days=60)}"
        self.make("channel", "/channels/practice")
        ids["member"] = json.loads(self.ask("GET", place + "/members")[2])["items"][0]["id"]
        self.spare_goal = self.make("goal", "/business-goals", {
            "kind": "revenue", "title": "to stay"})["id"]
        self.make("goal", "/business-goals", {"kind": "revenue", "title": "to sell tea"})
        self.make("objective", "/objectives", objective(ids["goal"]))
        checked = self.make("reading", f"/objectives/{ids['objective']}/readings",
                            {"value": 3, "takenOn": f"{TODAY}"})
        ids["reading"] = checked["readings"][0]["id"]
        self.make("period", "/budget-periods", {"startsOn": f"{TODAY}", "endsOn": soon})
        self.make("line", f"/budget-periods/{ids['period']}/lines",
                  {"kind": "tools", "title": "Photo tool", "amount": "10"})
        self.make("message", "/key-messages", {"message": "Fresh tea"})
        self.make("margin", "/margins", {"percent": 50})
        self.make("initiative", "/initiatives", {
            "title": "Spring", "kind": "marathon", "startsOn": f"{TODAY}",
            "primaryObjective": ids["objective"]})
        self.make("freeze", "/freezes", {"initiative": ids["initiative"]})
        self.make("item", "/items", {"title": "A film", "month": ids["month"]})
        kinds = DOCUMENT["components"]["schemas"]["DistributionInput"]["properties"]["kind"]
        self.make("action", f"/items/{ids['item']}/actions",
                  {"title": "Ask", "kind": kinds["enum"][0]})
        out = self.make("post", "/posts", {
            "text": "Out at once", "variants": [{"channel": ids["channel"]}]})
        self.ask("PUT", f"{place}/posts/{out['id']}/schedule", {})
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = json.loads(self.ask("GET", f"{place}/posts/{out['id']}")[2])
            if found["variants"][0]["publication"]["state"] == "published":
                break
            time.sleep(0.2)
        self.published = found["variants"][0]["publication"]["id"]
        self.ids["picture"] = json.loads(self.ask(
            "POST", place + "/pictures", raw=PICTURE, kind="image/png")[2])["id"]
        self.make("cost", "/costs", {"kind": "direct", "amount": "5", "initiative":
                                     ids["initiative"]})
        self.make("order", "/orders", {"order": "A-1", "amount": "10"})
        self.make("review", "/reviews", {"cadence": "weekly", "day": f"{TODAY}", "soFar": True})
        self.make("finding", f"/reviews/{ids['review']}/findings",
                  {"kind": "worked", "what": "It did"})
        self.make("decision", "/decisions", {"what": "Do it again", "dueOn": soon})
        self.make("lesson", "/lessons", {"statement": "Fresh sells"})
        draft = self.make("post", "/posts", {
            "text": "A draft", "variants": [{"channel": ids["channel"]}]})
        ids["publication"] = draft["variants"][0]["publication"]["id"]
        self.make("webhook", "/webhooks", {"url": "https://hooks.example/in"})
        self.make("delivery", f"/webhooks/{ids['webhook']}/test")
        self.ids["notice"] = NOWHERE
        self.ids["job"] = NOWHERE
        self.ids["session"] = NOWHERE
        self.ids["conversation"] = NOWHERE
        made = json.loads(self.ask("POST", place + "/invitations", {
            "email": "someone@example.org", "role": "viewer"})[2])
        self.ids["invitation"] = (made.get("invitation") or made)["id"]
        self.ids["link"] = json.loads(self.ask(
            "POST", f"{place}/posts/{ids['post']}/approval-links",
            {"approver": "Dana"})[2])["id"]
        self.ids["token"] = json.loads(self.ask("POST", place + "/tokens", {
            "name": "spare", "permissions": ["view"]})[2])["id"]

    def newest(self):
        """The newest entries of the record of changes: the workspace's and the installation's."""
        status, _, answer = self.ask(
            "GET", f"{PREFIX}/workspaces/{self.server.workspace}/events?limit=20")
        assert status == 200, answer
        items = json.loads(answer)["items"]
        own = json.loads(self.server.command("audit", "list", "--limit", "20", "--json"))
        return [("workspace", item["id"], item) for item in items] + [
            ("installation", f"{item['at']} {item['what']} {item['subject']}", item)
            for item in own]

    def path(self, operation, **instead):
        path = operation.path
        for name, value in {**self.ids, **instead}.items():
            path = path.replace("{" + name + "}", value)
        assert "{" not in path, f"{operation.path}: give the world one of these"
        return path

    def body(self, schema):
        """The smallest value that keeps the schema."""
        schema = resolve(schema)
        if schema.get("type") == "object" or "properties" in schema:
            return {name: self.value(name, schema["properties"][name])
                    for name in schema.get("required", [])}
        return self.value("", schema)

    def value(self, name, schema):
        schema = resolve(schema)
        if "enum" in schema:
            return schema["enum"][0]
        known = {"businessGoal": "goal"}.get(name, name)
        least = max(1, schema.get("minimum", 1))
        return {
            "uuid": self.ids.get(known, NOWHERE), "date": f"{TODAY}",
            "year-month": f"{TODAY:%Y-%m}", "date-time": f"{TODAY}T10:00:00Z",
            "local-date-time": f"{TODAY}T10:00", "time-zone": "Europe/Berlin", "currency": "EUR",
            "email": "new@example.org", "uri": "https://tea.example", "integer": least,
            "number": least, "boolean": False, "array": [], "object": {},
        }.get(schema.get("format") or schema.get("type"), f"Word {name}")


@pytest.fixture(scope="module")
def world(tmp_path_factory, browser):
    server = Throughline(tmp_path_factory.mktemp("contract"))
    create_owner(browser, server)
    yield World(server)
    assert server.stop() == 0, server.output()


def is_problem(kind, answer):
    problem = json.loads(answer)
    return kind.startswith("application/problem+json") and problem["code"] and problem["detail"] \
        and problem["title"] and problem["status"]


@every(lambda o: o.id not in OPEN)
def test_nobody_is_answered_without_an_account(world, operation):
    body = {} if operation.schema else None
    status, kind, answer = world.ask(
        operation.method, world.path(operation), body, {"sec-fetch-site": "same-origin"},
        token=False)
    assert status == 401 and is_problem(kind, answer), (status, answer)
    # A change that no page of ours sent is refused before anything else.
    status, kind, answer = world.ask(
        operation.method, world.path(operation), body, {"sec-fetch-site": "cross-site"},
        token=False)
    assert status == (401 if operation.method == "GET" else 403) and is_problem(kind, answer)


@every(lambda o: "{workspace}" in o.path)
def test_a_workspace_of_others_does_not_exist(world, operation):
    status, kind, answer = world.ask(
        operation.method, world.path(operation, workspace="somebody-elses"),
        {} if operation.schema else None)
    assert status == 404 and is_problem(kind, answer), (status, answer)


@every(lambda o: o.schema is not None)
def test_unknown_fields_are_refused_and_named(world, operation):
    body = {**world.body(operation.schema), "surelyUnknown": 1}
    status, kind, answer = world.ask(operation.method, world.path(operation), body)
    assert status == 422 and is_problem(kind, answer), (status, answer)
    assert "surelyUnknown" in json.loads(answer)["fields"]


@every(lambda o: o.method == "GET")
def test_unknown_questions_are_refused(world, operation):
    status, kind, answer = world.ask("GET", world.path(operation) + "?surelyUnknown=1")
    assert status == 422 and is_problem(kind, answer), (status, answer)


@every(lambda o: o.schema is not None)
def test_what_is_not_json_is_refused(world, operation):
    status, kind, answer = world.ask(operation.method, world.path(operation), raw=b"{not json")
    assert status == 422 and is_problem(kind, answer), (status, answer)


@every(lambda o: "cursor" in o.query)
def test_lists_are_turned_page_by_page(world, operation):
    path = world.path(operation)
    whole = json.loads(world.ask("GET", path + "?limit=200")[2])["items"]
    seen, cursor = [], None
    for _ in range(len(whole) + 1):
        status, _, answer = world.ask("GET", path + "?limit=1" + (f"&cursor={cursor}" if cursor else ""))
        assert status == 200, answer
        page = json.loads(answer)
        assert len(page["items"]) <= 1
        seen += page["items"]
        cursor = page.get("next")
        if not cursor:
            break
    assert seen == whole
    for bad in ("limit=0", "limit=201", "limit=x", "cursor=%21%21"):
        status, kind, answer = world.ask("GET", f"{path}?{bad}")
        assert status == 422 and is_problem(kind, answer), (bad, status, answer)


@every(lambda o: o.method == "POST" and o.id not in OPEN)
def test_every_create_takes_an_idempotency_key(world, operation):
    assert "Idempotency-Key" in operation.headers
    status, kind, answer = world.ask(
        "POST", world.path(operation, workspace=world.ids["workspace"]),
        {"surelyUnknown": 1} if operation.schema else None, headers={"Idempotency-Key": "k" * 201})
    assert status == 422 and is_problem(kind, answer), (status, answer)


# What cannot succeed with the smallest body, and why.
NOT_ALONE = {
    "createOwner": "the server has its owner", "signIn": "slowed down on purpose",
    "acceptInvitation": "needs a secret link", "reportHandPublication": "needs a secret link",
    "decideByLink": "needs a secret link; test_approval_links",
    "changeGuest": "the owner is no guest; GuestTests",
    "signOut": "a token has no session",
    "finishSignIn": "needs a code", "usePasswordLink": "needs a secret link",
    "startSecondFactor": "needs the password; test_second_factor",
    "confirmSecondFactor": "needs a code; test_second_factor",
    "renewRecoveryCodes": "needs a code; test_second_factor",
    "removeSecondFactor": "needs a code; test_second_factor",
    "removeIdentity": "needs a sign-in elsewhere; test_openid",
    "changePassword": "needs the password of a session", "beginAuthorization": "asks a server",
    "connectChannel": "asks a server", "makeBackup": "needs a folder; test_safekeeping",
    "holdInstance": "nothing would run any more; test_safekeeping",
    "confirmInstance": "nothing is held; test_safekeeping",
    "removePublication": "needs a published post; RemovalTests, test_bluesky", "getConversation": "needs a reply",
    "answerConversation": "needs a reply", "markConversation": "needs a reply",
    "addPicture": "takes a file", "importOrders": "takes a file",
    "deleteWorkspace": "would end the test", "leaveWorkspace": "the last owner stays",
    "removeMember": "the last owner stays", "changeMember": "the last owner stays",
    "approvePost": "needs the digest that was seen; test_loop", "returnPublication":
    "undoes a move; test_publishing", "settlePublication": "needs a post by hand; test_publishing",
    "sendTestMail": "needs a mail server; test_notices", "readNotice": "needs a notice; test_notices",
    "retryFailedJob": "needs a failed job; FailedJobsTests",
    "forgetFailedJob": "needs a failed job; FailedJobsTests",
    "clearPublicationDue": "the calendar's unscheduling; test_publishing",
}
# Undone before what they belong to is taken away.
FIRST = {"reopenReview", "resumeChannel"}
def objective(goal):
    return {"businessGoal": goal, "kpi": "Sales", "baseline": 0, "target": 10,
            "startsOn": f"{TODAY - datetime.timedelta(days=30)}",
            "dueOn": f"{TODAY + datetime.timedelta(days=60)}"}


LATE = {"afterMinutes": 90, "action": "hold"}
# What the smallest body cannot say.
BODIES = {
    "enterCost": lambda ids: {"kind": "direct", "amount": "5", "initiative": ids["initiative"]},
    "createObjective": lambda ids: objective(ids["goal"]),
    "changeObjective": lambda ids: {**objective(ids["goal"]), "target": 12},
    "checkInObjective": {"value": 4, "takenOn": f"{TODAY - datetime.timedelta(days=1)}"},
    "createToken": {"name": "Another", "permissions": ["view"]},
    "createPost": lambda ids: {"text": "New", "variants": [{"channel": ids["channel"]}]},
    "savePost": lambda ids: {"text": "Changed", "variants": [{"channel": ids["channel"]}]},
    "schedulePost": {"dueLocal": f"{TODAY + datetime.timedelta(days=9)}T10:00"},
    "movePublication": {"time": "11:15"},
    "createBudgetPeriod": {"startsOn": "2031-01-01", "endsOn": "2031-12-31"},
    "changeBudgetPeriod": {"startsOn": f"{TODAY}", "endsOn": "2030-12-31"},
    "createBudgetLine": {"kind": "tools", "title": "Another", "amount": "10"},
    "changeBudgetLine": {"kind": "tools", "title": "Another", "amount": "10"},
    "createInitiative": {"title": "New", "kind": "marathon", "startsOn": f"{TODAY}"},
    "changeInitiative": {"title": "New", "kind": "marathon", "startsOn": f"{TODAY}"},
    "openReview": {"cadence": "monthly", "day": "2020-02-02"},
    "inviteGuest": lambda ids: {"email": "gil@example.org", "days": 3, "mayWrite": False,
                                "mayApprove": False, "initiatives": [ids["initiative"]]},
    "recordOrder": {"order": "A-2", "amount": "10"},
    "readLinkCard": {"destination": "https://tea.invalid/shop"},
    "freeze": lambda ids: {"channel": ids["channel"]},
    "settleDecision": {"state": "done"},
    "setInitiativeState": {"state": "running"},
    "setItemState": {"state": "dropped"},
    "setPublicAddress": {"publicAddress": "https://tea.example.org"},
    "changeLatePolicy": LATE, "changeChannelLatePolicy": LATE, "changePostLatePolicy": LATE,
    "setSecondFactorRule": {"isNeeded": False},
    "endSessions": {"which": "others", "currentPassword": OWNER["password"]},
    "changeWorkspace": {"name": "Harbour Tea", "zone": "Europe/Berlin"},
    # Invited, and asked to approve, when the world was filled.
    "findPerson": {"kind": "email", "value": "someone@example.org"},
    "exportPerson": {"kind": "email", "value": "someone@example.org"},
    "erasePerson": {"kind": "name", "value": "Dana", "confirmation": "Dana"},
}


# Changes that leave no entry, and why.
UNRECORDED = {
    "findPerson": "looks and changes nothing",
    "checkContent": "looks and changes nothing",
    "checkChannel": "records only what is new; ChannelDeskTests",
    "importOrders": "needs a file; CSVTests",
    "restorePost": "the post was not put away; PostDeskTests",
    "createWorkspace": "its entry is the first of the new workspace",
    "setSecondFactorRule": "the rule was so before; SecondFactorTests",
    "readLinkCard": "reads a page of the web",
    "repeatPreflight": "looks again; what it finds stands on the post",
    "resendGivenUp": "nothing was given up; WebhookTests",
    "readAllNotices": "what somebody has read is theirs alone",
}
# Entries that name no field, and why.
FIELDLESS = {
    "resendWebhookDelivery": "asks for another try; what comes of it is a line of the log",
    "recomputeCredit": "computes thousands of rows again, as the next version",
    "endSessions": "sessions are no content; the entry says what ended",
    "importHistory": "asks for work; what it brings has rows of its own",
}


def recorded(world, operation, before):
    """Refuses a change that left no entry by whom, from where, before and after."""
    known = {(place, key) for place, key, _ in before}
    fresh = [entry for place, key, entry in world.newest() if (place, key) not in known]
    own = [entry for entry in fresh if entry["who"].endswith("via “End to end”")]
    assert own, f"no entry in the record of changes, only {fresh}"
    assert all(e["from"].startswith("API token tl_") and e["from"].endswith(", this machine")
               for e in own), own
    fields = [change for entry in own for change in entry["changes"]]
    assert fields or operation.id in FIELDLESS, f"no field before and after: {own}"
    assert all(change.get("before") != change.get("after")
               or change.get("before") == "(secret)" for change in fields), fields


def succeeds(world, operation, body="smallest", headers=None):
    if body == "smallest":
        body = BODIES.get(operation.id) or (
            world.body(operation.schema) if operation.schema else None)
        if callable(body):
            body = body(world.ids)
    # A goal that objectives hang from stays open.
    instead = {"goal": world.spare_goal} if operation.path.endswith("{goal}/closure") else {}
    if operation.id == "readPostResults":
        instead = {"post": world.published}
    status, kind, answer = world.ask(
        operation.method, world.path(operation, **instead), body, headers)
    assert str(status) == operation.success, (operation.id, body, status, answer)
    if operation.files:
        assert kind in operation.files and answer, (operation.id, kind)
        return answer
    if operation.answer:
        validator = jsonschema_rs.validator_for(
            {**operation.answer, "components": DOCUMENT["components"]})
        assert kind.startswith("application/json")
        validator.validate(json.loads(answer))
    return json.loads(answer) if answer else None


@every(lambda o: o.method == "GET" and o.id not in NOT_ALONE)
def test_every_reading_answers_as_described(world, operation):
    succeeds(world, operation)


def changes():
    """Creates, then changes, then removals, things before what they hang from."""
    order = {"POST": 0, "PUT": 1, "DELETE": 2}
    return sorted(
        (o for o in OPERATIONS if o.method in order and o.id not in NOT_ALONE),
        key=lambda o: (order[o.method], o.id not in FIRST,
                       -o.path.count("/") if o.method == "DELETE" else 0))


def test_every_change_answers_as_described_and_happens_once(world):
    """One walk, because what one operation makes the next one changes."""
    wrong = []
    for operation in changes():
        before = world.newest()
        headers = {"Idempotency-Key": "once-" + operation.id} if operation.method == "POST" else {}
        try:
            first = succeeds(world, operation, headers=headers)
            if operation.id not in UNRECORDED:
                recorded(world, operation, before)
            if operation.method != "POST":
                continue
            assert succeeds(world, operation, headers=headers) == first, "repeated, it differs"
            status, _, _ = world.ask(
                "POST", world.path(operation), {"another": "body"}, headers)
            assert status in (409, 422), f"the key of another request: {status}"
        except Exception as problem:
            wrong.append(f"{operation.id}: {problem}"[:400])
    assert not wrong, "\n".join(wrong)
