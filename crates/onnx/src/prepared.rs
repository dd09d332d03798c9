//! A preparation as nodes: what gradstop makes of the cells of a table, each kind beside its formula in [`Made`].
//!
//! Two inputs at most: `rows`, double (N x the columns that are not text), with dates in seconds and booleans as 0 and 1, and
//! `words`, string (N x the columns of text). NaN and the empty string stand for missing cells.

use gradstop::preparation::{Apart, ColumnSteps, Held, Kind, Made, Preparation, Quantiles, Ratio};

use crate::graph::{Attribute, Graph, Type, Value, declared};
use crate::protobuf::Message;

/// The inputs of a model of prepared columns, and what is made of them.
pub(crate) struct Prepared {
    pub(crate) inputs: Vec<Message>,
    /// (rows x columns that are made), float.
    pub(crate) values: Value,
}

pub(crate) fn prepared(graph: &mut Graph, preparation: &Preparation) -> Prepared {
    let columns = preparation.steps();
    let (texts, numbers): (Vec<_>, Vec<_>) = columns.iter().partition(|column| column.kind == Kind::Text);
    let mut inputs = Vec::new();
    if !numbers.is_empty() {
        inputs.push(declared("rows", Type::Double, Some(numbers.len())));
    }
    if !texts.is_empty() {
        inputs.push(declared("words", Type::Text, Some(texts.len())));
    }
    let cells = (!numbers.is_empty()).then(|| Cells::of(graph, &numbers));

    let (mut number, mut text) = (0, 0);
    let place_of = |column: &ColumnSteps| {
        let next = if column.kind == Kind::Text { &mut text } else { &mut number };
        *next += 1;
        *next - 1
    };
    let places: Vec<usize> = columns.iter().map(place_of).collect();

    // Everything side by side, and of each column that is wanted where it stands there.
    let mut parts = Parts::default();
    for (column, place) in columns.iter().zip(&places) {
        for made in &column.made {
            match (made, &cells) {
                (Made::Words { known, other, missing }, _) => {
                    let table = WordTable { known, other: *other, missing: *missing };
                    parts.push(&table.node(graph, *place), 1, 0);
                }
                (Made::IsMissing, _) if column.kind == Kind::Text => {
                    let table = WordTable { known: &[], other: 0.0, missing: Some(1.0) };
                    parts.push(&table.node(graph, *place), 1, 0);
                }
                (Made::IsMissing, Some(cells)) => parts.push(&cells.missing(graph), cells.width, *place),
                (Made::Number { quantiles: None, .. }, Some(cells)) => {
                    parts.push(&cells.filled(graph), cells.width, *place);
                }
                (Made::Number { quantiles: Some(quantiles), .. }, Some(cells)) => {
                    parts.push(&cells.normal_scores(graph, *place, quantiles), 1, 0);
                }
                (Made::Wave { period, shift, missing }, Some(cells)) => {
                    let wave = cells.wave(graph, *place, (*period, *shift), *missing);
                    parts.push(&wave, 1, 0);
                }
                (_, None) => unreachable!("text is made into words and what is missing"),
            }
        }
    }
    for (column, &place) in columns.iter().zip(&places) {
        let apart = |graph: &mut Graph, apart: &Apart| {
            let (own, own_missing) = cell(graph, &apart.own, column.kind, place, cells.as_ref());
            let (from, from_missing) = match &apart.from {
                Held::Value(value) => (graph.floats(&[1], &[*value as f32]), None),
                Held::Made { position, made } => {
                    cell(graph, made, columns[*position].kind, places[*position], cells.as_ref())
                }
            };
            let [own, from] = [own, from].map(|value| graph.cast(&value, Type::Double));
            let scale = graph.doubles(&[1], &[apart.scale]);
            let difference = graph.node("Sub", &[&own, &from], &[]);
            let size = graph.node("Abs", &[&difference], &[]);
            let units = graph.node("Div", &[&size, &scale], &[]);
            [own_missing, from_missing].into_iter().flatten().fold(units, |units, missing| {
                let half = graph.floats(&[1], &[0.5]);
                let missing = graph.node("Greater", &[&missing, &half], &[]);
                let zero = graph.doubles(&[1], &[0.0]);
                graph.node("Where", &[&missing, &zero, &units], &[])
            })
        };
        let units: Vec<Value> = column.watched.iter().map(|step| apart(graph, step)).collect();
        if let Some(most) = units.into_iter().reduce(|most, next| graph.node("Max", &[&most, &next], &[])) {
            let most = graph.cast(&most, Type::Float);
            parts.push(&most, 1, 0);
        }
    }
    Prepared { inputs, values: parts.gathered(graph) }
}

/// (rows x 1), float: what a cell becomes, and unless that is what is looked at 1 where it is missing.
fn cell(
    graph: &mut Graph,
    made: &Made,
    kind: Kind,
    place: usize,
    cells: Option<&Cells>,
) -> (Value, Option<Value>) {
    let missing = match cells {
        Some(cells) if kind != Kind::Text => {
            let missing = cells.missing(graph);
            column(graph, &missing, place)
        }
        _ => WordTable { known: &[], other: 0.0, missing: Some(1.0) }.node(graph, place),
    };
    let value = match (made, cells) {
        (Made::IsMissing, _) => return (missing, None),
        (Made::Number { quantiles: Some(quantiles), .. }, Some(cells)) => {
            cells.normal_scores(graph, place, quantiles)
        }
        (Made::Number { .. }, Some(cells)) => {
            let value = column(graph, &cells.values, place);
            graph.cast(&value, Type::Float)
        }
        (Made::Words { known, other, missing }, _) => {
            WordTable { known, other: *other, missing: *missing }.node(graph, place)
        }
        (Made::Wave { period, shift, missing }, Some(cells)) => {
            cells.wave(graph, place, (*period, *shift), *missing)
        }
        (Made::Number { .. } | Made::Wave { .. }, None) => {
            unreachable!("there are numbers, so there are cells of them")
        }
    };
    (value, Some(missing))
}

/// The columns of numbers, all at once. What is asked for again is no node more.
struct Cells {
    width: usize,
    /// (rows x width), double: every column in its unit, from its origin.
    values: Value,
    /// (rows x width), bool: whether a cell has a value that fits into 32 bits.
    usable: Value,
    /// What a missing cell of each column becomes.
    fills: Vec<f64>,
}

impl Cells {
    fn of(graph: &mut Graph, columns: &[&ColumnSteps]) -> Self {
        let width = columns.len();
        let number = |column: &&ColumnSteps| {
            let watched = column.watched.iter().map(|apart| &apart.own);
            let number = column.made.iter().chain(watched).find_map(|made| match made {
                Made::Number { unit, origin, missing, .. } => {
                    Some((*unit, *origin, missing.unwrap_or(f64::NAN)))
                }
                _ => None,
            });
            number.unwrap_or((1.0, 0.0, f64::NAN))
        };
        let numbers: Vec<(f64, f64, f64)> = columns.iter().map(number).collect();
        let mut values = Value::input("rows");
        if numbers.iter().any(|&(unit, origin, _)| unit != 1.0 || origin != 0.0) {
            let units: Vec<f64> = numbers.iter().map(|&(unit, ..)| unit).collect();
            let origins: Vec<f64> = numbers.iter().map(|&(_, origin, _)| origin).collect();
            let (units, origins) = (graph.doubles(&[width], &units), graph.doubles(&[width], &origins));
            values = graph.node("Div", &[&values, &units], &[]);
            values = graph.node("Sub", &[&values, &origins], &[]);
        }
        let sizes = graph.node("Abs", &[&values], &[]);
        let most = graph.doubles(&[1], &[f64::from(f32::MAX)]);
        // No comparison holds for what is no number.
        let usable = graph.node("LessOrEqual", &[&sizes, &most], &[]);
        Self { width, values, usable, fills: numbers.into_iter().map(|(.., fill)| fill).collect() }
    }

    /// (rows x width), float, with what missing cells become.
    fn filled(&self, graph: &mut Graph) -> Value {
        let fills = graph.doubles(&[self.width], &self.fills);
        let filled = graph.node("Where", &[&self.usable, &self.values, &fills], &[]);
        graph.cast(&filled, Type::Float)
    }

    /// (rows x width), float: 1 for a missing cell.
    fn missing(&self, graph: &mut Graph) -> Value {
        let missing = graph.node("Not", &[&self.usable], &[]);
        graph.cast(&missing, Type::Float)
    }

    /// (rows x 1), float: a sine of one column, of a period and a shift in periods.
    fn wave(&self, graph: &mut Graph, place: usize, (period, shift): (f64, f64), fill: Option<f64>) -> Value {
        let [value, usable] = [&self.values, &self.usable].map(|all| column(graph, all, place));
        let [period, shift, turn, fill] = [period, shift, std::f64::consts::TAU, fill.unwrap_or(f64::NAN)]
            .map(|number| graph.doubles(&[1], &[number]));
        let periods = graph.node("Div", &[&value, &period], &[]);
        let turns = graph.node("Add", &[&periods, &shift], &[]);
        let whole = graph.node("Floor", &[&turns], &[]);
        let part = graph.node("Sub", &[&turns, &whole], &[]);
        let angle = graph.node("Mul", &[&part, &turn], &[]);
        let wave = graph.node("Sin", &[&angle], &[]);
        let wave = graph.node("Where", &[&usable, &wave, &fill], &[]);
        graph.cast(&wave, Type::Float)
    }

    /// (rows x 1), float, of one column.
    fn normal_scores(&self, graph: &mut Graph, place: usize, quantiles: &Quantiles) -> Value {
        let [value, usable] = [&self.values, &self.usable].map(|all| column(graph, all, place));
        let score = normal_score(graph, &value, quantiles);
        let fill = graph.doubles(&[1], &[self.fills[place]]);
        let score = graph.node("Where", &[&usable, &score, &fill], &[]);
        graph.cast(&score, Type::Float)
    }
}

/// (rows x 1) doubles -> (rows x 1) doubles: where values stand among the quantiles, and the normal deviate of that.
fn normal_score(graph: &mut Graph, value: &Value, quantiles: &Quantiles) -> Value {
    let grid = quantiles.grid();
    let last = (grid.len() - 1).max(1) as f64;
    let line = graph.doubles(&[grid.len()], grid);
    // How many quantiles are below a value, and how many are not above it: equal ones are a run.
    let [below, upto] = ["Less", "LessOrEqual"].map(|comparison| {
        let holds = graph.node(comparison, &[&line, value], &[]);
        let ones = graph.cast(&holds, Type::Double);
        graph.row_sums(&ones)
    });
    // A value in a run stands in its middle: (below + upto - 1) / 2.
    let both = graph.node("Add", &[&below, &upto], &[]);
    let [half, one] = [0.5, 1.0].map(|number| graph.doubles(&[1], &[number]));
    let middle = graph.node("Sub", &[&both, &one], &[]);
    let in_run = graph.node("Mul", &[&middle, &half], &[]);
    // One between two of them in a straight line from the lower, the last one that is below: below - 1 + (value - low) /
    // (high - low). Beyond the outermost it stands at that one.
    let edges = [0.0, (grid.len() - 1) as f64].map(|edge| graph.doubles(&[], &[edge]));
    let lower = graph.node("Sub", &[&below, &one], &[]);
    let [low, high] = [&lower, &below].map(|position| {
        let position = graph.node("Clip", &[position, &edges[0], &edges[1]], &[]);
        let position = graph.cast(&position, Type::Int64);
        graph.node("Gather", &[&line, &position], &[Attribute::Int("axis", 0)])
    });
    let apart = graph.node("Sub", &[&high, &low], &[]);
    let zero = graph.doubles(&[1], &[0.0]);
    let is_line = graph.node("Greater", &[&apart, &zero], &[]);
    let divisor = graph.node("Where", &[&is_line, &apart, &one], &[]);
    let from_low = graph.node("Sub", &[value, &low], &[]);
    let part = graph.node("Div", &[&from_low, &divisor], &[]);
    let between = graph.node("Add", &[&lower, &part], &[]);
    let between = graph.node("Clip", &[&between, &edges[0], &edges[1]], &[]);
    let is_run = graph.node("Less", &[&below, &upto], &[]);
    let position = graph.node("Where", &[&is_run, &in_run, &between], &[]);
    let last = graph.doubles(&[1], &[last]);
    let share = graph.node("Div", &[&position, &last], &[]);
    let rarest = [quantiles.rarest(), 1.0 - quantiles.rarest()].map(|share| graph.doubles(&[], &[share]));
    let share = graph.node("Clip", &[&share, &rarest[0], &rarest[1]], &[]);
    normal_deviate(graph, &share)
}

/// The normal deviates of shares, (rows x 1). No column has so many values that the far tail is needed.
fn normal_deviate(graph: &mut Graph, share: &Value) -> Value {
    let [half, one, reach] = [0.5, 1.0, Ratio::MIDDLE_REACHES].map(|number| graph.doubles(&[1], &[number]));
    let middle = graph.node("Sub", &[share, &half], &[]);
    let square = graph.node("Mul", &[&middle, &middle], &[]);
    let center = graph.doubles(&[1], &[Ratio::MIDDLE.center]);
    let at = graph.node("Sub", &[&center, &square], &[]);
    let in_middle = ratio(graph, &Ratio::MIDDLE, &at);
    let in_middle = graph.node("Mul", &[&middle, &in_middle], &[]);

    let others = graph.node("Sub", &[&one, share], &[]);
    let outside = graph.node("Min", &[share, &others], &[]);
    let logarithm = graph.node("Log", &[&outside], &[]);
    let size = graph.node("Neg", &[&logarithm], &[]);
    let tail = graph.node("Sqrt", &[&size], &[]);
    let center = graph.doubles(&[1], &[Ratio::TAIL.center]);
    let at = graph.node("Sub", &[&tail, &center], &[]);
    let in_tail = ratio(graph, &Ratio::TAIL, &at);
    let side = graph.node("Sign", &[&middle], &[]);
    let in_tail = graph.node("Mul", &[&in_tail, &side], &[]);

    let distance = graph.node("Abs", &[&middle], &[]);
    let is_middle = graph.node("LessOrEqual", &[&distance, &reach], &[]);
    graph.node("Where", &[&is_middle, &in_middle, &in_tail], &[])
}

fn ratio(graph: &mut Graph, ratio: &Ratio, at: &Value) -> Value {
    let [b1, b2, b3] = ratio.below;
    let [above, below] =
        [ratio.above, [1.0, b1, b2, b3]].map(|coefficients| polynomial(graph, coefficients, at));
    graph.node("Div", &[&above, &below], &[])
}

/// The constant first.
fn polynomial(graph: &mut Graph, coefficients: [f64; 4], at: &Value) -> Value {
    let [a0, a1, a2, a3] = coefficients.map(|coefficient| graph.doubles(&[1], &[coefficient]));
    [a2, a1, a0].iter().fold(a3, |sum, coefficient| {
        let product = graph.node("Mul", &[&sum, at], &[]);
        graph.node("Add", &[&product, coefficient], &[])
    })
}

/// What words become.
struct WordTable<'a> {
    known: &'a [(String, f64)],
    other: f64,
    missing: Option<f64>,
}

impl WordTable<'_> {
    /// (rows x 1), float, of one column of `words`.
    fn node(&self, graph: &mut Graph, place: usize) -> Value {
        let words = column(graph, &Value::input("words"), place);
        let missing = (String::new(), self.missing.unwrap_or(f64::NAN));
        let (words_known, numbers): (Vec<&str>, Vec<f32>) =
            self.known.iter().chain([&missing]).map(|(word, number)| (&**word, *number as f32)).unzip();
        graph.looked_up(&words, &words_known, &numbers, self.other as f32)
    }
}

/// (rows x columns) -> (rows x 1).
fn column(graph: &mut Graph, all: &Value, place: usize) -> Value {
    let place = graph.ints(&[place as i64]);
    graph.node("Gather", &[all, &place], &[Attribute::Int("axis", 1)])
}

/// Values side by side, and the columns among them that are wanted, in order.
#[derive(Default)]
struct Parts {
    parts: Vec<(Value, usize)>,
    wanted: Vec<i64>,
}

impl Parts {
    /// A column of one of them, which is so wide.
    fn push(&mut self, value: &Value, width: usize, place: usize) {
        let before = self.parts.iter().take_while(|(known, _)| known != value);
        let start: usize = before.map(|(_, width)| width).sum();
        if self.parts.iter().all(|(known, _)| known != value) {
            self.parts.push((value.clone(), width));
        }
        self.wanted.push((start + place) as i64);
    }

    fn gathered(self, graph: &mut Graph) -> Value {
        let width: usize = self.parts.iter().map(|(_, width)| width).sum();
        let values: Vec<Value> = self.parts.into_iter().map(|(value, _)| value).collect();
        let all = graph.side_by_side(&values);
        if self.wanted.iter().copied().eq(0..width as i64) {
            return all;
        }
        let wanted = graph.ints(&self.wanted);
        graph.node("Gather", &[&all, &wanted], &[Attribute::Int("axis", 1)])
    }
}
