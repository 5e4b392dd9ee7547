/** Masked cells that ran beside the same kernel without the mask. */
const gaining = measured.filter(cell => cell.sparsity && cell.sparsity.speedup);
const gainOf = cell => cell.sparsity.speedup;
const qualityOf = cell => cell.sparsity && cell.sparsity.quality && there(cell.sparsity.quality.meanRetainedMass) ? cell.sparsity.quality : null;
const relativeTime = cell => 1 / gainOf(cell).achieved.median;
const factor = value => there(value) ? number(value, value < 10 ? 2 : 1) + 'x' : '';
const isWindow = cell => /^(causal|window\([^&]*\))( cap| score|$)/.test(cell.mask);

/** A mask in so few letters that it fits beside its point. */
function maskTag(mask) {
  const window = /^window\((-?\d+),(-?\d+)\)$/.exec(mask);
  if (window) return Number(window[1]) < 0 || Number(window[2]) < 0 ? mask : number(Number(window[1]) + Number(window[2]) + 1, 0);
  const random = /^hash\(.*\) % 1000 < (\d+)$/.exec(mask);
  if (random) return `${short(Number(random[1]) / 10)} %`;
  return mask.length > 14 ? mask.slice(0, 13) + '…' : mask;
}

/** What masks of one shape gain and lose; each figure says where a cell stands. */
const sparsityFigures = [
  {title: 'Speed-up against its ideal', x: cell => gainOf(cell).ideal, y: cell => gainOf(cell).achieved.median,
    xName: 'ideal speed-up: 1 / density of 64x64 blocks', yName: 'achieved', tick: value => short(value) + 'x', xTick: value => short(value) + 'x', same: true, xTens: false, yTens: false,
    text: 'How many times as fast as without the mask, over one over the share of blocks that the mask leaves, both logarithmic. On the dashed line nothing but listed blocks takes time.'},
  {title: 'Share of the ideal', x: cell => cell.sparsity.blockDensity, y: cell => gainOf(cell).achievedOfIdeal,
    xName: 'density of 64x64 blocks', yName: 'achieved / ideal', tick: value => number(value, 1), xTick: value => percentTick(value), guideAt: 1, xTens: true,
    text: 'Achieved over ideal speed-up, which is ideal time over measured time, over the density of blocks, logarithmic. The dashed line is the ideal.'},
  {title: 'Softmax mass kept over time', needs: qualityOf, x: relativeTime, y: cell => qualityOf(cell).meanRetainedMass,
    xName: 'time, of that without the mask', yName: 'mass kept, mean', tick: value => percentTick(value), xTick: value => percentTick(value), fair: true, xTens: true, most: 1,
    text: 'Sum of the dense softmax weights that the mask leaves, mean over the rows, over the time that is left. On the dashed curve mass is kept in proportion to time, as keys at random would.'},
  {title: 'Output error over time', needs: qualityOf, x: relativeTime, y: cell => qualityOf(cell).meanOutputError,
    xName: 'time, of that without the mask', yName: 'relative error, mean', tick: value => percentTick(value), xTick: value => percentTick(value), xTens: true,
    text: 'Norm of the difference to attention without the mask over the norm of that, mean over the rows, over the time that is left.'},
];

const percentTick = share => short(100 * share) + ' %';

/** Dashed lines: what an ideal kernel, or a mask that picks at random, would show. */
function sparsityGuides(theme, figure, xAxis) {
  const ends = [xAxis.min, xAxis.max];
  if (figure.same) return [guide(theme, 'ideal', ends.map(x => [x, x]))];
  if (figure.guideAt) return [guide(theme, 'ideal', ends.map(x => [x, figure.guideAt]))];
  if (!figure.fair) return [];
  const points = [];
  for (let i = 0; i <= 60; i++) {
    const x = xAxis.min * (Math.min(1, xAxis.max) / xAxis.min) ** (i / 60);
    points.push([x, x]);
  }
  return [guide(theme, 'in proportion to time', points)];
}

function sparsityOption(theme, figure, cells) {
  const xs = cells.map(figure.x);
  const ys = cells.map(figure.y);
  // A square frame: the diagonal is the ideal only where both axes have one scale.
  const xAxis = logAxis(figure.same ? [...xs, ...ys] : xs, figure.xTens);
  // A full mask's map may cost a few percent: no reason for a decade of empty axis.
  if (figure.xTens) xAxis.max = Math.min(xAxis.max, 1.5 * Math.max(...xs));
  const yAxis = figure.same ? {...xAxis} : {type: 'value', min: 0, max: figure.most ?? (figure.guideAt ? Math.max(1.1, Math.ceil(10 * Math.max(...ys)) / 10) : undefined)};
  const style = axisStyle(theme);
  const lines = new Map();
  for (const cell of cells) {
    const key = `${label(cell)}|${isWindow(cell)}|${cell.keyLength}`;
    lines.set(key, [...(lines.get(key) ?? []), cell]);
  }
  const first = label([...lines.values()][0][0]);
  const series = [...lines.values()].map(own => {
    const look = mark(theme, label(own[0]));
    const hollow = {color: theme.panel, borderColor: look.lineStyle.color, borderWidth: 2, opacity: 1};
    return {
      name: label(own[0]), type: 'line', z: 4, ...look,
      ...(isWindow(own[0]) ? {} : {itemStyle: hollow, lineStyle: {...look.lineStyle, type: 'dotted'}}),
      // One kernel's points name the masks of all, which lie beside them.
      label: {show: label(own[0]) === first, position: figure.same ? [18, 12] : 'top', distance: 6, color: theme.ink, fontSize: theme.paper ? 7 : 10, formatter: ({data}) => maskTag(data.cell.mask)},
      labelLayout: {hideOverlap: true},
      data: own.map(cell => ({value: [figure.x(cell), figure.y(cell)], cell})).sort((a, b) => a.value[0] - b.value[0]),
    };
  });
  return {
    grid: {left: theme.paper ? 56 : 76, right: theme.paper ? 34 : 44, top: 52, bottom: theme.paper ? 42 : 56},
    xAxis: {...xAxis, name: figure.xName, nameLocation: 'middle', nameGap: theme.paper ? 26 : 32, ...style,
      axisLabel: {...style.axisLabel, margin: 12, formatter: figure.xTick}},
    yAxis: {...yAxis, name: figure.yName, ...style, nameTextStyle: {...style.nameTextStyle, align: 'left', padding: [0, 0, 0, theme.paper ? -40 : -56]},
      axisLabel: {...style.axisLabel, formatter: figure.tick}},
    series: [...series, ...sparsityGuides(theme, figure, xAxis)],
  };
}

/** Charts by input and heads; contexts stand together, since what counts is what a mask leaves of each. */
function sparsityPlots() {
  const place = document.getElementById('sparsity');
  const groups = new Map();
  for (const cell of gaining) {
    const heads = cell.kvHeads === cell.queryHeads ? cell.queryHeads : `${cell.queryHeads}/${cell.kvHeads}`;
    const key = `${cell.input === 'model' ? 'Q, K, V of a real model' : cell.input + ' inputs'}: ${cell.model ? cell.model + ', ' : ''}B${cell.batch} H${heads} D${cell.headDim}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  for (const [key, cells] of groups) {
    const lengths = distinct(cells.map(cell => cell.keyLength)).sort((a, b) => a - b);
    section(place, `What masks gain, ${key}, N = ${lengths.map(n => number(n, 0)).join(', ')}`, cells, (parent, legend) => {
      for (const figure of sparsityFigures) {
        const shown = cells.filter(cell => (!figure.needs || figure.needs(cell)) && [figure.x(cell), figure.y(cell)].every(finite) && figure.x(cell) > 0 && figure.y(cell) >= (figure.same ? 1e-9 : 0));
        if (shown.length === 0) continue;
        const judged = figure.needs && shown[0].input !== 'model' ? ' Generated inputs: their scores favour no key, so this says little about a model.' : '';
        chart(parent, legend, {title: figure.title, description: `${figure.text} Filled, solid: windows, by their keys; hollow, dotted: other masks, random blocks by their share.${judged}`},
          theme => sparsityOption(theme, figure, shown));
      }
    });
  }
}

function sparsityTable() {
  const masked = report.cells.filter(cell => cell.sparsity);
  if (masked.length === 0) return drop('masks');
  const gain = value => cell => gainOf(cell) ? value(gainOf(cell)) : '';
  const quality = value => cell => cell.sparsity.quality ? value(cell.sparsity.quality) : '';
  const both = (mean, other) => there(mean) ? `${number(mean, 3)} / ${number(other, 3)}` : 'no row';
  table('masks', [
    ...where,
    {title: 'pairs', value: cell => percent(cell.sparsity.pairDensity)},
    {title: '64x64 blocks', value: cell => percent(cell.sparsity.blockDensity)},
    {title: 'of these full', value: cell => cell.sparsity.listedBlocks === 0 ? '' : percent(cell.sparsity.fullBlocks / cell.sparsity.listedBlocks)},
    {title: 'map built in', value: cell => cell.sparsity.blockMap ? time(cell.sparsity.blockMap.buildNanos) : ''},
    {title: 'map', value: cell => cell.sparsity.blockMap ? bytes(cell.sparsity.blockMap.bytes) : ''},
    {title: 'measured', value: cell => cell.measurement ? time(cell.measurement.kernelNanos.median) : words(cell.status)},
    {title: 'ideal', value: gain(one => time(one.idealNanos))},
    {title: 'full mask', value: gain(one => time(one.denseNanos.median))},
    {title: 'ideal speed-up', value: gain(one => factor(one.ideal))},
    {title: 'achieved (p10 to p90)', value: gain(one => `${factor(one.achieved.median)} (${factor(one.achieved.p10)} to ${factor(one.achieved.p90)})`)},
    {title: 'achieved / ideal', value: gain(one => number(one.achievedOfIdeal, 2))},
    {title: 'mass kept: mean / p10', value: quality(one => both(one.meanRetainedMass, one.p10RetainedMass))},
    {title: 'output error: mean / p90', value: quality(one => both(one.meanOutputError, one.p90OutputError))},
    {title: 'empty rows', value: quality(one => `${number(one.emptyRows, 0)} of ${number(one.rows + one.emptyRows + one.undefinedRows, 0)}`)},
  ], masked);
}

/** What pointing at a masked cell adds. */
function sparsityFacts({sparsity}) {
  if (!sparsity) return [];
  const gain = sparsity.speedup;
  const quality = sparsity.quality;
  return [
    ['visible', `${percent(sparsity.pairDensity)} of the pairs, ${percent(sparsity.blockDensity)} of 64x64 blocks`],
    ...(gain ? [['speed-up', `${factor(gain.achieved.median)} (${factor(gain.achieved.p10)} to ${factor(gain.achieved.p90)}), ideal ${factor(gain.ideal)}: ${number(gain.achievedOfIdeal, 2)} of it`]] : []),
    ...(sparsity.blockMap ? [['block map', `${time(sparsity.blockMap.buildNanos)}, ${bytes(sparsity.blockMap.bytes)}`]] : []),
    ...(quality && there(quality.meanRetainedMass) ? [
      ['mass kept', `${percent(quality.meanRetainedMass)}, p10 ${percent(quality.p10RetainedMass)}`],
      ['output error', `${percent(quality.meanOutputError)}, p90 ${percent(quality.p90OutputError)}`]] : []),
    ...(quality && quality.emptyRows > 0 ? [['rows without a key', `${number(quality.emptyRows, 0)}, left out`]] : []),
  ];
}
