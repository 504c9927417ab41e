/* The panel at the right: what the trace is, what was picked, or what a span of time holds. Everything from the
 * trace is put there as text, never as markup. */

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function swatch(colour) {
  const made = element('span', { className: 'swatch' });
  made.style.background = colour;
  return made;
}

function valueText(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : String(value);
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function pairs(rows) {
  const table = element('table', { className: 'pairs' });
  for (const [key, value] of rows)
    table.append(element('tr', {}, element('td', { textContent: key }), element('td', { textContent: value })));
  return table;
}

class Panel {
  constructor(node, drawing, act) {
    this.node = node;
    this.drawing = drawing;
    this.model = drawing.model;
    this.act = act; // {find(text), show(track, slice)}
  }

  show() {
    const { picked, range } = this.drawing;
    const parts = picked ? (picked.moment === undefined ? this.slice(picked) : this.moment(picked)) : range ? this.span(range) : this.about();
    this.node.replaceChildren(...parts);
    this.node.scrollTop = 0;
  }

  colour(id) { return this.drawing.colours.fill[id]; }

  heading(id, text) { return element('h2', {}, swatch(this.colour(id)), text); }

  about() {
    const { model } = this;
    const rows = [['Length', duration(model.to - model.from)], ['Events', count(model.events.length)],
      ['Tracks', count(model.tracks.size + model.counters.size)]];
    for (const [key, value] of Object.entries(model.other)) rows.push([key, valueText(value)]);
    if (model.unclosed > 0) rows.push(['Not ended', `${count(model.unclosed)} slices`]);
    if (model.unpaired > 0) rows.push(['Ends alone', `${count(model.unpaired)} events`]);
    if (model.unshown > 0) rows.push(['Not drawn', `${count(model.unshown)} events of other kinds`]);
    return [element('h2', { textContent: 'This trace' }), pairs(rows), ...this.legend()];
  }

  /* Every name with its colour, by category; those that take most time first. */
  legend() {
    const categories = new Map(), parts = [];
    this.model.names.forEach((name, id) => {
      if (!categories.has(name.cat)) categories.set(name.cat, []);
      categories.get(name.cat).push(id);
    });
    for (const [category, ids] of categories) {
      ids.sort((a, b) => this.model.names[a].rank - this.model.names[b].rank);
      parts.push(element('h3', { textContent: category || 'Names' }), this.names(ids.slice(0, 24).map((id) => ({ id, ...this.model.names[id] }))));
      if (ids.length > 24) parts.push(element('p', { textContent: `and ${count(ids.length - 24)} more` }));
    }
    return parts;
  }

  names(list) {
    const table = element('table', {}, element('tr', {}, element('th', {}), ...['times', 'mean', 'total'].map((text) => element('th', { textContent: text }))));
    for (const { id, text, count: times, total } of list) {
      const row = element('tr', { className: 'pick', title: `Find \u201c${text}\u201d` }, element('td', {}, swatch(this.colour(id)), text),
        element('td', { textContent: count(times) }), element('td', { textContent: total > 0 ? duration(total / times) : '' }),
        element('td', { textContent: total > 0 ? duration(total) : '' }));
      row.onclick = () => this.act.find(`=${text}`);
      table.append(row);
    }
    return table;
  }

  slice({ track, slice }) {
    const { model } = this, id = track.nameId[slice], length = track.end[slice] - track.start[slice];
    const rows = [['From', duration(track.start[slice] - model.from)], ['Lasts', duration(length)], ['Track', track.name]];
    const args = Object.entries(model.args(track, slice)).map(([key, value]) => [key, valueText(value)]);
    const parts = [this.heading(id, model.names[id].text), element('p', { textContent: model.names[id].cat }), pairs(rows)];
    if (args.length > 0) parts.push(element('h3', { textContent: 'Details' }), pairs(args));
    return [...parts, ...this.likes(track, id, length)];
  }

  /* All slices of this name on this track. */
  likes(track, id, length) {
    const lengths = [];
    let shorter = 0, longest = -1, shortest = -1;
    for (let i = 0; i < track.start.length; i++) {
      if (track.nameId[i] !== id) continue;
      const other = track.end[i] - track.start[i];
      if (other < length) shorter++;
      if (longest < 0 || other > track.end[longest] - track.start[longest]) longest = i;
      if (shortest < 0 || other < track.end[shortest] - track.start[shortest]) shortest = i;
      lengths.push(other);
    }
    lengths.sort((a, b) => a - b);
    if (lengths.length < 2) return [];
    const total = lengths.reduce((sum, one) => sum + one, 0);
    const go = (label, to) => {
      const button = element('button', { textContent: label });
      button.onclick = () => this.act.show(track, to);
      return button;
    };
    return [element('h3', { textContent: 'All of this name on this track' }),
      pairs([['Number', count(lengths.length)], ['Shortest', duration(lengths[0])], ['Median', duration(lengths[lengths.length >> 1])],
        ['Mean', duration(total / lengths.length)], ['Longest', duration(lengths[lengths.length - 1])], ['Total', duration(total)],
        ['This one', `longer than ${Math.round((100 * shorter) / lengths.length)} %`]]),
      element('p', {}, go('Go to the shortest', shortest), ' ', go('to the longest', longest))];
  }

  moment({ track, moment }) {
    const event = this.model.events[track.moments[moment]];
    const parts = [this.heading(this.model.nameId(event), String(event.name)), element('p', { textContent: String(event.cat ?? '') }),
      pairs([['At', duration(event.ts - this.model.from)], ['Track', track.name]])];
    const args = Object.entries(event.args || {}).map(([key, value]) => [key, valueText(value)]);
    if (args.length > 0) parts.push(element('h3', { textContent: 'Details' }), pairs(args));
    return parts;
  }

  /* What a span of time holds, track by track: slices count whole where they begin in it, time as far as inside. */
  span({ from, to }) {
    const parts = [element('h2', { textContent: duration(to - from) }),
      element('p', { textContent: `from ${duration(from - this.model.from)} to ${duration(to - this.model.from)}` })];
    for (const group of this.model.groups) {
      for (const track of group.items) {
        if (!(track instanceof Track)) continue;
        const sums = new Map();
        for (const row of track.rows) {
          for (let i = row.firstEndingAfter(from); i < row.n && row.start[i] < to; i++) {
            const id = track.nameId[row.slice[i]], sum = sums.get(id) || { id, text: this.model.names[id].text, count: 0, total: 0 };
            sum.count++;
            sum.total += Math.min(to, row.end[i]) - Math.max(from, row.start[i]);
            sums.set(id, sum);
          }
        }
        const list = [...sums.values()].sort((a, b) => b.total - a.total).slice(0, 12);
        if (list.length > 0) parts.push(element('h3', { textContent: track.name }), this.names(list));
      }
    }
    return parts;
  }
}
