import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type FolderWatch, watchFolder } from './watched-folder';

/** A secret that may change while the program runs. */
export interface SecretSource {
  /** What it is now. Cheap: nothing is read. `undefined` while its file is missing or empty. */
  value(): string | undefined;
  /** Calls back after each change of the value. */
  onChange(listener: () => void): void;
  /** Stops looking for changes. */
  close(): void;
}

/** A secret from an environment variable, which never changes. */
export class FixedSecret implements SecretSource {
  constructor(private readonly text: string) {}

  public value(): string {
    return this.text;
  }

  public onChange(): void {}

  public close(): void {}
}

/** How a secret's file is followed. */
export interface FileSecretOptions {
  /**
   * Keep the last value when the file goes away or becomes empty, for a secret that the program cannot be without.
   *
   * @default false
   */
  readonly keepLast?: boolean;
}

/**
 * A secret in a file. One newline at the end is not part of it. The file is read again after each change in its
 * folder: Kubernetes swaps the link `..data`, so the file itself is never written to.
 */
export class FileSecret implements SecretSource {
  private current: string | undefined;
  private readonly listeners: (() => void)[] = [];
  private readonly watch: FolderWatch;

  constructor(
    private readonly path: string,
    private readonly options: FileSecretOptions = {},
  ) {
    const name = basename(path);
    this.watch = watchFolder(dirname(path), () => this.readAgain(), { only: (file) => file === name });
    this.current = this.read();
  }

  public value(): string | undefined {
    return this.current;
  }

  public onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  public close(): void {
    this.watch.close();
  }

  private readAgain(): void {
    const next = this.read();
    if (next === this.current || (next === undefined && this.options.keepLast)) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }

  private read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8').replace(/\r?\n$/, '') || undefined;
    } catch {
      return undefined;
    }
  }
}
