#!/usr/bin/env bash
# The stacks of `npm run infra` under a real Terraform, checkov and cdktn, without Azure. What cannot be had on this
# machine is said in one line, and the rest still runs.
set -euo pipefail
cd "$(dirname "$0")/../.."

terraform=$(bash .ci/install-terraform.sh)
providers=$(bash .ci/install-azurerm.sh)
checkov=$(bash .ci/install-checkov.sh) || checkov=
cdktn=$(bash .ci/install-cdktn.sh) || cdktn=
node e2e/azure/run.mjs --terraform "$terraform" --stand-in "$(sed -n 1p <<< "$providers")" \
  --azurerm5 "$(sed -n 2p <<< "$providers")" --checkov "$checkov" --cdktn "$cdktn"
