/* The page: what mouse and keys do, the search, and the address' part after #, which holds what is in view
 * (from, to: microseconds from the start; find; theme; pick: the number of an event), so that a view can be linked to. */

const KEYS = [['wheel, W, S', 'zoom at the pointer'], ['drag, A, D, Shift + wheel', 'move in time'],
  ['drag up and down, wheel on the names, \u2191, \u2193', 'move through the tracks'], ['click', 'details of what is there'],
  ['double click, F', 'zoom to it'], ['\u2190, \u2192', 'the slice before or after in the same row'],
  ['Shift + drag, or drag on the times', 'choose a span of time: what happens in it'], ['/', 'find; = before a name: exactly this name'],
  ['Enter, Shift + Enter', 'next, previous that was found'], ['0', 'the whole trace'], ['T', 'light or dark'],
  ['Esc', 'drop search and choice'], ['overview: drag', 'move, or choose what is in view']];

class Page {
  constructor(model) {
    const get = (id) => document.getElementById(id);
    this.model = model;
    this.tracks = get('tracks');
    this.tip = get('tip');
    this.find = get('find');
    this.foundNode = get('found');
    this.drawing = new Drawing(this.tracks, model);
    this.overview = new Overview(get('map'), this.drawing);
    this.panel = new Panel(get('panel'), this.drawing, {
      find: (text) => { this.find.value = text; this.search(text); },
      show: (track, slice) => this.goTo({ track, slice }),
    });
    this.held = new Set();
    this.pointer = { x: 0, y: 0 };
    this.hit = -1;
    get('summary').textContent = `${duration(model.to - model.from)}, ${count(model.events.length)} events`;
    get('whole').onclick = () => this.whole();
    get('theme').onclick = () => this.setTheme(!this.dark);
    get('keys').onclick = () => this.help();
    this.setTheme(matchMedia('(prefers-color-scheme: dark)').matches);
    this.listen();
    this.readAddress();
    this.resize();
    this.panel.show();
  }

  setTheme(dark) {
    this.dark = dark;
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    this.drawing.theme(dark);
    this.overview.image = null;
    this.panel.show();
    this.changed();
  }

  resize() {
    this.drawing.resize();
    this.overview.resize();
    this.changed();
  }

  /* Draws before the next frame, once. */
  changed() {
    if (this.due) return;
    this.due = requestAnimationFrame(() => {
      this.due = 0;
      this.glide();
      this.drawing.draw();
      this.overview.draw();
      clearTimeout(this.writing);
      this.writing = setTimeout(() => this.writeAddress(), 400);
    });
  }

  setView(from, to) {
    const { view } = this.drawing, { model } = this, whole = model.to - model.from;
    const length = Math.min(Math.max(to - from, 0.002), whole * 1.1);
    const middle = Math.min(Math.max((from + to) / 2, model.from), model.to);
    view.from = middle - length / 2;
    view.to = middle + length / 2;
    this.changed();
  }

  whole() {
    const margin = (this.model.to - this.model.from) * 0.01;
    this.setView(this.model.from - margin, this.model.to + margin);
  }

  zoom(factor, x) {
    const t = this.drawing.t(Math.max(GUTTER, x)), { from, to } = this.drawing.view;
    this.setView(t - (t - from) * factor, t + (to - t) * factor);
  }

  pan(pixels) {
    const { from, to } = this.drawing.view, by = pixels / this.drawing.scale;
    this.setView(from + by, to + by);
  }

  scroll(pixels) {
    const { drawing } = this, most = Math.max(0, drawing.total - drawing.height + RULER + 20);
    drawing.view.y = Math.min(most, Math.max(0, drawing.view.y + pixels));
    this.changed();
  }

  /* Keys held down move a little in every frame. */
  glide() {
    if (this.held.size === 0) return;
    const x = this.pointer.x > GUTTER ? this.pointer.x : (GUTTER + this.drawing.width) / 2;
    if (this.held.has('w')) this.zoom(0.95, x);
    if (this.held.has('s')) this.zoom(1 / 0.95, x);
    if (this.held.has('a')) this.pan(-22);
    if (this.held.has('d')) this.pan(22);
    setTimeout(() => this.changed(), 0);
  }

  pick(found) {
    this.drawing.picked = found && found.track ? found : null;
    if (this.drawing.picked) this.drawing.range = null;
    this.panel.show();
    this.changed();
  }

  spanOf({ track, slice, moment }) {
    return slice === undefined ? [track.momentTime[moment], track.momentTime[moment]] : [track.start[slice], track.end[slice]];
  }

  /* Brings a slice or moment into view, and picks it. */
  goTo(found, fit) {
    const [from, to] = this.spanOf(found), { view } = this.drawing, length = view.to - view.from;
    if (fit) this.setView(from - Math.max(0.05, to - from) * 0.6, to + Math.max(0.05, to - from) * 0.6);
    else if (from < view.from || to > view.to) this.setView((from + to - length) / 2, (from + to + length) / 2);
    const item = this.drawing.items.find((i) => i.track === found.track);
    if (item && (item.y < view.y || item.y + item.h > view.y + this.drawing.height - RULER)) this.scroll(item.y - view.y - 60);
    this.pick(found);
  }

  step(by) {
    const { picked } = this.drawing;
    if (!picked) return;
    if (picked.slice === undefined) {
      const moment = picked.moment + by;
      if (moment >= 0 && moment < picked.track.moments.length) this.goTo({ track: picked.track, moment });
      return;
    }
    for (const row of picked.track.rows) {
      const i = row.slice.indexOf(picked.slice);
      if (i >= 0 && i + by >= 0 && i + by < row.n) { this.goTo({ track: picked.track, slice: row.slice[i + by] }); return; }
    }
  }

  /* ---- search ---- */

  /* "=NAME": exactly this name; else a part of a name, an argument's name or a value, in any case. */
  search(text) {
    const { drawing, model } = this, exact = text.startsWith('=') ? text.slice(1) : null, wanted = text.toLowerCase();
    this.hit = -1;
    drawing.matches = drawing.found = null;
    this.foundNode.textContent = '';
    if (text !== '' && text !== '=') {
      drawing.matches = new Set();
      const fits = (event) => exact !== null ? event.name === exact : Page.contains(event, wanted);
      drawing.found = [];
      for (const track of model.tracks.values()) {
        for (let slice = 0; slice < track.start.length; slice++) {
          const last = track.last[slice] < 0 ? null : model.events[track.last[slice]];
          if (!fits(model.events[track.event[slice]]) && !(exact === null && last && Page.contains(last, wanted))) continue;
          drawing.matches.add(track.event[slice]);
          drawing.found.push({ ts: track.start[slice], track, slice });
        }
        track.moments.forEach((event, moment) => {
          if (!fits(model.events[event])) return;
          drawing.matches.add(event);
          drawing.found.push({ ts: model.events[event].ts, track, moment });
        });
      }
      drawing.found.sort((a, b) => a.ts - b.ts);
      this.foundNode.textContent = drawing.found.length > 0 ? `${count(drawing.found.length)} found` : 'not found';
    }
    this.changed();
  }

  static contains(event, wanted) {
    if (String(event.name ?? '').toLowerCase().includes(wanted)) return true;
    for (const key in event.args)
      if (`${key}=${valueText(event.args[key])}`.toLowerCase().includes(wanted)) return true;
    return false;
  }

  next(by) {
    const { found } = this.drawing;
    if (!found || found.length === 0) return;
    if (this.hit < 0) {
      const near = found.findIndex((f) => f.ts >= this.drawing.view.from);
      this.hit = near < 0 ? 0 : by > 0 ? near : near - 1;
    } else {
      this.hit += by;
    }
    this.hit = (this.hit + found.length) % found.length;
    this.foundNode.textContent = `${count(this.hit + 1)} of ${count(found.length)}`;
    this.goTo(found[this.hit]);
  }

  /* ---- mouse ---- */

  listen() {
    const canvas = this.tracks;
    addEventListener('resize', () => this.resize());
    canvas.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
    canvas.addEventListener('pointerdown', (e) => this.press(e));
    canvas.addEventListener('pointermove', (e) => this.move(e));
    canvas.addEventListener('pointerup', (e) => this.release(e));
    canvas.addEventListener('pointerleave', () => this.leave());
    canvas.addEventListener('dblclick', (e) => {
      const found = this.drawing.at(e.offsetX, e.offsetY);
      if (found.track) this.goTo(found, true);
    });
    this.listenOverview();
    addEventListener('keydown', (e) => this.key(e));
    addEventListener('keyup', (e) => this.held.delete(e.key.toLowerCase()));
    addEventListener('blur', () => this.held.clear());
    this.find.addEventListener('input', () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(this.find.value), 150);
    });
    this.find.addEventListener('keydown', (e) => {
      if (e.key === 'Enter') this.next(e.shiftKey ? -1 : 1);
      if (e.key === 'Escape') { this.find.value = ''; this.search(''); this.find.blur(); }
      e.stopPropagation();
    });
  }

  wheel(e) {
    e.preventDefault();
    const unit = e.deltaMode === 1 ? 30 : 1;
    if (e.offsetX < GUTTER) this.scroll(e.deltaY * unit);
    else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.pan((e.deltaX || e.deltaY) * unit);
    else this.zoom(Math.exp(Math.max(-200, Math.min(200, e.deltaY * unit)) * 0.0022), e.offsetX);
  }

  press(e) {
    this.tracks.focus();
    this.tracks.setPointerCapture(e.pointerId);
    const choosing = e.offsetX >= GUTTER && (e.shiftKey || e.offsetY < RULER);
    this.drag = { x: e.offsetX, y: e.offsetY, lastX: e.offsetX, lastY: e.offsetY, moved: false, choosing };
  }

  move(e) {
    this.pointer = { x: e.offsetX, y: e.offsetY };
    const { drawing, drag } = this;
    if (drag) {
      drag.moved ||= Math.hypot(e.offsetX - drag.x, e.offsetY - drag.y) > 3;
      if (!drag.moved) return;
      if (drag.choosing) {
        const a = drawing.t(drag.x), b = drawing.t(Math.max(GUTTER, e.offsetX));
        drawing.range = { from: Math.min(a, b), to: Math.max(a, b) };
        drawing.picked = null;
        this.changed();
      } else {
        this.tracks.classList.add('grab');
        if (drag.x >= GUTTER) this.pan(drag.lastX - e.offsetX);
        this.scroll(drag.lastY - e.offsetY);
      }
      drag.lastX = e.offsetX;
      drag.lastY = e.offsetY;
      this.tip.hidden = true;
      return;
    }
    drawing.hoverTime = e.offsetX >= GUTTER ? drawing.t(e.offsetX) : null;
    drawing.hovered = drawing.at(e.offsetX, e.offsetY);
    this.hint(e);
    this.changed();
  }

  release(e) {
    const { drag, drawing } = this;
    this.drag = null;
    this.tracks.classList.remove('grab');
    if (!drag) return;
    if (drag.moved) {
      if (drag.choosing) this.panel.show();
      return;
    }
    const found = drawing.at(e.offsetX, e.offsetY);
    if (found.item && found.item.kind === 'group') {
      found.item.group.closed = !found.item.group.closed;
      drawing.layout();
      this.scroll(0);
      return;
    }
    drawing.range = null;
    this.pick(found);
  }

  leave() {
    this.tip.hidden = true;
    this.drawing.hoverTime = null;
    this.drawing.hovered = null;
    this.changed();
  }

  hint(e) {
    const { model } = this, { track, slice, moment } = this.drawing.hovered;
    this.tip.hidden = !track;
    this.tracks.style.cursor = track ? 'pointer' : e.offsetY < RULER && e.offsetX >= GUTTER ? 'col-resize' : 'default';
    if (!track) return;
    const event = model.events[slice === undefined ? track.moments[moment] : track.event[slice]];
    const args = Object.entries(slice === undefined ? event.args || {} : model.args(track, slice)).slice(0, 4);
    this.tip.replaceChildren(element('b', { textContent: String(event.name) }),
      element('span', { textContent: [slice === undefined ? duration(event.ts - model.from) : duration(track.end[slice] - track.start[slice]),
        ...args.map(([key, value]) => `${key} ${valueText(value)}`)].join(' \u00b7 ') }));
    const right = e.clientX + 440 > innerWidth, low = e.clientY + 90 > innerHeight;
    this.tip.style.left = right ? '' : `${e.clientX + 14}px`;
    this.tip.style.right = right ? `${innerWidth - e.clientX + 14}px` : '';
    this.tip.style.top = low ? '' : `${e.clientY + 16}px`;
    this.tip.style.bottom = low ? `${innerHeight - e.clientY + 10}px` : '';
  }

  /* Inside what is in view: moves it; outside: chooses anew. */
  listenOverview() {
    const map = this.overview.canvas;
    let begin = null;
    map.addEventListener('pointerdown', (e) => {
      map.setPointerCapture(e.pointerId);
      const { view } = this.drawing, t = this.overview.t(e.offsetX);
      const whole = view.to - view.from > 0.95 * (this.model.to - this.model.from);
      begin = { t, from: view.from, to: view.to, inside: t >= view.from && t <= view.to && !whole };
    });
    map.addEventListener('pointermove', (e) => {
      if (!begin) return;
      const t = this.overview.t(e.offsetX), by = t - begin.t;
      if (begin.inside) this.setView(begin.from + by, begin.to + by);
      else if (Math.abs(by) * this.overview.scale > 3) this.setView(Math.min(t, begin.t), Math.max(t, begin.t));
    });
    map.addEventListener('pointerup', () => { begin = null; });
    map.addEventListener('dblclick', () => this.whole());
  }

  /* ---- keys ---- */

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const { drawing } = this, key = e.key.toLowerCase();
    const actions = {
      '0': () => this.whole(), '/': () => this.find.focus(), t: () => this.setTheme(!this.dark), '?': () => this.help(),
      f: () => { if (drawing.picked) this.goTo(drawing.picked, true); else if (drawing.range) this.setView(drawing.range.from, drawing.range.to); },
      arrowleft: () => this.step(-1), arrowright: () => this.step(1), arrowup: () => this.scroll(-60), arrowdown: () => this.scroll(60),
      pageup: () => this.scroll(-drawing.height / 2), pagedown: () => this.scroll(drawing.height / 2),
      enter: () => this.next(e.shiftKey ? -1 : 1),
      escape: () => { this.find.value = ''; drawing.range = null; this.search(''); this.pick(null); },
    };
    if ('wasd'.includes(key)) {
      this.held.add(key);
      this.changed();
    } else if (actions[key]) {
      e.preventDefault();
      actions[key]();
    }
  }

  help() {
    const dialog = document.getElementById('help'), table = element('table', { className: 'keys' });
    for (const [keys, what] of KEYS) table.append(element('tr', {}, element('td', { textContent: keys }), element('td', { textContent: what })));
    const close = element('button', { textContent: 'Close' });
    close.onclick = () => dialog.close();
    dialog.replaceChildren(element('h2', { textContent: 'Keys and mouse' }), table, element('p', {}, close));
    dialog.showModal();
  }

  /* ---- the address ---- */

  readAddress() {
    const hash = new URLSearchParams(location.hash.slice(1)), { model } = this;
    if (hash.has('theme')) this.setTheme(hash.get('theme') === 'dark');
    this.whole();
    const from = parseFloat(hash.get('from')), to = parseFloat(hash.get('to'));
    if (from < to) this.setView(model.from + from, model.from + to);
    if (hash.get('find')) { this.find.value = hash.get('find'); this.search(this.find.value); }
    const event = parseInt(hash.get('pick'), 10);
    for (const track of model.tracks.values()) {
      const slice = track.event.indexOf(event);
      if (slice >= 0) this.drawing.picked = { track, slice };
    }
  }

  writeAddress() {
    const { view, picked } = this.drawing, round = (t) => (t - this.model.from).toFixed(3);
    const hash = new URLSearchParams({ from: round(view.from), to: round(view.to), theme: this.dark ? 'dark' : 'light' });
    if (this.find.value) hash.set('find', this.find.value);
    if (picked && picked.slice !== undefined) hash.set('pick', picked.track.event[picked.slice]);
    history.replaceState(null, '', `#${hash}`);
  }
}

try {
  window.page = new Page(new Model(JSON.parse(document.getElementById('trace').textContent)));
} catch (error) {
  document.getElementById('panel').textContent = `This trace can't be shown: ${error.message}`;
  throw error;
}
