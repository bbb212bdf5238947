import { FOLDER_REPLACEMENT } from '../data-copy/folder-replacement';

/**
 * The program of the restore of a data folder. The archive is checked whole, and its databases too, before anything of
 * the target changes; what stood there is kept. Killed at any moment, the next try ends well.
 * Standard library only: it runs in Open WebUI's image.
 */
export const RESTORE_SCRIPT = `"""Puts the archive of a data folder back."""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import sys
import tarfile
import tempfile

BACKUPS = pathlib.Path(os.environ["BACKUPS_PATH"])
TARGET = pathlib.Path(os.environ["DATA_PATH"])
NAME = os.environ["ARCHIVE"]
OVERWRITE = os.environ["OVERWRITE"] == "true"

ARRIVING = TARGET / ".restore-arriving"
ARRIVED = TARGET / ".restore-arrived"
KEPT = ".before-restore-"


def choose():
    names = sorted(path.name for path in BACKUPS.glob("data-*.tar.gz"))
    if NAME == "newest" and names:
        return BACKUPS / names[-1]
    if NAME not in names:
        sys.exit(f"there is no archive {NAME}: write one of {', '.join(names) or 'none, there is no backup yet'}")
    return BACKUPS / NAME


def check_archive():
    with open(ARCHIVE, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    checksum = ARCHIVE.with_name(ARCHIVE.name + ".sha256")
    if not checksum.exists():
        sys.exit(f"{ARCHIVE.name} has no checksum beside it: choose another archive; the target is as it was")
    expected = checksum.read_text().split()[0]
    if digest != expected:
        sys.exit(
            f"{ARCHIVE.name} is damaged, it has the sha256 {digest}, not {expected}: "
            "choose another archive; the target is as it was"
        )
    print(f"{ARCHIVE.name}: sha256 {digest}", flush=True)


def check_uploads():
    uploads = sum(1 for path in (TARGET / "uploads").rglob("*") if path.is_file())
    if uploads > 0 and not OVERWRITE:
        sys.exit(f"the target is in use, {uploads} uploaded files: set overwrite to put its content aside")


def check_databases():
    for path in ARRIVING.rglob("*"):
        if not path.is_file() or path.is_symlink() or not is_database(path):
            continue
        connection = sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        connection.close()
        if problem != "ok":
            sys.exit(f"{path.relative_to(ARRIVING)} in {ARCHIVE.name} is damaged ({problem}): choose another archive")


def is_database(path):
    with open(path, "rb") as file:
        return file.read(20).startswith(b"SQLite format 3")


${FOLDER_REPLACEMENT}


try:
    if ARRIVED.exists():
        print("an earlier restore was broken off while it moved the files in: this ends it", flush=True)
    else:
        ARCHIVE = choose()
        check_target()
        check_uploads()
        check_archive()
        unpack()
        check_databases()
        put_aside()
        ARRIVING.rename(ARRIVED)
    move_in()
    users, chats = contents(TARGET / "webui.db")
except (OSError, sqlite3.Error, tarfile.TarError) as error:
    sys.exit(f"the restore stopped: {error}; start it again, it goes on where it was")
print(f"{users} accounts and {chats} chats are in place: start Open WebUI", flush=True)
`;
