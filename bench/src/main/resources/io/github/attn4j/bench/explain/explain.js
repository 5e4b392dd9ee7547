const data = JSON.parse(document.getElementById('data').textContent);
const {tokens, ids, layers, text} = data.patterns;
const N = tokens.length;
const $ = id => document.getElementById(id);
const state = {layer: 0, head: 0, causal: false, transposed: false, query: Math.min(1, N - 1), key: 0};

function element(name, content, className) {
  const node = document.createElement(name);
  if (content !== undefined) node.textContent = content;
  if (className) node.className = className;
  return node;
}
const fixed = (value, digits) => value.toFixed(digits);
const currentLayer = () => layers[state.layer];
const currentHead = () => currentLayer().heads[state.head];

// A weight is e to the score less the row's LSE, which the kernel computed; hidden pairs have none.
const visible = (query, key) => !state.causal || key <= query;
const dot = (head, query, key) => head.dots[query * N + key];
const lse = (head, query) => (state.causal ? head.causalLse : head.lse)[query];
function weight(head, query, key) {
  return visible(query, key) ? Math.exp(currentLayer().scale * dot(head, query, key) - lse(head, query)) : 0;
}
const weights = (head, query) => tokens.map((_, key) => weight(head, query, key));
const entropy = row => row.reduce((nats, w) => nats - (w > 0 ? w * Math.log(w) : 0), 0);
const special = token => /^\[.*\]$/.test(token);

/** The shade of a weight, and ink that can be read on it. */
function shade(node, w) {
  node.style.background = `color-mix(in oklab, var(--full) ${fixed(100 * Math.min(1, w), 1)}%, var(--paper))`;
  node.style.color = w > .5 ? 'var(--on-full)' : '';
  node.style.setProperty('--focus', w > .5 ? 'var(--on-full)' : 'var(--ink)');
}

function words() {
  const place = $('words');
  place.replaceChildren(...tokens.map((token, index) => {
    const button = element('button');
    button.type = 'button';
    button.append(element('span', token), element('small', ids[index]));
    button.title = `token ${index}, id ${ids[index]}`;
    button.addEventListener('click', () => choose(index));
    return button;
  }));
}

function shadeWords() {
  const row = weights(currentHead(), state.query);
  [...$('words').children].forEach((button, key) => {
    button.setAttribute('aria-pressed', String(key === state.query));
    button.setAttribute('aria-label', `${tokens[key]}, id ${ids[key]}; ${tokens[state.query]} attends to it with ${fixed(row[key], 3)}`);
    shade(button, row[key]);
  });
}

/** Another query, and with it another cell that Tab reaches. */
function choose(query, key = state.key) {
  cellOf(state.query, state.key).tabIndex = -1;
  state.query = query;
  state.key = key;
  cellOf(query, key).tabIndex = 0;
  shadeWords();
  drawRow();
  markChosen();
}

function drawRow() {
  const head = currentHead();
  const row = weights(head, state.query);
  $('row-caption').textContent = `"${tokens[state.query]}" (token ${state.query}) attends to, in layer ${state.layer + 1}, head ${state.head + 1}${state.causal ? ', causal' : ''}: entropy ${fixed(entropy(row), 2)} nats, sum ${fixed(row.reduce((a, b) => a + b, 0), 6)}`;
  const table = $('row');
  table.tHead?.remove();
  [...table.tBodies].forEach(body => body.remove());
  const top = table.createTHead().insertRow();
  ['word', 'weight', '', 'q·k', 'scaled', 'token', 'id'].forEach((title, i) => {
    const cell = element('th', title, i === 0 || i === 2 ? 'text' : '');
    cell.scope = 'col';
    top.append(cell);
  });
  const body = table.createTBody();
  tokens.map((_, key) => key).filter(key => visible(state.query, key)).sort((a, b) => row[b] - row[a]).slice(0, 12).forEach(key => {
    const line = body.insertRow();
    const bar = element('span', undefined, 'bar');
    bar.style.width = `${fixed(12 * row[key], 2)}rem`;
    const place = element('td', undefined, 'text');
    place.append(bar);
    const value = dot(head, state.query, key);
    line.append(element('td', tokens[key], 'text'), element('td', fixed(row[key], 4)), place, element('td', fixed(value, 3)),
      element('td', fixed(currentLayer().scale * value, 3)), element('td', key), element('td', ids[key]));
  });
}

/** A head's whole pattern, small. */
function spark(head) {
  const canvas = element('canvas', undefined, 'spark');
  canvas.width = canvas.height = Math.max(48, N);
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d');
  const size = canvas.width / N;
  context.fillStyle = getComputedStyle(document.body).getPropertyValue('--full');
  for (let query = 0; query < N; query++) {
    for (let key = 0; key < N; key++) {
      context.globalAlpha = Math.min(1, weight(head, query, key));
      const [x, y] = state.transposed ? [query, key] : [key, query];
      context.fillRect(x * size, y * size, size, size);
    }
  }
  return canvas;
}

function heads() {
  const table = $('heads');
  table.tHead?.remove();
  [...table.tBodies].forEach(body => body.remove());
  const top = table.createTHead().insertRow();
  ['head', 'pattern', 'entropy', 'largest weights: word → whom it attends to'].forEach((title, i) => {
    const cell = element('th', title, i === 2 ? '' : 'text');
    cell.scope = 'col';
    top.append(cell);
  });
  const body = table.createTBody();
  currentLayer().heads.forEach((head, index) => {
    const line = body.insertRow();
    const button = element('button', `head ${index + 1}`);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(index === state.head));
    button.addEventListener('click', () => { state.head = index; $('head').value = index; draw(); $('heads').querySelectorAll('button')[index].focus(); });
    const first = element('td', undefined, 'text');
    first.append(button);
    const picture = element('td', undefined, 'text');
    picture.append(spark(head));
    const rows = tokens.map((_, query) => weights(head, query));
    const pairs = rows.flatMap((row, query) => row.map((w, key) => ({w, query, key})))
      .filter(({query, key}) => visible(query, key) && !special(tokens[query]) && !special(tokens[key])).sort((a, b) => b.w - a.w).slice(0, 3);
    line.append(first, picture, element('td', fixed(rows.reduce((sum, row) => sum + entropy(row), 0) / N, 2)),
      element('td', pairs.map(({w, query, key}) => `${tokens[query]} → ${tokens[key]} ${fixed(w, 2)}`).join(',  '), 'text'));
  });
}

function compared() {
  if (data.words.length === 0) {
    $('compare').remove();
    return;
  }
  for (const one of data.words) {
    const table = element('table');
    table.append(element('caption', `"${one.word}" in "${one.first}" and in "${one.second}". Cosines of its vectors: 1 is the same direction, 0 unrelated. What the two share falls as context moves them apart.`));
    const top = table.createTHead().insertRow();
    ['place', 'between the two', '', 'first, from its start', 'second, from its start'].forEach((title, i) => {
      const cell = element('th', title, i === 0 || i === 2 ? 'text' : '');
      cell.scope = 'col';
      top.append(cell);
    });
    const body = table.createTBody();
    for (const place of one.places) {
      const line = body.insertRow();
      const bar = element('span', undefined, 'bar');
      bar.style.width = `${fixed(12 * Math.max(0, place.between), 2)}rem`;
      const cell = element('td', undefined, 'text');
      cell.append(bar);
      line.append(element('td', place.name, 'text'), element('td', fixed(place.between, 3)), cell, element('td', fixed(place.firstFromStart, 3)), element('td', fixed(place.secondFromStart, 3)));
    }
    $('compared').append(table);
  }
}
