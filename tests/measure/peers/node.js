// One peer from npm over the files whose paths come on standard input; answers as tests/measure/peers.py reads it.
//
//     node tests/measure/peers/node.js asl-validator|amazon-states-language-service FOLDER SECONDS < paths
"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const [peer, folder, seconds] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(folder), "index.js"));

const peers = {
  "asl-validator": () => {
    const validate = load("asl-validator");
    return async (text) => validate(JSON.parse(text)).errors.map((error) => `${error["Error code"]} ${error.Message} ${error.path ?? ""}`);
  },
  "amazon-states-language-service": () => {
    const { getLanguageService } = load("amazon-states-language-service");
    const { TextDocument } = load("vscode-languageserver-textdocument");
    const service = getLanguageService({});
    return async (text) => {
      const document = TextDocument.create("file:///a.asl.json", "asl", 1, text);
      const told = await service.doValidation(document, service.parseJSONDocument(document));
      return told.filter((it) => it.severity === undefined || it.severity === 1).map((it) => it.message);
    };
  },
};

const cpu = () => {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
};

async function pass(judge, texts) {
  const told = [];
  for (const text of texts) {
    try {
      told.push(await judge(text));
    } catch (error) {
      told.push([`fails: ${String(error.message ?? error).split("\n")[0]}`]);
    }
  }
  return told;
}

(async () => {
  const texts = fs.readFileSync(0, "utf8").split("\n").filter(Boolean).map((file) => fs.readFileSync(file, "utf8"));
  const judge = peers[peer]();
  let [begun, passes] = [cpu(), 1];
  const told = await pass(judge, texts);
  let used = cpu() - begun;
  // What compiles while it runs is given a pass to do so, where there is time for another.
  if (used < seconds && texts.length) {
    [begun, passes, used] = [cpu(), 0, 0];
    while (used < seconds) {
      await pass(judge, texts);
      passes += 1;
      used = cpu() - begun;
    }
  }
  process.stdout.write(JSON.stringify({ seconds: used, passes, told }));
})();
