import { type ChildProcess, spawn } from 'node:child_process';
import { environment, FLOOD, LAST_WORDS_MS, startOf } from './command-start';
import { KeptOutput } from './kept-output';
import { killTagged, newTag, retire } from './process-tag';
import { type Command, CommandEnd, type CommandResult, WorkspaceError } from './workspace';

/** Time for the last output of a command that has ended. Unit: milliseconds. */
const LAST_OUTPUT_MS = 200;

/** Runs a command as a process group of its own and waits until nothing of it is left. */
export async function runLocally(root: string, command: Command, signal: AbortSignal): Promise<CommandResult> {
  signal.throwIfAborted();
  const tag = newTag();
  const [program, ...args] = startOf(command, tag);
  let child: ChildProcess | undefined;
  try {
    child = spawn(program, args, {
      cwd: command.folder ?? root,
      detached: true,
      env: environment(root),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return await watch(child, command, signal);
  } finally {
    if (child) killGroup(child, 'SIGKILL');
    retire(tag);
    await killTagged();
  }
}

function watch(child: ChildProcess, command: Command, signal: AbortSignal): Promise<CommandResult> {
  const stdout = new KeptOutput(command.outputLimit);
  const stderr = new KeptOutput(command.outputLimit);
  return new Promise((resolve, reject) => {
    let end = CommandEnd.EXITED;
    let killing: NodeJS.Timeout | undefined;
    const stop = (why: CommandEnd) => {
      if (killing === undefined) {
        end = why;
        killGroup(child, 'SIGTERM');
        killing = setTimeout(() => killGroup(child, 'SIGKILL'), LAST_WORDS_MS);
      }
    };
    const cancel = () => stop(CommandEnd.CANCELLED);
    const timer = setTimeout(() => stop(CommandEnd.TIMED_OUT), command.timeoutMs);
    signal.addEventListener('abort', cancel, { once: true });
    const collect = (output: KeptOutput) => (chunk: Buffer) => {
      output.add(chunk);
      if (output.total > FLOOD) {
        stop(CommandEnd.FLOODED);
      }
    };
    child.stdout?.on('data', collect(stdout));
    child.stderr?.on('data', collect(stderr));
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(killing);
      signal.removeEventListener('abort', cancel);
    };
    child.once('error', (error) => {
      settle();
      reject(new WorkspaceError(`the command could not start: ${error.message}`));
    });
    child.once('exit', async (code) => {
      settle();
      // What it left running holds the pipes open.
      killGroup(child, 'SIGKILL');
      await closed(child);
      resolve({
        stdout: stdout.bytes(),
        stderr: stderr.bytes(),
        exitCode: code ?? undefined,
        end,
        omitted: stdout.omitted,
      });
    });
  });
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, LAST_OUTPUT_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // Nothing of the group is left.
  }
}
