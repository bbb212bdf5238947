export { BreakerState } from './circuit-breaker';
export type { UpstreamHooks, UpstreamLog } from './hooks';
export {
  FailureKind,
  type JsonObject,
  type JsonRpcError,
  ProtocolEra,
  type Upstream,
  type UpstreamAnswer,
  UpstreamFailure,
  type UpstreamMessage,
  type UpstreamOffer,
  type UpstreamRequest,
} from './upstream';
export { createUpstream, type UpstreamOptions, UpstreamSet } from './upstream-set';
