/** The cell of a pair: in the transposed convention rows are keys. */
function cellOf(query, key) {
  const [line, column] = state.transposed ? [key, query] : [query, key];
  return $('grid').tBodies[0].rows[line].cells[column + 1];
}

function describe(query, key) {
  const pair = `${tokens[query]} → ${tokens[key]}: `;
  if (!visible(query, key)) return `${pair}hidden by the causal mask, weight 0`;
  const head = currentHead();
  const score = fixed(scaled(head, query, key), 3);
  const logSum = fixed(lse(head, query), 3);
  return `${pair}q·k ${fixed(dot(head, query, key), 3)}, scaled ${score}, LSE ${logSum}, weight e^(${score} − ${logSum}) = ${fixed(weight(head, query, key), 4)}`;
}

function sumCell(query) {
  const total = sum(weights(currentHead(), query));
  const cell = element('td', fixed(total, 3), 'sum');
  cell.dataset.sum = total;
  cell.title = `weights of "${tokens[query]}" add up to ${total}`;
  return cell;
}

function drawGrid() {
  const head = currentHead();
  const table = $('grid');
  const numbers = N <= 24;
  table.replaceChildren();
  const top = table.createTHead().insertRow();
  const corner = element('th', state.transposed ? 'key ↓ query →' : 'query ↓ key →', 'corner');
  corner.scope = 'col';
  top.append(corner);
  tokens.forEach(token => {
    const cell = element('th', undefined);
    cell.append(element('span', token));
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
      cell.dataset.query = query;
      cell.dataset.key = key;
      cell.tabIndex = -1;
      cell.setAttribute('aria-label', describe(query, key));
      if (visible(query, key)) {
        const w = weight(head, query, key);
        shade(cell, w);
        if (numbers && w >= .005) cell.textContent = fixed(w, 2).replace(/^0/, '');
      } else {
        cell.classList.add('hidden');
      }
      row.append(cell);
    }
    if (!state.transposed) row.append(sumCell(line));
  }
  if (state.transposed) {
    const row = body.insertRow();
    const title = element('th', 'sum', 'sum');
    title.scope = 'row';
    row.append(title, ...tokens.map((_, query) => sumCell(query)));
  }
  $('grid-where').textContent = `Layer ${state.layer}, head ${state.head}${state.causal ? ', causal' : ''}. `;
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
  $('pair').textContent = 'Point at a cell, or walk the grid with the arrow keys.';
  shadeWords();
  drawGrid();
  drawRow();
  heads();
}

/** Another head. */
function look(layer, head) {
  const sameLayer = layer === state.layer;
  state.layer = layer;
  state.head = Math.min(head, layers[layer].heads.length - 1);
  $('layer').value = layer;
  if (!sameLayer) fillHeads();
  $('head').value = state.head;
  markLooked();
  draw();
}

const options = (select, count) => select.replaceChildren(...Array.from({length: count}, (_, index) => new Option(index, index)));
const fillHeads = () => options($('head'), currentLayer().heads.length);

/** Another text, looked at where the one before was. */
function open(index) {
  state.text = index;
  ({text, tokens, ids} = data.texts[index]);
  layers = read[index];
  N = tokens.length;
  state.query = Math.min(1, N - 1);
  state.key = 0;
  $('where').textContent = `"${text}", read by ${data.model}: ${N} tokens, ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}.`;
  options($('layer'), layers.length);
  $('layer').value = state.layer;
  fillHeads();
  $('head').value = state.head;
  words();
  overview();
  draw();
}

function pickers() {
  $('text').replaceChildren(...data.texts.map((one, index) => new Option(one.text, index)));
  $('text-label').hidden = data.texts.length === 1;
  $('causal').checked = state.causal;
  $('transposed').checked = false; // a browser that comes back keeps what was ticked
  $('text').addEventListener('change', event => open(Number(event.target.value)));
  $('layer').addEventListener('change', event => look(Number(event.target.value), state.head));
  $('head').addEventListener('change', event => look(state.layer, Number(event.target.value)));
  $('causal').addEventListener('change', event => { state.causal = event.target.checked; overview(); draw(); });
  $('transposed').addEventListener('change', event => { state.transposed = event.target.checked; overview(); draw(); });
  $('words').addEventListener('keydown', event => rove(event, 1));
  $('overview').addEventListener('keydown', event => rove(event, layers[0].heads.length));
  const grid = $('grid');
  grid.addEventListener('mouseover', event => point(event.target));
  grid.addEventListener('focusin', event => point(event.target));
  grid.addEventListener('keydown', walk);
  grid.addEventListener('click', event => {
    if (event.target.dataset.query !== undefined) focusPair(Number(event.target.dataset.query), Number(event.target.dataset.key));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { takeColours(); overview(); draw(); });
}

const millis = fixed(sum(data.texts.map(one => one.attentionNanos)) / 1e6, 2);
$('how').textContent = `${data.model} ran twice over ${data.texts.length === 1 ? 'the text' : 'each text'}: every word seeing all, as it was trained, and every layer behind a causal mask. `
  + `${data.kernel} on ${data.device} computed attention, ${millis} ms in all on the device, and gave each row's LSE, the logarithm of its sum of exponentials; queries and keys are those that it read. `
  + `A weight here is e^(scaled score − LSE): softmax with the kernel's own sum, not a second one. Every row of every head, in both runs, sums to 1 within ${bound(data.largestRowError)}.`
  + (data.commandLine ? ` Made by: ${data.commandLine}` : '');
takeColours();
pickers();
compared();
open(0);
document.documentElement.dataset.ready = 'true';
