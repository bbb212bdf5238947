import { isMainThread } from 'node:worker_threads';
import { VERSION } from '../../../constructs/version';
import { type Program, runProgram } from '../../runtime/program';
import { startService } from './service';
import { SETTINGS, settingFaults } from './settings';
import { serveDatabase } from './store/database-thread';
import { MAKE_DATABASE } from './store/embedded';
import { makeDatabaseCommand } from './store/make-database-command';

const program: Program<typeof SETTINGS> = {
  name: 'claude-service',
  version: VERSION,
  purpose: 'long-running Claude sessions, one for each user and chat, behind an OpenAI-compatible API',
  variables: SETTINGS,
  commands: { [MAKE_DATABASE]: makeDatabaseCommand },
  check: settingFaults,
  start: startService,
};

if (isMainThread) void runProgram(program);
else serveDatabase();
