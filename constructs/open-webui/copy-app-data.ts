import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-30';
import { resourceRequirements } from '../platform/quantity';

// Files on their way begin as a data copy's own do, which no archive takes along. No modes are set: on a share of SMB
// the files belong to root.
const COPY_APP_DATA = `
import os, pathlib, shutil, socket, time
def stop(error):
    raise error
source, target = pathlib.Path("/app/backend/data"), pathlib.Path("/data")
prefix = ".data-copy-from-image-"
arriving = target / (prefix + socket.gethostname())
for left in target.glob(prefix + "*"):
    try:
        if left == arriving or time.time() - left.lstat().st_mtime > 3600:
            left.unlink()
    except FileNotFoundError:
        pass
for folder, folders, files in os.walk(source, onerror=stop):
    for path in (pathlib.Path(folder, name) for name in folders + files):
        place = target / path.relative_to(source)
        if path.is_dir() and not path.is_symlink():
            place.mkdir(exist_ok=True)
        elif not os.path.lexists(place):
            shutil.copyfile(path, arriving, follow_symlinks=False)
            if not path.is_symlink():
                with open(arriving, "rb") as file:
                    os.fsync(file)
            if os.path.lexists(place):
                arriving.unlink()
            else:
                arriving.rename(place)
`.trim();

/**
 * Gives the volume what the image has in the folder that the volume covers: its models. A file appears whole or not at
 * all, because pods that start together share the volume, and any of them may be stopped; what is there is left alone.
 */
export function copyAppData(image: string, subPath?: string): k8s.Container {
  return {
    name: 'copy-app-data',
    image,
    command: ['python3', '-c', COPY_APP_DATA],
    resources: resourceRequirements({
      cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
      ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
    }),
    volumeMounts: [{ name: 'data', mountPath: '/data', subPath }],
  };
}
