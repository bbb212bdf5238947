import { isMainThread } from 'node:worker_threads';
import { VERSION } from '../../../constructs/version';
import { type Program, runProgram } from '../../runtime/program';
import { startService } from './service';
import { SETTINGS, settingFaults } from './settings';
import { serveDatabase } from './store/database-thread';
import { MAKE_DATABASE, makeDatabase } from './store/embedded';

const program: Program<typeof SETTINGS> = {
  name: 'claude-service',
  version: VERSION,
  purpose: 'long-running Claude sessions, one for each user and chat, behind an OpenAI-compatible API',
  variables: SETTINGS,
  commands: {
    [MAKE_DATABASE]: {
      summary: 'Makes the embedded database in the folder that follows. The service does so itself.',
      async run([folder]) {
        await makeDatabase(folder);
        return 0;
      },
    },
  },
  check: settingFaults,
  start: startService,
};

if (isMainThread) void runProgram(program);
else serveDatabase();
