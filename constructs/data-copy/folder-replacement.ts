/**
 * Python that replaces the content of the folder TARGET by that of ARCHIVE, without a moment in which neither is there:
 * unpacked into ARRIVING, renamed to ARRIVED when whole, moved in from there; what was there before goes into a folder
 * whose name begins with KEPT. With OVERWRITE also where people have worked.
 */
export const FOLDER_REPLACEMENT = `def own(path):
    return path.name.startswith(("lost+found", ".before-", ".data-copy-", ".restore-"))


def content():
    return sorted(path for path in TARGET.iterdir() if not own(path))


def contents(database):
    """How many accounts and chats there are."""
    if not database.exists():
        return 0, 0
    connection = sqlite3.connect(database.resolve().as_uri() + "?mode=ro", uri=True)
    try:
        return row_count(connection, "user"), row_count(connection, "chat")
    finally:
        connection.close()


def row_count(connection, table):
    return connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]


def check_target():
    if OVERWRITE:
        return
    try:
        users, chats = contents(TARGET / "webui.db")
    except sqlite3.Error as error:
        sys.exit(f"webui.db of the target cannot be read ({error}): set overwrite to put it aside")
    # A first start makes the tables, and the administrator's account when it is told one.
    if users > 1 or chats > 0:
        sys.exit(f"the target is in use, {users} accounts and {chats} chats: set overwrite to put its content aside")


def unpack():
    shutil.rmtree(ARRIVING, ignore_errors=True)
    ARRIVING.mkdir()
    with tarfile.open(ARCHIVE, "r:gz") as archive:
        # Refuses what would land outside the folder, where Python has it (3.11.4 and newer).
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(ARRIVING)


def put_aside():
    if content():
        kept = pathlib.Path(tempfile.mkdtemp(prefix=KEPT, dir=TARGET))
        for path in content():
            path.rename(kept / path.name)
        print(f"what was there before is in {kept.name}", flush=True)


def move_in():
    for path in sorted(ARRIVED.iterdir()):
        path.rename(TARGET / path.name)
    ARRIVED.rmdir()`;
