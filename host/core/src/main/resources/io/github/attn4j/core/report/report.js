/** What a reader must not miss, before any figure. */
function alerts() {
  const place = document.getElementById('alerts');
  const say = (text, className) => place.append(element('p', text, className));
  if (!report.complete) say('The run was interrupted: what follows is what it had measured.', 'bad');
  for (const cell of report.cells.filter(failed)) {
    say(`${cell.status === 'FAILED' ? 'Failed' : 'Build failed'}: ${cell.kernel} on ${cell.deviceId}, ${cell.input}, ${shapeOf(cell)}`, 'bad');
    place.append(element('div', cell.note, 'note'));
  }
  for (const cell of measured.filter(wrongScratch)) {
    say(`Scratch of ${cell.kernel}, ${cell.input}, ${shapeOf(cell)} is ${number(cell.measurement.scratchBytes, 0)} bytes, but its formula says ${number(cell.measurement.scratchFormulaBytes, 0)}.`, 'bad');
  }
  for (const cell of measured.filter(one => overCeiling(one.measurement))) {
    say(`${cell.kernel}, ${cell.input}, ${shapeOf(cell)} is above 105 % of a ceiling: an error to explain, not a record.`, 'bad');
  }
  if (report.noise.noisy) {
    say('The machine was noisy: two runs may differ by more than 5 % in ratio to their ceilings.', 'bad');
    const list = element('ul');
    report.noise.reasons.forEach(reason => list.append(element('li', reason)));
    place.append(list);
  } else {
    say('The machine was steady.');
  }
  const unsettled = measured.filter(cell => !cell.measurement.settled).length;
  if (unsettled > 0) say(`${plural(unsettled, 'cell', 'cells')} of ${measured.length} did not settle: the half-width of the median stayed wide.`);
  const without = report.cells.length - measured.length;
  if (measured.length === 0) {
    say(report.cells.length === 0 ? 'No cell was run.' : 'No cell was measured; the table of every cell says why.');
  } else if (without > 0) {
    say(`${without} of ${report.cells.length} cells have no measurement; the table of every cell says why.`);
  }
}

function devices() {
  const devices = distinct(report.cells.map(cell => `${cell.deviceId} ${cell.device}`));
  document.getElementById('devices').textContent = devices.length > 0 ? `Ran on ${devices.join('; ')}.` : '';
}

headline();
devices();
alerts();
fastestTable();
servingTable();
growthTable();
ceilingTable();
sparsityPlots();
plots();
rooflines();
cellTables();
sparsityTable();
kernelTable();
environmentTable();
command();
drawForScreen();
document.documentElement.dataset.ready = 'true';
