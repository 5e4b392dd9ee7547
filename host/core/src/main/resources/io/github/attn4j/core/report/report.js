'use strict';
(() => {
  const report = JSON.parse(document.getElementById('data').textContent);
  const measured = report.cells.filter(cell => cell.measurement);
  const kernels = [...new Set(report.cells.map(cell => cell.kernel))];
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  // Okabe and Ito's colours, which stay apart for colour-blind readers; symbols tell kernels apart without colour.
  const colors = dark ? ['#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#f0e442'] : ['#0072b2', '#d55e00', '#007a5a', '#a2457a', '#6b5b00'];
  const symbols = ['circle', 'rect', 'triangle', 'diamond', 'pin'];
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const number = (value, digits) => value === null ? '' : Number(value).toLocaleString('en', {maximumFractionDigits: digits, minimumFractionDigits: digits});
  const time = nanos => nanos < 1e6 ? number(nanos / 1e3, 1) + ' µs' : nanos < 1e9 ? number(nanos / 1e6, 2) + ' ms' : number(nanos / 1e9, 2) + ' s';
  const bytes = count => count >= 2 ** 30 ? number(count / 2 ** 30, 2) + ' GiB' : count >= 2 ** 20 ? number(count / 2 ** 20, 1) + ' MiB' : number(count / 1024, 1) + ' KiB';
  const percent = share => number(100 * share, 1) + ' %';

  function element(name, text, className) {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  }

  function table(id, columns, rows) {
    const node = document.getElementById(id);
    const head = node.createTHead().insertRow();
    for (const column of columns) {
      const cell = element('th', column.title, column.text ? 'text' : '');
      cell.scope = 'col';
      head.append(cell);
    }
    const body = node.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const column of columns) {
        const className = [column.text ? 'text' : '', column.note ? 'note' : '', column.bad && column.bad(row) ? 'bad' : ''].join(' ').trim();
        line.append(element('td', column.value(row), className));
      }
    }
  }

  function summary() {
    const alerts = document.getElementById('alerts');
    if (!report.complete) alerts.append(element('p', 'The run was interrupted: what follows is what it had measured.', 'bad'));
    for (const cell of report.cells.filter(cell => cell.status === 'FAILED')) {
      alerts.append(element('p', `Failed: ${cell.kernel}, ${cell.input}, ${cell.shape}: ${cell.note}`, 'bad'));
    }
    const problems = [...new Set(report.cells.map(cell => `${cell.input}|${cell.shape}`))];
    const fastest = problems.map(problem => measured
      .filter(cell => `${cell.input}|${cell.shape}` === problem)
      .sort((a, b) => a.measurement.kernelNanos.median - b.measurement.kernelNanos.median)[0]).filter(Boolean);
    table('summary', [
      {title: 'input', text: true, value: cell => cell.input},
      {title: 'shape', text: true, value: cell => cell.shape},
      {title: 'fastest kernel', text: true, value: cell => cell.kernel},
      {title: 'median', value: cell => time(cell.measurement.kernelNanos.median)},
      {title: 'GFLOP/s', value: cell => number(cell.measurement.gflopsPerSecond, 1)},
      {title: 'of FMA ceiling', value: cell => percent(cell.measurement.shareOfFmaCeiling)},
      {title: 'error / budget', value: cell => number(cell.measurement.maxErrorOverBudget, 3)},
    ], fastest);
    const ceiling = report.ceiling;
    document.getElementById('ceiling').textContent =
      `FMA ceiling ${number(ceiling.gflopsPerSecond, 1)} GFLOP/s (${ceiling.shape}; a Vector API loop reaches ${number(ceiling.javaGflopsPerSecond, 1)}), ` +
      `drift within the run ${number(ceiling.driftPercent, 1)} %. GFLOP/s counts ${report.flopConvention}.`;
  }

  function chart(parent, title, description, option) {
    const figure = element('figure');
    const box = element('div', undefined, 'chart');
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', `${title}. ${description} The same figures stand in the table of every cell.`);
    figure.append(box, element('figcaption', description));
    parent.append(figure);
    const instance = echarts.init(box, dark ? 'dark' : null, {renderer: 'svg'});
    instance.setOption({
      backgroundColor: 'transparent',
      animation: false,
      color: colors,
      title: {text: title, textStyle: {fontSize: 14, color: style('--ink')}},
      legend: {bottom: 0, textStyle: {color: style('--ink')}},
      grid: {left: 70, right: 25, top: 45, bottom: 80},
      tooltip: {trigger: 'item', valueFormatter: option.format, formatter: point => `${point.seriesName}<br>N = ${point.value[0]}: ${option.format(point.value[1])}`},
      xAxis: {type: 'log', logBase: 2, name: 'context N', nameLocation: 'middle', nameGap: 28, min: 'dataMin', max: 'dataMax', axisLabel: {color: style('--ink')}},
      yAxis: {type: option.log ? 'log' : 'value', name: option.unit, axisLabel: {color: style('--ink'), formatter: option.axis || option.format}, splitLine: {lineStyle: {color: style('--line')}}},
      series: option.series,
    });
    addEventListener('resize', () => instance.resize());
    addEventListener('beforeprint', () => instance.resize());
  }

  function series(cells, value) {
    return kernels.map((kernel, index) => ({
      name: kernel,
      type: 'line',
      symbol: symbols[index % symbols.length],
      symbolSize: 9,
      data: cells.filter(cell => cell.kernel === kernel).map(cell => [cell.queryLength, value(cell.measurement)]),
    })).filter(line => line.data.length > 0);
  }

  function guide(name, cells, value, power) {
    const first = cells.reduce((a, b) => a.queryLength <= b.queryLength ? a : b);
    const last = cells.reduce((a, b) => a.queryLength >= b.queryLength ? a : b);
    const start = value(first.measurement);
    return {name, type: 'line', symbol: 'none', lineStyle: {type: 'dashed', width: 1, color: style('--soft')}, itemStyle: {color: style('--soft')},
      data: [[first.queryLength, start], [last.queryLength, start * (last.queryLength / first.queryLength) ** power]]};
  }

  function plots() {
    const inputs = [...new Set(measured.map(cell => cell.input))];
    for (const input of inputs) {
      const cells = measured.filter(cell => cell.input === input);
      const section = element('section');
      const shape = cells[0];
      section.append(element('h2', input === 'model'
        ? `Q, K, V of a real model (H = ${shape.queryHeads}, D = ${shape.headDim})`
        : `Sweep over normal inputs (H = ${shape.queryHeads}, D = ${shape.headDim}, ${shape.mask})`));
      const parent = element('div', undefined, 'grid');
      section.append(parent);
      document.getElementById('plots').append(section);
      const nanos = m => m.kernelNanos.median;
      chart(parent, 'Time', 'Median kernel time over context, both axes logarithmic; the dashed line grows with the square.',
        {log: true, format: time, series: [...series(cells, nanos), guide('N²', cells, nanos, 2)]});
      chart(parent, 'Memory', 'Bytes on the device over context, both axes logarithmic: tensors and scratch.',
        {log: true, format: bytes, series: series(cells, m => m.deviceBytes)});
      const rates = series(cells, m => m.gflopsPerSecond);
      const contexts = cells.map(cell => cell.queryLength);
      rates.push({name: 'FMA ceiling', type: 'line', symbol: 'none', lineStyle: {type: 'dashed', color: style('--soft')}, itemStyle: {color: style('--soft')},
        data: [[Math.min(...contexts), report.ceiling.gflopsPerSecond], [Math.max(...contexts), report.ceiling.gflopsPerSecond]]});
      chart(parent, 'Throughput', 'GFLOP/s over context; the dashed line is the ceiling of this run.',
        {log: false, format: value => number(value, 0) + ' GFLOP/s', axis: value => number(value, 0), unit: 'GFLOP/s', series: rates});
      chart(parent, 'Error', 'Largest error as a share of its budget; at 1 a kernel fails.',
        {log: false, format: value => number(value, 3), axis: value => number(value, 2), series: series(cells, m => m.maxErrorOverBudget)});
    }
  }

  function cells() {
    const figure = value => cell => cell.measurement ? value(cell.measurement) : '';
    table('cells', [
      {title: 'input', text: true, value: cell => cell.input},
      {title: 'shape', text: true, value: cell => cell.shape},
      {title: 'kernel', text: true, value: cell => cell.kernel},
      {title: 'status', text: true, value: cell => cell.status.toLowerCase().replaceAll('_', ' '), bad: cell => cell.status === 'FAILED'},
      {title: 'median', value: figure(m => time(m.kernelNanos.median))},
      {title: 'p10', value: figure(m => time(m.kernelNanos.p10))},
      {title: 'p90', value: figure(m => time(m.kernelNanos.p90))},
      {title: 'launches', value: figure(m => number(m.kernelNanos.samples, 0))},
      {title: 'GFLOP/s', value: figure(m => number(m.gflopsPerSecond, 1))},
      {title: 'of ceiling', value: figure(m => percent(m.shareOfFmaCeiling))},
      {title: 'vs java:flash', value: figure(m => m.speedupOverJava === null ? '' : number(m.speedupOverJava, 2) + 'x')},
      {title: 'scratch', value: figure(m => bytes(m.scratchBytes))},
      {title: 'host overhead', value: figure(m => time(m.hostOverheadNanos))},
      {title: 'upload', value: figure(m => time(m.uploadNanos))},
      {title: 'download', value: figure(m => time(m.downloadNanos))},
      {title: 'build', value: figure(m => time(m.buildNanos))},
      {title: 'error / budget', value: figure(m => number(m.maxErrorOverBudget, 3))},
      {title: 'note', text: true, note: true, value: cell => cell.note},
    ], report.cells);
  }

  function environment() {
    const e = report.environment;
    document.getElementById('command').textContent = e.commandLine;
    document.getElementById('where').textContent = `${e.tool} ${e.version}, ${e.startedAt}, ${e.cpu} (${e.cores} cores)`;
    const rows = [['operating system', e.os], ['processor', `${e.cpu}, ${e.cores} cores`], ['JDK', e.jdk],
      ['source', e.gitCommit + (e.gitDirty ? ', with uncommitted changes' : '')], ['seed', String(e.seed)],
      ...e.devices.map(d => [`${d.backend}:${d.index}`, `${d.name}, ${d.kind}, driver ${d.driver}, ${d.computeUnits} compute units`])];
    table('environment', [
      {title: 'what', text: true, value: row => row[0]},
      {title: 'value', text: true, note: true, value: row => row[1]},
    ], rows);
  }

  summary();
  plots();
  cells();
  environment();
  document.documentElement.dataset.ready = 'true';
})();
