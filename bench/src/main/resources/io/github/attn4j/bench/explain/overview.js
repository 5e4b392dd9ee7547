/** A head's whole pattern, a pixel a pair, as opaque as its shade in the grid. */
function paint(canvas, layer, head) {
  canvas.width = canvas.height = N;
  const context = canvas.getContext('2d');
  const image = context.createImageData(N, N);
  const {logs} = scores(layers[layer].heads[head]);
  let pair = 0;
  for (let query = 0; query < N; query++) {
    const keys = state.causal ? query + 1 : N;
    for (let key = 0; key < keys; key++, pair++) {
      const at = 4 * (state.transposed ? key * N + query : query * N + key);
      image.data.set([...full, 255 * strength(Math.exp(logs[pair]))], at);
    }
  }
  context.putImageData(image, 0, 0);
}

function spark(layer, head) {
  const canvas = element('canvas', undefined, 'spark');
  canvas.setAttribute('aria-hidden', 'true');
  canvas.classList.toggle('coarse', N <= 48);
  paint(canvas, layer, head);
  return canvas;
}

/** Every head of every layer: a row of pictures a layer. */
function overview() {
  const most = Math.max(...layers.map(layer => layer.heads.length));
  $('overview').replaceChildren(...layers.map((layer, index) => {
    const line = element('div', undefined, 'line');
    line.append(element('span', `layer ${index}`, 'name'), ...layer.heads.map((_, head) => {
      const button = element('button');
      button.type = 'button';
      button.title = `layer ${index}, head ${head}`;
      button.setAttribute('aria-label', button.title);
      button.addEventListener('click', () => look(index, head));
      button.append(spark(index, head));
      return button;
    }));
    return line;
  }));
  $('overview').style.setProperty('--columns', most);
  markLooked();
}

function markLooked() {
  const buttons = [...$('overview').querySelectorAll('button')];
  const current = buttons.findIndex(button => button.title === `layer ${state.layer}, head ${state.head}`);
  buttons.forEach((button, index) => {
    button.setAttribute('aria-pressed', String(index === current));
    button.tabIndex = index === current ? 0 : -1;
  });
}
