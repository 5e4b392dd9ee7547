/** A section's figures: how each is drawn over context or, for a single context, side by side. */
const figures = [
  {title: 'Time', value: m => m.kernelNanos.median, tens: true, tick: timeTick,
    over: 'Median kernel time over context, both axes logarithmic; the dashed line grows as the visible query-key pairs do (with a full mask, as N²). A ring marks a cliff.',
    beside: 'Median kernel time, logarithmic.'},
  {title: 'Memory', value: m => m.deviceBytes, tens: false, tick: byteTick,
    over: 'Bytes on the device over context, both axes logarithmic; what lies above the dashed line is scratch.',
    beside: 'Bytes on the device, logarithmic.'},
  {title: 'Throughput', value: m => m.gflopsPerSecond, tick: value => number(value, 0), unit: 'GFLOP/s',
    over: 'GFLOP/s over context; the dashed lines are the FMA ceilings of this run, one for each device.',
    beside: 'GFLOP/s; the dashed lines are the FMA ceilings of this run, one for each device.'},
  {title: 'Error', value: m => m.maxErrorOverBudget, tick: value => number(value, 1),
    over: 'Largest error as a share of its budget; a kernel above the dashed line has failed.',
    beside: 'Largest error as a share of its budget; a kernel right of the dashed line has failed.'},
];

/** What an axis can show: no figure that is missing, and on a logarithmic one none that is not positive. */
const drawable = (figure, value) => finite(value) && (figure.tens === undefined || value > 0);

function guide(theme, name, points) {
  return {name, type: 'line', symbol: 'none', z: 3, silent: true, lineStyle: {type: 'dashed', width: 1.5, color: theme.soft}, data: points};
}

/** Lines to compare with, each of them two points or more. */
function guides(theme, figure, cells, contexts) {
  const least = (context, value) => Math.min(...cells.filter(cell => cell.keyLength === context).map(cell => value(cell)));
  const ends = [contexts[0], contexts[contexts.length - 1]];
  const pairs = context => least(context, cell => cell.visiblePairs);
  switch (figure.title) {
    case 'Time': {
      // Half of the fastest kernel's time, so that the slope is seen beside the lines instead of on one of them.
      const scale = least(ends[1], cell => cell.measurement.kernelNanos.median) / 2 / pairs(ends[1]);
      return scale > 0 && Number.isFinite(scale) ? [guide(theme, 'as visible pairs grow', contexts.filter(n => pairs(n) > 0).map(n => [n, scale * pairs(n)]))] : [];
    }
    case 'Memory':
      return [guide(theme, 'tensors alone', contexts.map(n => [n, least(n, cell => cell.measurement.deviceBytes - cell.measurement.scratchBytes)]).filter(point => point[1] > 0))];
    case 'Throughput':
      return ceilingsOf(cells).map(one => guide(theme, `FMA ceiling of ${one.deviceId}`, ends.map(n => [n, one.fma.gflopsPerSecond])));
    default:
      return [guide(theme, 'budget', ends.map(n => [n, 1]))];
  }
}

const ceilingsOf = cells => report.ceilings.filter(one => cells.some(cell => cell.deviceId === one.deviceId));

function overContext(parent, legend, cells) {
  const contexts = distinct(cells.map(cell => cell.keyLength)).sort((a, b) => a - b);
  for (const figure of figures) {
    const shown = cells.filter(cell => drawable(figure, figure.value(cell.measurement)));
    if (shown.length === 0) continue;
    chart(parent, legend, {title: figure.title, description: figure.over}, theme => {
      const point = cell => ({value: [cell.keyLength, figure.value(cell.measurement)], cell});
      const lines = distinct(shown.map(label)).map(name => ({
        name, type: 'line', ...mark(theme, name),
        data: shown.filter(cell => label(cell) === name).map(point).sort((a, b) => a.value[0] - b.value[0]),
      }));
      const dashed = guides(theme, figure, shown, contexts);
      const rings = figure.title !== 'Time' ? [] : distinct(shown.map(label)).map(name => ({
        name, type: 'scatter', symbol: 'circle', symbolSize: theme.paper ? 14 : 20, z: 5,
        itemStyle: {color: 'transparent', borderColor: theme.bad, borderWidth: 2, opacity: 1},
        data: shown.filter(cell => label(cell) === name && growthPoint(cell)?.cliff).map(point),
      })).filter(ring => ring.data.length > 0);
      const heights = [...lines.flatMap(line => line.data.map(one => one.value[1])), ...dashed.flatMap(line => line.data.map(one => one[1]))];
      const style = axisStyle(theme);
      return {
        grid: {left: theme.paper ? 56 : 76, right: 30, top: figure.unit ? 52 : 40, bottom: theme.paper ? 42 : 56},
        xAxis: {...logAxis(contexts, false), name: 'context N', nameLocation: 'middle', nameGap: theme.paper ? 26 : 32, ...style,
          axisLabel: {...style.axisLabel, margin: 12, formatter: value => number(value, 0)}},
        yAxis: {...valueAxis(heights, figure.tens), name: figure.unit, ...style, axisLabel: {...style.axisLabel, formatter: figure.tick}},
        series: [...lines, ...dashed, ...rings],
      };
    });
  }
}

/** Problems that were measured at one context each: a row for each, a symbol for each kernel. */
function besideEachOther(parent, legend, cells) {
  const problems = distinct(cells.map(shapeOf));
  const names = distinct(cells.map(label));
  const height = 96 + problems.length * Math.max(34, 12 * names.length + 10);
  for (const figure of figures) {
    const shown = cells.filter(cell => drawable(figure, figure.value(cell.measurement)));
    if (shown.length === 0) continue;
    chart(parent, legend, {title: figure.title, description: figure.beside, height}, theme => {
      const values = shown.map(cell => Number(figure.value(cell.measurement)));
      const limits = figure.title === 'Error' ? [['budget', 1]]
        : figure.title === 'Throughput' ? ceilingsOf(shown).map(one => [`FMA ceiling of ${one.deviceId}`, one.fma.gflopsPerSecond]) : [];
      const style = axisStyle(theme);
      const series = names.map((name, index) => ({
        name, type: 'scatter', ...mark(theme, name), symbolOffset: [0, 12 * (index - (names.length - 1) / 2)],
        data: shown.filter(cell => label(cell) === name).map(cell => ({value: [figure.value(cell.measurement), problems.indexOf(shapeOf(cell))], cell})),
      })).filter(one => one.data.length > 0);
      series.push({name: 'limits', type: 'scatter', data: [], silent: true,
        markLine: {symbol: 'none', silent: true, animation: false, label: {show: false}, lineStyle: {type: 'dashed', width: 1.5, color: theme.soft},
          data: limits.map(([name, x]) => ({name, xAxis: x}))}});
      return {
        grid: {left: theme.paper ? 118 : 190, right: 30, top: 40, bottom: 40},
        yAxis: {type: 'category', inverse: true, data: problems.map(one => one.replace(': ', ':\n')), ...style, splitArea: {show: false},
          axisLabel: {...style.axisLabel, interval: 0, hideOverlap: false, width: theme.paper ? 108 : 176, overflow: 'break', fontSize: theme.paper ? 8 : 11, lineHeight: theme.paper ? 10 : 14}},
        xAxis: {...valueAxis(values, figure.tens), ...(limits.length > 0 ? {max: extent => Math.max(extent.max, ...limits.map(([, x]) => x)) * 1.02} : {}),
          name: figure.unit, nameLocation: 'middle', nameGap: 24, ...style, axisLabel: {...style.axisLabel, formatter: value => figure.tick(value), showMaxLabel: figure.tens !== undefined}},
        series,
      };
    });
  }
}

/** Charts by input and family; families of one context stand together, since a point makes no line. */
function plots() {
  const place = document.getElementById('plots');
  for (const input of distinct(measured.map(cell => cell.input))) {
    const ofInput = measured.filter(cell => cell.input === input);
    const source = input === 'model' ? 'Q, K, V of a real model' : `${input} inputs`;
    const groups = new Map();
    for (const cell of ofInput) {
      const key = `${cell.model}|${cell.family}`;
      groups.set(key, [...(groups.get(key) ?? []), cell]);
    }
    const single = [];
    for (const cells of groups.values()) {
      if (distinct(cells.map(cell => cell.keyLength)).length < 2) {
        single.push(...cells);
      } else {
        section(place, `${source}: ${cells[0].model ? cells[0].model + ', ' : ''}${cells[0].family}`, cells, overContext);
      }
    }
    if (single.length > 0) section(place, `${source}: one context each`, single, besideEachOther);
  }
}

function section(place, title, cells, fill) {
  const node = element('section', undefined, 'charts');
  node.append(element('h2', title));
  const legend = legendFor(node, distinct(cells.map(label)));
  const parent = element('div', undefined, 'grid');
  node.append(parent);
  place.append(node);
  fill(parent, legend, cells);
}
