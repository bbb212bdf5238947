import type { Check } from '../check';
import { asRendered } from './as-rendered';
import { autoscaling } from './autoscaling';
import { certificates } from './certificates';
import { disruption } from './disruption';
import { edge } from './edge';
import { frontDoor } from './front-door';
import { health } from './health';
import { isolation } from './isolation';
import { migrations } from './migrations';
import { network } from './network';
import { podSecurity } from './pod-security';
import { pods } from './pods';
import { quota } from './quota';
import { secrets } from './secrets';
import { services } from './services';
import { volumes } from './volumes';

/** All checks, in the order in which a deployment comes to life: the first failures often explain the later ones. */
export const checks: readonly Check[] = [
  asRendered,
  secrets,
  volumes,
  pods,
  migrations,
  services,
  health,
  edge,
  certificates,
  frontDoor,
  autoscaling,
  disruption,
  quota,
  podSecurity,
  network,
  isolation,
];
