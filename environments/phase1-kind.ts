import { Platform } from '../constructs';
import type { Environment } from '../synth/environment';
import { directModels } from './models';
import { OWNER, phaseOneLiteLlm, phaseOneOpenWebUi } from './phases';

export const phase1Kind: Environment = {
  name: 'phase1-kind',
  description: "The second plan's phase 1: Open WebUI and LiteLLM on kind, one replica each, no sign-in.",
  placeholders: {
    [OWNER]: 'the administrator',
  },
  workspace: {
    // Room for phase 2's programs, which are still there on the way back.
    namespace: { name: 'openwebui', quotaHeadroom: 150 },
    platform: Platform.kind({ storageClass: 'standard' }),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { enabled: false },
      // For the way back from phase 2: the chats are the unnamed user's again.
      ownerEmail: OWNER,
      edge: { host: 'openwebui.local', tls: false },
    },
    liteLlmGateway: { ...phaseOneLiteLlm, models: directModels },
    backup: {},
  },
};
