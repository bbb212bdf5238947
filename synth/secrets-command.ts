import { environments } from '../environments';
import { runSecrets } from './run-secrets';

process.exitCode = runSecrets(environments, process.argv.slice(2), process.env);
