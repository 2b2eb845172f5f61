// Writes the code blocks of the guides anew from the files that they are marked with: <!-- from FILE --> or
// <!-- from FILE#REGION -->, where a comment "#region REGION" begins it and "#endregion" ends it.
// With --check nothing is written: it fails if a block differs, or if code in a guide has no mark. Some pages have code without.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BLOCK = /^(?:<!-- from (?<from>\S+) -->\n)?```(?<language>\w*)\n(?<code>[^]*?)^```$/gm;
const CODE = ["caddy", "js", "nginx", "toml", "ts", "tsx"];
const PARTLY = ["README.md", "docs/poem.md", "docs/testing.md"];
const PAGES = ["front-ends", ...["fastapi", "go", "node", "rails"].map((name) => `forward-auth/${name}`)].map((name) => `docs/${name}.md`);

/** The lines of this region, as far to the left as they go. */
function regionOf(text, name) {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => line.trim().replace(/^(\/\/|#) /, "") === `#region ${name}`);
  const end = lines.findIndex((line, index) => index > begin && line.trim().endsWith("#endregion"));
  if (begin < 0 || end < 0) throw new Error(`no region ${name}`);
  const found = lines.slice(begin + 1, end);
  const margin = Math.min(...found.filter(Boolean).map((line) => line.search(/\S/)));
  return found.map((line) => `${line.slice(margin)}\n`).join("");
}

function codeOf(from, folder) {
  const [file, region] = from.split("#");
  try {
    const text = readFileSync(join(folder, file), "utf8");
    return region ? regionOf(text, region) : text;
  } catch (error) {
    throw new Error(`${from}: ${error.message}`, { cause: error });
  }
}

/** The document with its marked blocks as the files in `folder` have them. */
export function embed(document, folder) {
  return document.replace(BLOCK, (block, from, language) =>
    from ? `<!-- from ${from} -->\n\`\`\`${language}\n${codeOf(from, folder)}\`\`\`` : block);
}

/** The blocks of code in it that no file is named for. */
export function unmarked(document) {
  const blocks = [...document.matchAll(BLOCK)].map(({ groups }) => groups);
  return blocks.filter(({ from, language }) => !from && CODE.includes(language)).map(({ code }) => code.split("\n")[0]);
}

function faultsOf(guide, document, isForFrontEnds) {
  const bare = isForFrontEnds ? unmarked(document).map((code) => `${guide}: no mark before "${code}"`) : [];
  const isOld = embed(document, dirname(join(ROOT, guide))) !== document;
  return [...bare, ...(isOld ? [`${guide}: code differs from its files; write it anew with examples/snippets/embed.mjs`] : [])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes("--check");
  for (const guide of [...PARTLY, "examples/README.md", ...PAGES]) {
    const file = join(ROOT, guide);
    const document = readFileSync(file, "utf8");
    if (!isCheck) writeFileSync(file, embed(document, dirname(file)));
    for (const fault of isCheck ? faultsOf(guide, document, !PARTLY.includes(guide)) : []) {
      console.error(fault);
      process.exitCode = 1;
    }
  }
}
