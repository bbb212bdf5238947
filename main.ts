import { environments } from './environments';
import { deliveries } from './environments/gitops';
import { runSynth } from './synth/command';

process.exitCode = runSynth(environments, deliveries, process.argv.slice(2), process.env);
