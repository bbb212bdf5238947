import { FOLDER_REPLACEMENT } from './folder-replacement';

/**
 * The program of the import job. The target changes only after the whole archive has arrived and was unpacked beside
 * it; what stood there before is kept. Killed at any moment, the next try ends well.
 * Standard library only: it runs in Open WebUI's image.
 */
export const IMPORT_SCRIPT = `"""Fetches the archive of a data folder and puts its content into an empty one."""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

SOURCE = os.environ["SOURCE_URL"]
TOKEN = os.environ["DATA_COPY_TOKEN"]
TARGET = pathlib.Path(os.environ["DATA_PATH"])
SCRATCH = pathlib.Path(os.environ["SCRATCH_PATH"])
OVERWRITE = os.environ["OVERWRITE"] == "true"
OWNER_EMAIL = os.environ.get("OWNER_EMAIL", "").lower()
RETRY_SECONDS = float(os.environ["RETRY_SECONDS"])

ARCHIVE = SCRATCH / "data.tar.gz"
ARRIVING = TARGET / ".data-copy-arriving"
ARRIVED = TARGET / ".data-copy-arrived"
KEPT = ".before-data-copy-"
BROKEN_TRANSFERS = 5
# Without sign-in Open WebUI works as this user, with the password "admin", which stands in its source.
NOBODY = "admin@localhost"


def request(path, method):
    return urllib.request.Request(SOURCE + path, method=method, headers={"Authorization": f"Bearer {TOKEN}"})


def fetch():
    """Waits for the export and brings its archive, whole."""
    broken = 0
    while broken < BROKEN_TRANSFERS:
        try:
            problem = fetch_once()
            if not problem:
                return
            broken += 1
            print(f"{problem}: once more", flush=True)
        except urllib.error.HTTPError as error:
            if error.code == 401:
                sys.exit("the export refuses the token: DATA_COPY_TOKEN must be the same in both namespaces")
            print(f"the export answers {error.code}: once more", flush=True)
        except OSError as error:
            print(f"the export does not answer yet ({error}): once more", flush=True)
        time.sleep(RETRY_SECONDS)
    sys.exit(f"the archive did not arrive whole in {BROKEN_TRANSFERS} tries: look at the log of the export; the target is as it was")


def fetch_once():
    with urllib.request.urlopen(request("/archive", "GET"), timeout=60) as response:
        try:
            with open(ARCHIVE, "wb") as file:
                shutil.copyfileobj(response, file)
        except OSError as error:
            return f"the transfer broke off ({error})"
        expected = int(response.headers["Content-Length"])
        if ARCHIVE.stat().st_size != expected:
            return f"the transfer broke off after {ARCHIVE.stat().st_size} of {expected} bytes"
        with open(ARCHIVE, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != response.headers["X-Archive-Sha256"]:
            return f"the archive has the sha256 {digest}, not {response.headers['X-Archive-Sha256']}"
    return ""


${FOLDER_REPLACEMENT}


def hand_over(database):
    """Gives the chats of the set-up without sign-in to a person, and takes its well-known password away."""
    if not database.exists():
        return
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE auth SET password = '' WHERE email = ?", (NOBODY,))
        if OWNER_EMAIL:
            changed = connection.execute('UPDATE "user" SET email = ? WHERE email = ?', (OWNER_EMAIL, NOBODY)).rowcount
            connection.execute("UPDATE auth SET email = ? WHERE email = ?", (OWNER_EMAIL, NOBODY))
            print(f"{OWNER_EMAIL} owns what {NOBODY} owned" if changed else f"there is no {NOBODY}", flush=True)
    print(f"{row_count(connection, 'user')} accounts and {row_count(connection, 'chat')} chats arrived", flush=True)
    connection.close()


def tell_export():
    try:
        urllib.request.urlopen(request("/received", "POST"), timeout=60).close()
    except OSError as error:
        print(f"the export could not be told ({error}): delete its job", flush=True)


try:
    if not ARRIVED.exists():
        check_target()
        fetch()
        unpack()
        hand_over(ARRIVING / "webui.db")
        put_aside()
        ARRIVING.rename(ARRIVED)
    move_in()
except (OSError, sqlite3.Error, tarfile.TarError) as error:
    sys.exit(f"the import stopped: {error}; start it again, it goes on where it was")
tell_export()
print("the data is in place: start Open WebUI", flush=True)
`;
