const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const state = {text: 0, ...data.view, transposed: false, query: 0, key: 0};
let text, tokens, ids, layers, N;

function element(name, content, className) {
  const node = document.createElement(name);
  if (content !== undefined) node.textContent = content;
  if (className) node.className = className;
  return node;
}
const fixed = (value, digits) => value.toFixed(digits);

/** Two digits, rounded upwards: what is said to be within a bound is. */
function bound(value) {
  const near = value.toExponential(1);
  if (!(Number(near) < value)) return near;
  const [digits, power] = near.split('e');
  return Number(`${(Number(digits) + .1).toFixed(1)}e${power}`).toExponential(1);
}

/** A layer's heads out of its base64, head after head: log weights of all pairs, LSE of each row, and the same of what a causal mask leaves. */
function unpacked(layer, count) {
  const bytes = Uint8Array.from(atob(layer.numbers), letter => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const floats = new Float32Array(bytes.length / 4);
  for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(4 * i, true);
  let at = 0;
  const take = numbers => floats.subarray(at, at += numbers);
  const heads = Array.from({length: layer.heads}, () => ({
    full: {logs: take(count * count), lse: take(count)},
    causal: {logs: take(count * (count + 1) / 2), lse: take(count)},
  }));
  return {layer: layer.layer, scale: layer.scale, heads};
}
const read = data.texts.map(one => one.layers.map(layer => unpacked(layer, one.tokens.length)));

const currentLayer = () => layers[state.layer];
const currentHead = () => currentLayer().heads[state.head];

// A weight is e to the scaled score less the row's LSE, which the kernel computed; hidden pairs have none. The difference is what the page holds.
const visible = (query, key) => !state.causal || key <= query;
const scores = head => state.causal ? head.causal : head.full;
const log = (head, query, key) => scores(head).logs[(state.causal ? query * (query + 1) / 2 : query * N) + key];
const lse = (head, query) => scores(head).lse[query];
const scaled = (head, query, key) => log(head, query, key) + lse(head, query);
const dot = (head, query, key) => scaled(head, query, key) / currentLayer().scale;
function weight(head, query, key) {
  return visible(query, key) ? Math.exp(log(head, query, key)) : 0;
}
const weights = (head, query) => tokens.map((_, key) => weight(head, query, key));
const sum = row => row.reduce((a, b) => a + b, 0);
const entropy = row => row.reduce((nats, w) => nats - (w > 0 ? w * Math.log(w) : 0), 0);
const special = token => /^\[.*\]$/.test(token);

let paper, full;
function takeColours() {
  const styles = getComputedStyle(document.documentElement);
  [paper, full] = ['--paper', '--full'].map(name => {
    const hex = styles.getPropertyValue(name).trim();
    return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
  });
}

/** Weights of hundredths are to be seen beside one of 1: half a shade is a quarter. */
const strength = w => Math.sqrt(Math.min(1, w));

/** The shade of a weight, and ink that can be read on it: black or white, whichever stands out more, is never below 4.5 to 1. */
function shade(node, w) {
  const colour = paper.map((from, i) => Math.round(from + strength(w) * (full[i] - from)));
  const [red, green, blue] = colour.map(c => c / 255 <= .04045 ? c / 255 / 12.92 : ((c / 255 + .055) / 1.055) ** 2.4);
  const ink = .2126 * red + .7152 * green + .0722 * blue > .179 ? '#000000' : '#ffffff';
  node.style.background = `rgb(${colour.join(' ')})`;
  node.style.color = ink;
  node.style.setProperty('--focus', ink);
}

/** Arrow keys, Home and End among buttons of which Tab reaches one. */
function rove(event, columns) {
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.indexOf(event.target.closest('button'));
  const to = {ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: buttons.length - 1}[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  if (!buttons[to]) return;
  buttons[at].tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
}

function words() {
  $('words').replaceChildren(...tokens.map((token, index) => {
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
    button.tabIndex = key === state.query ? 0 : -1;
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

function titles(table, names, areText) {
  table.tHead?.remove();
  [...table.tBodies].forEach(body => body.remove());
  const top = table.createTHead().insertRow();
  names.forEach((name, i) => {
    const cell = element(name ? 'th' : 'td', name, areText(i) ? 'text' : '');
    if (name) cell.scope = 'col';
    top.append(cell);
  });
  return table.createTBody();
}

function bar(part) {
  const inner = element('span', undefined, 'bar');
  inner.style.width = `${fixed(12 * Math.max(0, part), 2)}rem`;
  const cell = element('td', undefined, 'text');
  cell.append(inner);
  return cell;
}

function drawRow() {
  const head = currentHead();
  const row = weights(head, state.query);
  $('row-caption').textContent = `"${tokens[state.query]}" (token ${state.query}) attends to, in layer ${state.layer}, head ${state.head}${state.causal ? ', causal' : ''}: entropy ${fixed(entropy(row), 2)} nats, sum ${fixed(sum(row), 6)}`;
  const body = titles($('row'), ['word', 'weight', '', 'q·k', 'scaled', 'token', 'id'], i => i === 0 || i === 2);
  tokens.map((_, key) => key).filter(key => visible(state.query, key)).sort((a, b) => row[b] - row[a]).slice(0, 12).forEach(key => {
    body.insertRow().append(element('td', tokens[key], 'text'), element('td', fixed(row[key], 4)), bar(row[key]), element('td', fixed(dot(head, state.query, key), 3)),
      element('td', fixed(scaled(head, state.query, key), 3)), element('td', key), element('td', ids[key]));
  });
}

function heads() {
  const body = titles($('heads'), ['head', 'pattern', 'entropy', 'largest weights: word → whom it attends to'], i => i !== 2);
  currentLayer().heads.forEach((head, index) => {
    const button = element('button', `head ${index}`);
    button.type = 'button';
    button.setAttribute('aria-pressed', String(index === state.head));
    button.addEventListener('click', () => {
      look(state.layer, index);
      $('heads').querySelectorAll('button')[index].focus();
    });
    const first = element('td', undefined, 'text');
    first.append(button);
    const picture = element('td', undefined, 'text');
    picture.append(spark(state.layer, index));
    const rows = tokens.map((_, query) => weights(head, query));
    const pairs = rows.flatMap((row, query) => row.map((w, key) => ({w, query, key})))
      .filter(({query, key}) => visible(query, key) && !special(tokens[query]) && !special(tokens[key])).sort((a, b) => b.w - a.w).slice(0, 3);
    body.insertRow().append(first, picture, element('td', fixed(sum(rows.map(entropy)) / N, 2)),
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
    table.append(element('caption', `"${one.word}" in "${one.first}" and in "${one.second}"`));
    const body = titles(table, ['place', 'between the two', '', 'first, from its start', 'second, from its start'], i => i === 0 || i === 2);
    for (const place of one.places) {
      body.insertRow().append(element('td', place.name, 'text'), element('td', fixed(place.between, 3)), bar(place.between), element('td', fixed(place.firstFromStart, 3)), element('td', fixed(place.secondFromStart, 3)));
    }
    $('compared').append(table);
  }
}
