/** The cell of a pair: in the transposed convention rows are keys. */
function cellOf(query, key) {
  const [line, column] = state.transposed ? [key, query] : [query, key];
  return $('grid').tBodies[0].rows[line].cells[column + 1];
}

function describe(query, key) {
  const head = currentHead();
  const value = dot(head, query, key);
  const scaled = currentLayer().scale * value;
  const says = `${tokens[query]} → ${tokens[key]}: q·k ${fixed(value, 3)}, scaled ${fixed(scaled, 3)}`;
  return visible(query, key) ? `${says}, LSE ${fixed(lse(head, query), 3)}, weight e^(${fixed(scaled, 3)} − ${fixed(lse(head, query), 3)}) = ${fixed(weight(head, query, key), 4)}`
    : `${says}, hidden by the causal mask, weight 0`;
}

function drawGrid() {
  const head = currentHead();
  const table = $('grid');
  const numbers = N <= 24;
  table.replaceChildren();
  const top = table.createTHead().insertRow();
  top.append(element('th', state.transposed ? 'key ↓ query →' : 'query ↓ key →', 'corner'));
  tokens.forEach(token => {
    const cell = element('th', token);
    cell.scope = 'col';
    top.append(cell);
  });
  if (!state.transposed) top.append(element('th', 'sum', 'sum'));
  const body = table.createTBody();
  for (let line = 0; line < N; line++) {
    const row = body.insertRow();
    const title = element('th', tokens[line]);
    title.scope = 'row';
    row.append(title);
    for (let column = 0; column < N; column++) {
      const [query, key] = state.transposed ? [column, line] : [line, column];
      const cell = element('td', undefined, numbers ? 'numbers' : '');
      const w = weight(head, query, key);
      cell.dataset.query = query;
      cell.dataset.key = key;
      cell.tabIndex = -1;
      cell.setAttribute('aria-label', describe(query, key));
      if (visible(query, key)) {
        shade(cell, w);
        if (numbers && w >= .005) cell.textContent = fixed(w, 2).replace(/^0/, '');
      } else {
        cell.classList.add('hidden');
      }
      row.append(cell);
    }
    if (!state.transposed) row.append(element('td', fixed(weights(head, line).reduce((a, b) => a + b, 0), 3), 'sum'));
  }
  if (state.transposed) {
    const row = body.insertRow();
    row.append(element('th', 'sum', 'sum'));
    tokens.forEach((_, query) => row.append(element('td', fixed(weights(head, query).reduce((a, b) => a + b, 0), 3), 'sum')));
  }
  $('convention').textContent = state.transposed
    ? 'A column is a query: what one word takes from each of the others. Every column sums to 1. Some lessons draw it so.'
    : 'A row is a query: what one word takes from each of the others. Every row sums to 1.';
  cellOf(state.query, state.key).tabIndex = 0;
  markChosen();
}

function markChosen() {
  const table = $('grid');
  table.querySelectorAll('th.chosen').forEach(cell => cell.classList.remove('chosen'));
  const titles = state.transposed ? [...table.tHead.rows[0].cells].slice(1) : [...table.tBodies[0].rows].map(row => row.cells[0]);
  titles[state.query].classList.add('chosen');
}

function point(cell) {
  if (cell.dataset.query !== undefined) $('pair').textContent = describe(Number(cell.dataset.query), Number(cell.dataset.key));
}

function focusPair(query, key) {
  choose(query, key);
  cellOf(query, key).focus();
}

/** Arrow keys, Home and End walk the cells as they are drawn. */
function walk(event) {
  const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -N], End: [0, N]}[event.key];
  if (!step || event.target.dataset.query === undefined) return;
  event.preventDefault();
  const within = value => Math.max(0, Math.min(N - 1, value));
  const [line, column] = state.transposed ? [state.key, state.query] : [state.query, state.key];
  const [toLine, toColumn] = [within(line + step[0]), within(column + step[1])];
  if (state.transposed) focusPair(toColumn, toLine); else focusPair(toLine, toColumn);
}

function draw() {
  shadeWords();
  drawGrid();
  drawRow();
  heads();
}

function pickers() {
  layers.forEach((_, index) => $('layer').append(new Option(`${index + 1} of ${layers.length}`, index)));
  const fillHeads = () => $('head').replaceChildren(...currentLayer().heads.map((_, index) => new Option(`${index + 1} of ${currentLayer().heads.length}`, index)));
  fillHeads();
  $('layer').addEventListener('change', event => {
    state.layer = Number(event.target.value);
    state.head = Math.min(state.head, currentLayer().heads.length - 1);
    fillHeads();
    $('head').value = state.head;
    draw();
  });
  $('head').addEventListener('change', event => { state.head = Number(event.target.value); draw(); });
  $('causal').addEventListener('change', event => { state.causal = event.target.checked; draw(); });
  $('transposed').addEventListener('change', event => { state.transposed = event.target.checked; draw(); });
  const grid = $('grid');
  grid.addEventListener('mouseover', event => point(event.target));
  grid.addEventListener('focusin', event => point(event.target));
  grid.addEventListener('keydown', walk);
  grid.addEventListener('click', event => {
    if (event.target.dataset.query !== undefined) focusPair(Number(event.target.dataset.query), Number(event.target.dataset.key));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', heads);
}

$('where').textContent = `"${text}", read by ${data.model}: ${N} tokens, ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}.`;
$('how').textContent = `Queries and keys come from ${data.model}. ${data.kernel} on ${data.device} computed attention over them twice, seeing all and behind a causal mask, and gave each row's LSE, `
  + `the logarithm of its sum of exponentials. A weight here is e^(scaled score − LSE): softmax with the kernel's own sum, not a second one. Every row of every head, under both masks, sums to 1 within ${data.largestRowError.toExponential(1)}.`
  + (data.commandLine ? ` Made by: ${data.commandLine}` : '');
words();
pickers();
compared();
draw();
document.documentElement.dataset.ready = 'true';
