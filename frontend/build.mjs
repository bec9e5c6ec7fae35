// Builds the browser assets:  node build.mjs OUT ICONS
//   OUT    the folder to write (emptied first)
//   ICONS  a text file, one icon name a line: what goes into the sprite
// Called by hatch_build.py, which finds Node and the names; the result is never committed.
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(here, "src");
const modules = path.join(here, "node_modules");
const [out, iconList] = process.argv.slice(2);
if (!out || !iconList) throw new Error("usage: node build.mjs OUT ICONS");

// The oldest browsers with light-dark(), nesting and layers, which kith.css is written in.
const target = ["chrome123", "firefox128", "safari17.5"];

/** The parts of the kit in use, as CSS. Its sources name properties without the prefix that its published sheet has. */
function tabler() {
  const { css } = sass.compile(path.join(src, "tabler.scss"), {
    loadPaths: [modules],
    quietDeps: true,
    logger: sass.Logger.silent,
  });
  return css
    .replace(/(?<![\w-])--(?!tblr-)(?=[a-z])/g, "--tblr-")
    .replace(/url\((["']?)data:.*?\1\)/g, "none"); // the page's policy has no data: pictures; kith.css draws ticks and arrows
}

/** The files of src/parts with this extension, in the order of their names. */
async function parts(extension) {
  const names = (await readdir(path.join(src, "parts"))).filter((name) => name.endsWith(extension));
  return names.sort().map((name) => `"./parts/${name}"`);
}

const virtual = {
  name: "kith",
  setup(build) {
    build.onResolve({ filter: /^kith:/ }, ({ path: name }) => ({ path: name, namespace: "kith" }));
    build.onLoad({ filter: /./, namespace: "kith" }, async ({ path: name }) => {
      if (name === "kith:tabler.css") return { contents: tabler(), loader: "css", resolveDir: src };
      if (name === "kith:parts.js") {
        return { contents: (await parts(".js")).map((file) => `import ${file};\n`).join(""), loader: "js", resolveDir: src };
      }
      if (name === "kith:parts.css") {
        return { contents: (await parts(".css")).map((file) => `@import ${file};\n`).join(""), loader: "css", resolveDir: src };
      }
      return { errors: [{ text: `nothing is called ${name}` }] };
    });
  },
};

/** One SVG file with a <symbol> per icon; stroke and size come from the class .k-i of the page. */
async function sprite() {
  const folder = path.join(modules, "@tabler/icons/icons/outline");
  const names = (await readFile(iconList, "utf8")).split("\n").filter(Boolean);
  const unknown = names.filter((name) => !existsSync(path.join(folder, `${name}.svg`)));
  if (unknown.length) throw new Error(`Tabler has no outline icon of this name: ${unknown.join(", ")}`);
  const symbols = [];
  for (const name of names) {
    const svg = await readFile(path.join(folder, `${name}.svg`), "utf8");
    const shapes = svg
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s*\n\s*/g, "")
      .replace(/ \/>/g, "/>");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}

/** Name, version, licence and the licence text of every package whose work is in the output. */
async function licences(inputs) {
  const used = new Set(["@tabler/core", "@tabler/icons", "@fontsource-variable/inter"]);
  for (const input of inputs) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) used.add(match[1]);
  }
  const texts = [];
  for (const name of [...used].sort()) {
    const folder = path.join(modules, name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(path.join(folder, file), "utf8") : "";
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const common = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning", metafile: true, plugins: [virtual] };
const [scripts, styles] = await Promise.all([
  esbuild.build({
    ...common,
    entryPoints: { kith: path.join(src, "kith.js") },
    outdir: out,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  }),
  esbuild.build({
    ...common,
    entryPoints: { kith: path.join(src, "kith-all.css") },
    outdir: out,
    loader: { ".woff2": "file", ".svg": "file" },
    assetNames: "fonts/[name]",
  }),
]);

await writeFile(path.join(out, "icons.svg"), await sprite());
await cp(path.join(src, "logo.svg"), path.join(out, "logo.svg"));
await writeFile(
  path.join(out, "licences.txt"),
  await licences([...Object.keys(scripts.metafile.inputs), ...Object.keys(styles.metafile.inputs)]),
);

for (const file of (await readdir(out, { recursive: true })).sort()) {
  if (!/\.(js|css|svg)$/.test(file)) continue;
  const bytes = await readFile(path.join(out, file));
  const kb = (size) => (size / 1000).toFixed(1).padStart(6);
  console.log(`${kb(bytes.length)} kB ${kb(gzipSync(bytes, { level: 9 }).length)} gz ${kb(brotliCompressSync(bytes).length)} br  ${file}`);
}
