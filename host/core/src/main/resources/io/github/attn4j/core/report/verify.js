const failed = one => one.status !== 'passed' && one.status !== 'unsupported';
const types = distinct(report.accuracy.map(row => row.dtype));
/** A kernel; with the type of O where there are several, since each has its own units. */
const label = row => types.length > 1 ? `${row.kernel}, ${row.dtype}` : row.kernel;
const contestants = distinct(report.accuracy.map(label));
const total = histogram => histogram.counts.reduce((sum, count) => sum + count, 0);
const lastBin = Math.max(0, ...report.accuracy.flatMap(row => [row.output, row.lse]).map(h => h.counts.findLastIndex(count => count > 0)));
const ends = data.binEnds.slice(0, lastBin + 1).map(end => finite(end) ? `≤ ${Number(end).toLocaleString('en')}` : 'more');

/** An error that may be missing or without bound. */
const figure = (value, digits) => !there(value) ? '–' : finite(value) ? number(value, digits) : 'infinite';

/** The end of the bin in which a share of the elements is reached. */
function quantile(histogram, share) {
  const all = total(histogram);
  let seen = 0;
  const bin = histogram.counts.findIndex(count => (seen += count) >= share * all);
  return all === 0 ? '–' : ends[bin];
}

function facts({row, bin, tensor}) {
  const count = row[tensor].counts[bin];
  return [
    ['units in the last place', ends[bin]],
    ['elements', `${number(count, 0)} of ${number(total(row[tensor]), 0)}`],
    ['share', percent(count / total(row[tensor]))],
    ['largest', figure(row[tensor].largest, 1)],
  ];
}

/** Shares of elements by error: lines, so that kernels lie over each other and can be compared. */
function ulpChart(parent, legend, tensor, title) {
  const rows = report.accuracy.filter(row => total(row[tensor]) > 0);
  if (rows.length === 0) return;
  chart(parent, legend, {title, description: 'Share of the elements by the size of their error in units in the last place; powers of two.'}, theme => {
    const style = axisStyle(theme);
    return {
      grid: {left: 60, right: 20, top: 40, bottom: 60},
      xAxis: {type: 'category', data: ends, name: 'units in the last place', nameLocation: 'middle', nameGap: 40, ...style,
        axisLabel: {...style.axisLabel, rotate: ends.length > 8 ? 40 : 0}},
      yAxis: {type: 'value', min: 0, ...style, axisLabel: {...style.axisLabel, formatter: value => `${number(100 * value, 0)} %`}},
      series: rows.map(row => ({name: label(row), type: 'line', ...mark(theme, label(row)),
        data: ends.map((_, bin) => ({value: row[tensor].counts[bin] / total(row[tensor]), cell: {kernel: row.kernel, dtype: row.dtype, row, bin, tensor}}))})),
    };
  });
}

function plots() {
  if (report.accuracy.length === 0) return;
  const section = element('section', undefined, 'charts');
  section.append(element('h2', 'Errors in units in the last place'));
  const legend = legendFor(section, contestants);
  const grid = element('div', undefined, 'grid');
  section.append(grid);
  document.getElementById('plots').append(section);
  ulpChart(grid, legend, 'output', 'O');
  ulpChart(grid, legend, 'lse', 'LSE, in units of float32');
}

function alerts() {
  const place = document.getElementById('alerts');
  for (const one of report.cases.filter(failed)) {
    place.append(element('p', `${words(one.status)}: ${one.kernel} on ${one.device}, ${one.name} (${one.shape}, ${one.input})`, 'bad'), element('div', one.detail, 'note'));
  }
  for (const row of report.repeats.filter(one => one.status !== 'passed' && one.status !== 'unsupported')) {
    place.append(element('p', `${words(row.status)}: ${row.kernel} on ${row.device}, ${row.problem} (${row.shape}), ${row.deterministic ? 'deterministic' : 'plain'} spec, launched again and again`, 'bad'), element('div', row.detail, 'note'));
  }
}

function tables() {
  table('kernels', [
    {title: 'kernel', text: true, value: row => row.kernel},
    {title: 'cases', value: row => number(row.cases, 0)},
    {title: 'passed', value: row => number(row.passed, 0)},
    {title: 'incorrect', value: row => number(row.incorrect, 0), bad: row => row.incorrect > 0},
    {title: 'unsupported', value: row => number(row.unsupported, 0)},
    {title: 'failed', value: row => number(row.failed, 0), bad: row => row.failed > 0},
  ], report.kernels);
  if (report.accuracy.length === 0) {
    drop('accuracy');
    drop('ulps');
  } else {
    table('accuracy', [
      {title: 'kernel', text: true, value: row => row.kernel},
      {title: 'O', text: true, value: row => row.dtype},
      {title: 'cases', value: row => number(row.cases, 0)},
      {title: 'error / budget', value: row => figure(row.maxErrorOverBudget, 3), bad: row => !(row.maxErrorOverBudget <= 1)},
      {title: 'error / plain, median', value: row => figure(row.medianErrorOverPlain, 2)},
      {title: 'max', value: row => figure(row.maxErrorOverPlain, 2)},
      {title: 'plain exact, kernel not', value: row => number(row.plainExact, 0)},
      {title: 'ulps, median', value: row => quantile(row.output, .5)},
      {title: '99 %', value: row => quantile(row.output, .99)},
      {title: 'max', value: row => figure(row.output.largest, 1)},
    ], report.accuracy);
    table('ulps', [
      {title: 'kernel', text: true, value: row => row.kernel},
      {title: 'O', text: true, value: row => row.dtype},
      ...ends.map((end, bin) => ({title: end, value: row => row.output.counts[bin] ? number(row.output.counts[bin], 0) : ''})),
      {title: 'cancelled', value: row => number(row.output.nearZero, 0)},
      {title: 'exactly 0', value: row => number(row.output.exactZeros, 0)},
      {title: 'not finite', value: row => number(row.output.notFinite, 0)},
      {title: 'undecided', value: row => number(row.output.undecided, 0)},
    ], report.accuracy);
  }
  if (data.repeats.length === 0) {
    drop('repeats');
  } else {
    table('repeats', [
      {title: 'kernel', text: true, value: row => row.kernel},
      {title: 'promised', text: true, value: row => row.deterministic ? 'in runs and in batches' : 'in runs'},
      {title: 'problems', value: row => number(row.problems, 0)},
      {title: 'same bits in every run', text: true, value: row => row.runs, bad: row => row.runs.startsWith('no')},
      {title: 'batch-invariant', text: true, value: row => row.batches, bad: row => row.deterministic && row.batches.startsWith('no')},
    ], data.repeats);
  }
  table('cases', [
    {title: 'kernel', text: true, value: one => one.kernel},
    {title: 'case', text: true, wrap: true, value: one => one.name},
    {title: 'shape', text: true, wrap: true, value: one => one.shape},
    {title: 'O', text: true, value: one => one.dtype},
    {title: 'K, V', text: true, value: one => one.kvDtype},
    {title: 'input', text: true, value: one => one.input},
    {title: 'status', text: true, value: one => words(one.status), bad: failed},
    {title: 'error / budget', value: one => figure(one.maxErrorOverBudget, 3)},
    {title: 'error / plain', value: one => figure(one.errorOverPlain, 2)},
    {title: 'ulps, max', value: one => figure(one.maxUlps, 1)},
  ], report.cases);
}

headline();
alerts();
tables();
plots();
environmentTable();
command();
drawForScreen();
document.documentElement.dataset.ready = 'true';
