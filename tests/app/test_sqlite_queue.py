"""Writers on SQLite queue before the database, and leave the queue however a transaction ends."""

from __future__ import annotations

from pathlib import Path

from tests.app.installation import Installation

WAITING = """
import fcntl, sqlite3, threading
from django.conf import settings
from django.db import connection, transaction
from kith.kernel.accounts.models import Team

name, done = settings.DATABASES["default"]["NAME"], threading.Event()

def write():
    with transaction.atomic():
        Team.objects.create(name="Second")
    connection.close()
    done.set()

writer = threading.Thread(target=write)
with open(f"{name}-queue", "w") as queue:
    fcntl.flock(queue, fcntl.LOCK_EX)
    writer.start()
    waits = not done.wait(0.5)
    other = sqlite3.connect(name, timeout=0)  # the database is free: it is in the queue that the writer waits
    other.execute("BEGIN IMMEDIATE")
    other.close()
writer.join()
print(waits, done.is_set(), Team.objects.count())
"""

LEAVING = """
import fcntl
from django.conf import settings
from django.db import DatabaseError, connection, transaction

def free():
    with open(f"{settings.DATABASES['default']['NAME']}-queue", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

def end(how):
    try:
        with transaction.atomic():
            held = not free()
            how()
    except (ZeroDivisionError, DatabaseError):
        pass
    return held and free()

def wrong():
    connection.cursor().execute("SELECT nothing FROM nowhere")

def nested():
    with transaction.atomic():
        connection.cursor().execute("SELECT 1")

def bad():
    1 / 0

print(*(end(how) for how in (lambda: None, bad, wrong, nested, connection.close)))
"""

KILLED = """
import os
from django.db import transaction
with transaction.atomic():
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
if os.fork() == 0:
    with transaction.atomic():
        os.kill(os.getpid(), 9)
os.wait()
with transaction.atomic():
    print("on")
"""


def test_a_writer_waits_in_the_queue_while_the_database_is_free(tmp_path: Path) -> None:
    place = Installation("sqlite", tmp_path)
    place.kith("migrate")
    assert place.code(WAITING).split() == ["True", "True", "1"]


def test_the_queue_is_left_however_it_ends(tmp_path: Path) -> None:
    place = Installation("sqlite", tmp_path)
    place.kith("migrate")
    assert place.code(LEAVING).split() == ["True"] * 5


def test_a_killed_writer_leaves_the_queue(tmp_path: Path) -> None:
    place = Installation("sqlite", tmp_path)
    place.kith("migrate")
    assert place.code(KILLED).split() == ["on"]
