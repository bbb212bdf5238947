import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-30';
import { resourceRequirements } from '../platform/quantity';

/** Without sign-in the app works as this user. Source: Open WebUI's routers/auths.py, WEBUI_AUTH == False. */
const NOBODY = 'admin@localhost';

// The app looks an account up in any case, and signs in only the one whose address is in lower case.
const HAND_OVER = `
import os, pathlib, sqlite3
source, target = os.environ["FROM_EMAIL"].lower(), os.environ["TO_EMAIL"].lower()
database = pathlib.Path("/data/webui.db")
if database.exists():
    connection = sqlite3.connect(database)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if {"user", "auth"} <= tables:
        taken = connection.execute('SELECT 1 FROM "user" WHERE lower(email) = ?', (target,)).fetchone()
        with connection:
            for table in ("user", "auth"):
                known = target if taken else source
                connection.execute(f'UPDATE "{table}" SET email = ? WHERE lower(email) = ?', (target, known))
        print(f"{target} has an account already" if taken else f"{target} owns what {source} owned", flush=True)
    connection.close()
`.trim();

/**
 * Renames the one account of the app without sign-in to a person's address, so that somebody is administrator once
 * people sign in; or back again, for the way back. Runs before the app, on its SQLite file.
 */
export function handOver(image: string, ownerEmail: string, signedIn: boolean, subPath?: string): k8s.Container {
  return {
    name: 'hand-over',
    image,
    command: ['python3', '-c', HAND_OVER],
    env: [
      { name: 'FROM_EMAIL', value: signedIn ? NOBODY : ownerEmail },
      { name: 'TO_EMAIL', value: signedIn ? ownerEmail : NOBODY },
    ],
    resources: resourceRequirements({
      cpu: { request: Cpu.millis(10), limit: Cpu.millis(200) },
      memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
      ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(32) },
    }),
    volumeMounts: [{ name: 'data', mountPath: '/data', subPath }],
  };
}
