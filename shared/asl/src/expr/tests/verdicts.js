// Records what the reference implementation of JSONata says of expressions that are made up here, in verdicts.jsonl:
// the error's code, or "" for what it takes. The version is the one that the service runs.
//
//     npm install --no-save jsonata@2.0.6 && node verdicts.js
//
// Left out is what nothing is read of here: the patterns of regular expressions, and whether a `%` has a parent.
'use strict';
const fs = require('fs');
const path = require('path');
const jsonata = require('jsonata');

const EACH = 40; // of each code
const GOOD = 500;
const LONGEST = 70;

// The same numbers in every run.
let state = 20061;
function below(count) {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return (state >>> 4) % count;
}
const one = (list) => list[below(list.length)];

const LEAVES = ['$x', '$states.input', 'a', "'t'", '1', '2.5e-1', 'true', 'null', '$', '$$', '*', '**', '/r[/]e/i',
  '`q n`', '$f', 'and', '"d\\n"', "'\\u00e9'", 'é'];
const INFIX = [' and ', ' or ', ' in ', ' = ', ' != ', ' < ', ' >= ', ' & ', ' % ', ' * ', '/', ' + ', ' - ', ' ~> ', '.'];
const JUNK = ['$', '(', ')', '[', ']', '{', '}', ',', ';', ':', '?', "'", '"', '`', '/', '|', '@', '#', '^', '~>', ':=',
  '..', '.', '1', 'a', '$x', ' ', '!', '<', '>', '*', '\\', '/*', '~', '//', '1e999', '<n<n>>', '<(a<n>)>'];
const FORMS = [
  (r) => r() + '[' + r() + ']', (r) => r() + '[]', (r) => '(' + r() + '; ' + r() + ')', (r) => '$f(' + r() + ', ' + r() + ')',
  (r) => r() + ' ? ' + r() + ' : ' + r(), (r) => r() + ' ? ' + r(), (r) => '{' + r() + ': ' + r() + '}',
  (r) => r() + '{' + r() + ': ' + r() + '}', (r) => '[' + r() + ', ' + r() + ']', (r) => '[' + r() + '..' + r() + ']',
  (r) => '$y := ' + r(), (r) => 'function($v, $w) {' + r() + '}', (r) => 'λ($v)<s-n?:(sn)> {' + r() + '}(' + r() + ')',
  (r) => r() + '^(>' + r() + ', ' + r() + ')', (r) => r() + '@$p', (r) => r() + '#$q', (r) => '|' + r() + '|' + r() + '|',
  (r) => '-' + r(), (r) => '$f(?, ' + r() + ')', (r) => '(' + r() + ')', (r) => '/* c */ ' + r(),
  (r) => r() + one(INFIX) + r(), (r) => r() + one(INFIX) + r(), (r) => r() + '.' + r() + '.' + r(),
];

function expression(depth) {
  return depth <= 0 ? one(LEAVES) : one(FORMS)(() => expression(depth - 1 - below(2)));
}

function damaged(text) {
  const at = below(text.length + 1);
  return below(2) ? text.slice(0, at) + one(JUNK) + text.slice(at) : text.slice(0, at) + text.slice(at + 1 + below(3));
}

function verdict(text) {
  try {
    jsonata(text);
    return '';
  } catch (error) {
    return error.code || 'other';
  }
}

const lines = new Map();
const counts = {};
for (let round = 0; round < 400000; round++) {
  let text = expression(below(5));
  for (let times = below(3); times > 0; times--) text = damaged(text);
  if (text.length > LONGEST || lines.has(text) || /\$\{[^:]*\}/.test(text)) continue;
  const code = verdict(text);
  const most = code === '' ? GOOD : EACH;
  if (code === 'S0217' || code === 'other' || (counts[code] || 0) >= most) continue;
  counts[code] = (counts[code] || 0) + 1;
  lines.set(text, JSON.stringify([text, code]));
}
fs.writeFileSync(path.join(__dirname, 'verdicts.jsonl'), [...lines.values()].join('\n') + '\n');
console.log(counts);
