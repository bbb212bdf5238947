import { azureEnvironments } from '../../environments/azure';
import { runInfra } from '../../synth/run-infra';
import { rich, small } from '../../test/azure/samples';

// As `npm run infra`, with the samples of the unit tests besides: what an environment can be, from least to most.
process.exitCode = runInfra([...azureEnvironments, small, rich], process.argv.slice(2), process.env);
