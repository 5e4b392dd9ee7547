// Okabe and Ito's colours, which stay apart for colour-blind readers; symbols tell kernels apart without colour.
// There is one more colour than there are symbols, so that the pairs repeat late.
const light = {ink: '#1b1f24', soft: '#57606a', line: '#d0d7de', panel: '#ffffff', bad: '#b3261e',
  colors: ['#0072b2', '#d55e00', '#007a5a', '#a2457a', '#6b5b00', '#333399', '#8c2d04', '#1b1f24']};
const dark = {ink: '#e6edf3', soft: '#9aa7b4', line: '#323a44', panel: '#171d24', bad: '#ff8a80',
  colors: ['#56b4e9', '#e69f00', '#2fc49a', '#e08cbb', '#f0e442', '#9aa5ff', '#ff8f5e', '#e6edf3']};
const paper = {...light, paper: true};
const symbols = [
  {name: 'circle', hollow: false}, {name: 'rect', hollow: false}, {name: 'triangle', hollow: false}, {name: 'diamond', hollow: false},
  {name: 'circle', hollow: true}, {name: 'rect', hollow: true}, {name: 'triangle', hollow: true},
];
const outlines = {circle: 'M11 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z', rect: 'M11.5 1.5h9v9h-9z', triangle: 'M16 1l5.5 10h-11z', diamond: 'M16 .5l5 5.5l-5 5.5l-5 -5.5z'};
const charts = [];
const legends = [];

/** How a kernel is drawn, the same in every chart. */
function mark(theme, name) {
  const index = contestants.indexOf(name);
  const color = theme.colors[index % theme.colors.length];
  const symbol = symbols[index % symbols.length];
  return {
    symbol: symbol.name,
    symbolSize: theme.paper ? 6 : 9,
    itemStyle: symbol.hollow ? {color: theme.panel, borderColor: color, borderWidth: 2, opacity: 1} : {color, opacity: 1},
    lineStyle: {color, width: theme.paper ? 1.5 : 2},
  };
}

/** A logarithmic axis that begins and ends on a tick and has few enough of them to label each. */
function logAxis(values, tens) {
  const log = tens ? Math.log10 : Math.log2;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = Math.max(1, Math.ceil(log(high / low) / 8));
  const base = (tens ? 10 : 2) ** step;
  let from = Math.floor(log(low) / step + 1e-9);
  let to = Math.ceil(log(high) / step - 1e-9);
  if (from === to) {
    from--;
    to++;
  }
  return {type: 'log', logBase: base, min: base ** from, max: base ** to};
}

/** A value axis, logarithmic to the base 10 or 2 if the plot says so. */
function valueAxis(values, tens) {
  return tens === undefined ? {type: 'value', min: 0} : logAxis(values, tens);
}

function axisStyle(theme) {
  return {
    axisLabel: {color: theme.ink, hideOverlap: true, fontSize: theme.paper ? 9 : 12},
    axisLine: {show: true, lineStyle: {color: theme.soft}},
    nameTextStyle: {color: theme.ink, fontSize: theme.paper ? 9 : 12},
    splitLine: {show: true, lineStyle: {color: theme.line}},
  };
}

function tooltip(theme) {
  const text = value => echarts.format.encodeHTML(String(value));
  return {
    trigger: 'item', confine: true, backgroundColor: theme.panel, borderColor: theme.soft,
    textStyle: {color: theme.ink, fontSize: 12},
    formatter: ({data, seriesName}) => data && data.cell
      ? `<strong>${text(label(data.cell))}</strong><table class="tip">${facts(data.cell).map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`).join('')}</table>`
      : text(seriesName),
  };
}

/** What all charts have in common; a legend's component holds what is hidden, its buttons are the section's. */
function frame(theme, title, legend) {
  return {
    backgroundColor: 'transparent',
    animation: false,
    title: {text: title, left: 'center', textStyle: {fontSize: theme.paper ? 11 : 14, color: theme.ink}},
    legend: {show: false, selected: Object.fromEntries([...legend.hidden].map(name => [name, false]))},
    tooltip: tooltip(theme),
  };
}

/** A figure for a chart; its option is made anew for each theme. */
function chart(parent, legend, {title, description, height, wide}, option) {
  const figure = element('figure', undefined, wide ? 'wide' : '');
  const box = element('div', undefined, 'chart');
  if (height) box.style.height = `${height}px`;
  box.setAttribute('role', 'img');
  box.setAttribute('aria-label', `${title}. ${description} The same figures stand in the tables below.`);
  figure.append(box, element('figcaption', description));
  parent.append(figure);
  const one = {box, wide, height, instance: null, option: theme => ({...frame(theme, title, legend), ...option(theme)})};
  charts.push(one);
  legend.charts.push(one);
}

/** Buttons that name the kernels of a section's charts, and hide them. */
function legendFor(parent, names) {
  const legend = {hidden: new Set(), charts: [], swatches: []};
  const list = element('div', undefined, 'legend');
  list.setAttribute('role', 'group');
  list.setAttribute('aria-label', 'Kernels of the charts below; press one to hide or show it');
  for (const name of contestants.filter(one => names.includes(one))) {
    const button = element('button');
    button.type = 'button';
    button.setAttribute('aria-pressed', 'true');
    const symbol = symbols[contestants.indexOf(name) % symbols.length];
    const swatch = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    swatch.setAttribute('viewBox', '0 0 32 12');
    swatch.setAttribute('aria-hidden', 'true');
    for (const [path, hollow] of [['M0 6h32', true], [outlines[symbol.name], symbol.hollow]]) {
      const part = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      part.setAttribute('d', path);
      part.setAttribute('class', hollow ? 'hollow' : 'solid');
      swatch.append(part);
    }
    button.append(swatch, element('span', name));
    button.addEventListener('click', () => {
      const hide = !legend.hidden.has(name);
      if (hide) legend.hidden.add(name);
      else legend.hidden.delete(name);
      button.setAttribute('aria-pressed', String(!hide));
      legend.charts.forEach(one => one.instance.dispatchAction({type: hide ? 'legendUnSelect' : 'legendSelect', name}));
    });
    legend.swatches.push({swatch, name});
    list.append(button);
  }
  parent.append(list);
  legends.push(legend);
  return legend;
}

function draw(theme) {
  for (const {swatches} of legends) {
    for (const {swatch, name} of swatches) swatch.style.color = mark(theme, name).lineStyle.color;
  }
  for (const one of charts) {
    if (one.instance) one.instance.dispose();
    // Paper is narrower than a window: two charts of 320 pixels stand side by side on it.
    const size = theme.paper ? {width: one.wide ? 660 : 320, height: one.height ?? (one.wide ? 330 : 250)} : {};
    one.box.style.height = theme.paper ? `${size.height}px` : one.height ? `${one.height}px` : '';
    one.instance = echarts.init(one.box, null, {renderer: 'svg', ...size});
    one.instance.setOption(one.option(theme));
  }
}

function drawForScreen() {
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const screen = () => draw(scheme.matches ? dark : light);
  screen();
  notesByKeyboard();
  scheme.addEventListener('change', screen);
  addEventListener('resize', () => {
    charts.forEach(one => one.instance.resize());
    notesByKeyboard();
  });
  // Paper is white, whatever the screen is.
  addEventListener('beforeprint', () => draw(paper));
  addEventListener('afterprint', screen);
}
