import type { Environment } from '../synth/environment';
import { aksProduction } from './aks-production';
import { phase1Kind } from './phase1-kind';
import { phase2Kind } from './phase2-kind';
import { phase2Openshift } from './phase2-openshift';
import { phase2Parallel } from './phase2-parallel';

/** Every environment that `npm run synth` renders. */
export const environments: readonly Environment[] = [
  aksProduction,
  phase1Kind,
  phase2Kind,
  phase2Openshift,
  phase2Parallel,
];
