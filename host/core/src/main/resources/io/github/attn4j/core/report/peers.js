const measured = report.ratios.filter(row => row.times);
const failed = row => row.status === 'FAILED' || row.status === 'BUILD_FAILED';
const shapeOf = row => row.model ? `${row.model}: ${row.shape}` : row.shape;
const problem = row => `${row.input}, ${shapeOf(row)}`;

/** A rival; with the kernel that it ran beside where there were several. */
const kernels = distinct(report.ratios.map(row => row.kernel));
const label = row => kernels.length > 1 ? `${row.peer} beside ${row.kernel}` : row.peer;
const contestants = distinct(report.ratios.map(label));
const spread = quantiles => `${number(quantiles.p10, 2)} to ${number(quantiles.p90, 2)}`;

/** Everything about a pair that matters when a reader points at it. */
function facts(row) {
  const t = row.times;
  return [
    ['problem', problem(row)],
    ['kernel', `${row.kernel} on ${row.deviceId}`],
    ['ratio', `${number(t.ratio.median, 2)}, ${spread(t.ratio)}, ± ${number(t.halfWidthPercent, 1)} %`],
    ['of the kernel alone', number(t.kernelRatio.median, 2)],
    ['rounds', number(t.ratio.samples, 0)],
    ['ours', `${time(t.ourNanos.median)}, ${number(t.ourGflopsPerSecond, 1)} GFLOP/s`],
    ['peer', `${time(t.peerNanos.median)}, ${number(t.peerGflopsPerSecond, 1)} GFLOP/s`],
    ...(t.tuning ? [['tuning', t.tuning]] : []),
    ['error / budget', `${number(t.maxErrorOverBudget, 3)}, peer ${number(t.peerMaxErrorOverBudget, 3)}`],
  ];
}

/** Ratios, a row a problem: the median, and a line from the tenth to the ninetieth percentile. */
function ratioChart() {
  const place = document.getElementById('plots');
  const shown = measured.filter(row => row.times.ratio.p10 > 0);
  if (shown.length === 0) return;
  const problems = distinct(shown.map(problem));
  const names = contestants.filter(name => shown.some(row => label(row) === name));
  const section = element('section', undefined, 'charts');
  section.append(element('h2', 'Time of the peer over ours'));
  const legend = legendFor(section, names);
  const parent = element('div', undefined, 'grid');
  section.append(parent);
  place.append(section);
  const height = 96 + problems.length * Math.max(30, 12 * names.length + 8);
  chart(parent, legend, {title: 'Time of the peer over ours', wide: true, height,
    description: 'Right of the dashed line ours is faster. Median of the rounds\' ratios, and a line from their tenth to their ninetieth percentile; logarithmic.'},
  theme => {
    const offset = name => 12 * (names.indexOf(name) - (names.length - 1) / 2);
    const style = axisStyle(theme);
    const point = row => ({value: [row.times.ratio.median, problems.indexOf(problem(row))], cell: row});
    const whisker = name => (_, api) => {
      const [low, y] = api.coord([api.value(0), api.value(2)]);
      const [high] = api.coord([api.value(1), api.value(2)]);
      return {type: 'line', silent: true, shape: {x1: low, x2: high, y1: y + offset(name), y2: y + offset(name)}, style: {stroke: mark(theme, name).lineStyle.color, lineWidth: 1.5}};
    };
    const rowsOf = name => shown.filter(row => label(row) === name);
    return {
      grid: {left: theme.paper ? 150 : 260, right: 30, top: 40, bottom: 44},
      yAxis: {type: 'category', inverse: true, data: problems, ...style, splitArea: {show: false},
        axisLabel: {...style.axisLabel, interval: 0, hideOverlap: false, width: theme.paper ? 140 : 246, overflow: 'break', fontSize: theme.paper ? 8 : 11, lineHeight: theme.paper ? 10 : 14}},
      xAxis: {...logAxis([...shown.flatMap(row => [row.times.ratio.p10, row.times.ratio.p90]), 1], false),
        name: 'time of the peer over ours', nameLocation: 'middle', nameGap: 26, ...style, axisLabel: {...style.axisLabel, formatter: short}},
      series: [
        ...names.map(name => ({name, type: 'custom', z: 2, encode: {x: [0, 1], y: 2}, renderItem: whisker(name),
          data: rowsOf(name).map(row => [row.times.ratio.p10, row.times.ratio.p90, problems.indexOf(problem(row))])})),
        ...names.map(name => ({name, type: 'scatter', z: 3, ...mark(theme, name), symbolOffset: [0, offset(name)], data: rowsOf(name).map(point)})),
        {name: 'as fast', type: 'scatter', data: [], silent: true, markLine: {symbol: 'none', silent: true, animation: false, label: {show: false},
          lineStyle: {type: 'dashed', width: 1.5, color: theme.soft}, data: [{xAxis: 1}]}},
      ],
    };
  });
}

function peerAlerts() {
  const place = document.getElementById('alerts');
  if (!report.complete) place.append(element('p', 'The run was interrupted: what follows is what it had measured.', 'bad'));
  for (const row of report.ratios.filter(failed)) {
    place.append(element('p', `${words(row.status)}: ${row.kernel} beside ${row.peer}, ${problem(row)}`, 'bad'), element('div', row.note, 'note'));
  }
  if (measured.length === 0) place.append(element('p', 'No pair was measured; the table says why.'));
}

/** Means over all problems of a pair: medians, so that a row counts once however many rounds it has. */
function meanTable() {
  if (data.means.length === 0) return drop('means');
  table('means', [
    {title: 'kernel', text: true, value: mean => mean.kernel},
    {title: 'peer', text: true, value: mean => mean.peer},
    {title: 'types', text: true, value: mean => mean.types},
    {title: 'problems', value: mean => number(mean.cells, 0)},
    {title: 'geometric mean', value: mean => number(mean.ratio, 2)},
    {title: 'lowest', value: mean => number(mean.lowest, 2)},
  ], data.means);
}

function ratioTable() {
  const figure = value => row => row.times ? value(row.times) : '';
  table('ratios', [
    {title: 'input', text: true, value: row => row.input},
    {title: 'shape', text: true, wrap: true, value: shapeOf},
    {title: 'kernel', text: true, value: row => row.kernel},
    {title: 'peer', text: true, value: row => row.peer},
    {title: 'status', text: true, value: row => words(row.status), bad: failed},
    {title: 'peer\'s time / ours', value: figure(t => number(t.ratio.median, 2))},
    {title: 'p10 to p90', value: figure(t => spread(t.ratio))},
    {title: 'half-width', value: figure(t => `± ${number(t.halfWidthPercent, 1)} %`)},
    {title: 'over our kernel', value: figure(t => number(t.kernelRatio.median, 2))},
    {title: 'our kernel', value: figure(t => time(t.ourKernelNanos.median))},
    {title: 'ours', value: figure(t => time(t.ourNanos.median))},
    {title: 'peer', value: figure(t => time(t.peerNanos.median))},
    {title: 'our GFLOP/s', value: figure(t => number(t.ourGflopsPerSecond, 1))},
    {title: 'peer\'s', value: figure(t => number(t.peerGflopsPerSecond, 1))},
    {title: 'our tuning', text: true, wrap: true, value: figure(t => t.tuning)},
    {title: 'rounds', value: figure(t => number(t.ratio.samples, 0))},
    {title: 'error / budget', value: figure(t => number(t.maxErrorOverBudget, 3))},
    {title: 'peer\'s', value: figure(t => number(t.peerMaxErrorOverBudget, 3))},
  ], report.ratios, row => row.note);
}

/** What each rival's call does, once. */
function methodTable() {
  const rows = [...new Map(report.ratios.filter(row => row.peerVersion).map(row => [`${row.peer}|${row.peerMethod}`, row])).values()];
  if (rows.length === 0) return drop('methods');
  table('methods', [
    {title: 'peer', text: true, value: row => row.peer},
    {title: 'library', text: true, wrap: true, value: row => row.peerVersion},
    {title: 'threads', value: row => number(row.threads, 0)},
    {title: 'what a call does', text: true, wrap: true, value: row => row.peerMethod},
  ], rows);
}

document.getElementById('region').textContent = `Timed: ${report.timedRegion}.`;
headline();
peerAlerts();
meanTable();
ratioChart();
ratioTable();
methodTable();
environmentTable();
command();
drawForScreen();
document.documentElement.dataset.ready = 'true';
