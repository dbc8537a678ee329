// Runs the cases of a file with aws-local-stepfunctions: node.js CACHE FILE PASSES. Waits and delays take no time.
const { createRequire } = require('node:module');
const path = require('node:path');
const fs = require('node:fs');

// It asks for Node.js 22, and needs this of it.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
};

const [cache, file, passes] = process.argv.slice(2);
const { StateMachine } = createRequire(path.join(path.resolve(cache), 'x.js'))('aws-local-stepfunctions');

/** Each state of a machine, with its name. */
function* states(scope) {
  for (const [name, state] of Object.entries(scope?.States ?? {})) {
    yield [name, state];
    for (const inner of [...(state.Branches ?? []), state.Iterator, state.ItemProcessor]) yield* states(inner);
  }
}

/** What each attempt of a Task is answered. */
function handler(answers) {
  let before = 0;
  return () => {
    const answer = answers[Math.min(before++, answers.length - 1)];
    if ('output' in answer) return answer.output;
    throw Object.assign(new Error(answer.cause ?? ''), { name: answer.error });
  };
}

async function run({ id, definition, input, mocks }) {
  const overrides = { taskResourceLocalHandlers: {}, waitTimeOverrides: {}, retryIntervalOverrides: {} };
  for (const [name, state] of states(definition)) {
    if (state.Type === 'Wait') overrides.waitTimeOverrides[name] = 0;
    if (state.Retry) overrides.retryIntervalOverrides[name] = 0;
    if (mocks?.[name]) overrides.taskResourceLocalHandlers[name] = handler(mocks[name]);
  }
  const context = { Execution: { Input: input, Name: 'run', StartTime: '1970-01-01T00:00:00.000Z' } };
  try {
    const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
    const output = await machine.run(input, { overrides, context }).result;
    return { id, status: 'SUCCEEDED', output };
  } catch (error) {
    return { id, status: 'FAILED', error: error.name };
  }
}

(async () => {
  const cases = JSON.parse(fs.readFileSync(file));
  let told = [];
  for (let pass = 0; pass < Number(passes); pass++) {
    told = [];
    for (const one of cases) told.push(await run(one));
  }
  process.stdout.write(JSON.stringify(told));
  process.exit(0);
})();
