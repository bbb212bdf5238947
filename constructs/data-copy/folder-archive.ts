/**
 * Python that writes the folder DATA into ARCHIVE while its program runs, by way of SCRATCH. Databases are read with
 * SQLite's own backup: a copied file of a live database would be torn.
 */
export const FOLDER_ARCHIVE = `# Made by the file system, by an import or a restore, or by SQLite: a copied database is complete without them.
NOT_COPIED = ("lost+found", ".before-", ".data-copy-", ".restore-")
COMPANIONS = ("-wal", "-shm", "-journal")
SQLITE_MAGIC = b"SQLite format 3"
WAL_VERSION = 2
TRIES = 10


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def header(path):
    with open(path, "rb") as file:
        return file.read(20)


def is_database(path):
    return path.is_file() and not path.is_symlink() and header(path).startswith(SQLITE_MAGIC)


def is_companion(path):
    return any(
        path.name.endswith(ending) and is_database(path.with_name(path.name.removesuffix(ending)))
        for ending in COMPANIONS
    )


def is_unused(path):
    """Whether a database that has a write-ahead log when somebody has it open has none now."""
    return header(path)[18] == WAL_VERSION and not path.with_name(path.name + "-wal").exists()


def snapshot(path, copy):
    """Copies a database as it is at one moment, with writers at work."""
    for _ in range(TRIES):
        copy.unlink(missing_ok=True)
        unused, seen = is_unused(path), path.stat()
        try:
            back_up(path, copy, unused)
        except sqlite3.OperationalError as error:
            problem = error
        else:
            now = path.stat()
            if not unused or (is_unused(path) and (seen.st_mtime_ns, seen.st_size) == (now.st_mtime_ns, now.st_size)):
                return
            problem = "somebody opened it in between"
        time.sleep(0.5)
    sys.exit(f"{path} cannot be read ({problem}): stop the program that writes it in an orderly way, then start this job again")


def back_up(path, copy, unused):
    # On a read-only volume a database with a write-ahead log can be opened beside the program that uses it, or as a
    # file that does not change.
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable={int(unused)}", uri=True, timeout=60)
    target = sqlite3.connect(copy)
    try:
        # All pages in one go: in steps, every write of the running program would start the copy again.
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    finally:
        target.close()
        source.close()


def examine(path, copy):
    """Refuses a damaged database, and says what is in Open WebUI's."""
    database = sqlite3.connect(copy)
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        sys.exit(f"{path} is damaged ({problem}): repair it, then start this job again")
    counts = row_counts(database) if path.name == "webui.db" else ""
    database.close()
    return counts


def row_counts(database):
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    counted = [name for name in ("user", "chat", "file") if name in tables]
    return ", ".join(f"{row_count(database, name)} x {name}" for name in counted)


def row_count(database, table):
    return database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]


def add(archive, path, name):
    """Adds one entry; a file goes through the scratch folder, so that it cannot change its size on the way."""
    if path.is_symlink() or path.is_dir():
        archive.add(path, name, recursive=False)
        return
    if not path.is_file() or is_companion(path):
        return
    copy = SCRATCH / "entry"
    copy.unlink(missing_ok=True)
    if is_database(path):
        snapshot(path, copy)
        counts = examine(path, copy)
        print(f"{name}: copied as a database", f"({counts})" if counts else "", flush=True)
    else:
        shutil.copyfile(path, copy)
    archive.add(copy, name, recursive=False)


def write_archive():
    names = sorted(path.relative_to(DATA) for path in DATA.rglob("*"))
    with tarfile.open(ARCHIVE, "w:gz", compresslevel=1) as archive:
        for name in names:
            if name.parts[0].startswith(NOT_COPIED):
                continue
            try:
                add(archive, DATA / name, str(name))
            except FileNotFoundError:
                print(f"{name}: deleted while the copy was made", flush=True)
            except PermissionError:
                sys.exit(
                    f"{name} may not be read by user {os.getuid()}: "
                    "set podSecurityContext.runAsUser of this job to the user that its program runs as"
                )
    (SCRATCH / "entry").unlink(missing_ok=True)
    return sha256(ARCHIVE)`;
