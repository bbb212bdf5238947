import fc from 'fast-check';
import {
  DEFAULT_MAX_FILE_BYTES,
  loadTenants,
  renderTenants,
  splitTenants,
  type Tenant,
} from '../../constructs/tenants';
import { anyTenant, anyTenants } from './any-tenants';

function employeeTenants(count: number): Tenant[] {
  return Array.from({ length: count }, (_, i) => ({
    tenantId: `team-${String(i).padStart(5, '0')}`,
    displayName: `Team ${i}`,
    mcpEndpoint: `http://mcp-team-${i}:8000/mcp`,
    allowedUsers: [`*@team-${i}.company.com`],
    allowedGroups: [`team-${i}`],
    credential: { key: `TEAM_${i}_TOKEN` },
  }));
}

const contents = (tenants: Tenant[], maxBytes?: number) =>
  new Map(splitTenants(tenants, maxBytes).map(({ name, text }) => [name, text]));

describe('tenants over several files', () => {
  test('are one file while they fit, the same text as unsplit', () => {
    const tenants = employeeTenants(100);
    expect(splitTenants(tenants)).toEqual([{ name: 'tenants.json', text: renderTenants(tenants) }]);
    expect(splitTenants([])).toEqual([{ name: 'tenants.json', text: '{}\n' }]);
    const exactly = Buffer.byteLength(renderTenants(tenants));
    expect(splitTenants(tenants, exactly)).toHaveLength(1);
    expect(splitTenants(tenants, exactly - 1).map(({ name }) => name)).toEqual(['tenants-0.json', 'tenants-1.json']);
  });

  test('are all there, each file within the limit, and the same whatever order they came in', () => {
    fc.assert(
      fc.property(anyTenants, fc.integer({ min: 2_500, max: 6_000 }), (tenants, maxBytes) => {
        const files = splitTenants(tenants, maxBytes);
        for (const { text } of files) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
        expect(splitTenants([...tenants].reverse(), maxBytes)).toEqual(files);
        const loaded = loadTenants(files);
        expect(loaded.errors).toEqual([]);
        expect(renderTenants(loaded.tenants)).toBe(renderTenants(tenants));
      }),
    );
  });

  test('stay where they are when one more comes: only its own file changes, or becomes two', () => {
    const before = employeeTenants(60);
    const maxBytes = 4_000;
    const old = contents(before, maxBytes);
    fc.assert(
      fc.property(anyTenant, (added) => {
        const now = contents([added, ...before], maxBytes);
        const gone = [...old.keys()].filter((name) => !now.has(name));
        const fresh = [...now.keys()].filter((name) => !old.has(name));
        const changed = [...old.keys()].filter((name) => now.has(name) && now.get(name) !== old.get(name));
        expect(gone.length + changed.length).toBeLessThanOrEqual(1);
        for (const name of fresh) {
          const parent = gone[0]?.replace('.json', '');
          expect(parent === undefined || name.startsWith(parent)).toBe(true);
        }
        const home = [...now].filter(([, text]) => text.includes(`"tenant_id": ${JSON.stringify(added.tenantId)}`));
        expect(home).toHaveLength(1);
      }),
    );
  });

  test('are spread evenly although their ids are alike', () => {
    const sizes = [...contents(employeeTenants(4_000)).values()].map((text) => text.length);
    expect(Math.min(...sizes)).toBeGreaterThan(DEFAULT_MAX_FILE_BYTES / 3);
  });

  test('can be applied by kubectl, which writes the whole object into an annotation of 262,144 bytes', () => {
    const wordy = employeeTenants(2_000).map((tenant) => ({
      ...tenant,
      displayName: 'R & D "<lab>" '.repeat(2).trim(),
    }));
    const files = splitTenants(wordy);
    expect(files.length).toBeGreaterThan(1);
    for (const { text } of files) {
      const annotation = JSON.stringify(text).replace(/[<>&]/g, '\\u003c');
      expect(Buffer.byteLength(annotation)).toBeLessThan(262_144 - 4_096);
    }
  });

  test('10,000 of them are rendered, split, read back and checked', () => {
    const tenants = employeeTenants(10_000);
    const files = splitTenants(tenants);
    expect(files.length).toBeGreaterThan(10);
    const loaded = loadTenants(files);
    expect(loaded.errors).toEqual([]);
    expect(loaded.tenants).toHaveLength(10_000);
  });

  test('one that is larger than a file is named', () => {
    const crowd = Array.from({ length: 10_000 }, (_, i) => `employee-${i}@company.com`);
    const [first, ...others] = employeeTenants(3);
    expect(() => splitTenants([...others, { ...(first as Tenant), allowedUsers: crowd }])).toThrow(
      /^tenant "team-00000": its entry needs 3\d{5} bytes, a file may have 163840: write domains and groups instead/,
    );
  });
});
