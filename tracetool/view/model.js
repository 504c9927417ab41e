/* The trace as rows that can be drawn quickly. A row holds slices that don't overlap, sorted by start, in typed
 * arrays; prefix sums and a pyramid of the longest slice answer for any range of them without going through it. */

const FAN = 16; // slices, or groups of them, in one group of the pyramid

/* The first index in [low, high) of a sorted array whose value is greater than `value`, or `high`. */
function after(array, value, low, high) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] > value) high = middle; else low = middle + 1;
  }
  return low;
}

class Row {
  constructor(label, picked, track) {
    const n = picked.length;
    this.label = label;
    this.n = n;
    this.start = new Float64Array(n);
    this.end = new Float64Array(n);
    this.slice = new Int32Array(n); // index into the track's arrays
    this.busy = new Float64Array(n + 1); // of all before it, in microseconds
    for (let i = 0; i < n; i++) {
      this.start[i] = track.start[picked[i]];
      this.end[i] = track.end[picked[i]];
      this.slice[i] = picked[i];
      this.busy[i + 1] = this.busy[i] + this.end[i] - this.start[i];
    }
    this.levels = [];
    for (let below = null, size = n; size > FAN; size = below.length) {
      const level = new Int32Array(Math.ceil(size / FAN));
      for (let group = 0; group < level.length; group++) {
        let best = -1;
        for (let i = group * FAN; i < Math.min(size, (group + 1) * FAN); i++)
          best = this.longer(best, below ? below[i] : i);
        level[group] = best;
      }
      this.levels.push(below = level);
    }
  }

  longer(a, b) {
    return a < 0 || this.end[b] - this.start[b] > this.end[a] - this.start[a] ? b : a;
  }

  /* The longest slice of [from, to), by way of whole groups. */
  longest(from, to) {
    let best = -1, level = -1;
    while (from < to) {
      const at = level < 0 ? null : this.levels[level];
      const up = level + 1 < this.levels.length;
      while (from < to && !(up && from % FAN === 0 && to - from >= FAN))
        best = this.longer(best, at ? at[from++] : from++);
      if (from >= to) break;
      const next = this.levels[level + 1], whole = Math.floor(to / FAN);
      for (let i = whole * FAN; i < to; i++) best = this.longer(best, at ? at[i] : i);
      if (whole - from / FAN <= FAN) {
        for (let group = from / FAN; group < whole; group++) best = this.longer(best, next[group]);
        break;
      }
      from /= FAN;
      to = whole;
      level++;
    }
    return best;
  }

  firstEndingAfter(t) { return after(this.end, t, 0, this.n); }

  /* The first slice from `i` on that starts after t: it is near, as a rule. */
  firstStartingAfter(t, i) {
    let step = 1;
    while (i + step < this.n && this.start[i + step] <= t) step *= 2;
    return after(this.start, t, i, Math.min(this.n, i + step + 1));
  }

  at(t) {
    const i = this.firstEndingAfter(t);
    return i < this.n && this.start[i] <= t ? i : -1;
  }
}

/* What the events of one pid and tid (or of one asynchronous id) make: slices, and moments. */
class Track {
  constructor(pid, tid, name) {
    this.pid = pid;
    this.tid = tid;
    this.name = name;
    this.sort = 0;
    this.start = [];
    this.end = [];
    this.event = []; // index of the event that began it
    this.last = [];  // and of the one that ended it, or -1
    this.nameId = [];
    this.depth = []; // how many were open when it began
    this.nested = true; // all by B and E, which say themselves what is in what
    this.open = [];
    this.moments = []; // instants: indices of events
    this.rows = [];
    this.lanes = false;
  }

  begin(ts, event, nameId) {
    this.depth[this.start.length] = this.open.length;
    this.open.push(this.start.length);
    this.put(ts, NaN, event, nameId);
  }

  /* A slice by one event, which has its length. */
  add(start, end, event, nameId) {
    this.nested = false;
    this.put(start, end, event, nameId);
  }

  put(start, end, event, nameId) {
    this.start.push(start);
    this.end.push(end);
    this.event.push(event);
    this.last.push(-1);
    this.nameId.push(nameId);
  }

  /* False: nothing was open. */
  finish(ts, event) {
    if (this.open.length === 0) return false;
    const slice = this.open.pop();
    this.end[slice] = Math.max(ts, this.start[slice]);
    this.last[slice] = event;
    return true;
  }

  /* Slice indices by start; of those that start together the outermost first: as they began, or the longest. */
  order() {
    const { start, end, nested } = this, n = start.length;
    const order = new Array(n);
    let sorted = true;
    for (let i = 0; i < n; i++) {
      order[i] = i;
      if (i > 0 && (start[i] < start[i - 1] || (!nested && start[i] === start[i - 1] && end[i] > end[i - 1]))) sorted = false;
    }
    if (!sorted) order.sort((a, b) => start[a] - start[b] || (nested ? 0 : end[b] - end[a]) || a - b);
    return order;
  }

  makeRows(model) {
    const order = this.order(), depths = [], stack = [], names = new Map();
    for (const slice of order) {
      while (stack.length > 0 && this.end[stack[stack.length - 1]] <= this.start[slice]) stack.pop();
      const depth = Math.min(this.nested ? this.depth[slice] : stack.length, 60);
      stack.push(slice);
      (depths[depth] ||= []).push(slice);
      const id = this.nameId[slice];
      if (!names.has(id)) names.set(id, []);
      names.get(id).push(slice);
    }
    this.lanes = depths.length === 1 && names.size >= 2 && names.size <= 24;
    if (this.lanes) {
      const ids = [...names.keys()].sort((a, b) => model.laneOrder(a, b));
      this.rows = ids.map((id) => new Row(model.names[id].text, names.get(id), this));
    } else {
      this.rows = depths.map((slices) => new Row('', slices, this));
    }
    this.momentTime = Float64Array.from(this.moments, (event) => model.events[event].ts);
  }
}

/* The values of one series of counter events. */
class Counter {
  constructor(pid, name) {
    this.pid = pid;
    this.name = name;
    this.time = [];
    this.value = [];
    this.max = 0;
    this.min = 0;
  }
}

class Model {
  constructor(trace) {
    this.events = Array.isArray(trace) ? trace : trace.traceEvents || [];
    this.other = (!Array.isArray(trace) && trace.otherData) || {};
    this.names = []; // {text, cat, count, total, rank}
    this.nameIds = new Map();
    this.tracks = new Map();
    this.counters = new Map();
    this.processes = new Map();
    this.from = Infinity;
    this.to = -Infinity;
    this.unshown = 0;  // events of kinds that this page doesn't draw
    this.unpaired = 0; // E without B
    this.unclosed = 0; // B without E
    this.events.forEach((event, index) => this.take(event, index));
    if (!(this.from < this.to)) [this.from, this.to] = [this.from < Infinity ? this.from : 0, (this.from < Infinity ? this.from : 0) + 1];
    this.closeAll();
    this.countNames();
    for (const track of this.tracks.values()) track.makeRows(this);
    this.makeGroups();
  }

  nameId(event) {
    const text = String(event.name ?? ''), cat = String(event.cat ?? ''), key = cat + '\0' + text;
    let id = this.nameIds.get(key);
    if (id === undefined) {
      id = this.names.length;
      this.nameIds.set(key, id);
      this.names.push({ text, cat, count: 0, total: 0, longest: 0, rank: 0 });
    }
    return id;
  }

  track(event, id) {
    const key = id === undefined ? `${event.pid}/${event.tid}` : `${event.pid}/${event.cat}/${id}/${event.name}`;
    let track = this.tracks.get(key);
    if (!track) {
      track = new Track(event.pid ?? 0, event.tid ?? 0, id === undefined ? `thread ${event.tid ?? 0}` : `${event.name} ${id}`);
      track.sort = id === undefined ? Number(event.tid) || 0 : 1e9;
      this.tracks.set(key, track);
    }
    return track;
  }

  take(event, index) {
    if (event === null || typeof event !== 'object') { this.unshown++; return; }
    if (event.ph === 'M') { this.takeName(event); return; }
    if (!Number.isFinite(event.ts)) { this.unshown++; return; }
    this.from = Math.min(this.from, event.ts);
    this.to = Math.max(this.to, event.ts + (event.ph === 'X' && event.dur > 0 ? event.dur : 0));
    const id = event.id ?? event.id2?.local ?? event.id2?.global;
    switch (event.ph) {
    case 'B': this.track(event).begin(event.ts, index, this.nameId(event)); break;
    case 'E': if (!this.track(event).finish(event.ts, index)) this.unpaired++; break;
    case 'X': this.track(event).add(event.ts, event.ts + Math.max(0, event.dur || 0), index, this.nameId(event)); break;
    case 'b': this.track(event, id).begin(event.ts, index, this.nameId(event)); break;
    case 'e': if (!this.track(event, id).finish(event.ts, index)) this.unpaired++; break;
    case 'i': case 'I': case 'R': this.track(event).moments.push(index); break;
    case 'C': this.takeCounter(event); break;
    default: this.unshown++;
    }
  }

  takeName(event) {
    const args = event.args || {}, pid = event.pid ?? 0;
    if (!this.processes.has(pid)) this.processes.set(pid, { name: `process ${pid}`, sort: 0 });
    const process = this.processes.get(pid);
    switch (event.name) {
    case 'process_name': process.name = String(args.name); break;
    case 'process_sort_index': process.sort = Number(args.sort_index) || 0; break;
    case 'thread_name': this.track(event).name = String(args.name); break;
    case 'thread_sort_index': this.track(event).sort = Number(args.sort_index) || 0; break;
    }
  }

  takeCounter(event) {
    for (const [series, value] of Object.entries(event.args || {})) {
      const key = `${event.pid}/${event.name}/${series}`;
      if (!this.counters.has(key))
        this.counters.set(key, new Counter(event.pid ?? 0, series === 'value' ? String(event.name) : `${event.name}: ${series}`));
      const counter = this.counters.get(key), number = Number(value) || 0;
      counter.time.push(event.ts);
      counter.value.push(number);
      counter.max = Math.max(counter.max, number);
      counter.min = Math.min(counter.min, number);
    }
  }

  closeAll() {
    for (const track of this.tracks.values())
      while (track.open.length > 0) { track.finish(this.to, -1); this.unclosed++; }
  }

  /* How often and how long each name is there; rank: by time within its category, for colours. */
  countNames() {
    for (const track of this.tracks.values()) {
      for (let i = 0; i < track.start.length; i++) {
        const name = this.names[track.nameId[i]], length = track.end[i] - track.start[i];
        name.count++;
        name.total += length;
        name.longest = Math.max(name.longest, length);
      }
      for (const event of track.moments) this.names[this.nameId(this.events[event])].count++;
    }
    const ranks = new Map();
    for (const name of [...this.names].sort((a, b) => b.total - a.total || b.count - a.count)) {
      name.rank = ranks.get(name.cat) || 0;
      ranks.set(name.cat, name.rank + 1);
    }
  }

  /* Exception levels with the highest on top; else what takes most time first, guests before exits. */
  laneOrder(a, b) {
    const x = this.names[a], y = this.names[b];
    if (x.cat === 'el' && y.cat === 'el') return x.text < y.text ? 1 : -1;
    if (x.cat !== y.cat) return x.cat === 'guest' ? -1 : y.cat === 'guest' ? 1 : x.cat < y.cat ? -1 : 1;
    return x.rank - y.rank;
  }

  /* Tracks by process, and by what stands before a colon in their names ("CPU 0: world"). */
  makeGroups() {
    const groups = new Map();
    const put = (thing, sort) => {
      const process = this.processes.get(thing.pid) || { name: `process ${thing.pid}`, sort: 0 };
      const [, prefix, rest] = /^([^:]{1,40}): (.*)$/.exec(thing.name) || [null, '', thing.name];
      const key = `${thing.pid}/${prefix}`;
      if (!groups.has(key))
        groups.set(key, { title: prefix || process.name, order: [process.sort, sort], items: [], closed: false });
      thing.title = rest;
      thing.sort = sort;
      const group = groups.get(key);
      group.order[1] = Math.min(group.order[1], sort);
      group.items.push(thing);
    };
    for (const track of this.tracks.values())
      if (track.rows.length > 0 || track.moments.length > 0) put(track, track.sort);
    for (const counter of this.counters.values()) put(counter, 2e9);
    this.groups = [...groups.values()].sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
    for (const group of this.groups) group.items.sort((a, b) => a.sort - b.sort);
  }

  /* The arguments of a slice: those of its first and of its last event. */
  args(track, slice) {
    const last = track.last[slice] >= 0 ? this.events[track.last[slice]].args : null;
    return { ...this.events[track.event[slice]].args, ...last };
  }
}
