"use strict";
// The page works without this script but for sorting, filtering and the browser of problems.
// Whatever models wrote is untrusted: it reaches the page as textContent, never as markup.

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// --- tables: a button in each head cell sorts, the field above filters ---

const compare = (one, other) => {
  const [a, b] = [one, other].map((cell) => cell.dataset.rank ?? cell.textContent.trim());
  if ((a === "") !== (b === "")) return a === "" ? 1 : -1; // nothing stands last, whichever way
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
};

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = element("button", head.textContent, { type: "button" });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      const empty = (row) => (row.cells[column].dataset.rank ?? row.cells[column].textContent.trim()) === "";
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const ordered = [...body.rows].sort((a, b) => {
        const order = compare(a.cells[column], b.cells[column]);
        return descending && empty(a) === empty(b) ? -order : order;
      });
      body.append(...ordered);
    });
  });
  const filter = table.closest(".sheet").querySelector(".filter");
  if (!filter) continue; // over one row there is nothing to choose
  const [input, output] = [filter.querySelector("input"), filter.querySelector("output")];
  filter.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    output.textContent = words.length ? `${shown} of ${counted(body.rows.length, "row")}` : counted(body.rows.length, "row");
  });
}

// --- problems: a list to choose from, and the chosen one with all columns side by side ---

const shelves = JSON.parse(document.getElementById("shelves").textContent);
const finder = document.getElementById("finder");
const list = document.getElementById("list");
const opened = document.getElementById("problem");
const part = (selector) => opened.querySelector(selector);
const MARKS = ["wrong", "right"];
const OUTCOMES = {
  test: [["all", "all problems"], ["split", "students disagree"], ["wrong", "all wrong"], ["right", "all right"]],
  train: [["all", "all problems"], ["wrong", "a stated answer is not gold"]],
};
let kind = "test";
let found = []; // what the list shows, in its order
let current = null;
const hiddenColumns = { test: new Set(), train: new Set() };

const visible = (problem) => problem.cells.filter(([column]) => !hiddenColumns[kind].has(column));

const matches = (problem, words, outcome) => {
  const texts = shelves[kind].texts;
  const marks = visible(problem).map((cell) => cell[2]);
  const right = marks.filter(Boolean).length;
  if (outcome === "split" && (right === 0 || right === marks.length)) return false;
  if (outcome === "right" && right < marks.length) return false;
  if (outcome === "wrong" && (kind === "test" ? right > 0 : right === marks.length)) return false;
  if (!words.length) return true;
  const text = `${problem.id} ${problem.of} ${texts[problem.question]} ${visible(problem).map((cell) => texts[cell[1]]).join(" ")}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

const entry = (problem, place) => {
  const button = element("button", undefined, { type: "button", "data-place": place });
  const marks = visible(problem).map((cell) => cell[2]);
  const line = element("span", undefined, { class: "marks" });
  line.append(element("span", problem.id));
  if (kind === "test") {
    const right = marks.filter(Boolean).length;
    const dots = element("span", `${marks.map((mark) => (mark ? "●" : "○")).join("")}`, { class: "dots", "aria-hidden": "true" });
    line.append(dots, element("span", `${right}/${marks.length} right`));
  } else {
    line.append(element("span", counted(marks.length, "arm")));
  }
  button.append(element("span", shelves[kind].texts[problem.question].slice(0, 300), { class: "asked" }), line);
  const item = element("li");
  item.append(button);
  return item;
};

const find = () => {
  const words = finder.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shelf = shelves[kind];
  found = shelf.problems.filter((problem) => matches(problem, words, finder.outcome.value));
  list.replaceChildren(...found.map(entry));
  list.scrollTop = 0;
  const held = shelf.problems.length < shelf.total ? ` (of ${shelf.total.toLocaleString("en")}; the file would be too large with all)` : "";
  finder.querySelector("output").textContent = `${found.length} of ${counted(shelf.problems.length, "problem")}${held}`;
  mark();
};

const mark = () => {
  for (const button of list.querySelectorAll("button")) {
    if (found[button.dataset.place] === current) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  const place = found.indexOf(current);
  for (const button of opened.querySelectorAll("[data-step]")) {
    button.disabled = found[place + Number(button.dataset.step)] === undefined;
  }
};

const cell = ([column, text, correct, note]) => {
  const texts = shelves[kind].texts;
  const said = MARKS[correct];
  const made = element("section", undefined, { class: `cell ${said}` });
  const title = element("h4", shelves[kind].columns[column]);
  const words = kind === "test" ? { right: "✓ right", wrong: "✗ wrong" } : { right: "✓ gold", wrong: "✗ not gold" };
  title.append(element("span", words[said], { class: "mark" }));
  const body = element("p", texts[text] || (kind === "test" ? "(nothing was written)" : "(the answer alone)"), { class: "text" });
  if (texts[text].length > 800) body.tabIndex = 0; // it scrolls, so keys must reach it
  sized.observe(body);
  made.append(title, body, element("p", texts[note], { class: "note" }));
  return made;
};

const open = (problem, focus = true) => {
  const texts = shelves[kind].texts;
  current = problem;
  opened.hidden = false;
  part("h3").textContent = `${problem.of}: ${problem.id}`;
  part(".question").textContent = texts[problem.question];
  part(".choices").replaceChildren(...problem.choices.map((choice) => element("li", texts[choice])));
  part(".choices").hidden = problem.choices.length === 0;
  part(".gold").textContent = `Gold answer: ${problem.gold}`;
  part(".cells").replaceChildren(...visible(problem).map(cell));
  mark();
  if (focus) {
    part("h3").focus({ preventScroll: true });
    opened.scrollIntoView({ block: "nearest" });
    if (matchMedia("(max-width: 52rem)").matches) opened.scrollIntoView({ block: "start" });
  }
};

const show = (chosen) => {
  kind = chosen;
  current = null;
  opened.hidden = true;
  finder.outcome.replaceChildren(...OUTCOMES[kind].map(([value, text]) => element("option", text, { value })));
  const boxes = shelves[kind].columns.map((name, column) => {
    const label = element("label");
    const box = element("input", undefined, { type: "checkbox", value: column });
    box.checked = !hiddenColumns[kind].has(column);
    label.append(box, ` ${name}`);
    return label;
  });
  finder.querySelector(".columns fieldset").replaceChildren(finder.querySelector(".columns legend"), ...boxes);
  find();
  if (found.length) open(found[0], false);
};

finder.addEventListener("submit", (event) => event.preventDefault());
finder.addEventListener("input", (event) => {
  const field = event.target;
  if (field.name === "shelf") return show(field.value);
  if (field.type === "checkbox") {
    hiddenColumns[kind][field.checked ? "delete" : "add"](Number(field.value));
    if (current) open(current, false);
  }
  return find();
});
list.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) open(found[button.dataset.place]);
});
list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const button = event.target.closest("button");
  const next = step && button && list.querySelector(`[data-place="${Number(button.dataset.place) + step}"]`);
  if (!next) return;
  event.preventDefault();
  next.focus();
});
for (const button of opened.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => open(found[found.indexOf(current) + Number(button.dataset.step)]));
}
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

// --- what is wider or longer than its place says so ---

const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const ways = [];
    if (target.scrollWidth > target.clientWidth + 1) ways.push("sideways →");
    if (target.scrollHeight > target.clientHeight + 1) ways.push("down ↓");
    target.classList.toggle("overflows", ways.length > 0);
    target.dataset.hint = `scrolls ${ways.join(", ")}`;
  }
});
for (const region of document.querySelectorAll(".scroll, #list")) sized.observe(region);

document.querySelector(".scriptless").hidden = true;
finder.hidden = false;
show("test");
