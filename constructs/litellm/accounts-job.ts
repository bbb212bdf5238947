import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { Component } from '../platform/component';
import { OneOffJob } from '../platform/one-off-job';
import type { SecretKey } from '../platform/secrets';
import type { WorkloadProps } from '../platform/workload';
import { budgetFields, type LiteLlmBudget, type LiteLlmRateLimit } from './model';

/** What a gateway tells the job that writes its accounts. */
export interface LiteLlmAccountsJobProps extends WorkloadProps {
  readonly gateway: Component;
  readonly masterKey: SecretKey;
  readonly clientKey: SecretKey;
  /** @default - any amount */
  readonly userBudget?: LiteLlmBudget;
  /** @default - any number */
  readonly userLimit?: LiteLlmRateLimit;
}

/** The row of the database that holds the limits of every person. */
export const USER_LIMITS_ID = 'workspace-user';
/** The name of the clients' key in the database. */
const CLIENT_KEY_ALIAS = 'workspace';

/** Standard library only: it runs in LiteLLM's image. Run again, it ends in the same state. */
const SCRIPT = `
import json, os, sys, time, urllib.error, urllib.request

def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"], "content-type": "application/json"}
    request = urllib.request.Request(os.environ["GATEWAY_URL"] + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")[:500]
    except (OSError, ValueError) as error:
        return 0, str(error)

def demand(path, body):
    status, answer = call(path, body)
    if status != 200:
        sys.exit(f"{path} answered {status}: {answer}")
    print(f"{path}: done", flush=True)
    return answer

client_key = os.environ["LITELLM_CLIENT_KEY"]
if not client_key.startswith("sk-"):
    sys.exit("LITELLM_CLIENT_KEY must begin with sk-, LiteLLM takes no other keys: write a new value into the Secret")

for attempt in range(120):
    if call("/health/readiness")[0] == 200:
        break
    time.sleep(5)

limits = json.loads(os.environ["USER_LIMITS"])
stored = demand("/budget/info", {"budgets": [limits["budget_id"]]})
# An update begins the period anew, so it must change something.
if not stored or any(stored[0].get(field) != value for field, value in limits.items()):
    demand("/budget/update" if stored else "/budget/new", limits)

key = {"key": client_key, "key_alias": os.environ["CLIENT_KEY_ALIAS"]}
if call("/key/update", key)[0] != 200:
    # The alias may still belong to the key from before a rotation.
    call("/key/delete", {"key_aliases": [key["key_alias"]]})
    demand("/key/generate", {**key, "key_type": "llm_api"})
`.trim();

/** Writes what LiteLLM keeps in its database and reads from no file: the limits of a person and the clients' key. */
export class LiteLlmAccountsJob extends OneOffJob {
  constructor(scope: Construct, id: string, props: LiteLlmAccountsJobProps) {
    super(scope, id, props, { program: 'litellm-accounts', propsStruct: 'LiteLlmAccountsJobProps' });
    this._pod.env.setSecret('LITELLM_MASTER_KEY', props.masterKey);
    this._pod.env.setSecret('LITELLM_CLIENT_KEY', props.clientKey);
    this._pod.env.setAll({
      GATEWAY_URL: props.gateway.url(),
      CLIENT_KEY_ALIAS,
      USER_LIMITS: JSON.stringify(userLimits(props)),
      HOME: '/tmp',
    });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '16Mi' });
    this.connectTo(props.gateway, 'http', 'accounts');
    this._addJob(
      {
        name: 'accounts',
        image: props.image ?? '',
        command: ['python', '-c', SCRIPT],
        resources: {
          cpu: { request: Cpu.millis(10), limit: Cpu.millis(200) },
          memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
          ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
        },
      },
      props,
    );
  }
}

/** What is not limited is said as null, so that a limit that is taken away goes from the database too. */
function userLimits({ userBudget, userLimit }: LiteLlmAccountsJobProps): object {
  return {
    budget_id: USER_LIMITS_ID,
    max_budget: null,
    budget_duration: null,
    ...budgetFields(userBudget),
    rpm_limit: userLimit?.requestsPerMinute ?? null,
    tpm_limit: userLimit?.tokensPerMinute ?? null,
  };
}
