// A curve for each axis: processor time of one request against what grows, which is on a scale of powers of ten.

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [760, 150, 60, 28, 26];
const COLOUR = "#2f6fb0";

function panel({ title, points }, index) {
  const [from, to] = [Math.log10(points[0].x), Math.max(Math.log10(points[0].x) + 1e-9, Math.log10(points.at(-1).x))];
  const most = Math.max(...points.map(({ cpu }) => cpu)) * 1.15;
  const x = (value) => LEFT + ((WIDTH - LEFT - 60) * (Math.log10(value) - from)) / (to - from);
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / most;
  const at = ({ x: value, cpu }) => `${x(value).toFixed(1)},${y(cpu).toFixed(1)}`;
  const marks = points.map((point) => {
    const [left, top] = at(point).split(",");
    return `<circle cx="${left}" cy="${top}" r="3" fill="${COLOUR}"/>
<text x="${left}" y="${Number(top) - 7}" text-anchor="middle">${point.cpu.toPrecision(3)}</text>
<text x="${left}" y="${HEIGHT - 8}" text-anchor="middle">${point.x.toLocaleString("en")}</text>`;
  });
  return `<g transform="translate(0 ${index * HEIGHT})">
<text x="${LEFT - 40}" y="14" font-size="13">${title}: µs of a processor for each request</text>
<line x1="${LEFT - 20}" x2="${WIDTH - 20}" y1="${y(0)}" y2="${y(0)}" stroke="#d8dbe0"/>
<polyline points="${points.map(at).join(" ")}" fill="none" stroke="${COLOUR}" stroke-width="2"/>
${marks.join("\n")}
</g>`;
}

export function plot(axes) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${axes.length * HEIGHT}" font-family="sans-serif" font-size="11" fill="#20242b">
<rect width="100%" height="100%" fill="#ffffff"/>
${axes.map(panel).join("\n")}
</svg>
`;
}
