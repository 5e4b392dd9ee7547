'use strict';
(() => {
  const report = JSON.parse(document.getElementById('data').textContent);
  const measured = report.cells.filter(cell => cell.measurement);
  const kernels = [...new Set(report.cells.map(cell => cell.kernel))];
  // Okabe and Ito's colours, which stay apart for colour-blind readers; symbols tell kernels apart without colour.
  const light = {ink: '#1b1f24', soft: '#57606a', line: '#d0d7de', panel: '#fff',
    colors: ['#0072b2', '#d55e00', '#007a5a', '#a2457a', '#6b5b00', '#333399', '#8c2d04', '#1b1f24']};
  const dark = {ink: '#e6edf3', soft: '#9aa7b4', line: '#323a44', panel: '#171d24',
    colors: ['#56b4e9', '#e69f00', '#2fc49a', '#e08cbb', '#f0e442', '#9aa5ff', '#ff8f5e', '#e6edf3']};
  const paper = {...light, paper: true};
  const symbols = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'roundRect', 'emptyTriangle'];
  const charts = [];

  const there = value => value !== null && value !== undefined;
  const number = (value, digits) => there(value) ? Number(value).toLocaleString('en', {maximumFractionDigits: digits, minimumFractionDigits: digits}) : '';
  const short = value => Number(value.toPrecision(3)).toLocaleString('en', {maximumSignificantDigits: 3});
  const time = nanos => nanos < 1e6 ? number(nanos / 1e3, 1) + ' µs' : nanos < 1e9 ? number(nanos / 1e6, 2) + ' ms' : number(nanos / 1e9, 2) + ' s';
  const timeTick = nanos => nanos < 1e3 ? short(nanos) + ' ns' : nanos < 1e6 ? short(nanos / 1e3) + ' µs' : nanos < 1e9 ? short(nanos / 1e6) + ' ms' : short(nanos / 1e9) + ' s';
  const bytes = count => count >= 2 ** 30 ? number(count / 2 ** 30, 2) + ' GiB' : count >= 2 ** 20 ? number(count / 2 ** 20, 1) + ' MiB' : count === 0 ? '0' : number(count / 1024, 1) + ' KiB';
  const byteTick = count => count >= 2 ** 30 ? short(count / 2 ** 30) + ' GiB' : count >= 2 ** 20 ? short(count / 2 ** 20) + ' MiB' : count >= 1024 ? short(count / 1024) + ' KiB' : short(count) + ' B';
  const percent = share => there(share) ? number(100 * share, 1) + ' %' : '';
  const words = status => status.toLowerCase().replaceAll('_', ' ');
  const failed = cell => cell.status === 'FAILED' || cell.status === 'BUILD_FAILED';
  const problem = cell => `${cell.input}|${cell.shape}`;

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
        const className = [column.text ? 'text' : '', column.wrap ? 'wrap' : '', column.bad && column.bad(row) ? 'bad' : ''].join(' ').trim();
        line.append(element('td', column.value(row), className));
      }
      if (row.note) {
        const note = element('td', undefined, 'note');
        note.colSpan = columns.length;
        note.append(element('div', row.note, 'note'));
        body.insertRow().append(note);
      }
    }
  }

  const where = [
    {title: 'input', text: true, value: cell => cell.input},
    {title: 'shape', text: true, value: cell => cell.shape},
    {title: 'kernel', text: true, value: cell => cell.kernel},
  ];

  function summary() {
    const alerts = document.getElementById('alerts');
    if (!report.complete) alerts.append(element('p', 'The run was interrupted: what follows is what it had measured.', 'bad'));
    for (const cell of report.cells.filter(failed)) {
      alerts.append(element('p', `Failed: ${cell.kernel}, ${cell.input}, ${cell.shape}`, 'bad'), element('div', cell.note, 'note'));
    }
    const without = report.cells.length - measured.length;
    if (measured.length === 0) {
      alerts.append(element('p', report.cells.length === 0 ? 'No cell was run.' : 'No cell was measured; the table of every cell says why.'));
    } else if (without > 0) {
      alerts.append(element('p', `${without} of ${report.cells.length} cells have no measurement; the table of every cell says why.`));
    }
    const fastest = [...new Set(measured.map(problem))].map(key => measured
      .filter(cell => problem(cell) === key)
      .reduce((a, b) => a.measurement.kernelNanos.median <= b.measurement.kernelNanos.median ? a : b));
    if (fastest.length === 0) {
      document.getElementById('summary').remove();
    } else {
      table('summary', [
        where[0], where[1],
        {title: 'fastest kernel', text: true, value: cell => cell.kernel},
        {title: 'median', value: cell => time(cell.measurement.kernelNanos.median)},
        {title: 'GFLOP/s', value: cell => number(cell.measurement.gflopsPerSecond, 1)},
        {title: 'of FMA ceiling', value: cell => percent(cell.measurement.shareOfFmaCeiling)},
        {title: 'error / budget', value: cell => number(cell.measurement.maxErrorOverBudget, 3)},
      ], fastest.map(cell => ({...cell, note: ''})));
    }
    const devices = [...new Set(report.cells.map(cell => `${cell.deviceId} ${cell.device}`))];
    document.getElementById('ceiling').textContent = (devices.length > 0 ? `Ran on ${devices.join('; ')}. ` : '') + (report.ceilings.length > 0
      ? report.ceilings.map(({deviceId, fma}) => `FMA ceiling of ${deviceId} ${number(fma.gflopsPerSecond, 1)} GFLOP/s (${fma.shape}; ` +
        `a Vector API loop reaches ${number(fma.javaGflopsPerSecond, 1)}), drift within the run ${number(fma.driftPercent, 1)} %. `).join('')
      : 'The FMA ceiling was not measured. ') + `GFLOP/s counts ${report.flopConvention}.`;
  }

  /** A logarithmic axis that begins and ends on a tick and has few enough of them to label each. */
  function logAxis(values, tens) {
    const log = tens ? Math.log10 : Math.log2;
    const low = Math.min(...values);
    const high = Math.max(...values);
    const step = Math.max(1, Math.ceil(log(high / low) / 8));
    const base = (tens ? 10 : 2) ** step;
    let from = Math.floor(log(low) / step);
    let to = Math.ceil(log(high) / step);
    if (from === to) {
      from--;
      to++;
    }
    return {type: 'log', logBase: base, min: base ** from, max: base ** to};
  }

  function chart(parent, title, description, plot) {
    const figure = element('figure');
    const box = element('div', undefined, 'chart');
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', `${title}. ${description} The same figures stand in the tables below.`);
    figure.append(box, element('figcaption', description));
    parent.append(figure);
    charts.push({box, option: theme => option(theme, title, plot), instance: null});
  }

  function option(theme, title, plot) {
    const points = plot.lines(theme).flatMap(line => line.data);
    const heights = points.map(point => point[1]);
    const axis = {axisLabel: {color: theme.ink, hideOverlap: true}, axisLine: {show: true, lineStyle: {color: theme.soft}},
      nameTextStyle: {color: theme.ink}, splitLine: {show: true, lineStyle: {color: theme.line}}};
    return {
      backgroundColor: 'transparent',
      animation: false,
      title: {text: title, left: 'center', textStyle: {fontSize: 14, color: theme.ink}},
      // Neither pages nor pictures can be scrolled: the legend takes the lines it needs.
      legend: {type: 'plain', bottom: 0, itemGap: theme.paper ? 6 : 10, textStyle: {color: theme.ink}, pageTextStyle: {color: theme.ink}, itemWidth: 28,
        data: plot.lines(theme).map(line => line.guide ? {name: line.name, icon: 'path://M0,4h8v2h-8z M11,4h8v2h-8z M22,4h8v2h-8z'} : {name: line.name})},
      grid: {left: 76, right: 30, top: plot.unit ? 52 : 40, bottom: 110},
      tooltip: {trigger: 'item', backgroundColor: theme.panel, borderColor: theme.line, textStyle: {color: theme.ink},
        formatter: point => `${echarts.format.encodeHTML(point.seriesName)}<br>N = ${number(point.value[0], 0)}: ${plot.format(point.value[1])}`},
      xAxis: {...logAxis(points.map(point => point[0]), false), name: 'context N', nameLocation: 'middle', nameGap: 32, ...axis,
        axisLabel: {...axis.axisLabel, margin: 12, formatter: value => number(value, 0)}},
      yAxis: {...(plot.tens === undefined ? {type: 'value', min: 0} : logAxis(heights, plot.tens)), name: plot.unit, ...axis,
        axisLabel: {...axis.axisLabel, formatter: plot.tick}},
      series: plot.lines(theme).map(({guide, ...line}) => line),
    };
  }

  function kernelLines(theme, cells, value) {
    return kernels.map((kernel, index) => {
      const color = theme.colors[index % theme.colors.length];
      return {
        name: kernel,
        type: 'line',
        symbol: symbols[index % symbols.length],
        symbolSize: 9,
        itemStyle: {color},
        lineStyle: {color, width: 2},
        data: cells.filter(cell => cell.kernel === kernel).map(cell => [cell.queryLength, value(cell.measurement)]).sort((a, b) => a[0] - b[0]),
      };
    }).filter(line => line.data.length > 0);
  }

  function guideLine(theme, name, data) {
    return {guide: true, name, type: 'line', symbol: 'none', z: 3, silent: true, lineStyle: {type: 'dashed', width: 1.5, color: theme.soft}, itemStyle: {color: theme.soft}, data};
  }

  function plots() {
    for (const input of [...new Set(measured.map(cell => cell.input))]) {
      const cells = measured.filter(cell => cell.input === input);
      const section = element('section');
      const first = cells[0];
      section.append(element('h2', input === 'model'
        ? `Q, K, V of a real model (H = ${first.queryHeads}, D = ${first.headDim})`
        : `Sweep over ${input} inputs (H = ${first.queryHeads}, D = ${first.headDim}, ${first.mask})`));
      const parent = element('div', undefined, 'grid');
      section.append(parent);
      document.getElementById('plots').append(section);
      const contexts = [...new Set(cells.map(cell => cell.queryLength))].sort((a, b) => a - b);
      const ends = [contexts[0], contexts[contexts.length - 1]];
      const least = (context, value) => Math.min(...cells.filter(cell => cell.queryLength === context).map(cell => value(cell.measurement)));
      const nanos = m => m.kernelNanos.median;
      // Half of the fastest kernel's time, so that the slope is seen beside the lines instead of on one of them.
      const square = least(ends[1], nanos) / 2 / ends[1] ** 2;
      chart(parent, 'Time', 'Median kernel time over context, both axes logarithmic; the dashed line has the slope of N².',
        {tens: true, format: time, tick: timeTick,
          lines: theme => [...kernelLines(theme, cells, nanos), guideLine(theme, 'slope of N²', ends.map(n => [n, square * n * n]))]});
      chart(parent, 'Memory', 'Bytes on the device over context, both axes logarithmic; what lies above the dashed line is scratch.',
        {tens: false, format: bytes, tick: byteTick,
          lines: theme => [...kernelLines(theme, cells, m => m.deviceBytes),
            guideLine(theme, 'tensors alone', contexts.map(n => [n, least(n, m => m.deviceBytes - m.scratchBytes)]))]});
      chart(parent, 'Throughput', 'GFLOP/s over context; the dashed line is the ceiling of this run.',
        {format: value => number(value, 1) + ' GFLOP/s', tick: value => number(value, 0), unit: 'GFLOP/s',
          lines: theme => [...kernelLines(theme, cells, m => m.gflopsPerSecond),
            guideLine(theme, 'FMA ceiling', ends.map(n => [n, Math.max(...report.ceilings.map(one => one.fma.gflopsPerSecond))]))]});
      chart(parent, 'Error', 'Largest error as a share of its budget; a kernel above the dashed line has failed.',
        {format: value => number(value, 3), tick: value => number(value, 1),
          lines: theme => [...kernelLines(theme, cells, m => m.maxErrorOverBudget), guideLine(theme, 'budget', ends.map(n => [n, 1]))]});
    }
  }

  function draw(theme, size) {
    for (const one of charts) {
      if (one.instance) one.instance.dispose();
      one.instance = echarts.init(one.box, null, {renderer: 'svg', ...size});
      one.instance.setOption(one.option(theme));
    }
  }

  function drawForScreen() {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const screen = () => draw(scheme.matches ? dark : light);
    screen();
    scheme.addEventListener('change', screen);
    addEventListener('resize', () => charts.forEach(one => one.instance.resize()));
    // Paper is white and narrower than a window, whatever the screen is.
    addEventListener('beforeprint', () => draw(paper, {width: 320, height: 280}));
    addEventListener('afterprint', screen);
  }

  function cells() {
    const figure = value => cell => cell.measurement ? value(cell.measurement) : '';
    table('cells', [
      ...where,
      {title: 'device', text: true, value: cell => cell.deviceId},
      {title: 'status', text: true, value: cell => words(cell.status), bad: failed},
      {title: 'median', value: figure(m => time(m.kernelNanos.median))},
      {title: 'p10 to p90', value: figure(m => `${time(m.kernelNanos.p10)} to ${time(m.kernelNanos.p90)}`)},
      {title: 'launches', value: figure(m => number(m.kernelNanos.samples, 0))},
      {title: 'GFLOP/s', value: figure(m => number(m.gflopsPerSecond, 1))},
      {title: 'of ceiling', value: figure(m => percent(m.shareOfFmaCeiling))},
      {title: 'vs java:flash', value: figure(m => there(m.speedupOverJava) ? number(m.speedupOverJava, 2) + 'x' : '')},
      {title: 'error / budget', value: figure(m => number(m.maxErrorOverBudget, 3))},
    ], report.cells);
    if (measured.length === 0) {
      document.getElementById('costs').remove();
      return;
    }
    table('costs', [
      ...where,
      {title: 'build', value: cell => time(cell.measurement.buildNanos)},
      {title: 'upload', value: cell => time(cell.measurement.uploadNanos.median)},
      {title: 'download', value: cell => time(cell.measurement.downloadNanos.median)},
      {title: 'overhead', value: cell => time(cell.measurement.hostOverheadNanos.median)},
      {title: 'must move', value: cell => bytes(cell.measurement.compulsoryBytes)},
      {title: 'scratch', value: cell => bytes(cell.measurement.scratchBytes)},
      {title: 'on device', value: cell => bytes(cell.measurement.deviceBytes)},
      {title: 'rows checked', value: cell => `${number(cell.measurement.checkedRows, 0)} of ${number(cell.measurement.rows, 0)}`},
    ], measured.map(cell => ({...cell, note: ''})));
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
      {title: 'value', text: true, wrap: true, value: row => row[1]},
    ], rows);
  }

  summary();
  plots();
  cells();
  environment();
  drawForScreen();
  document.documentElement.dataset.ready = 'true';
})();
