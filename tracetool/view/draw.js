/* Drawing: what can be seen of a model in a span of time, on a canvas. What is narrower than a pixel is merged: the
 * pixel has the colour of the longest slice in it, the fainter the less of it is filled. */

const GUTTER = 236, RULER = 26, GROUP = 24, DEPTH_ROW = 18, LANE_ROW = 15, MOMENT_ROW = 15, COUNTER_ROW = 34, GAP = 7;
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
const HUES = [32, 268, 160, 345, 52, 200, 300, 12, 95, 235, 180, 320, 70, 128];

/* Exception levels and guests have colours of their own, the rest one by its rank within its category. */
class Colours {
  constructor(model, dark) {
    this.dark = dark;
    this.fill = model.names.map((name) => this.hsl(...Colours.of(name)));
    this.text = dark ? '#eef1f5' : '#1c2128';
    const css = getComputedStyle(document.documentElement);
    for (const key of ['page', 'raised', 'line', 'faint', 'accent', 'hit'])
      this[key] = css.getPropertyValue('--' + key).trim();
    this.ink = css.getPropertyValue('--text').trim();
  }

  hsl(hue, saturation) {
    return this.dark ? `hsl(${hue} ${saturation * 0.72}% 45%)` : `hsl(${hue} ${saturation}% 68%)`;
  }

  static of(name) {
    const level = name.cat === 'el' && /^EL([0-3])/.exec(name.text);
    if (level && level[1] === '3') return [350, 75];
    if (level && level[1] === '2') return [28, 88];
    if (/VMID/.test(name.text) && (level || name.cat === 'guest')) return level && level[1] === '0' ? [184, 55] : [212, 78];
    if (level) return level[1] === '1' ? [250, 62] : [142, 48];
    if (/\bWF[IE]\b|off|asleep/.test(name.text)) return [215, 14];
    return [HUES[name.rank % HUES.length], 66];
  }
}

/* Microseconds for people, with as many digits as `step` (also in microseconds) needs. */
function duration(us) {
  const size = Math.abs(us);
  if (size >= 1e6) return `${+(us / 1e6).toPrecision(5)} s`;
  if (size >= 1e3) return `${+(us / 1e3).toPrecision(5)} ms`;
  if (size >= 1) return `${+us.toPrecision(5)} \u00b5s`;
  return `${+(us * 1e3).toPrecision(4)} ns`;
}

function timeLabel(us, step) {
  const [unit, name] = Math.max(Math.abs(us), step) >= 1e6 ? [1e6, 's'] : Math.max(Math.abs(us), step) >= 1e3 ? [1e3, 'ms']
    : step >= 0.1 ? [1, '\u00b5s'] : [1e-3, 'ns'];
  const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / unit) - 1e-9)));
  return `${(us / unit).toFixed(digits)} ${name}`;
}

function count(n) { return n.toLocaleString('en-US'); }

class Drawing {
  constructor(canvas, model) {
    this.canvas = canvas;
    this.model = model;
    this.view = { from: model.from, to: model.to, y: 0 };
    this.picked = null;  // {track, slice} or {track, moment}
    this.hovered = null;
    this.range = null;   // {from, to}
    this.matches = null; // Set of indices of events
    this.hoverTime = null;
    this.widths = new Map();
    this.layout();
  }

  theme(dark) { this.colours = new Colours(this.model, dark); }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.g = this.canvas.getContext('2d');
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /* Where everything is, from top to bottom, before scrolling. */
  layout() {
    let y = 0;
    this.items = [];
    for (const group of this.model.groups) {
      this.items.push({ kind: 'group', group, y, h: GROUP });
      y += GROUP;
      if (group.closed) continue;
      for (const thing of group.items) {
        const item = { kind: 'track', track: thing, y, h: 0 };
        if (thing instanceof Counter) {
          item.kind = 'counter';
          item.h = COUNTER_ROW;
        } else {
          const row = thing.lanes ? LANE_ROW : DEPTH_ROW;
          item.rowHeight = row;
          item.h = thing.rows.length * row + (thing.moments.length > 0 ? MOMENT_ROW : 0);
        }
        this.items.push(item);
        y += item.h + GAP;
      }
      y += 4;
    }
    this.total = y;
  }

  get scale() { return (this.width - GUTTER) / (this.view.to - this.view.from); }
  x(t) { return GUTTER + (t - this.view.from) * this.scale; }
  t(x) { return this.view.from + (x - GUTTER) / this.scale; }

  draw() {
    const { g, colours } = this;
    g.fillStyle = colours.page;
    g.fillRect(0, 0, this.width, this.height);
    const step = this.tickStep();
    this.grid(step);
    for (const item of this.items) {
      const y = item.y - this.view.y + RULER;
      if (y + item.h < RULER || y > this.height) continue;
      if (item.kind === 'group') this.drawGroup(item.group, y);
      else if (item.kind === 'counter') this.drawCounter(item.track, y);
      else this.drawTrack(item, y);
    }
    this.overlay();
    this.ruler(step);
  }

  tickStep() {
    const wanted = 110 / this.scale, power = 10 ** Math.floor(Math.log10(wanted));
    return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= wanted);
  }

  grid(step) {
    const { g, view } = this;
    g.fillStyle = this.colours.line;
    g.globalAlpha = 0.55;
    for (let k = Math.ceil((view.from - this.model.from) / step); this.model.from + k * step < view.to; k++)
      g.fillRect(Math.round(this.x(this.model.from + k * step)), RULER, 1, this.height);
    g.globalAlpha = 1;
  }

  /* Times from the start of the trace; where they would get long, only what follows a time said at the left. */
  ruler(step) {
    const { g, view, colours } = this, origin = this.model.from;
    g.fillStyle = colours.page;
    g.fillRect(0, 0, this.width, RULER);
    g.fillStyle = colours.line;
    g.fillRect(0, RULER - 1, this.width, 1);
    const coarse = 1000 * step, from = view.from - origin;
    const base = from > 20 * coarse ? Math.floor(from / coarse) * coarse : 0;
    g.font = `12px ${FONT}`;
    g.textBaseline = 'middle';
    g.textAlign = 'right';
    g.fillStyle = colours.faint;
    const label = base > 0 ? `${timeLabel(base, coarse)}  +` : 'simulated time';
    g.fillText(label, GUTTER - 10, RULER / 2);
    g.textAlign = 'left';
    g.fillStyle = colours.ink;
    for (let k = Math.ceil(from / step); origin + k * step < view.to; k++) {
      const x = Math.round(this.x(origin + k * step));
      g.fillStyle = colours.line;
      g.fillRect(x, RULER - 7, 1, 6);
      g.fillStyle = colours.faint;
      g.fillText(timeLabel(k * step - base, step), x + 4, RULER / 2);
    }
  }

  gutter(y, h, fill) {
    this.g.fillStyle = fill || this.colours.page;
    this.g.fillRect(0, y, GUTTER - 1, h);
    this.g.fillStyle = this.colours.line;
    this.g.fillRect(GUTTER - 1, y, 1, h);
  }

  drawGroup(group, y) {
    const { g, colours } = this;
    g.fillStyle = colours.raised;
    g.fillRect(0, y, this.width, GROUP - 3);
    g.fillStyle = colours.ink;
    g.font = `600 12.5px ${FONT}`;
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    g.fillText(`${group.closed ? '\u25b8' : '\u25be'}  ${group.title}`, 10, y + (GROUP - 3) / 2);
    if (group.closed) {
      g.fillStyle = colours.faint;
      g.font = `12px ${FONT}`;
      g.fillText(`${group.items.length} tracks`, GUTTER + 8, y + (GROUP - 3) / 2);
    }
  }

  trackName(track, y, h) {
    const { g, colours } = this;
    this.gutter(y - 1, h + GAP);
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    g.font = `500 12px ${FONT}`;
    g.fillStyle = colours.ink;
    g.fillText(this.fitting(track.title, track.lanes ? 106 : GUTTER - 34), 24, y + 8);
  }

  drawTrack(item, y) {
    const { g, colours } = this, { track, rowHeight } = item;
    g.save();
    g.beginPath();
    g.rect(GUTTER, RULER, this.width - GUTTER, this.height);
    g.clip();
    track.rows.forEach((row, n) => this.drawRow(track, row, y + n * rowHeight, rowHeight - (track.lanes ? 2 : 1)));
    if (track.moments.length > 0) this.drawMoments(track, y + track.rows.length * rowHeight);
    g.restore();
    this.trackName(track, y, item.h);
    if (!track.lanes) return;
    g.font = `11px ${FONT}`;
    g.textAlign = 'right';
    track.rows.forEach((row, n) => {
      g.fillStyle = colours.fill[track.nameId[row.slice[0]]];
      g.fillRect(GUTTER - 7, y + n * rowHeight + 1, 4, rowHeight - 3);
      g.fillStyle = colours.faint;
      g.fillText(this.fitting(row.label, n === 0 ? 104 : GUTTER - 44), GUTTER - 12, y + n * rowHeight + rowHeight / 2);
    });
  }

  matched(track, slice) {
    return this.matches.has(track.event[slice]) || this.matches.has(track.last[slice]);
  }

  drawRow(track, row, y, h) {
    const { g, view, colours, matches } = this, scale = this.scale;
    g.font = `11px ${FONT}`;
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    for (let i = row.firstEndingAfter(view.from); i < row.n && row.start[i] < view.to;) {
      const x0 = this.x(row.start[i]), x1 = this.x(row.end[i]);
      if (x1 - x0 >= 2) {
        this.drawSlice(track, row, i, Math.max(x0, GUTTER - 4), Math.min(x1, this.width + 4), y, h);
        i++;
        continue;
      }
      const column = Math.floor(x0);
      let next = row.firstStartingAfter(this.t(column + 1), i);
      if (next > i + 1 && (row.end[next - 1] - row.start[next - 1]) * scale >= 2) next--; // drawn by itself
      next = Math.max(next, i + 1);
      const longest = row.slice[row.longest(i, next)];
      let dim = 1;
      if (matches) {
        dim = 0.15;
        for (let k = i; k < next && dim < 1; k++) if (this.matched(track, row.slice[k])) dim = 1;
      }
      g.globalAlpha = dim * (0.45 + 0.55 * Math.min(1, (row.busy[next] - row.busy[i]) * scale));
      g.fillStyle = colours.fill[track.nameId[longest]];
      g.fillRect(column, y, 1, h);
      i = next;
    }
    g.globalAlpha = 1;
  }

  drawSlice(track, row, i, x0, x1, y, h) {
    const { g, colours } = this, slice = row.slice[i];
    const gap = x1 - x0 > 4 ? 1 : 0;
    g.globalAlpha = this.matches && !this.matched(track, slice) ? 0.15 : 1;
    g.fillStyle = colours.fill[track.nameId[slice]];
    g.fillRect(x0, y, x1 - x0 - gap, h);
    if (x1 - x0 > 26 && !track.lanes) {
      g.fillStyle = colours.text;
      g.fillText(this.fitting(this.model.names[track.nameId[slice]].text, x1 - x0 - 8), x0 + 4, y + h / 2 + 0.5);
    }
    const on = (p) => p && p.track === track && p.slice === slice;
    if (on(this.picked) || on(this.hovered)) {
      g.strokeStyle = colours.ink;
      g.lineWidth = on(this.picked) ? 2 : 1;
      g.strokeRect(x0 + 0.5, y + 0.5, Math.max(2, x1 - x0 - gap - 1), h - 1);
    }
    g.globalAlpha = 1;
  }

  drawMoments(track, y) {
    const { g, model, colours } = this, time = track.momentTime;
    const low = after(time, this.t(GUTTER - 6), 0, time.length);
    g.font = `11px ${FONT}`;
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    for (let i = low; i < time.length && time[i] < this.view.to;) {
      const x = this.x(time[i]), next = Math.max(i + 1, after(time, this.t(Math.floor(x) + 1), i, time.length));
      const event = model.events[track.moments[i]], room = next < time.length ? this.x(time[next]) - x - 12 : 300;
      let lit = !this.matches;
      for (let k = i; k < next && !lit; k++) lit = this.matches.has(track.moments[k]);
      g.globalAlpha = lit ? 1 : 0.15;
      g.fillStyle = colours.fill[model.nameId(event)];
      if (room > 4) {
        g.beginPath();
        g.moveTo(x, y + 1);
        g.lineTo(x + 4, y + 7);
        g.lineTo(x, y + 13);
        g.lineTo(x - 4, y + 7);
        g.fill();
      } else {
        g.fillRect(Math.floor(x), y + 1, 1, 12);
      }
      if (room > 30) {
        g.fillStyle = colours.ink;
        g.fillText(this.fitting(String(event.name), room), x + 7, y + 7.5);
      }
      i = next;
    }
    g.globalAlpha = 1;
  }

  drawCounter(counter, y) {
    const { g, view, colours } = this, h = COUNTER_ROW - 4, span = counter.max - counter.min || 1;
    g.save();
    g.beginPath();
    g.rect(GUTTER, RULER, this.width - GUTTER, this.height);
    g.clip();
    g.fillStyle = colours.accent;
    g.globalAlpha = 0.45;
    for (let i = Math.max(0, after(counter.time, view.from, 0, counter.time.length) - 1); i < counter.time.length && counter.time[i] < view.to;) {
      const x0 = this.x(counter.time[i]);
      const next = Math.max(i + 1, after(counter.time, this.t(Math.floor(x0) + 1), i, counter.time.length));
      const x1 = next < counter.time.length ? this.x(counter.time[next]) : this.width;
      let top = counter.value[i];
      for (let k = i; k < next; k++) top = Math.max(top, counter.value[k]);
      const size = Math.max(1, ((top - counter.min) / span) * h);
      g.fillRect(x0, y + h - size, Math.max(1, x1 - x0), size);
      i = next;
    }
    g.restore();
    this.trackName(counter, y, COUNTER_ROW);
    g.fillStyle = colours.faint;
    g.font = `11px ${FONT}`;
    g.fillText(`${count(counter.min)} to ${count(counter.max)}`, 24, y + 23);
  }

  /* A chosen span of time, and the time under the pointer. */
  overlay() {
    const { g, colours } = this;
    if (this.range) {
      const x0 = Math.max(GUTTER, this.x(this.range.from)), x1 = this.x(this.range.to);
      if (x1 > GUTTER) {
        g.fillStyle = colours.accent;
        g.globalAlpha = 0.13;
        g.fillRect(x0, RULER, x1 - x0, this.height);
        g.globalAlpha = 1;
        g.fillRect(x0, RULER, 1, this.height);
        g.fillRect(x1, RULER, 1, this.height);
      }
    }
    if (this.hoverTime !== null) {
      g.fillStyle = colours.accent;
      g.globalAlpha = 0.6;
      g.fillRect(Math.round(this.x(this.hoverTime)), RULER, 1, this.height);
      g.globalAlpha = 1;
    }
  }

  /* Text cut to a width. */
  fitting(text, width) {
    const key = this.g.font + text;
    let full = this.widths.get(key);
    if (full === undefined) {
      if (this.widths.size > 20000) this.widths.clear();
      full = this.g.measureText(text).width;
      this.widths.set(key, full);
    }
    if (full <= width) return text;
    const room = Math.floor((text.length * (width - 8)) / full);
    return room < 2 ? '' : text.slice(0, room) + '\u2026';
  }

  /* What is at a place: {item, track, slice or moment}. */
  at(x, y) {
    const below = y - RULER + this.view.y;
    const item = y < RULER ? null : this.items.find((i) => below >= i.y && below < i.y + i.h);
    if (!item || item.kind !== 'track' || x < GUTTER) return { item };
    const { track, rowHeight } = item, n = Math.floor((below - item.y) / rowHeight), row = track.rows[n];
    if (!row) return { item, ...this.momentAt(track, x) };
    const width = 1 / this.scale;
    let i = row.at(this.t(x));
    if (i < 0) { // what is narrower than a pixel can be hit nevertheless
      const low = row.firstEndingAfter(this.t(x - 2)), high = row.firstStartingAfter(this.t(x + 2), low);
      if (low < row.n && row.start[low] < this.t(x + 2)) i = row.longest(low, Math.max(high, low + 1));
    } else if (row.end[i] - row.start[i] < width) {
      i = row.longest(i, Math.max(i + 1, row.firstStartingAfter(this.t(x + 1), i)));
    }
    return i < 0 ? { item } : { item, track, slice: row.slice[i], row, index: i };
  }

  momentAt(track, x) {
    const time = track.momentTime, i = after(time, this.t(x - 5), 0, time.length);
    return i < time.length && time[i] <= this.t(x + 5) ? { track, moment: i } : {};
  }
}

/* The whole trace in a strip: the first tracks of each group, what is in view, and where the search found something. */
class Overview {
  constructor(canvas, drawing) {
    this.canvas = canvas;
    this.drawing = drawing;
    this.rows = [];
    for (const group of drawing.model.groups)
      for (const track of group.items.filter((t) => t instanceof Track && t.rows.length > 0).slice(0, 2))
        this.rows.push(track);
    this.rows = this.rows.slice(0, 8);
    this.height = Math.max(34, Math.min(64, this.rows.length * 12 + 10));
    canvas.style.height = `${this.height}px`;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.g = this.canvas.getContext('2d');
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.image = null;
  }

  get scale() { return this.width / (this.drawing.model.to - this.drawing.model.from); }
  x(t) { return (t - this.drawing.model.from) * this.scale; }
  t(x) { return this.drawing.model.from + x / this.scale; }

  draw() {
    const { g, drawing } = this, { colours, view } = drawing;
    if (!this.image) this.paint();
    g.drawImage(this.image, 0, 0, this.width, this.height);
    const x0 = this.x(view.from), x1 = Math.max(x0 + 2, this.x(view.to));
    g.fillStyle = colours.page;
    g.globalAlpha = 0.66;
    g.fillRect(0, 0, x0, this.height);
    g.fillRect(x1, 0, this.width, this.height);
    g.globalAlpha = 1;
    g.strokeStyle = colours.accent;
    g.lineWidth = 1.5;
    g.strokeRect(x0, 0.75, x1 - x0, this.height - 1.5);
    if (drawing.found) {
      g.fillStyle = colours.hit;
      for (const hit of drawing.found) g.fillRect(Math.floor(this.x(hit.ts)), this.height - 5, 1, 5);
    }
  }

  /* The strip without what changes, once for all times that it is drawn. */
  paint() {
    this.image = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const g = this.image.getContext('2d'), { colours } = this.drawing;
    g.scale(this.canvas.width / this.width, this.canvas.width / this.width);
    g.fillStyle = colours.page;
    g.fillRect(0, 0, this.width, this.height);
    const h = Math.floor((this.height - 6) / Math.max(1, this.rows.length));
    this.rows.forEach((track, n) => {
      for (let x = 0; x < this.width; x++) this.column(g, track, x, 3 + n * h, h - 1);
    });
  }

  /* The longest slice of any row of the track in this column. */
  column(g, track, x, y, h) {
    const from = this.t(x), to = this.t(x + 1);
    let best = null, most = 0, busy = 0;
    for (const row of track.lanes ? track.rows : track.rows.slice(0, 1)) {
      const i = row.firstEndingAfter(from), j = row.firstStartingAfter(to, Math.min(i, row.n));
      if (i >= row.n || row.start[i] >= to) continue;
      const inside = row.busy[j] - row.busy[i] - Math.max(0, from - row.start[i]) - Math.max(0, row.end[j - 1] - to);
      busy += inside;
      if (inside >= most) { most = inside; best = row.slice[row.longest(i, j)]; }
    }
    if (best === null) return;
    g.globalAlpha = 0.35 + 0.65 * Math.min(1, busy * this.scale);
    g.fillStyle = this.drawing.colours.fill[track.nameId[best]];
    g.fillRect(x, y, 1, h);
  }
}
