const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** One message of an upstream. Models read far less; images and files as base64 need some MiB. */
export const MAX_ANSWER_BYTES = 16 * MEBIBYTE;
/** One page of a list, whose entries are kept in memory for as long as the tenant exists. */
export const MAX_LIST_PAGE_BYTES = 4 * MEBIBYTE;
/** JSON text of one list that is kept; the catalogue is stricter still. */
export const MAX_LIST_CHARACTERS = 4 * MEBIBYTE;
/** All messages of one call together, progress included: a stream that never ends must end somewhere. */
export const MAX_STREAM_BYTES = 64 * MEBIBYTE;
/** Body of a refusal, of which only the JSON-RPC error is read. */
export const MAX_REFUSAL_BYTES = 64 * KIBIBYTE;
/** Within a cluster a connection takes milliseconds; 5 s leave room for two lost SYN packets (1 s and 2 s). */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Idle connections are kept for a chat's next question; most servers close theirs sooner and say so. */
export const KEEP_ALIVE_MS = 30_000;
/** Time to a server's answer about itself; a start-up storm of all tenants must not last a call's whole time-out. */
export const DISCOVERY_TIMEOUT_MS = 15_000;
/** How long an answered stream may stay open before the connection is given up. */
export const STREAM_END_GRACE_MS = 1_000;
/** A session that no call used for so long is ended at the upstream: longer than a person thinks between two turns. */
export const SESSION_IDLE_MS = 10 * 60_000;
/** Sessions of one tenant: the oldest idle one makes room. */
export const MAX_SESSIONS = 1_000;
/** A call that waits so long for its turn is told that the upstream is busy, while the user still looks at the screen. */
export const MAX_QUEUE_WAIT_MS = 5_000;
/** What a person may take to answer a question of the upstream: the longest `timeout_ms` there is. */
export const MAX_REPLY_WAIT_MS = 900_000;
/** Pages of one list, and entries of all pages together: a hostile upstream gives a next cursor for ever. */
export const MAX_LIST_PAGES = 100;
export const MAX_LIST_ENTRIES = 2_000;
