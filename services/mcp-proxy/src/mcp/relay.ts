import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../upstream/upstream';

/** What one replica tells another: small JSON objects. */
export type RelayMessage = JsonObject;

/**
 * Carries messages between the replicas of the gateway: a client's answer to a question, or a cancellation, may arrive
 * at another replica than the one where the call runs.
 */
export interface Relay {
  /** Name of this replica; part of the ids that it gives to clients. */
  readonly replica: string;
  /** Tells one replica; a message to a replica that is gone is lost. */
  send(replica: string, message: RelayMessage): void;
  /** Tells all others. */
  broadcast(message: RelayMessage): void;
  onMessage(listener: (message: RelayMessage) => void): void;
  close(): Promise<void>;
}

export function newReplicaName(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}

/** One replica alone: there is nobody to tell. */
export class NoRelay implements Relay {
  public readonly replica = newReplicaName();

  public send(): void {}

  public broadcast(): void {}

  public onMessage(): void {}

  public async close(): Promise<void> {}
}
