// A bar for each subject: processor time of one request, on a scale of powers of ten. A line spans the rounds.

const [ROW, LEFT, WIDTH, RIGHT, TOP] = [22, 300, 560, 90, 40];
const COLOURS = { floor: "#8a8f98", service: "#2f6fb0", peer: "#c98a3d" };

const MEANINGS = { floor: "bare hello", service: "this service", peer: "others" };

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export function plot(rows) {
  const all = rows.flatMap(({ values }) => values("cpu"));
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(...all) / least)));
  const x = (value) => LEFT + (WIDTH * Math.log10(value / least)) / decades;
  const height = TOP + rows.length * ROW + 30;

  const grid = Array.from({ length: decades + 1 }, (_, decade) => {
    const at = x(least * 10 ** decade);
    return `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${height - 24}" stroke="#d8dbe0"/>
<text x="${at}" y="${height - 8}" text-anchor="middle">${least * 10 ** decade} µs</text>`;
  });
  const bars = rows.map((row, index) => {
    const [y, cpu] = [TOP + index * ROW, row.values("cpu")];
    const [from, to, middle] = [x(Math.min(...cpu)), x(Math.max(...cpu)), y + ROW / 2 - 2];
    return `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escape(row.title)}</text>
<rect x="${LEFT}" y="${y}" width="${(x(row.cpu) - LEFT).toFixed(1)}" height="${ROW - 5}" fill="${COLOURS[row.kind]}"/>
<line x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#20242b" stroke-width="1.5"/>
<text x="${(to + 6).toFixed(1)}" y="${y + 13}">${row.cpu.toPrecision(3)}</text>`;
  });
  const legend = Object.entries(MEANINGS).map(
    ([kind, meaning], index) => `<text x="${LEFT + WIDTH - 230 + 90 * index}" y="18" fill="${COLOURS[kind]}" font-weight="bold">${meaning}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + RIGHT}" height="${height}" font-family="sans-serif" font-size="12" fill="#20242b">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${LEFT}" y="18" font-size="14">Processor time of one request, on a scale of powers of ten</text>
${legend.join("\n")}
${[...grid, ...bars].join("\n")}
</svg>
`;
}
