import { Size } from 'cdk8s';
import { type ContainerResources, Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Component, type ComponentDefaults, type ComponentProps } from '../../constructs/platform/component';
import { OneOffJob, type OneOffJobDefaults } from '../../constructs/platform/one-off-job';
import type { WorkloadProps } from '../../constructs/platform/workload';

export const RESOURCES: ContainerResources = {
  cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(128), limit: Size.mebibytes(256) },
  ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
};

/** The smallest long-running program: what it renders comes from the base alone. */
export class Program extends Component {
  constructor(scope: Construct, id: string, props: ComponentProps = {}, defaults: Partial<ComponentDefaults> = {}) {
    super(scope, id, props, {
      program: 'program',
      propsStruct: 'ComponentProps',
      image: 'registry.example/program:1.0.0',
      resources: RESOURCES,
      ...defaults,
    });
    this.addPort('http', 8000);
  }
}

/** The smallest job. */
export class Task extends OneOffJob {
  constructor(scope: Construct, id: string, props: WorkloadProps = {}, defaults: Partial<OneOffJobDefaults> = {}) {
    super(scope, id, props, { program: 'task', propsStruct: 'WorkloadProps', ...defaults });
    this._addJob({ name: 'task', image: 'registry.example/task:1.0.0', resources: RESOURCES }, props);
  }
}
