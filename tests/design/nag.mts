// Judges a written CDK app with cdk-nag: what it finds beyond what is accepted ends it. Run in the folder of the app.
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { WorkflowStack } = await import(pathToFileURL(join(process.cwd(), 'lib/workflow-stack.ts')).href);
const app = new App({ outdir: 'cdk.out' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
new WorkflowStack(app, 'Judged');
app.synth();
console.log(readFileSync('cdk.out/manifest.json').length > 0 ? 'judged' : 'nothing');
