import { azureEnvironments } from './environments/azure';
import { runInfra } from './synth/run-infra';

process.exitCode = runInfra(azureEnvironments, process.argv.slice(2), process.env);
