import { Platform, UserRole } from '../constructs';
import type { Environment } from '../synth/environment';
import { OWNER, PHASE_TWO_PLACEHOLDERS, phaseOneOpenWebUi, phaseTwoOnKind } from './phases';

export const phase2Parallel: Environment = {
  name: 'phase2-parallel',
  description:
    "The second plan's phase 2 beside phase 1, in a namespace of its own, with the jobs that copy phase 1's data.",
  placeholders: PHASE_TWO_PLACEHOLDERS,
  workspace: {
    namespace: { name: 'openwebui-prod' },
    platform: Platform.kind({ storageClass: 'standard' }),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { defaultRole: UserRole.USER },
      adminEmail: OWNER,
      // A host of its own until the validation is over; then phase 1 gives its name away.
      edge: { host: 'openwebui-prod.local', tls: false },
    },
    ...phaseTwoOnKind,
    dataCopy: {
      fromNamespace: 'openwebui',
      besidePods: { 'app.kubernetes.io/name': 'open-webui', 'app.kubernetes.io/instance': 'openwebui' },
      ownerEmail: OWNER,
    },
  },
};
