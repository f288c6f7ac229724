"""Every fault a network or a machine can add to a post, one by one, against real processes.

Each row plays one post with `throughline chaos --script`: a practice network in a process of its own
ignores idempotency keys, misbehaves as told, and keeps a ledger; a worker sends, is killed where the
row says, and another one brings the post to its end. Rows follow the fault matrix of docs/delivery.md.
"""
import json
import subprocess

import pytest

from servers import BINARY, ROOT

# name, faults of the first sends, where the first worker dies, further words
ROWS = [
    ("1 killed before the intent", "none", "beforeCommit@3", []),
    ("1 killed before the claim", "none", "beforeCommit@2", []),
    ("2 killed after the intent, before any byte", "none", "beforeCall@1", []),
    ("3 killed in a picture's upload", "none", "beforeCall@1", ["--picture"]),
    ("3 killed after a picture's upload", "none", "afterCall@1", ["--picture"]),
    ("4 sent, no answer, and killed", "dropAfter", "afterCall@1", []),
    ("4 sent, no answer", "dropAfter", "", []),
    ("5 accepted, killed before the commit", "none", "afterCall@1", []),
    ("6 accepted and committed, killed before anything else", "none", "afterCall@1+afterCommit@1", []),
    ("7 lost before it arrived", "dropBefore", "", []),
    ("7 arrived, never read", "dropUnread", "", []),
    ("7 reset before", "reset", "", []),
    ("7 reset after", "resetAfter", "", []),
    ("7 half closed", "halfClose", "", []),
    ("7 half an answer", "truncated", "", []),
    ("7 a late answer", "slow", "", []),
    ("7 done late", "late", "", []),
    ("7 done late, and killed", "late", "beforeCall@1+afterCall@1", []),
    ("8 too many requests", "tooMany", "", []),
    ("9 out of order before", "unavailable", "", []),
    ("9 out of order after", "brokenAfter", "", []),
    ("9 success that is none", "errorBody", "", []),
    ("11 accepted without an identifier", "noID", "", []),
    ("17 a thread's second part is lost after it was done", "none+dropAfter", "", ["--parts", "3"]),
    ("17 a thread's second part never arrives", "none+reset", "", ["--parts", "3"]),
    ("17 killed in the middle of a thread", "none", "afterCall@2", ["--parts", "3"]),
    ("19 refused as a duplicate of itself", "duplicate", "", []),
    ("all at once", "dropAfter+reset+unavailable+noID+truncated", "afterCall@2", ["--parts", "3"]),
]


def rehearse(*words, timeout=240):
    done = subprocess.run(
        [BINARY, "chaos", *words], cwd=ROOT, text=True, capture_output=True, timeout=timeout)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_fault_neither_loses_nor_doubles_a_post(row, tmp_path):
    _, faults, cut, more = row
    words = ["--script", faults, "--folder", str(tmp_path), *more]
    code, report = rehearse(*words, *(["--cut", cut] if cut else []))
    assert code == 0, report
    assert report["states"] == ["published"], report
    assert report["acceptedOnce"] == report["parts"], report
    if cut:
        assert report["kills"] >= 1, "the worker was to be killed"


def test_a_token_that_is_refused_calls_a_person(tmp_path):
    code, report = rehearse("--script", "unauthorized", "--folder", str(tmp_path))
    assert code == 0 and report["states"] == ["needsPerson"], report
    assert report["acceptedOnce"] == 0 and report["needsYou"] == 1


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_three_hundred_kills_neither_lose_nor_double_a_post(engine, request, tmp_path):
    # Much of a life is waiting, so three rehearsals play at the same time.
    words = ["--runs", "300", "--seed", "20261124", "--folder", str(tmp_path), "--at-once", "3"]
    if engine == "postgres":
        server = request.getfixturevalue("postgres")
        words += [word for _ in range(3) for word in ("--database", server.database())]
    code, report = rehearse(*words, timeout=900)
    assert code == 0, json.dumps(report)
    assert report["acceptedTwice"] == [] and report["claimedOnly"] == []
    assert report["unsettled"] == 0 and report["integrityFindings"] == []
    assert report["kills"] >= 300
