/** The place of a value inside its object: grows and shrinks as the value is walked. */
export class FieldPath {
  private readonly steps: (string | number)[] = [];

  public push(step: string | number): void {
    this.steps.push(step);
  }

  public pop(): void {
    this.steps.pop();
  }

  /** The depth of nesting, 0 at the root. */
  public get depth(): number {
    return this.steps.length;
  }

  /** `spec.containers[0].env`, with `["app.kubernetes.io/name"]` for keys that are no words. */
  public toString(): string {
    return this.steps.reduce<string>((text, step) => text + joined(text, step), '');
  }
}

/** What a step adds to the path before it. */
export function joined(before: string, step: string | number): string {
  if (typeof step === 'number') {
    return `[${step}]`;
  }
  if (!/^[\w$-]+$/.test(step)) {
    return `[${JSON.stringify(step)}]`;
  }
  return before === '' ? step : `.${step}`;
}
