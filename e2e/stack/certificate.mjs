// A certificate of a day for a name, made with openssl.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function certificate(folder, host) {
  const keyFile = join(folder, `${host}.key`);
  const certificateFile = join(folder, `${host}.crt`);
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', ...form, '-keyout', keyFile, '-out', certificateFile, ...subject], {
    stdio: 'ignore',
  });
  return { keyFile, certificateFile };
}
