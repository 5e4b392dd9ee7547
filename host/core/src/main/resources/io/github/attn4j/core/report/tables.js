const where = [
  {title: 'input', text: true, value: cell => cell.input},
  {title: 'shape', text: true, wrap: true, value: shapeOf},
  {title: 'kernel', text: true, value: cell => cell.kernel},
  {title: 'device', text: true, value: cell => cell.deviceId},
];

function fastestTable() {
  const fastest = distinct(measured.map(problem)).map(key => measured
    .filter(cell => problem(cell) === key)
    .reduce((a, b) => a.measurement.kernelNanos.median <= b.measurement.kernelNanos.median ? a : b));
  if (fastest.length === 0) return drop('summary');
  table('summary', [
    where[0], where[1],
    {title: 'fastest kernel', text: true, value: cell => cell.kernel},
    where[3],
    {title: 'median', value: cell => time(cell.measurement.kernelNanos.median)},
    {title: 'GFLOP/s', value: cell => number(cell.measurement.gflopsPerSecond, 1)},
    {title: 'of FMA ceiling', value: cell => percent(cell.measurement.shareOfFmaCeiling)},
    {title: 'of bandwidth', value: cell => bandwidthShare(cell.measurement)},
    {title: 'error / budget', value: cell => number(cell.measurement.maxErrorOverBudget, 3)},
  ], fastest);
}

/** What counts where attention is served: tokens, and how fast the cache is read. */
function servingTable() {
  const cells = measured.filter(cell => cell.mode);
  if (cells.length === 0) return drop('serving');
  const ofReads = m => m.plainReadNanos ? percent(m.plainReadNanos.median / m.kernelNanos.median) : '';
  table('serving', [
    {title: 'mode', text: true, value: cell => cell.mode},
    where[1],
    {title: 'Q and O', text: true, value: cell => cell.dtype},
    {title: 'K and V', text: true, value: cell => cell.kvDtype},
    where[2], where[3],
    {title: 'median', value: cell => time(cell.measurement.kernelNanos.median)},
    {title: 'tokens/s', value: cell => number(cell.measurement.tokensPerSecond, 0)},
    {title: 'KV GB/s', value: cell => number(cell.measurement.keyValueGigabytesPerSecond, 1)},
    {title: 'of bandwidth', value: cell => bandwidthShare(cell.measurement)},
    {title: 'of plain reads', value: cell => ofReads(cell.measurement)},
  ], cells);
}

function growthTable() {
  const lengths = points => points.length === 0 ? '' : points.length === 1 ? number(points[0].length, 0)
    : `${number(points[0].length, 0)} to ${number(points[points.length - 1].length, 0)} (${points.length})`;
  const interval = one => !there(one.exponent) ? 'too few points'
    : number(one.exponent, 3) + (finite(one.halfWidth) ? ` ± ${number(one.halfWidth, 3)}` : ', no interval');
  if (report.growth.length === 0) {
    drop('growth');
  } else {
    table('growth', [
      {title: 'kernel', text: true, value: one => one.kernel},
      {title: 'device', text: true, value: one => one.deviceId},
      {title: 'input', text: true, value: one => one.input},
      {title: 'shapes', text: true, value: one => one.family},
      {title: 'time grows with', text: true, value: one => one.regressor},
      {title: 'exponent', value: interval},
      {title: 'contexts', value: one => lengths(one.points)},
      {title: 'cliffs', text: true, wrap: true, bad: one => one.points.some(point => point.cliff),
        value: one => one.points.filter(point => point.cliff).map(point => `N = ${number(point.length, 0)}: ${signed(point.residualPercent)}`).join('; ') || (one.cliffsLookedFor ? 'none' : 'too few contexts')},
    ], report.growth);
  }
  const list = document.getElementById('crossovers');
  for (const one of report.crossovers) list.append(element('li', `${one.input}, ${one.family}, ${one.deviceId}: ${one.statement}`));
  if (report.crossovers.length === 0) list.remove();
}

function ceilingTable() {
  const rows = report.ceilings.flatMap(({deviceId, fma, bandwidth}) => [
    {deviceId, what: 'FMA', rate: `${number(fma.gflopsPerSecond, 1)} GFLOP/s`, shape: fma.shape, java: `${number(fma.javaGflopsPerSecond, 1)} GFLOP/s`,
      drift: `${number(fma.driftPercent, 1)} %`, bytes: '', others: fma.shapes.map(one => `${one.name} ${number(one.gflopsPerSecond, 1)}`).join(', ')},
    ...bandwidth.map(level => ({deviceId, what: level.level, rate: `${number(level.gigabytesPerSecond, 1)} GB/s`, shape: level.shape,
      java: there(level.javaGigabytesPerSecond) ? `${number(level.javaGigabytesPerSecond, 1)} GB/s` : 'other memory', drift: '', bytes: bytes(level.bytes), others: level.note})),
  ]);
  document.getElementById('convention').textContent = (rows.length > 0 ? '' : 'The ceilings were not measured. ') + `GFLOP/s counts ${report.flopConvention}.`;
  if (rows.length === 0) return drop('ceilings');
  table('ceilings', [
    {title: 'device', text: true, value: row => row.deviceId},
    {title: 'of', text: true, value: row => row.what},
    {title: 'ceiling', value: row => row.rate},
    {title: 'by', text: true, value: row => row.shape},
    {title: 'bytes read', value: row => row.bytes},
    {title: 'Java loop', value: row => row.java},
    {title: 'drift in the run', value: row => row.drift},
    {title: 'every shape', text: true, wrap: true, value: row => row.others},
  ], rows);
}

function cellTables() {
  const figure = value => cell => cell.measurement ? value(cell.measurement) : '';
  table('cells', [
    ...where,
    {title: 'status', text: true, value: cell => words(cell.status), bad: failed},
    {title: 'median', value: figure(m => time(m.kernelNanos.median))},
    {title: 'p10 to p90', value: figure(m => `${time(m.kernelNanos.p10)} to ${time(m.kernelNanos.p90)}`)},
    {title: 'cold median', value: figure(m => m.coldKernelNanos ? time(m.coldKernelNanos.median) : '')},
    {title: 'half-width', value: figure(m => half(m) + (m.settled ? '' : ', not settled'))},
    {title: 'launches / forks', value: figure(m => `${number(m.kernelNanos.samples, 0)} / ${number(m.forks, 0)}`)},
    {title: 'vs java:flash', value: figure(m => there(m.speedupOverJava) ? number(m.speedupOverJava, 2) + 'x' : '')},
    {title: 'error / budget', value: figure(m => number(m.maxErrorOverBudget, 3))},
  ], report.cells, cell => cell.note);
  if (measured.length === 0) {
    drop('rates');
    return drop('costs');
  }
  table('rates', [
    ...where,
    {title: 'GFLOP/s', value: figure(m => number(m.gflopsPerSecond, 1))},
    {title: 'of FMA', value: figure(m => percent(m.shareOfFmaCeiling)), bad: cell => cell.measurement.shareOfFmaCeiling > 1.05},
    {title: 'GB/s', value: figure(m => rate(m.gigabytesPerSecond))},
    {title: 'of bandwidth', value: figure(bandwidthShare), bad: cell => cell.measurement.shareOfBandwidth > 1.05},
    {title: 'must move', value: figure(m => bytes(m.compulsoryBytes))},
    {title: 'FLOP / byte', value: figure(m => drawableRate(intensity(m)) ? short(intensity(m)) : '')},
    {title: 'of the roof above', value: cell => { const roof = roofOver(cell); return roof ? `${percent(cell.measurement.gflopsPerSecond / roof.rate)} ${roof.name}` : ''; }},
    {title: 'off its line', value: cell => signed(growthPoint(cell)?.residualPercent), bad: cell => Boolean(growthPoint(cell)?.cliff)},
    {title: 'ceiling drop', value: figure(m => `${number(m.ceilingDropPercent, 1)} %`)},
  ], measured);
  table('costs', [
    ...where,
    {title: 'overhead', value: figure(m => time(m.hostOverheadNanos.median))},
    {title: 'upload', value: figure(m => time(m.uploadNanos.median))},
    {title: 'download', value: figure(m => time(m.downloadNanos.median))},
    {title: 'first build', value: figure(m => time(m.buildNanos) + (m.builtFromCache ? ', cached' : ''))},
    {title: 'scratch', value: figure(m => bytes(m.scratchBytes))},
    {title: 'by its formula', bad: wrongScratch, value: cell => wrongScratch(cell)
      ? `${number(cell.measurement.scratchFormulaBytes, 0)} B, not ${number(cell.measurement.scratchBytes, 0)} B` : 'the same'},
    {title: 'on device', value: figure(m => bytes(m.deviceBytes))},
    {title: 'tuning', text: true, wrap: true, value: figure(m => m.tuning)},
    {title: 'rows checked', value: figure(m => `${number(m.checkedRows, 0)} of ${number(m.rows, 0)}`)},
  ], measured);
}

function kernelTable() {
  if (report.kernels.length === 0) return drop('kernels');
  table('kernels', [
    {title: 'kernel', text: true, value: one => one.kernel},
    {title: 'scratch in bytes', text: true, wrap: true, value: one => one.scratchFormula},
    {title: 'scores', text: true, value: one => one.keepsScores ? 'kept in memory' : 'fused'},
  ], report.kernels);
}
