//! `diagram.svg`: the machines as a person would draw them. The way on which nothing fails goes down on the left; what undoes a
//! step stands beside it on the right, so that it is seen to go up again; what is left stands where it is entered from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::compose::Composed;
use crate::escape::html as escape;
use crate::machine::{Kind, Scope, State};
use crate::svg;

const WIDE: i64 = 176;
const HIGH: i64 = 42;
const BETWEEN_COLUMNS: i64 = 74;
const BETWEEN_ROWS: i64 = 30;
const MARGIN: i64 = 28;
const HEAD: i64 = 30;
/// Letters that fit into one line of a state.
const LINE: usize = 25;

const STYLE: &str = "\
.state{fill:var(--back);stroke:var(--soft)}.undo{fill:var(--back);stroke:var(--b)}.choice{fill:var(--mark);stroke:var(--a)}\
.good{fill:var(--back);stroke:var(--c)}.bad{fill:var(--back);stroke:var(--b);stroke-dasharray:2 3}.around{fill:none;stroke:var(--line)}
.way{fill:none;stroke:var(--soft)}.error{fill:none;stroke:var(--b);stroke-dasharray:5 4}
.end{fill:none;stroke:var(--c);stroke-width:3}.tip{fill:var(--soft)}.error-tip{fill:var(--b)}text.soft{fill:var(--soft)}text.title{font-weight:600;font-size:14px}
";

/// All machines of a design, one below the other.
pub(super) fn diagram(composed: &Composed) -> String {
    let drawings: Vec<(String, Drawing)> = composed
        .machines
        .iter()
        .map(|machine| {
            let name = format!("{}{}", composed.name, machine.suffix);
            (name, Drawing::of(&machine.machine.scope, composed))
        })
        .collect();
    let width = drawings.iter().map(|(_, it)| it.width).max().unwrap_or(0);
    let width = (width + 2 * MARGIN).max(560);
    let mut body = String::from(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker><marker id=\"error-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"error-tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
    );
    let mut y = MARGIN;
    for (name, drawing) in &drawings {
        if drawings.len() > 1 {
            _ = writeln!(
                body,
                "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
                y + 8,
                escape(name)
            );
            y += 28;
        }
        drawing.write(&mut body, MARGIN, y);
        y += drawing.height + MARGIN;
    }
    _ = writeln!(
        body,
        "<path class=\"way\" marker-end=\"url(#tip)\" d=\"M{MARGIN} {y}h36\"/><text class=\"soft\" x=\"{}\" y=\"{}\">as it goes on</text>\
         <path class=\"error\" marker-end=\"url(#error-tip)\" d=\"M{} {y}h36\"/><text class=\"soft\" x=\"{}\" y=\"{}\">after an error that \
         retries do not mend</text>",
        MARGIN + 44,
        y + 4,
        MARGIN + 150,
        MARGIN + 194,
        y + 4
    );
    let label = format!("The states of {} and the ways between them", composed.name);
    svg::file(width, y + MARGIN, &label, STYLE, &body)
}

/// A scope with its places.
struct Drawing {
    width: i64,
    height: i64,
    boxes: Vec<Placed>,
    ways: Vec<Way>,
}

struct Placed {
    name: String,
    class: &'static str,
    round: i64,
    column: usize,
    row: usize,
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    /// The scope ends with it, though it is made for something else.
    ends: bool,
    inner: Vec<Drawing>,
}

struct Way {
    from: usize,
    to: usize,
    /// Taken after an error only.
    is_error: bool,
}

impl Drawing {
    fn of(scope: &Scope, composed: &Composed) -> Self {
        let states = scope.in_order();
        let at: BTreeMap<&str, usize> = states
            .iter()
            .enumerate()
            .map(|(at, state)| (state.name(), at))
            .collect();
        let ways = ways(scope, &states, &at);
        let cells = cells(&states, &at, &ways, scope, composed);
        let undoes: BTreeSet<&str> = composed
            .steps
            .values()
            .filter_map(|step| step.undo.as_deref())
            .collect();
        let boxes = states
            .iter()
            .zip(cells)
            .map(|(state, (column, row))| {
                let inner: Vec<Self> = state
                    .scopes()
                    .into_iter()
                    .map(|scope| Self::of(scope, composed))
                    .collect();
                let beside: i64 = inner.iter().map(|it| it.width + MARGIN).sum();
                let below = inner.iter().map(|it| it.height + MARGIN).max();
                let (class, round) = look(state, undoes.contains(state.name()));
                Placed {
                    name: state.name().to_owned(),
                    class,
                    round,
                    column,
                    row,
                    x: 0,
                    y: 0,
                    width: WIDE.max(beside + MARGIN),
                    ends: state.ways().is_empty() && !is_end(state),
                    height: below.map_or(HIGH, |below| below + HEAD + 10),
                    inner,
                }
            })
            .collect();
        let mut drawing = Self {
            width: 0,
            height: 0,
            boxes,
            ways,
        };
        drawing.place();
        drawing
    }

    /// Columns are as wide, and rows as high, as what stands in them; empty ones are nothing.
    fn place(&mut self) {
        let sizes = |of: fn(&Placed) -> (usize, i64)| {
            let mut sizes: BTreeMap<usize, i64> = BTreeMap::new();
            for (at, size) in self.boxes.iter().map(of) {
                let known = sizes.entry(at).or_default();
                *known = size.max(*known);
            }
            sizes
        };
        let starts = |sizes: &BTreeMap<usize, i64>, between: i64| {
            let mut next = 0;
            let mut starts = BTreeMap::new();
            for (at, size) in sizes {
                starts.insert(*at, next);
                next += size + between;
            }
            (starts, next - between)
        };
        let (wide, high) = (
            sizes(|it| (it.column, it.width)),
            sizes(|it| (it.row, it.height)),
        );
        let (xs, width) = starts(&wide, BETWEEN_COLUMNS);
        let (ys, height) = starts(&high, BETWEEN_ROWS);
        for it in &mut self.boxes {
            let free = wide.get(&it.column).map_or(0, |wide| wide - it.width);
            it.x = xs.get(&it.column).copied().unwrap_or_default() + free / 2;
            it.y = ys.get(&it.row).copied().unwrap_or_default();
        }
        // Room for the ways beside the first and the last column, and for the start.
        for it in &mut self.boxes {
            it.x += BESIDE;
            it.y += START;
        }
        self.width = width.max(0) + 2 * BESIDE;
        self.height = height.max(0) + START + BETWEEN_ROWS;
    }

    fn write(&self, out: &mut String, x: i64, y: i64) {
        _ = writeln!(out, "<g transform=\"translate({x} {y})\">");
        if let Some(first) = self.boxes.first() {
            let middle = first.x + first.width / 2;
            _ = writeln!(
                out,
                "<circle class=\"tip\" cx=\"{middle}\" cy=\"4\" r=\"4\"/><path class=\"way\" marker-end=\"url(#tip)\" d=\"M{middle} 8V{}\"/>",
                first.y
            );
        }
        let mut gaps: BTreeMap<usize, i64> = BTreeMap::new();
        for way in &self.ways {
            let (Some(from), Some(to)) = (self.boxes.get(way.from), self.boxes.get(way.to)) else {
                continue;
            };
            let (class, tip) = if way.is_error {
                ("error", "error-tip")
            } else {
                ("way", "tip")
            };
            _ = writeln!(
                out,
                "<path class=\"{class}\" marker-end=\"url(#{tip})\" d=\"{}\"/>",
                self.route(from, to, way.is_error, &mut gaps)
            );
        }
        for it in &self.boxes {
            it.write(out);
        }
        out.push_str("</g>\n");
    }

    /// A line from one state to another. What goes past other columns goes between two rows, where other lines may be already.
    fn route(
        &self,
        from: &Placed,
        to: &Placed,
        is_error: bool,
        gaps: &mut BTreeMap<usize, i64>,
    ) -> String {
        let middle = |it: &Placed| it.y + it.height.min(HIGH * 2) / 2;
        if from.column == to.column {
            return beside(from, to, is_error, middle(from), middle(to));
        }
        // Errors leave and come in a little lower, so that both kinds are seen.
        let shift = if is_error { 7 } else { -5 };
        let (out, into) = (middle(from) + shift, middle(to) + shift);
        let forward = from.column < to.column;
        let (start, end) = if forward {
            (from.x + from.width, to.x)
        } else {
            (from.x, to.x + to.width)
        };
        let sign = if forward { 1 } else { -1 };
        let half = sign * BETWEEN_COLUMNS / 2;
        if (end - start).abs() <= BETWEEN_COLUMNS + WIDE / 2 {
            let bend = (end - start) * 2 / 3;
            return format!(
                "M{start} {out}C{} {out} {} {into} {end} {into}",
                start + bend,
                end - bend
            );
        }
        // The gap above the row of what lies higher, or else the one below.
        let row = if to.row < from.row {
            from.row.saturating_sub(1)
        } else {
            from.row
        };
        let foot = self.boxes.iter().filter(|it| it.row == row);
        let foot = foot.map(|it| it.y + it.height).max().unwrap_or(out);
        let lines = gaps.entry(row).or_default();
        let gap = foot + 7 + (*lines * 6) % (BETWEEN_ROWS - 10);
        *lines += 1;
        format!(
            "M{start} {out}C{0} {out} {0} {gap} {1} {gap}H{2}C{3} {gap} {3} {into} {end} {into}",
            start + half,
            start + 2 * half,
            end - 2 * half,
            end - half
        )
    }
}

/// Room at the sides of a drawing.
const BESIDE: i64 = 26;
/// Room for the start above it.
const START: i64 = 26;

impl Placed {
    fn write(&self, out: &mut String) {
        let (x, y, width, height) = (self.x, self.y, self.width, self.height);
        _ = writeln!(
            out,
            "<g><title>{}</title><rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{}\"/>",
            escape(&self.name),
            self.class,
            self.round
        );
        let middle = x + width / 2;
        if self.ends {
            _ = writeln!(
                out,
                "<path class=\"way\" d=\"M{0} {1}v9\"/><circle class=\"end\" cx=\"{0}\" cy=\"{2}\" r=\"4\"/>",
                x + width / 2,
                y + height,
                y + height + 13
            );
        }
        let lines = lines(&self.name);
        let top = if self.inner.is_empty() {
            y + height / 2 + 4 - 7 * (i64::from(lines.len() > 1))
        } else {
            y + 20
        };
        let lines = if self.inner.is_empty() {
            lines
        } else {
            vec![self.name.clone()]
        };
        let mut at = top;
        for line in lines {
            _ = writeln!(
                out,
                "<text x=\"{middle}\" y=\"{at}\" text-anchor=\"middle\">{}</text>",
                escape(&line)
            );
            at += 15;
        }
        let mut beside = x + MARGIN;
        for inner in &self.inner {
            _ = writeln!(
                out,
                "<rect class=\"around\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                beside - 8,
                y + HEAD,
                inner.width + 16,
                inner.height + 20
            );
            inner.write(out, beside, y + HEAD + 8);
            beside += inner.width + MARGIN;
        }
        out.push_str("</g>\n");
    }
}

/// How a state looks: its class, and how round its corners are.
fn look(state: &State, undoes: bool) -> (&'static str, i64) {
    match &state.kind {
        Kind::Choice { .. } => ("choice", HIGH / 2),
        Kind::Succeed => ("good", HIGH / 2),
        Kind::Fail { .. } => ("bad", HIGH / 2),
        _ if undoes => ("undo", 6),
        _ => ("state", 6),
    }
}

/// A name in two lines at most.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let more = lines.len() > 2;
    lines.truncate(2);
    let last = lines.len().saturating_sub(1);
    for (at, line) in lines.iter_mut().enumerate() {
        if line.chars().count() > LINE || (more && at == last) {
            *line = line.chars().take(LINE - 1).collect::<String>() + "…";
        }
    }
    lines
}

/// All ways, each once. One that is taken with an error and without is no way of errors.
fn ways(scope: &Scope, states: &[&State], at: &BTreeMap<&str, usize>) -> Vec<Way> {
    let mut all: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    for (from, state) in states.iter().enumerate() {
        for label in state.ways() {
            if let Some(to) = at.get(scope.name(label)) {
                all.insert((from, *to), false);
            }
        }
        for catcher in &state.catch {
            if let Some(to) = at.get(scope.name(catcher.next)) {
                all.entry((from, *to)).or_insert(true);
            }
        }
    }
    all.into_iter()
        .map(|((from, to), is_error)| Way { from, to, is_error })
        .collect()
}

/// Column and row of each state.
fn cells(
    states: &[&State],
    at: &BTreeMap<&str, usize>,
    ways: &[Way],
    scope: &Scope,
    composed: &Composed,
) -> Vec<(usize, usize)> {
    let mut cells: Vec<Option<(usize, usize)>> = vec![None; states.len()];
    let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut put =
        |cells: &mut Vec<Option<(usize, usize)>>, state: usize, column: usize, row: usize| {
            // The next free place, below rather than above.
            let below = (row..=row + taken.len()).find(|row| !taken.contains(&(column, *row)));
            let above = (0..row).rev().find(|row| !taken.contains(&(column, *row)));
            let row = match (below, above) {
                (Some(below), Some(above)) if row - above < below - row => above,
                (Some(below), _) => below,
                (None, above) => above.unwrap_or(row),
            };
            taken.insert((column, row));
            if let Some(cell) = cells.get_mut(state) {
                *cell = Some((column, row));
            }
        };
    // The way on which nothing fails.
    let mut next = scope.start().map(|label| scope.name(label));
    let mut row = 0;
    while let Some(place) = next.and_then(|name| at.get(name)).copied() {
        if cells.get(place).is_none_or(Option::is_some) {
            break;
        }
        put(&mut cells, place, 0, row);
        row += 1;
        let ways = states.get(place).map(|state| state.ways());
        let names = ways.iter().flatten().map(|label| scope.name(*label));
        // Where a choice is made, the way to most of what there is to do.
        next = names
            .rev()
            .max_by_key(|name| steps_from(name, states, at, scope, &cells, composed));
    }
    // What undoes a step, beside it.
    for step in composed.steps.values() {
        let main = at
            .get(step.main.as_str())
            .and_then(|at| cells.get(*at).copied().flatten());
        let undo = step.undo.as_deref().and_then(|undo| at.get(undo).copied());
        if let (Some((0, row)), Some(undo)) = (main, undo)
            && cells.get(undo).is_some_and(Option::is_none)
        {
            put(&mut cells, undo, 2, row);
        }
    }
    // All others, where they are entered from first.
    for _ in 0..states.len() {
        for state in 0..states.len() {
            if cells.get(state).is_none_or(Option::is_some) {
                continue;
            }
            let from: Vec<(usize, usize)> = ways
                .iter()
                .filter(|way| way.to == state)
                .filter_map(|way| cells.get(way.from).copied().flatten())
                .collect();
            let Some((_, row)) = from.iter().min_by_key(|(column, row)| (*row, *column)) else {
                continue;
            };
            let is_end = from.iter().any(|(column, _)| *column >= 2) || ends(states, state);
            put(&mut cells, state, if is_end { 3 } else { 1 }, *row);
        }
    }
    cells.into_iter().map(Option::unwrap_or_default).collect()
}

/// How many steps are done from here on, before a state that has its place is come to.
fn steps_from(
    name: &str,
    states: &[&State],
    at: &BTreeMap<&str, usize>,
    scope: &Scope,
    cells: &[Option<(usize, usize)>],
    composed: &Composed,
) -> usize {
    let mut seen = BTreeSet::new();
    let mut open: Vec<usize> = at.get(name).copied().into_iter().collect();
    let mut steps = 0;
    while let Some(place) = open.pop() {
        let Some(state) = states.get(place) else {
            continue;
        };
        if cells.get(place).is_none_or(Option::is_some) || !seen.insert(place) {
            continue;
        }
        steps += usize::from(composed.steps.values().any(|it| it.main == state.name()));
        let ways = state.ways();
        open.extend(ways.iter().filter_map(|label| at.get(scope.name(*label))));
    }
    steps
}

/// Whether the execution ends here.
fn ends(states: &[&State], at: usize) -> bool {
    states.get(at).is_some_and(|state| is_end(state))
}

fn is_end(state: &State) -> bool {
    matches!(state.kind, Kind::Succeed | Kind::Fail { .. })
}

/// A line between states of one column.
fn beside(from: &Placed, to: &Placed, is_error: bool, out: i64, into: i64) -> String {
    let x = |it: &Placed| it.x + it.width / 2 + if is_error { 14 } else { 0 };
    if to.row == from.row + 1 {
        return format!("M{} {}V{}", x(from), from.y + from.height, to.y);
    }
    if from.row == to.row + 1 {
        return format!("M{} {}V{}", x(from), from.y, to.y + to.height);
    }
    // Around what stands between them: out and in where it is nearer, so that no two lines meet.
    let (out, into) = if from.row < to.row {
        (out + 12, into - 12)
    } else {
        (out - 12, into + 12)
    };
    let far = i64::try_from(from.row.abs_diff(to.row)).unwrap_or(1);
    if from.column == 0 {
        let edge = from.x.min(to.x) - BESIDE.min(10 + 4 * far);
        return format!(
            "M{} {out}C{edge} {out} {edge} {into} {} {into}",
            from.x, to.x
        );
    }
    let (start, end) = (from.x + from.width, to.x + to.width);
    let edge = start.max(end) + (14 + 6 * far).min(BETWEEN_COLUMNS - 8);
    format!("M{start} {out}C{edge} {out} {edge} {into} {end} {into}")
}
