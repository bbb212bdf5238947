import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');

/** Loads the tool as Open WebUI does, by executing its text, and prints what each call returns as a JSON array. */
const RUNNER = `
import asyncio, json, os, sys
module = {}
exec(open(os.environ["TOOL"], encoding="utf-8").read(), module)
plan = json.loads(os.environ["PLAN"])
tools = module["Tools"]()
tools.valves = tools.Valves(**plan["valves"])
async def run():
    injected = {"__user__": plan["user"], "__metadata__": {"chat_id": "chat-1"}, "__request__": None}
    return [await getattr(tools, name)(**arguments, **injected) for name, arguments in plan["calls"]]
print(json.dumps(asyncio.run(run())))
`;

/** One call of the model. */
export type BridgeCall = readonly [
  'mcp_list_tools' | 'mcp_execute' | 'mcp_tenants',
  { readonly [name: string]: unknown },
];

/** What Open WebUI gives the tool. */
export interface BridgePlan {
  readonly valves: { readonly [name: string]: unknown };
  readonly user: { readonly [name: string]: string } | null;
  readonly calls: readonly BridgeCall[];
}

/** The Python that has what Open WebUI ships; installed once into the user's cache. */
export function bridgePython(): string {
  return execFileSync(path.join(ROOT, '.ci/install-bridge-python.sh'), { encoding: 'utf8' }).trim();
}

/** Runs calls of the bridge and returns what the model would read. */
export async function runBridge(
  python: string,
  plan: BridgePlan,
  variables: { readonly [name: string]: string },
): Promise<string[]> {
  const child = spawn(python, ['-c', RUNNER], {
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: path.join(__dirname, 'open-webui-stand-in'),
      PYTHONDONTWRITEBYTECODE: '1',
      TOOL: path.join(ROOT, 'open-webui-functions/mcp_proxy_bridge.py'),
      PLAN: JSON.stringify(plan),
      ...variables,
    },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output);
}
