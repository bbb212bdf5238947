import { compileTenants, type TenantPolicy } from '../../constructs/tenants';
import type { Check, CheckContext } from '../check';
import { type Finding, failed, judged, passed, unchecked } from '../finding';
import { findGateway, type Gateway, GatewayCalls, type ShownTool } from '../gateway';
import { NoAccess } from '../kubernetes/pod-access';
import { type TriedUser, usersOf } from '../tried-users';

/** Exists at no server, so that a call that should have been denied would do nothing. */
const NO_TOOL = 'verify-no-such-tool';

/** Whether each user of the gateway sees the tools of their tenants and no others. */
export const isolation: Check = {
  name: 'isolation',
  about: 'at the gateway, users see the tools of their own tenants only, and are denied the others; admins see all',
  async *run(context) {
    const gateway = findGateway(context.rendered);
    if (!gateway) {
      yield passed('tenants', 'this environment renders no gateway');
      return;
    }
    try {
      const calls = await GatewayCalls.open(context, gateway);
      if (typeof calls === 'string') yield unchecked('gateway', calls);
      else yield* asUsers(context, gateway, calls);
    } catch (error) {
      if (!(error instanceof NoAccess)) throw error;
      yield unchecked('gateway', error.message);
    }
  },
};

async function* asUsers(context: CheckContext, gateway: Gateway, calls: GatewayCalls): AsyncGenerator<Finding> {
  yield* strangers(calls);
  const policy = compileTenants(gateway.tenants, { adminRoles: [gateway.adminRole] });
  const admin: TriedUser = { email: 'verify-admin@verify.invalid', groups: [], role: gateway.adminRole };
  const { status, tools } = await calls.list(admin);
  if (status !== 200) {
    yield failed('admin', `the gateway answers ${status} to a user with the role ${admin.role}`);
    return;
  }
  const wanted = policy.tenantsOf(admin);
  const silent = wanted.filter((tenant) => !tools.some((tool) => tool.tenant === tenant));
  yield judged(
    'admin',
    silent.length > 0 ? [`no tool is listed of ${silent.join(', ')}: does its server answer?`] : [],
    `sees all ${tools.length} tools of ${wanted.join(', ')}`,
  );
  for (const user of usersOf(gateway.tenants, context.users)) yield* asUser(policy, calls, user, wanted, tools);
}

async function* asUser(
  policy: TenantPolicy,
  calls: GatewayCalls,
  user: TriedUser,
  tenants: readonly string[],
  all: readonly ShownTool[],
): AsyncGenerator<Finding> {
  const own = policy.tenantsOf(user);
  const subject = `${user.email} (${user.groups.join(', ') || 'no group'})`;
  const { status, tools } = await calls.list(user);
  if (status !== 200) {
    yield failed(subject, `the gateway answers ${status} to the list of tools`);
    return;
  }
  const foreign = tools.filter(({ tenant }) => !own.includes(tenant));
  const missing = all.filter(({ tenant, name }) => own.includes(tenant) && !tools.some((tool) => tool.name === name));
  yield judged(
    subject,
    [
      ...(foreign.length > 0 ? [`sees tools of others: ${foreign.map(({ name }) => name).join(', ')}`] : []),
      ...(missing.length > 0 ? [`does not see ${missing.map(({ name }) => name).join(', ')}`] : []),
    ],
    `sees the ${tools.length} tools of ${own.join(', ') || 'no tenant'} only`,
  );
  for (const tenant of tenants.filter((one) => !own.includes(one))) {
    const answer = await calls.call(user, `${tenant}_${NO_TOOL}`);
    const denied = answer.status === 403 && answer.body.includes('Access Denied');
    yield judged(
      `${subject} at ${tenant}`,
      denied ? [] : [`is not denied: ${answer.status} ${answer.body.slice(0, 80)}`],
      'is denied: Access Denied',
    );
  }
}

/** Whoever cannot prove who they are. */
async function* strangers(calls: GatewayCalls): AsyncGenerator<Finding> {
  const without = await calls.listWithoutKey();
  yield judged('without the key', without === 401 ? [] : [`the gateway answers ${without}, not 401`], 'is refused');
  const forged = await calls.listWithForgedHeaders();
  const refused = forged.status >= 400 || forged.tools.length === 0;
  yield judged(
    'with unsigned user headers',
    refused ? [] : [`sees ${forged.tools.length} tools: is TRUST_PLAIN_USER_HEADERS on?`],
    forged.status >= 400 ? 'is refused' : 'sees nothing',
  );
}
