import { FOLDER_ARCHIVE } from '../data-copy/folder-archive';

/**
 * The program of the backup of a data folder. An archive gets its name only when it was read back whole and its
 * checksum stands beside it; only then do the oldest go. Standard library only: it runs in Open WebUI's image.
 */
export const BACKUP_SCRIPT = `"""Copies a data folder while its program runs, into an archive beside the last ones."""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import sys
import tarfile
import time

DATA = pathlib.Path(os.environ["DATA_PATH"])
BACKUPS = pathlib.Path(os.environ["BACKUPS_PATH"])
SCRATCH = pathlib.Path(os.environ["SCRATCH_PATH"])
KEEP = int(os.environ["KEEP"])

ARCHIVE = BACKUPS / ".unfinished.tar.gz"

${FOLDER_ARCHIVE}


def read_back():
    with tarfile.open(ARCHIVE, "r:gz") as archive:
        return sum(1 for entry in archive if entry.isfile())


def to_disk(path):
    """A node may fail in the next second, and the oldest archive is about to go."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def give_name(digest):
    archive = BACKUPS / time.strftime("data-%Y%m%dT%H%M%SZ.tar.gz", time.gmtime())
    checksum = archive.with_name(archive.name + ".sha256")
    checksum.write_text(f"{digest}  {archive.name}\\n")
    to_disk(checksum)
    to_disk(ARCHIVE)
    ARCHIVE.rename(archive)
    to_disk(BACKUPS)
    return archive


def drop_oldest():
    for archive in sorted(BACKUPS.glob("data-*.tar.gz"))[:-KEEP]:
        archive.unlink()
        archive.with_name(archive.name + ".sha256").unlink(missing_ok=True)
        print(f"{archive.name} is gone: the newest {KEEP} stay", flush=True)


try:
    digest = write_archive()
    files = read_back()
    archive = give_name(digest)
    drop_oldest()
except (OSError, sqlite3.Error, tarfile.TarError) as error:
    sys.exit(f"the backup stopped: {error}; the data and the archives before this one are as they were")
finally:
    ARCHIVE.unlink(missing_ok=True)
print(f"{archive.name}: {files} files, {archive.stat().st_size} bytes, sha256 {digest}", flush=True)
print("kept:", *sorted(path.name for path in BACKUPS.glob("data-*.tar.gz")), flush=True)
`;
