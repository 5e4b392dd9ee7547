const data = JSON.parse(document.getElementById('data').textContent);
const report = data.report;

// Figures. There may be none (null), and one without bound comes as the text "Infinity".
const there = value => value !== null && value !== undefined;
const finite = value => there(value) && Number.isFinite(Number(value));
const number = (value, digits) => there(value) ? Number(value).toLocaleString('en', {maximumFractionDigits: digits, minimumFractionDigits: digits}) : '';
const short = value => Number(value.toPrecision(3)).toLocaleString('en', {maximumSignificantDigits: 3});
const time = nanos => !there(nanos) ? '' : nanos < 1e6 ? number(nanos / 1e3, 1) + ' µs' : nanos < 1e9 ? number(nanos / 1e6, 2) + ' ms' : number(nanos / 1e9, 2) + ' s';
const timeTick = nanos => nanos < 1e3 ? short(nanos) + ' ns' : nanos < 1e6 ? short(nanos / 1e3) + ' µs' : nanos < 1e9 ? short(nanos / 1e6) + ' ms' : short(nanos / 1e9) + ' s';
const bytes = count => count >= 2 ** 30 ? number(count / 2 ** 30, 2) + ' GiB' : count >= 2 ** 20 ? number(count / 2 ** 20, 1) + ' MiB' : count === 0 ? '0' : number(count / 1024, 1) + ' KiB';
const byteTick = count => count >= 2 ** 30 ? short(count / 2 ** 30) + ' GiB' : count >= 2 ** 20 ? short(count / 2 ** 20) + ' MiB' : count >= 1024 ? short(count / 1024) + ' KiB' : short(count) + ' B';
// Less than a percent keeps two digits: 0.0 % would read as nothing.
const percent = share => !there(share) ? '' : (share < .01 ? Number(100 * share).toLocaleString('en', {maximumSignificantDigits: 2}) : number(100 * share, 1)) + ' %';
const rate = value => there(value) ? short(Number(value)) : '';
const signed = value => there(value) ? (value < 0 ? '' : '+') + number(value, 1) + ' %' : '';
const plural = (count, one, many) => `${number(count, 0)} ${count === 1 ? one : many}`;
const words = status => status.toLowerCase().replaceAll('_', ' ');
const distinct = values => [...new Set(values)];

function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** Lets the keyboard scroll what a note, such as a compiler's log, has more of than it shows. */
function notesByKeyboard() {
  for (const note of document.querySelectorAll('div.note')) {
    const scrolls = note.scrollHeight > note.clientHeight;
    if (scrolls) {
      note.tabIndex = 0;
      note.setAttribute('role', 'group');
      note.setAttribute('aria-label', 'Message');
    } else {
      for (const name of ['tabindex', 'role', 'aria-label']) note.removeAttribute(name);
    }
  }
}

/** Fills a table of the page; a row's own remark follows it over all columns. */
function table(id, columns, rows, remark) {
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
    const text = remark ? remark(row) : '';
    if (text) {
      const note = element('td', undefined, 'note');
      note.colSpan = columns.length;
      note.append(element('div', text, 'note'));
      body.insertRow().append(note);
    }
  }
}

/** Takes a table away that would be empty, with the box around it. */
const drop = id => document.getElementById(id).closest('.scroll').remove();

function environmentTable() {
  const e = report.environment;
  const rows = [['operating system', e.os], ['processor', `${e.cpu}, ${plural(e.cores, 'core', 'cores')}`], ['JDK', e.jdk],
    ['version', `${e.tool} ${e.version}`], ['source', e.gitCommit + (e.gitDirty ? ', with uncommitted changes' : '')],
    ['started', e.startedAt], ['seed', String(e.seed)],
    ...e.devices.flatMap(d => [
      [`${d.backend}:${d.index}`, `${d.name}, ${d.kind}, driver ${d.driver}, ${plural(d.computeUnits, 'compute unit', 'compute units')}, ` +
        `memory ${bytes(d.memoryBytes)}, local memory ${bytes(d.localBytes)}, largest work-group ${number(d.largestWorkGroup, 0)}`],
      ...Object.entries(d.details).map(([name, value]) => [`${d.backend}:${d.index} ${name}`, value])])];
  table('environment', [
    {title: 'what', text: true, value: row => row[0]},
    {title: 'value', text: true, wrap: true, value: row => row[1]},
  ], rows);
}

function headline() {
  const e = report.environment;
  document.getElementById('where').textContent = `${e.tool} ${e.version}, ${e.startedAt}, ${e.cpu} (${plural(e.cores, 'core', 'cores')})`;
}

/** The command, and a button that copies it also where a page from a file may not use the clipboard. */
function command() {
  const text = document.getElementById('command');
  const answer = document.getElementById('copied');
  text.textContent = report.environment.commandLine;
  document.getElementById('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      answer.textContent = 'Copied.';
    } catch {
      getSelection().selectAllChildren(text);
      answer.textContent = document.execCommand('copy') ? 'Copied.' : 'Selected: copy it with the keyboard.';
    }
  });
}
