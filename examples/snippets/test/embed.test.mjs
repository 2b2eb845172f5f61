// What embed.mjs makes of marks, regions and files.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { embed, unmarked } from "../embed.mjs";

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "embed-"));
  const code = "before();\nfunction f() {\n  // #region inner\n  if (a) {\n\n    $&();\n  }\n  // #endregion\n}\n";
  writeFileSync(join(folder, "code.ts"), code);
  writeFileSync(join(folder, "site.conf"), "a;\n# #region b\nb;\n# #endregion\nc;\n");
});
after(() => rmSync(folder, { recursive: true, force: true }));

const block = (from, code, language = "ts") => `<!-- from ${from} -->\n\`\`\`${language}\n${code}\`\`\`\n`;

test("a region replaces what was there, as far to the left as it goes", () => {
  const written = `Text.\n\n${block("code.ts#inner", "if (a) {\n\n  $&();\n}\n")}\n${block("site.conf#b", "b;\n", "nginx")}\nMore.\n`;
  const old = written.replace("$&();", "old();\n  older();").replace("b;\n", "");
  assert.equal(embed(old, folder), written);
  assert.equal(embed(written, folder), written);
});

test("a file is taken as a whole", () => {
  assert.equal(embed(block("site.conf", ""), folder), block("site.conf", "a;\n# #region b\nb;\n# #endregion\nc;\n"));
});

test("what is marked and not there is a fault, and says which it is", () => {
  assert.throws(() => embed(block("code.ts#outer", ""), folder), /code\.ts#outer: no region outer/);
  assert.throws(() => embed(block("none.ts", ""), folder), /none\.ts: ENOENT/);
});

test("code without a mark is found; what is no code may do without", () => {
  const bare = "```ts\nfirst();\nsecond();\n```\n";
  assert.deepEqual(unmarked(`${block("code.ts", "marked();\n")}\n${bare}\n\`\`\`sh\nls\n\`\`\`\n`), ["first();"]);
  assert.equal(embed(bare, folder), bare);
});
