/** Input of a tool that is not as its schema says; the message is for the model. */
export class InputError extends Error {}

/** The input of a call, field by field. The API does not promise that a model keeps to the schema. */
export class ToolInput {
  private readonly fields: { readonly [name: string]: unknown };

  constructor(input: unknown) {
    this.fields = input !== null && typeof input === 'object' ? (input as ToolInput['fields']) : {};
  }

  /** Error: `InputError` where it is missing, no text, or empty. */
  public text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value === '') {
      throw new InputError(`${name} is missing: write it as a text`);
    }
    return value;
  }

  /** May be empty. Error: `InputError` where it is no text. */
  public optionalText(name: string): string | undefined {
    const value = this.fields[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string') {
      throw new InputError(`${name} is no text: write it as one`);
    }
    return value;
  }

  public flag(name: string): boolean {
    return this.fields[name] === true;
  }

  /** Error: `InputError` where it is no whole number of at least `least`. */
  public optionalNumber(name: string, least: number): number | undefined {
    const value = this.fields[name] ?? undefined;
    if (value !== undefined && !(Number.isSafeInteger(value) && Number(value) >= least)) {
      throw new InputError(`${name} is no whole number of at least ${least}`);
    }
    return value as number | undefined;
  }
}
