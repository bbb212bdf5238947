import { runVerify } from './command.js';
import { connect } from './kubernetes/kubeconfig.mjs';

runVerify(process.argv.slice(2), connect).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exitCode = 1;
  },
);
