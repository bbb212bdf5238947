import { environments } from './environments';
import { runSynth } from './synth/command';

process.exitCode = runSynth(environments, process.argv.slice(2), process.env);
