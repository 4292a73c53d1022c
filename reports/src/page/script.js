"use strict";
// What the page can do beyond being read: tables sort and filter, plots say their values. Without it nothing is missing.
(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // ---- tables ----

  const language = new Intl.Collator("en", { numeric: true });
  const MISSING = "–";
  const MANY = 8; // rows that one does not take in at a glance

  // Negative where the first comes first. What is missing comes last, whichever way the others go.
  const compare = (numeric, down, one, other) => {
    const of = (cell) => (numeric ? cell.dataset.v : cell.textContent === MISSING ? undefined : cell.textContent);
    const [a, b] = [of(one), of(other)];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const order = numeric ? a - b : language.compare(a, b);
    return down ? -order : order;
  };

  const sort = (table, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const column = head.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const numeric = rows.some((row) => row.cells[column].dataset.v !== undefined);
    rows.sort((one, other) => compare(numeric, down, one.cells[column], other.cells[column]));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  };

  const sortable = (table) => {
    if (table.tBodies[0].rows.length < 2) return;
    for (const head of table.tHead.rows[0].cells) {
      const button = make("button", { type: "button", onclick: () => sort(table, head) }, ...head.childNodes);
      head.append(button);
    }
  };

  const searchable = (region) => {
    const rows = [...region.querySelectorAll("tbody tr")];
    if (rows.length < MANY) return;
    const count = make("output");
    const filter = () => {
      const words = box.value.toLowerCase().split(/\s+/);
      let found = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        found += !row.hidden;
      }
      count.value = `${found} of ${rows.length}`;
    };
    const box = make("input", { type: "search", autocomplete: "off", oninput: filter });
    const search = make("div", { className: "search" });
    search.append(make("label", {}, `Search ${region.dataset.search}`, box), count);
    region.before(search);
    filter();
  };

  // ---- plots ----

  const NEAR = 15; // thousandths of the frame in which a line's mark belongs to the place that is read

  const shape = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  const nearest = (items, distance) =>
    items.reduce((best, item) => {
      const away = distance(item);
      return best && best.away <= away ? best : { item, away };
    }, undefined);

  // Values that are read together, from the first place to the last: {place, name, marks: [{x, y, name, colour, value}]}.
  const stops = ({ along, at, series }) => {
    const mark = ({ name, colour }, [place, reach, value]) => {
      const [x, y] = along === "y" ? [reach, at[place][0]] : [at[place][0], reach];
      return { x, y, name, colour, value };
    };
    if (along === "both") {
      const dots = series.flatMap((one) => one.marks.map((dot) => ({ place: dot[0], mark: mark(one, dot) })));
      dots.sort((a, b) => a.place - b.place || a.mark.y - b.mark.y);
      return dots.map((dot) => ({ place: at[dot.place][0], name: at[dot.place][1], marks: [dot.mark] }));
    }
    return at.map(([place, name]) => {
      const marks = series.flatMap((one) => {
        const found = nearest(one.marks, ([index]) => Math.abs(at[index][0] - place));
        const near = along === "y" ? 0 : NEAR;
        return found && found.away <= near ? [mark(one, found.item)] : [];
      });
      return { place, name, marks };
    });
  };

  const readable = (figure) => {
    const values = JSON.parse(figure.querySelector("script").textContent);
    const all = stops(values);
    if (all.length === 0) return;
    if (values.along === "y") all.reverse(); // from the top
    const tip = make("div", { className: "tip", hidden: true });
    const said = make("p", { className: "unseen" });
    said.setAttribute("aria-live", "polite");
    const layers = [...figure.querySelectorAll("svg[data-frame]")].map((svg) => {
      const layer = shape("g", { class: "reading" });
      svg.append(layer);
      const [left, top, right, bottom] = svg.dataset.frame.split(" ").map(Number);
      return { svg, layer, left, top, right, bottom };
    });
    figure.append(tip, said);
    figure.tabIndex = 0;
    let current = -1;

    const seen = () => layers.find(({ svg }) => svg.getClientRects().length > 0);

    const hide = () => {
      tip.hidden = true;
      for (const { layer } of layers) layer.replaceChildren();
      current = -1;
    };

    const show = (index) => {
      const frame = seen();
      if (!frame || index === current) return;
      hide();
      current = index;
      const { place, name, marks } = all[index];
      const { svg, layer, left, top, right, bottom } = frame;
      const column = (x) => left + (x * (right - left)) / 1000;
      const row = (y) => bottom - (y * (bottom - top)) / 1000;
      if (values.along === "x") {
        layer.append(shape("line", { x1: column(place), x2: column(place), y1: top, y2: bottom }));
      }
      for (const { x, y, colour } of marks) {
        const dot = shape("circle", { cx: column(x), cy: row(y), r: 4 });
        dot.style.fill = `var(--${colour})`;
        layer.append(dot);
      }
      const lines = marks.map((mark) => {
        const swatch = make("i");
        swatch.style.background = `var(--${mark.colour})`;
        return make("div", {}, swatch, `${mark.name} `, make("b", { textContent: mark.value }));
      });
      tip.replaceChildren(make("div", { textContent: name }), ...lines);
      tip.hidden = false;
      const box = figure.getBoundingClientRect();
      const drawn = svg.getBoundingClientRect();
      const scale = drawn.width / svg.viewBox.baseVal.width;
      const x = drawn.left - box.left + column(marks[0]?.x ?? place) * scale;
      const beyond = x > box.width / 2 ? -tip.offsetWidth - 12 : 12;
      const most = Math.max(4, box.width - tip.offsetWidth - 4);
      tip.style.left = `${Math.min(Math.max(4, x + beyond), most)}px`;
      tip.style.top = `${drawn.top - box.top + top * scale}px`;
    };

    const point = (event) => {
      const frame = seen();
      if (!frame) return;
      const { svg, left, top, right, bottom } = frame;
      const drawn = svg.getBoundingClientRect();
      const scale = drawn.width / svg.viewBox.baseVal.width;
      const x = (event.clientX - drawn.left) / scale;
      const y = (event.clientY - drawn.top) / scale;
      if (x < left - 8 || x > right + 8 || y < top - 8 || y > bottom + 8) return hide();
      const distance = {
        x: ({ place }) => Math.abs(left + (place * (right - left)) / 1000 - x),
        y: ({ place }) => Math.abs(bottom - (place * (bottom - top)) / 1000 - y),
        both: ({ marks: [mark] }) =>
          Math.hypot(left + (mark.x * (right - left)) / 1000 - x, bottom - (mark.y * (bottom - top)) / 1000 - y),
      };
      show(all.indexOf(nearest(all, distance[values.along]).item));
    };

    const key = (event) => {
      const last = all.length - 1;
      const to = {
        ArrowRight: Math.min(current + 1, last),
        ArrowDown: Math.min(current + 1, last),
        ArrowLeft: Math.max(current - 1, 0),
        ArrowUp: Math.max(current - 1, 0),
        Home: 0,
        End: last,
      }[event.key];
      if (event.key === "Escape") return hide();
      if (to === undefined || event.target !== figure) return;
      event.preventDefault();
      show(to);
      const { name, marks } = all[to];
      said.textContent = [name, ...marks.map((mark) => `${mark.name} ${mark.value}`)].join("; ");
    };

    figure.addEventListener("pointermove", point);
    figure.addEventListener("pointerdown", point);
    figure.addEventListener("pointerleave", hide);
    figure.addEventListener("keydown", key);
    figure.addEventListener("blur", hide);
  };

  document.querySelectorAll("table").forEach(sortable);
  document.querySelectorAll("[data-search]").forEach(searchable);
  document.querySelectorAll("figure").forEach(readable);
})();
