import { FOLDER_ARCHIVE } from './folder-archive';

/**
 * The program of the export job. It reads the data folder, never writes there, and hands one archive to one caller.
 * Standard library only: it runs in Open WebUI's image.
 */
export const EXPORT_SCRIPT = `"""Copies a data folder while its program runs, and hands the copy to one caller."""

import hashlib
import hmac
import http.server
import os
import pathlib
import shutil
import sqlite3
import sys
import tarfile
import threading
import time

DATA = pathlib.Path(os.environ["DATA_PATH"])
SCRATCH = pathlib.Path(os.environ["SCRATCH_PATH"])
TOKEN = os.environ["DATA_COPY_TOKEN"]
PORT = int(os.environ["PORT"])

ARCHIVE = SCRATCH / "data.tar.gz"

${FOLDER_ARCHIVE}


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 60
    digest = ""

    def answer(self, status, length=0):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Archive-Sha256", self.digest)
        self.end_headers()

    def knows_token(self):
        given = self.headers.get("Authorization", "").encode("latin-1")
        if hmac.compare_digest(given, f"Bearer {TOKEN}".encode()):
            return True
        self.answer(401)
        return False

    def do_GET(self):
        if self.path == "/ready":
            self.answer(200)
        elif self.path != "/archive":
            self.answer(404)
        elif self.knows_token():
            with open(ARCHIVE, "rb") as file:
                self.answer(200, ARCHIVE.stat().st_size)
                try:
                    shutil.copyfileobj(file, self.wfile)
                except OSError as error:
                    print(f"the transfer broke off ({error}), wait for the next", flush=True)

    def do_POST(self):
        if self.path != "/received":
            self.answer(404)
        elif self.knows_token():
            self.answer(204)
            print("the archive has arrived", flush=True)
            threading.Thread(target=self.server.shutdown).start()

    def log_message(self, format, *args):
        print(self.client_address[0], format % args, flush=True)


try:
    Handler.digest = write_archive()
except (OSError, sqlite3.Error) as error:
    sys.exit(f"the export stopped: {error}; the old data is as it was")
print(f"{ARCHIVE.stat().st_size} bytes, sha256 {Handler.digest}, wait for the import", flush=True)
http.server.ThreadingHTTPServer(("", PORT), Handler).serve_forever()
`;
