import type { TenantCatalogue } from '../../src/catalogue';
import type { AnswerStream } from '../../src/http/answer-stream';
import type { Caller } from '../../src/identity/caller';
import { Subscriptions } from '../../src/mcp/subscriptions';

const ALICE = { userId: 'alice', email: 'alice@example.com' } as Caller;
const BOB = { userId: 'bob', email: 'bob@example.com' } as Caller;
const BOTH = { toolsListChanged: true, resourcesListChanged: true };

let lists: Map<string, Partial<TenantCatalogue>>;
let subscriptions: Subscriptions;

beforeEach(() => {
  lists = new Map([
    ['a', { toolsJson: '{"name":"a_x"}', resourcesJson: '{"uri":"x:"}' }],
    ['b', { toolsJson: '{"name":"b_x"}' }],
    ['hidden', { toolsJson: '{"name":"hidden_x"}' }],
  ]);
  subscriptions = new Subscriptions({
    catalogues: { of: (id) => lists.get(id) as TenantCatalogue | undefined },
    tenantIds: () => [...lists.keys()].filter((id) => id !== 'hidden'),
  });
});

/** What a listener is sent, by method; `end` last. */
function listen(notifications: object, caller = ALICE): string[] {
  const sent: string[] = [];
  const stream = {
    canStream: true,
    signal: { addEventListener: () => {} },
    send: (text: string) => sent.push(JSON.parse(text).method),
    end: () => sent.push('end'),
  };
  const request = { id: 1, method: 'subscriptions/listen', params: { notifications } };
  subscriptions.listen(caller, {}, request as never, stream as unknown as AnswerStream);
  return sent;
}

describe('a listener', () => {
  test('is told of the lists that it can see and that are other ones, once', () => {
    const sent = listen(BOTH);
    lists.set('b', { toolsJson: '{"name":"b_y"}' });
    for (let pass = 0; pass < 2; pass++) subscriptions.catalogueChanged();
    expect(sent).toEqual(['notifications/subscriptions/acknowledged', 'notifications/tools/list_changed']);
    lists.set('a', { toolsJson: '{"name":"a_x"}', resourceTemplatesJson: '{"uri":"x:"}' });
    subscriptions.catalogueChanged();
    expect(sent.slice(2)).toEqual(['notifications/resources/list_changed']);
  });

  test('is not told of lists that it cannot see, nor of a tenant that offers nothing', () => {
    const sent = listen(BOTH);
    lists.set('hidden', { toolsJson: '{"name":"hidden_y"}' });
    lists.set('c', { toolsJson: '' });
    subscriptions.catalogueChanged();
    expect(sent).toHaveLength(1);
  });

  test('is looked at only when it may see the tenant that changed', () => {
    const [sent, read] = [listen(BOTH), jest.spyOn(lists, 'get')];
    lists.set('b', { toolsJson: '{"name":"b_y"}' });
    subscriptions.catalogueChanged('hidden');
    expect(read).not.toHaveBeenCalled();
    expect(sent).toHaveLength(1);
    subscriptions.catalogueChanged('b');
    expect(sent.slice(1)).toEqual(['notifications/tools/list_changed']);
  });

  test('of a gateway that drains is sent away at once', () => {
    const before = listen(BOTH);
    subscriptions.close();
    expect(before.at(-1)).toBe('end');
    expect(listen(BOTH)).toEqual(['notifications/subscriptions/acknowledged', 'end']);
    expect(subscriptions.size).toBe(0);
  });

  test('is the last one of sixteen for one user, who leaves room for others', () => {
    for (let opened = 0; opened < 16; opened++) listen(BOTH);
    expect(() => listen(BOTH)).toThrow('Too many open subscriptions');
    expect(listen(BOTH, BOB)).toEqual(['notifications/subscriptions/acknowledged']);
  });
});
