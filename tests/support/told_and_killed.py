"""A process that polls a source and stores what it is told, until it is killed within a part."""

import importlib
import os
import pickle
import sqlite3
import sys
from datetime import datetime


def opened(path):
    """The database of what was told."""
    database = sqlite3.connect(path)
    database.execute("create table if not exists told (id text, updated integer, part integer)")
    database.execute("create table if not exists cursors (part integer primary key, cursor text)")
    return database


def stored(database, poll, part):
    """What a part tells, and where to go on; the transaction is left open."""
    batch = poll.batch
    rows = zip(map(str, batch.ids), map(int, batch.updated), [part] * len(batch), strict=True)
    database.executemany("insert into told values (?, ?, ?)", rows)
    database.execute("insert into cursors values (?, ?)", (part, poll.cursor))


def main(source, database, now, until):
    with open(source, "rb") as file:  # noqa: PTH123 - what the test just wrote
        settings, options = pickle.load(file)
    connector = importlib.import_module(f"connectors.{settings.kind}").Source(settings, options)
    told = opened(database)
    for part, poll in enumerate(connector.poll(None, datetime.fromisoformat(now))):
        stored(told, poll, part)
        if part == int(until):
            print("within a part", flush=True)
            os.read(0, 1)
        told.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
