export function propsErrors(_struct: string, _value: unknown): string[] { return []; }
