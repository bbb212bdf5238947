import fs from 'node:fs';
import { App, Chart, Yaml } from 'cdk8s';
import { Backup } from '../../constructs/backup';
import { DataCheck } from '../../constructs/backup/data-check';
import { ClaudeService } from '../../constructs/claude-service';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { WorkspaceNamespace } from '../../constructs/platform/namespace';

// Writes the backup of a release and its restores into a file, with the namespace around them.
// Usage: jobs.js <file>

const DATABASE = { host: 'pg.company.com', database: 'openwebui', user: 'webui' };

const chart = new Chart(new App(), 'chart', { namespace: 'openwebui', disableResourceNameHashes: true });
new WorkspaceNamespace(chart, 'namespace', { name: 'openwebui' }).attach(chart);
const claudeService = new ClaudeService(chart, 'claude-service', { database: { ...DATABASE, database: 'claude' } });
claudeService.useAnthropicApi();
const release = new OpenWebUiRelease(chart, 'openwebui', { database: DATABASE });
new Backup(chart, 'backup', { release, claudeService });
new DataCheck(chart, 'data-check', { claimName: 'openwebui-data-pvc', image: 'ghcr.io/open-webui/open-webui:0.12.4' });

fs.writeFileSync(process.argv[2], Yaml.stringify(...chart.toJson()));
