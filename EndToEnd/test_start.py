"""Starting: killed at any moment, twice on one folder, on data of a newer program."""
import random
import sqlite3
import subprocess
import time

import pytest

from servers import BINARY, ROOT, Throughline, free_port

KILLS = 10


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """A data folder and, on PostgreSQL, the address of an empty database."""
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    return tmp_path / "data", database


def words(place, *more):
    folder, database = place
    return [str(BINARY), *more, "--data", str(folder),
            *(["--database", database] if database else [])]


def refused(place):
    done = subprocess.run(
        words(place, "serve") + ["--port", str(free_port())], cwd=ROOT, text=True,
        capture_output=True, timeout=30)
    assert done.returncode != 0, done.stdout
    assert done.stderr.startswith("throughline: "), done.stderr
    return done.stderr


def change(place, statement):
    folder, database = place
    if database:
        subprocess.run(["psql", "-q", database, "-c", statement], check=True)
    else:
        with sqlite3.connect(folder / "throughline.sqlite") as connection:
            connection.execute(statement)
        connection.close()


def test_a_first_start_killed_at_any_moment_is_finished_by_the_next(place):
    dice = random.Random(11)
    whole = time.monotonic()
    server = Throughline(*place)
    whole = time.monotonic() - whole
    assert server.stop() == 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            words(place, "serve") + ["--port", str(free_port())], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.01, whole * 1.2))
        process.kill()
        process.wait()
    server = Throughline(*place)
    assert "/welcome/" in server.link()
    assert server.stop() == 0, server.output()


def test_a_fresh_folder_survives_kills_in_the_middle_of_its_schema(tmp_path, request):
    """Each kill meets a database that does not exist yet: the moments lie within its making."""
    dice = random.Random(23)
    postgres = request.getfixturevalue("postgres")
    for engine in ("sqlite", "postgres"):
        for round in range(KILLS):
            place = (tmp_path / f"{engine}-{round}",
                     postgres.database() if engine == "postgres" else None)
            process = subprocess.Popen(
                words(place, "serve") + ["--port", str(free_port())], cwd=ROOT,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.02, 0.4))
            process.kill()
            process.wait()
            server = Throughline(*place)
            assert "/welcome/" in server.link()
            assert server.stop() == 0, server.output()


def test_a_second_server_on_the_same_folder_is_refused_in_words(tmp_path):
    place = (tmp_path / "data", None)
    server = Throughline(*place)
    said = refused(place)
    assert "another" in said.lower() and "Traceback" not in said, said
    assert server.stop() == 0, server.output()
    again = Throughline(*place)
    assert again.stop() == 0


def test_data_of_a_newer_program_is_refused_and_left_alone(place):
    server = Throughline(*place)
    assert server.stop() == 0, server.output()
    change(place, "UPDATE schema_version SET version = 99, compatible_from = 99")
    said = refused(place)
    assert "newer" in said and "99" in said, said
    change(place, "UPDATE schema_version SET version = 1, compatible_from = 1")
    server = Throughline(*place)
    assert server.stop() == 0, server.output()
