import { FOLDER_ARCHIVE } from '../data-copy/folder-archive';

/** The program of the check of a data folder. It reads only. Standard library only: it runs in Open WebUI's image. */
export const CHECK_SCRIPT = `"""Counts what people have in a data folder, and compares it with what was counted elsewhere."""

import hashlib
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import tarfile
import time

DATA = pathlib.Path(os.environ["DATA_PATH"])
SCRATCH = pathlib.Path(os.environ["SCRATCH_PATH"])
EXPECTED = os.environ["EXPECTED"]

${FOLDER_ARCHIVE}


def last_written(database):
    # In seconds since 1970. Source: Open WebUI's models/chats.py.
    columns = {row[1] for row in database.execute("PRAGMA table_info(chat)")}
    newest = database.execute("SELECT max(updated_at) FROM chat").fetchone()[0] if "updated_at" in columns else None
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(newest)) if newest else "never"


def missing(found, expected):
    amounts = {name: int(amount) for amount, name in re.findall(r"(\\d+) x (\\w+)", found)}
    wanted = re.findall(r"(\\d+) x (\\w+)", expected)
    if expected and not wanted:
        sys.exit(f'"{expected}" is no count: copy it from the log of the export, a backup or another check, for example "2 x user, 7 x chat"')
    return [
        f"{amounts.get(name, 0)} of {amount} x {name}" for amount, name in wanted if amounts.get(name, 0) < int(amount)
    ]


try:
    if not (DATA / "webui.db").exists():
        sys.exit("there is no webui.db: this is not the data folder, or Open WebUI has never run on it")
    copy = SCRATCH / "entry"
    snapshot(DATA / "webui.db", copy)
    counts = examine(DATA / "webui.db", copy)
    database = sqlite3.connect(copy)
    print(f"{counts}; a chat was last written {last_written(database)}", flush=True)
    database.close()
except (OSError, sqlite3.Error) as error:
    sys.exit(f"the check stopped: {error}")
lost = missing(counts, EXPECTED)
if lost:
    sys.exit(f"less than expected: {', '.join(lost)}. Go back as the runbook says, or find out who deleted it")
print(f"nothing of {EXPECTED} is missing" if EXPECTED else "nothing was compared: no count was given", flush=True)
`;
