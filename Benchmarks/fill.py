"""Fills an empty workspace with posts and clicks by SQL, coherently enough for every page."""
import os
import random
import sqlite3
import time

DAY = 86_400_000


def identifier(milliseconds, randomness):
    """A version 7 UUID: the time first, so that rows are stored in the order of their age."""
    tail = randomness.getrandbits(74)
    digits = f"{milliseconds:012x}7{tail >> 62:03x}{0x8 | (tail >> 60 & 3):x}{tail & (1 << 60) - 1:015x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def rows(database, table, records):
    """Inserts dictionaries; what the table does not have is an error, as it should be."""
    first = records[0]
    marks = ", ".join("?" for _ in first)
    database.executemany(
        f"INSERT INTO {table} ({', '.join(first)}) VALUES ({marks})",
        [tuple(record.values()) for record in records])


def fill(folder, posts, clicks):
    path = next(
        file for file in sorted(folder.iterdir()) if file.suffix in (".db", ".sqlite", ".sqlite3"))
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    workspace, slug = database.execute("SELECT id, slug FROM workspace").fetchone()
    member, person = database.execute("SELECT id, person_id FROM member").fetchone()
    made = Filling(database, workspace, member, person)
    with database:
        made.plan()
        made.publish(posts)
        if "click" in tables:
            made.click(clicks)
            made.earn(posts)
            made.sum_up()
            if "place_block" in tables:
                made.sum_up_blocks()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return {
        "posts": posts, "clicks": clicks if "click" in tables else 0, "workspace": slug,
        "post": made.posts[-1], "slug": made.slugs[-1], "objective": made.objectives[0],
        "megabytes": os.path.getsize(path) // 1_000_000}


class Filling:
    def __init__(self, database, workspace, member, person):
        self.database = database
        self.workspace = workspace
        self.member = member
        self.person = person
        self.random = random.Random(7)
        self.now = int(time.time() * 1000)
        self.posts, self.publications, self.slugs = [], [], []

    def identifier(self, at=None):
        return identifier(at or self.now, self.random)

    def plan(self):
        """Five channels, four objectives, forty initiatives, two thousand items."""
        self.channels = [self.identifier() for _ in range(5)]
        rows(self.database, "channel", [
            {"id": channel, "workspace_id": self.workspace, "network": "other",
             "name": f"Channel {number}", "handle": f"@tea{number}", "connection": "unconnected",
             "zone": "UTC", "visibility": "everyone", "created_at": self.now}
            for number, channel in enumerate(self.channels)])
        goal = self.identifier()
        rows(self.database, "business_goal", [
            {"id": goal, "workspace_id": self.workspace, "kind": "revenue",
             "title": "Sell more tea", "because": "The shop pays for itself",
             "created_at": self.now}])
        self.objectives = [self.identifier() for _ in range(4)]
        rows(self.database, "objective", [
            {"id": objective, "workspace_id": self.workspace, "business_goal_id": goal,
             "title": f"Objective {number}", "kpi": "Orders from social", "unit": "orders",
             "source": "entered", "baseline": 10.0, "target": 100.0, "starts_on": "2026-01-01",
             "due_on": "2027-12-31", "owner_id": self.member, "created_at": self.now}
            for number, objective in enumerate(self.objectives)])
        initiatives = [self.identifier() for _ in range(40)]
        rows(self.database, "initiative", [
            {"id": initiative, "workspace_id": self.workspace, "kind": "marathon",
             "title": f"Initiative {number}", "purpose": "Show how tea is grown",
             "state": "running", "starts_on": "2026-01-01", "owner_id": self.member,
             "currency": "EUR", "created_at": self.now}
            for number, initiative in enumerate(initiatives)])
        self.items = [self.identifier() for _ in range(2_000)]
        months = [f"{2024 + month // 12}-{month % 12 + 1:02}" for month in range(36)]
        rows(self.database, "item", [
            {"id": item, "workspace_id": self.workspace,
             "initiative_id": initiatives[number % 40],
             "primary_objective_id": self.objectives[number % 4], "title": f"Item {number}",
             "note": "", "owner_id": self.member, "month": months[number % 36],
             "state": "planned", "position": number, "created_at": self.now,
             "updated_at": self.now}
            for number, item in enumerate(self.items)])

    def publish(self, count):
        """Published over three years, with one variant and one tracked link each."""
        tables = {"post": [], "variant": [], "publication": [], "link": []}
        for number in range(count):
            at = self.now - 3 * 365 * DAY + number * 3 * 365 * DAY // count
            post, variant, publication = (self.identifier(at) for _ in range(3))
            channel = self.channels[number % 5]
            # Only digits that slugs have.
            slug = f"{number:08o}".translate(str.maketrans("01234567", "23456789"))
            local = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(at / 1000))
            text = f"Tea number {number}: first flush, picked this week, in the shop today."
            tables["post"].append({
                "id": post, "workspace_id": self.workspace,
                "item_id": self.items[number % len(self.items)],
                "objective_id": self.objectives[number % 4], "title": f"Tea number {number}",
                "body": text, "destination": "https://shop.example.org/tea", "origin": "written",
                "revision": 1, "author_id": self.person, "created_at": at, "updated_at": at})
            tables["variant"].append({
                "id": variant, "workspace_id": self.workspace, "post_id": post,
                "channel_id": channel, "further_parts": "[]", "visibility": "everyone",
                "has_own_media": 0})
            tables["publication"].append({
                "id": publication, "workspace_id": self.workspace, "post_id": post,
                "variant_id": variant, "channel_id": channel, "state": "published",
                "content_hash": f"{number:064x}", "due_local": local, "zone": "UTC", "due_at": at,
                "epoch": 1, "tries": 1, "looks": 0, "absences": 0, "parts_out": 1,
                "part_count": 1, "published_at": at + 900, "lateness": 900,
                "remote_id": f"r{number}", "remote_url": f"https://social.example/{number}",
                "sent_text": text, "sent_link": f"https://go.example.org/l/{slug}",
                "updated_at": at})
            tables["link"].append({
                "id": self.identifier(at), "workspace_id": self.workspace, "slug": slug,
                "destination": "https://shop.example.org/tea", "utm_source": "mastodon",
                "utm_medium": "social", "publication_id": publication, "label": "",
                "created_at": at})
            self.posts.append(post)
            self.publications.append(publication)
            self.slugs.append(slug)
        for table, records in tables.items():
            rows(self.database, table, records)

    def click(self, count):
        """Most clicks on the newest posts, as it is, and the daily sums that ingestion keeps."""
        total = len(self.posts)
        linked = min(total, 20_000)
        rows(self.database, "measured_link", [
            {"key": key + 1, "workspace_id": self.workspace, "slug": self.slugs[total - 1 - key],
             "publication_id": self.publications[total - 1 - key]} for key in range(linked)])
        batch = []
        for number in range(count):
            key = min(linked, int(self.random.expovariate(1 / (linked / 6))) + 1)
            at = self.now - int(self.random.random() * 365 * DAY)
            batch.append((
                key, at, self.random.getrandbits(62), None, 1 if self.random.random() < 0.1 else 0))
        batch.sort(key=lambda click: click[1])
        self.database.executemany(
            "INSERT INTO click (link_key, at, visitor, token, bot) VALUES (?, ?, ?, ?, ?)", batch)
        self.database.execute(
            f"""INSERT INTO link_day (workspace_id, day, link_key, people, bots, visits)
                SELECT ?, at / {DAY}, link_key, SUM(bot = 0), SUM(bot <> 0), SUM(bot = 0) / 2
                FROM click GROUP BY 2, 3""", (self.workspace,))
        self.database.execute(
            """INSERT INTO workspace_day (workspace_id, day, people, bots, visits)
               SELECT workspace_id, day, SUM(people), SUM(bots), SUM(visits)
               FROM link_day GROUP BY 1, 2""")
        joined = """FROM measured_link JOIN publication ON publication.id = publication_id
            JOIN post ON post.id = post_id JOIN item ON item.id = item_id"""
        self.database.execute(
            f"""INSERT INTO measured_place (workspace_id, channel_id, initiative_id, objective_id)
               SELECT DISTINCT measured_link.workspace_id, channel_id, initiative_id, objective_id
               {joined}""")
        places = {tuple(row[1:]): row[0] for row in self.database.execute(
            "SELECT key, channel_id, initiative_id, objective_id FROM measured_place")}
        placed = self.database.execute(
            f"SELECT channel_id, initiative_id, objective_id, measured_link.key {joined}").fetchall()
        self.database.executemany(
            "UPDATE measured_link SET place_key = ? WHERE key = ?",
            [(places[tuple(row[:3])], row[3]) for row in placed])
        self.database.execute(
            """INSERT INTO place_day (workspace_id, day, place_key, people, bots, visits)
               SELECT link_day.workspace_id, day, place_key, SUM(people), SUM(bots), SUM(visits)
               FROM link_day JOIN measured_link ON measured_link.key = link_key GROUP BY 1, 2, 3""")

    def sum_up(self):
        """The sums of money, posts and visits, as the program keeps them."""
        execute = self.database.execute
        execute(
            """INSERT INTO credit_day (workspace_id, model, currency, day, link_key, earned_day,
                   amount, orders, leads)
               SELECT workspace_id, model, currency, day, link_key, day, SUM(credit.amount),
                   SUM(share), 0
               FROM conversion JOIN touch ON conversion_key = conversion.key
               JOIN credit ON touch_id = touch.id GROUP BY 1, 2, 3, 4, 5""")
        execute(
            """INSERT INTO measured_post (publication_id, workspace_id, place_key, published_at,
                   is_tracked, is_marked, has_cost)
               SELECT publication.id, publication.workspace_id, measured_place.key, published_at,
                   1, 1, EXISTS (SELECT 1 FROM cost_entry WHERE publication_id = publication.id)
               FROM publication JOIN post ON post.id = post_id JOIN item ON item.id = item_id
               JOIN measured_place ON measured_place.channel_id = publication.channel_id
                   AND measured_place.initiative_id = item.initiative_id
                   AND measured_place.objective_id = post.objective_id""")
        execute(
            """INSERT INTO visit_quarter (site_key, quarter, visits)
               SELECT site_key, started_at / 900000, COUNT(*) FROM visit WHERE bot = 0
               GROUP BY 1, 2""")

    def sum_up_blocks(self):
        """The same sums by blocks of 32 days, and of 2^31 milliseconds for posts."""
        execute = self.database.execute
        execute(
            """INSERT INTO place_block (workspace_id, block, place_key, people, bots, visits)
               SELECT workspace_id, day >> 5, place_key, SUM(people), SUM(bots), SUM(visits)
               FROM place_day GROUP BY 1, 2, 3""")
        execute(
            """INSERT INTO credit_block (workspace_id, model, currency, block, place_key,
                   earned_block, amount, orders, leads)
               SELECT credit_day.workspace_id, model, currency, day >> 5, place_key,
                   earned_day >> 5, SUM(amount), SUM(orders), SUM(leads)
               FROM credit_day JOIN measured_link ON key = link_key GROUP BY 1, 2, 3, 4, 5, 6""")
        execute(
            """INSERT INTO post_block (workspace_id, block, place_key, posts, tracked, marked, known)
               SELECT workspace_id, published_at >> 31, place_key, COUNT(*), SUM(is_tracked),
                   SUM(is_marked), SUM(has_cost)
               FROM measured_post WHERE published_at IS NOT NULL GROUP BY 1, 2, 3""")

    def earn(self, posts):
        """Visits of a third of the clicks, orders with their credit, costs, network figures."""
        execute = self.database.execute
        execute(
            "INSERT INTO site (workspace_id, code, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)",
            (self.workspace, "benchmark", self.now - 365 * DAY, self.now))
        site = execute("SELECT key FROM site").fetchone()[0]
        execute(
            """INSERT INTO visit (site_key, started_at, last_at, pages, visitor, link_key, bot)
               SELECT ?, at + 900, at + 60000, 2, visitor, link_key, 0 FROM click
               WHERE bot = 0 AND id % 3 = 0""", (site,))
        buyers = execute(
            "SELECT id, link_key, at, visitor FROM click WHERE bot = 0 AND id % 50 = 0").fetchall()
        orders, touches, credits = [], [], []
        for key, (click, link, at, visitor) in enumerate(buyers, 1):
            amount = 900 + self.random.randrange(12_000)
            orders.append((
                key, self.identifier(at), self.workspace, f"A-{key}", at + 600_000,
                (at + 600_000) // DAY, amount, visitor, at + 600_000))
            touches.append((key, key, at, link, click))
            credits += [(key, model, amount) for model in ("first", "last", "linear")]
        self.database.executemany(
            """INSERT INTO conversion (key, id, workspace_id, source, reference, kind, name, at, day,
                   amount, currency, visitor, note, bot, version, recorded_by, recorded_at)
               VALUES (?, ?, ?, 'site', ?, 'order', 'order', ?, ?, ?, 'EUR', ?, '', 0, 1, 'Site', ?)
            """, orders)
        self.database.executemany(
            """INSERT INTO touch (id, conversion_key, version, position, at, link_key, click_id)
               VALUES (?, ?, 1, 0, ?, ?, ?)""", touches)
        self.database.executemany(
            "INSERT INTO credit (touch_id, model, amount, share) VALUES (?, ?, ?, 1000000)", credits)
        newest = self.publications[-min(posts, 20_000):]
        rows(self.database, "cost_entry", [
            {"id": self.identifier(), "workspace_id": self.workspace,
             "publication_id": publication, "kind": "people", "minutes": 40, "hourly_rate": 4_500,
             "amount": 3_000, "currency": "EUR", "spent_on": self.now // DAY - number * 200 // len(newest),
             "note": "", "recorded_by": "Ada", "recorded_at": self.now}
            for number, publication in enumerate(reversed(newest)) if number % 2])
        rows(self.database, "network_figures", [
            {"workspace_id": self.workspace, "publication_id": publication,
             "taken_at": self.now - look * DAY, "age": look * DAY, "likes": 9, "reposts": 2,
             "replies": 1}
            for publication in newest for look in (0, 1, 3)])
