// Synthesizes the CDK apps of folders, which has cdk-nag judge them, and runs their tests, all in one process: the library is
// read once, not once a folder.
//
//   node --import tsx cdk.mts FOLDER...    each FOLDER holds cdk/; templates come to FOLDER/cdk/cdk.out
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const load = (file: string) => import(pathToFileURL(resolve(file)).href);

for (const folder of process.argv.slice(2).map((folder) => resolve(folder, 'cdk'))) {
  // As the CDK's own program starts it: in its folder, which names the definition, and with its output in a variable.
  process.chdir(folder);
  process.env['CDK_OUTDIR'] = resolve('cdk.out');
  const before = process.listeners('beforeExit');
  await load('bin/app.ts');
  delete process.env['CDK_OUTDIR'];
  // An app synthesizes when its process ends; all of them shall, whatever one of them says.
  for (const synth of process.listeners('beforeExit').filter((listener) => !before.includes(listener))) {
    process.removeListener('beforeExit', synth);
    try {
      synth(0);
    } catch (error) {
      console.error(`${folder}: ${error}`);
      process.exitCode = 1;
    }
  }
  await load('test/workflow.test.ts');
}
