"""`throughline analyze` as an analyst meets it: files in, one answer out, no server, no database.

The figures of each method are tested beside the mathematics; here it is the command line: what is read and
written, that the same seed gives the same bytes, and that every refusal says what to do.
"""
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import xml.etree.ElementTree

import pytest

from servers import BINARY, ROOT

DATA = pathlib.Path(os.environ.get("THROUGHLINE_ACCEPTANCE_DATA", ROOT / "../shared/data")).resolve()
EXAMPLE = DATA / "measure/mmm/mmm_example.csv"

PATHS = """path,total_conversions,total_conversion_value,total_null
email > search,3,300.00,2
search,2,150.00,5
social > email > search,4,410.10,6
social,1,90.00,9
"""
CELLS = """email,social,people,conversions
0,0,5000,100
1,0,5000,150
0,1,5000,130
1,1,5000,200
"""
COHORTS = """period,customers
0,1000
1,869
2,743
3,653
4,593
5,551
6,517
7,491
"""
RATES = """channel,format,post,clicks,impressions
search,image,a,12,120
search,image,b,40,1000
search,film,c,55,1000
social,film,d,90,2500
social,film,e,70,2400
social,image,f,3,20
"""


def days(count, start=datetime.date(2025, 1, 6), step=1):
    return [(start + datetime.timedelta(days=step * number)).isoformat() for number in range(count)]


def table(heading, rows):
    return "\n".join([heading, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def places():
    chance = random.Random(5)
    return table("date,location,Y", [
        (day, place, round(
            100 + 20 * number + 10 * math.sin(index / 5 + number / 9) + chance.gauss(0, 2)
            + (15 if place == "Ulm" and index >= 55 else 0), 2))
        for index, day in enumerate(days(70))
        for number, place in enumerate(["Ulm", "Bonn", "Kiel", "Jena", "Trier"])])


def series():
    chance = random.Random(7)
    rows = []
    for index, day in enumerate(days(100)):
        other = 50 + 10 * math.sin(index / 7) + chance.gauss(0, 1)
        rows.append((day, round(1.2 * other + chance.gauss(0, 1) + (8 if index >= 80 else 0), 3),
                     round(other, 3)))
    return table("date,y,x", rows)


def purchases():
    chance = random.Random(3)
    rows = []
    for customer in range(150):
        day = chance.randrange(120)
        rate, worth = chance.gammavariate(0.8, 0.02), chance.gammavariate(6, 5)
        while day < 360:
            rows.append((f"c{customer}", days(360)[day], round(chance.gammavariate(6, worth / 6), 2)))
            day += 1 + int(chance.expovariate(rate)) if rate > 1e-6 else 360
            if chance.random() < 0.15:
                break
    return table("customer_id,date,amount", rows)


def engagement():
    return table("post,hours,engagement", [
        (post, hour, round(size * (1 - 2 ** (-hour / half)), 2))
        for post, size, half in (("a", 400, 6), ("b", 90, 20))
        for hour in (1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120)])


def posts():
    chance = random.Random(11)
    return table("date,engagement", [(day, chance.randrange(20, 90)) for day in days(120)])


def history():
    """Ninety weeks whose truth is known, and what each channel truly brought in them."""
    chance = random.Random(2)

    def saturated(spend, rate):
        return (1 - math.exp(-rate * spend)) / (1 + math.exp(-rate * spend))

    spends = {"film": [round(chance.uniform(0, 100), 1) for _ in range(90)],
              "search": [round(chance.uniform(0, 60), 1) for _ in range(90)]}
    brought = {}
    for name, alpha, rate, size in (("film", 0.5, 3, 600), ("search", 0.2, 2, 300)):
        # Half or a fifth of each week carries over to the next; weights sum to one over eight weeks.
        weights = [alpha ** lag for lag in range(8)]
        scaled = [spend / max(spends[name]) for spend in spends[name]]
        kept = [sum(weight * scaled[week - lag] for lag, weight in enumerate(weights) if lag <= week)
                / sum(weights) for week in range(90)]
        brought[name] = [size * saturated(one, rate) for one in kept]
    rows = [(day, round(500 + 40 * math.sin(2 * math.pi * week / 52) + brought["film"][week]
                        + brought["search"][week] + chance.gauss(0, 15), 1),
             spends["film"][week], spends["search"][week])
            for week, day in enumerate(days(90, step=7))]
    returns = {name: sum(brought[name]) / sum(spends[name]) for name in spends}
    return table("week,sales,film,search", rows), returns


MODEL = """date: week
target: sales
channels: [film, search]
seasonality: 1
"""
CURVES = json.dumps({
    "curves": {"film": {"vmax": 120000, "k": 30000}, "search": {"vmax": 25000, "k": 1500}},
    "current": {"film": 20000, "search": 5000}})
FILES = {
    "history.csv": lambda: history()[0], "model.yaml": lambda: MODEL, "curves.json": lambda: CURVES,
    "paths.csv": lambda: PATHS, "cells.csv": lambda: CELLS, "cohorts.csv": lambda: COHORTS,
    "rates.csv": lambda: RATES, "places.csv": places, "series.csv": series,
    "purchases.csv": purchases, "engagement.csv": engagement, "posts.csv": posts,
}
# What is asked, and whether the answer has a picture.
QUESTIONS = [
    ("attribution paths.csv --model markov --order 2 --bootstrap 20", True),
    ("attribution paths.csv --model shapley", True),
    ("lift --treated 462500,1353 --control 462500,1109", True),
    ("power --base-rate 0.01 --lift 0.22", None),
    ("factorial cells.csv", None),
    ("geo places.csv --treated Ulm --start 2025-03-02", True),
    ("impact series.csv --start 2025-03-27", True),
    ("value purchases.csv", None),
    ("retention cohorts.csv", True),
    ("half-life engagement.csv", True),
    ("consistency posts.csv", None),
    ("rank rates.csv", True),
    ("mix history.csv --config model.yaml --draws 400 --chains 2", True),
    ("budget curves.json --total 25000", True),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    for name, text in FILES.items():
        (folder / name).write_text(text())
    return folder


def run(folder, question, *more):
    return subprocess.run(
        [BINARY, "analyze", *question.split(), *more], cwd=folder, text=True, capture_output=True,
        timeout=120, env={"PATH": "/usr/bin:/bin"})


def answer(folder, question, *more):
    done = run(folder, question, *more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("question,has_picture", QUESTIONS, ids=[one.split()[0] for one, _ in QUESTIONS])
def test_each_question_is_answered_for_programs_and_for_people(desk, tmp_path, question, has_picture):
    before = {path: path.stat().st_mtime_ns for path in desk.iterdir()}
    first = answer(desk, question, "--seed", "7")
    assert first["method"] and isinstance(first["notes"], list) and "diagnostics" in first
    assert all(len(one["sha256"]) == 64 for one in first["inputs"])
    # The same seed gives the same bytes.
    assert run(desk, question, "--seed", "7").stdout == run(desk, question, "--seed", "7").stdout
    shown = run(desk, question, "--format", "table")
    assert shown.returncode == 0 and not shown.stdout.lstrip().startswith("{")
    assert "nan" not in shown.stdout.lower().split() and "Optional(" not in shown.stdout
    picture = tmp_path / "picture.svg"
    drawn = run(desk, question, "--plot", str(picture))
    if has_picture or drawn.returncode == 0:
        assert drawn.returncode == 0, drawn.stderr
        root = xml.etree.ElementTree.parse(picture).getroot()
        assert root.tag.endswith("svg") and root.find("{http://www.w3.org/2000/svg}title") is not None
    else:
        assert "picture" in drawn.stderr and not picture.exists()
    # Nothing else is left behind, neither a database nor a folder.
    assert {path: path.stat().st_mtime_ns for path in desk.iterdir()} == before


def test_credit_adds_up_to_the_last_cent(desk):
    for model in ("first", "last", "linear", "position", "markov", "shapley"):
        rows = answer(desk, f"attribution paths.csv --model {model}")["rows"]
        assert sum(row["valueMinorUnits"] for row in rows) == 95_010
        assert sum(row["conversions"] for row in rows) == pytest.approx(10, abs=1e-9)
    first = {row["channel"]: row["conversions"]
             for row in answer(desk, "attribution paths.csv --model first")["rows"]}
    assert first == {"email": 3, "search": 2, "social": 5}


def test_the_22_percent_and_its_small_sample(desk):
    large = answer(desk, "lift --treated 462500,1353 --control 462500,1109")
    assert large["verdict"] == "proven up"
    assert [round(100 * large[key], 1) for key in ("lift", "lower", "upper")] == [22.0, 12.7, 32.1]
    small = answer(desk, "lift --treated 5000,61 --control 5000,50")
    assert small["verdict"] == "not proven"


def test_a_modelled_history_leads_to_a_better_budget(desk, tmp_path):
    fit = run(desk, "mix history.csv --config model.yaml --draws 400 --chains 2")
    assert fit.returncode == 0, fit.stderr
    rows = {row["channel"]: row for row in json.loads(fit.stdout)["rows"]}
    assert set(rows) == {"film", "search"}
    for name, truth in history()[1].items():
        assert rows[name]["roiLow"] < truth < rows[name]["roiHigh"], (name, truth, rows[name])
    (tmp_path / "fit.json").write_text(fit.stdout)
    plan = answer(tmp_path, "budget fit.json --total 80")
    spends = {row["channel"]: row["spend"] for row in plan["rows"]}
    assert sum(spends.values()) == pytest.approx(80, rel=1e-6)
    refused = run(tmp_path, "budget fit.json --total -1")
    assert refused.returncode in (64, 65) and json.loads(refused.stderr)["message"]


@pytest.mark.skipif(not EXAMPLE.exists(), reason="The acceptance data is absent.")
def test_the_truth_of_a_public_history_is_found(tmp_path):
    (tmp_path / "model.yaml").write_text(
        "date: date_week\ntarget: y\nchannels: [x1, x2]\ncontrols: [event_1, event_2, t]\n")
    fit = answer(tmp_path, f"mix {EXAMPLE} --config model.yaml --draws 400 --chains 3")
    assert fit["reported"] and fit["diagnostics"]["rHatMax"] < 1.01
    for row, truth, limit in zip(fit["rows"], (274_848.296, 65_905.982), (0.05, 0.15)):
        assert abs(row["contribution"] / truth - 1) < limit
        assert row["contributionLow"] < truth < row["contributionHigh"]


def test_the_optimum_has_equal_marginals(desk):
    rows = {row["channel"]: row for row in answer(desk, "budget curves.json --total 25000")["rows"]}
    # vmax k / (k + s)^2 is the slope of vmax s / (k + s).
    slopes = [vmax * k / (k + rows[name]["spend"]) ** 2
              for name, vmax, k in (("film", 120000, 30000), ("search", 25000, 1500))]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-6)
    assert sum(row["spend"] for row in rows.values()) == pytest.approx(25000, rel=1e-9)


def test_usual_spellings_of_a_file_give_the_same_figures(desk, tmp_path):
    rows = answer(desk, "attribution paths.csv --model markov")["rows"]
    lines = PATHS.splitlines()
    german = "\r\n".join([lines[0].replace(",", ";")] + [
        line.replace(",", ";").replace(".", ",") for line in lines[1:]])
    (tmp_path / "german.csv").write_bytes(b"\xef\xbb\xbf" + german.encode())
    assert answer(tmp_path, "attribution german.csv --model markov --decimal-comma")["rows"] == rows
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in lines)
    (tmp_path / "quoted.csv").write_text(quoted)
    assert answer(tmp_path, "attribution quoted.csv --model markov")["rows"] == rows


@pytest.mark.parametrize("text,words", [
    ("", []),
    ("path,total_conversions\n", []),
    ("path,total_conversions\na > b,twelve\n", ["row 2", "total_conversions"]),
    ("path,total_conversions\na > b,0x10\n", ["row 2", "total_conversions"]),
    ("path,total_conversions\na > b,-3\n", ["row 2"]),
    ("somewhere,else\n1,2\n", ["path"]),
    ("path,total_conversions\n\"a > b,3\n", []),
], ids=["empty", "heading only", "a word", "hexadecimal", "negative", "no such column", "open quote"])
def test_bad_files_are_refused_with_place_and_remedy(tmp_path, text, words):
    (tmp_path / "bad.csv").write_text(text)
    done = run(tmp_path, "attribution bad.csv --model linear")
    assert done.returncode in (64, 65, 66), (done.returncode, done.stderr)
    assert done.stdout == ""
    problem = json.loads(done.stderr)
    assert problem["exitCode"] == done.returncode
    for word in words:
        assert word.lower() in problem["message"].lower(), problem
    told = run(tmp_path, "attribution bad.csv --model linear", "--format", "table")
    assert told.returncode == done.returncode and not told.stderr.startswith("{")


def test_a_file_that_is_not_there_and_options_that_do_not_exist(desk):
    missing = run(desk, "impact nowhere.csv --start 2025-03-27")
    assert missing.returncode != 0 and "nowhere.csv" in json.loads(missing.stderr)["message"]
    for question in ("lift --treated 100 --control 100,3", "attribution paths.csv --model magic",
                     "rank rates.csv --seed many", "geo places.csv --treated Ulm"):
        done = run(desk, question)
        assert done.returncode in (64, 65), (question, done.returncode, done.stderr)
        problem = json.loads(done.stderr)
        assert problem["exitCode"] == done.returncode and problem["message"], question


def test_every_question_is_explained():
    commands = {question.split()[0] for question, _ in QUESTIONS} | {"silence"}
    listed = run(pathlib.Path("/"), "--help").stdout
    for command in commands:
        assert f"  {command}" in listed, command
        words = run(pathlib.Path("/"), command, "--help").stdout.lower()
        # When not to use it is as important as how.
        assert "not" in words and len(words) > 800, command
