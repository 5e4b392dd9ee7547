report.cells.forEach((cell, index) => { cell.family = data.families[index]; });
const measured = report.cells.filter(cell => cell.measurement);

// What cells are: a problem is what kernels compete on.
const failed = cell => cell.status === 'FAILED' || cell.status === 'BUILD_FAILED';
const shapeOf = cell => cell.model ? `${cell.model}: ${cell.shape}` : cell.shape;
const problem = cell => `${cell.input}|${shapeOf(cell)}`;
const wrongScratch = cell => Boolean(cell.measurement) && cell.measurement.scratchBytes !== cell.measurement.scratchFormulaBytes;
const overCeiling = m => m.shareOfFmaCeiling > 1.05 || m.shareOfBandwidth > 1.05;
const bandwidthShare = m => there(m.shareOfBandwidth) ? `${percent(m.shareOfBandwidth)} ${m.bandwidthLevel}` : '';
const half = m => `± ${number(m.halfWidthPercent, 1)} %`;
const intensity = m => m.flops / m.compulsoryBytes;

/** A kernel, with its device where it ran on several. */
const devicesOf = new Map();
for (const cell of report.cells) {
  devicesOf.set(cell.kernel, (devicesOf.get(cell.kernel) ?? new Set()).add(cell.deviceId));
}
const label = cell => devicesOf.get(cell.kernel).size > 1 ? `${cell.kernel} on ${cell.deviceId}` : cell.kernel;
const contestants = distinct(report.cells.map(label));

/** Points of growth that stick out, by the cell that they stand for. */
const pointKey = (kernel, deviceId, input, family, length) => [kernel, deviceId, input, family, length].join('|');
const growthPoints = new Map(report.growth.flatMap(one => one.points.map(point =>
  [pointKey(one.kernel, one.deviceId, one.input, one.family, point.length), point])));
const growthPoint = cell => growthPoints.get(pointKey(cell.kernel, cell.deviceId, cell.input, cell.family, cell.keyLength));

/** The lowest roof over a cell in GFLOP/s: its level's bandwidth or the FMA rate. */
function roofOver(cell) {
  const ceiling = report.ceilings.find(one => one.deviceId === cell.deviceId);
  if (!ceiling) return null;
  const level = ceiling.bandwidth.find(one => one.level === cell.measurement.bandwidthLevel);
  const fma = ceiling.fma.gflopsPerSecond;
  const slope = level ? level.gigabytesPerSecond * intensity(cell.measurement) : Infinity;
  return slope < fma ? {rate: slope, name: level.level} : {rate: fma, name: 'FMA'};
}

/** Everything about a cell that matters when a reader points at it. */
function facts(cell) {
  const m = cell.measurement;
  const roof = roofOver(cell);
  const point = growthPoint(cell);
  return [
    ['device', cell.deviceId],
    ['problem', `${cell.input}, ${shapeOf(cell)}`],
    ['context N', number(cell.keyLength, 0)],
    ['median', `${time(m.kernelNanos.median)}, ${half(m)}${m.settled ? '' : ', not settled'}`],
    ['p10 to p90', `${time(m.kernelNanos.p10)} to ${time(m.kernelNanos.p90)}`],
    ['launches', `${number(m.kernelNanos.samples, 0)} in ${plural(m.forks, 'fork', 'forks')}`],
    ['cold median', m.coldKernelNanos ? time(m.coldKernelNanos.median) : 'not measured'],
    ['rate', `${number(m.gflopsPerSecond, 1)} GFLOP/s, ${percent(m.shareOfFmaCeiling)} of FMA`],
    ['bandwidth', `${rate(m.gigabytesPerSecond)} GB/s` + (there(m.shareOfBandwidth) ? `, ${percent(m.shareOfBandwidth)} of ${m.bandwidthLevel}` : '')],
    ...(roof ? [['roof above', `${percent(m.gflopsPerSecond / roof.rate)} of ${number(roof.rate, 1)} GFLOP/s (${roof.name})`]] : []),
    ['scratch', bytes(m.scratchBytes) + (wrongScratch(cell) ? `, but its formula says ${bytes(m.scratchFormulaBytes)}` : '')],
    ['on the device', bytes(m.deviceBytes)],
    ...(m.tuning ? [['tuning', m.tuning]] : []),
    ['error / budget', number(m.maxErrorOverBudget, 3)],
    ...sparsityFacts(cell),
    ...(point && there(point.residualPercent) ? [['off its line', signed(point.residualPercent) + (point.cliff ? ', a cliff' : '')]] : []),
  ];
}
