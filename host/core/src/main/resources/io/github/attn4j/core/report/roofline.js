/** A device's roofs, and its cells below them. */
function rooflines() {
  for (const ceiling of report.ceilings) {
    const cells = measured.filter(cell => cell.deviceId === ceiling.deviceId
      && drawableRate(cell.measurement.gflopsPerSecond) && drawableRate(intensity(cell.measurement)));
    if (cells.length === 0 || !drawableRate(ceiling.fma.gflopsPerSecond)) continue;
    const levels = ceiling.bandwidth.length > 0
      ? 'each sloped line is the bandwidth of a level of memory, the flat one the FMA ceiling'
      : 'the flat line is the FMA ceiling; the bandwidth was not measured';
    section(document.getElementById('rooflines'), `Roofline of ${ceiling.deviceId}, ${cells[0].device}`, cells, (parent, legend) =>
      chart(parent, legend, {title: `Roofline of ${ceiling.deviceId}`, wide: true,
        description: `Rate over floating-point operations per compulsory byte, both logarithmic: ${levels}. ` +
          'A kernel that moves more than those bytes belongs further left than it is drawn.'},
      theme => rooflineOption(theme, ceiling, cells)));
  }
}

const drawableRate = value => finite(value) && value > 0;

function rooflineOption(theme, ceiling, cells) {
  const fma = ceiling.fma.gflopsPerSecond;
  const bandwidth = ceiling.bandwidth.filter(level => drawableRate(level.gigabytesPerSecond));
  const ridges = bandwidth.map(level => fma / level.gigabytesPerSecond);
  const xs = cells.map(cell => intensity(cell.measurement));
  const ys = cells.map(cell => cell.measurement.gflopsPerSecond);
  // Room left of the first ridge, so that the slopes can be told apart.
  const xAxis = logAxis([Math.min(...xs, ...ridges) / 2, Math.max(...xs, ...ridges) * 1.2], true);
  const lowest = Math.min(...ys, ...bandwidth.map(level => level.gigabytesPerSecond * xAxis.min));
  const yAxis = logAxis([lowest, Math.max(...ys, fma) * 1.02], true);
  const style = axisStyle(theme);
  const name = {color: theme.ink, fontSize: theme.paper ? 8 : 11, backgroundColor: theme.panel, padding: [1, 3]};
  const roof = (title, dash, points, position) => ({
    name: title, type: 'line', silent: true, z: 1, symbol: 'circle', symbolSize: .01, clip: true,
    lineStyle: {color: theme.soft, width: 1.5, type: dash},
    data: points.map((value, index) => ({value, label: {show: index === 0, position, formatter: title, ...name}})),
  });
  const dashes = ['dashed', 'dotted', [8, 3, 2, 3], [3, 6]];
  return {
    grid: {left: theme.paper ? 56 : 80, right: 36, top: 52, bottom: theme.paper ? 42 : 60},
    xAxis: {...xAxis, name: 'FLOP per compulsory byte', nameLocation: 'middle', nameGap: theme.paper ? 24 : 34, ...style,
      axisLabel: {...style.axisLabel, formatter: short}},
    yAxis: {...yAxis, name: 'GFLOP/s', ...style, axisLabel: {...style.axisLabel, formatter: short}},
    series: [
      roof(`FMA ${number(fma, 1)} GFLOP/s`, 'solid', [[xAxis.max, fma], [ridges.length > 0 ? Math.min(...ridges) : xAxis.min, fma]], [-150, -18]),
      ...bandwidth.map((level, index) => roof(`${level.level} ${number(level.gigabytesPerSecond, 1)} GB/s`, dashes[index % dashes.length],
        [[xAxis.min, level.gigabytesPerSecond * xAxis.min], [fma / level.gigabytesPerSecond, fma]], 'right')),
      ...distinct(cells.map(label)).map(kernel => ({
        name: kernel, type: 'scatter', z: 4, ...mark(theme, kernel),
        data: cells.filter(cell => label(cell) === kernel).map(cell => ({value: [intensity(cell.measurement), cell.measurement.gflopsPerSecond], cell})),
      })),
    ],
  };
}
