import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { Workload } from '../platform/workload';

/** Mounts the files of a job's program in a folder. */
export function mountScript(job: Workload, mountPath: string, files: { [name: string]: string }): void {
  const name = `${job.name}-script`;
  new ApiObject(job, 'Script', k8s.KubeConfigMap.manifest({ metadata: { name, labels: job.labels }, data: files }));
  job._pod.addMountedVolume({ name: 'script', configMap: { name } }, { mountPath, readOnly: true });
  // Another script is another job: the template, and with it the job's name, changes.
  for (const content of Object.values(files)) {
    job._pod.restartOnChangeOf(() => content);
  }
}
