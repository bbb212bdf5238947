import { Platform, UserRole } from '../constructs';
import type { Environment } from '../synth/environment';
import { OWNER, PHASE_TWO_PLACEHOLDERS, phaseOneOpenWebUi, phaseTwoOnKind } from './phases';

export const phase2Kind: Environment = {
  name: 'phase2-kind',
  description:
    "The second plan's phase 2 on kind, in the place of phase 1: sign-in by OpenID Connect, Claude sessions through LiteLLM.",
  placeholders: PHASE_TWO_PLACEHOLDERS,
  workspace: {
    namespace: { name: 'openwebui' },
    platform: Platform.kind({ storageClass: 'standard' }),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { defaultRole: UserRole.USER },
      ownerEmail: OWNER,
      adminEmail: OWNER,
      edge: { host: 'openwebui.local', tls: false },
    },
    ...phaseTwoOnKind,
  },
};
