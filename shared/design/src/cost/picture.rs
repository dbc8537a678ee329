//! The curves on which both types cost the same.

use std::fmt::Write as _;

use pricing::{Usd, num};
use rust_decimal::Decimal;

use super::page::alternative;
use super::{Benefit, short};
use crate::escape::html as escape;
use crate::svg;

const WIDTH: i64 = 760;
const HEIGHT: i64 = 370;
const LEFT: i64 = 80;
const RIGHT: i64 = 200;
const TOP: i64 = 30;
const BOTTOM: i64 = 50;

/// Seconds on the axis: a tenth to 300, what Express may run.
const SECONDS: [&str; 8] = ["0.1", "0.3", "1", "3", "10", "30", "100", "300"];
const MILLION: u32 = 1_000_000;

/// How the curves are drawn.
pub(super) const STYLE: &str = "\
.grid{stroke:var(--line)}.standard{stroke:var(--a)}.express{stroke:var(--b)}.own{stroke:var(--c)}.equal{stroke:var(--ink)}
text.key-standard,.key-standard{fill:var(--a)}text.key-express,.key-express{fill:var(--b)}text.key-own,.key-own{fill:var(--c)}
";

/// `cost.svg`
pub fn file(benefit: &Benefit) -> String {
    svg::file(WIDTH, HEIGHT, &alternative(benefit), STYLE, &drawn(benefit))
}

/// What a million executions cost, by duration, as SVG in a page.
pub(super) fn curves(benefit: &Benefit) -> String {
    format!(
        "<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n{}</svg>",
        escape(&alternative(benefit)),
        drawn(benefit)
    )
}

fn drawn(benefit: &Benefit) -> String {
    let curves = Curves::of(benefit);
    let mut svg = String::new();
    curves.axes(&mut svg);
    let labels = curves.lines(&mut svg);
    keys(&mut svg, labels);
    curves.equal(&mut svg);
    if benefit.point.0 <= Decimal::from(300) {
        let (x, y) = (
            curves.x(benefit.point.0),
            curves.y(curves.express(benefit.point.0, curves.own)),
        );
        _ = writeln!(
            svg,
            "<circle class=\"key-own\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"
        );
    }
    svg
}

/// What is drawn, and the powers of ten on the axis of money.
struct Curves<'a> {
    benefit: &'a Benefit,
    /// A million executions as Standard.
    standard: Usd,
    /// Memory as it is billed.
    own: Decimal,
    /// Memory of each curve, the own one first.
    sizes: Vec<Decimal>,
    seconds: Vec<Decimal>,
    low: f64,
    high: f64,
}

/// Height, class and words of what stands beside a curve.
type Label = (f64, &'static str, String);

impl<'a> Curves<'a> {
    fn of(benefit: &'a Benefit) -> Self {
        let own = pricing::billed_memory_mb(benefit.point.1);
        let others = [64, 256, 1_024].map(Decimal::from).into_iter();
        let mut curves = Self {
            benefit,
            standard: benefit.prices.0 * num::mul(benefit.transitions, MILLION.into()),
            own,
            sizes: [own]
                .into_iter()
                .chain(others.filter(|size| *size != own))
                .collect(),
            seconds: SECONDS
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            low: 0.0,
            high: 1.0,
        };
        let amounts: Vec<Usd> = curves
            .sizes
            .iter()
            .flat_map(|mb| curves.seconds.iter().map(|it| curves.express(*it, *mb)))
            .chain([curves.standard])
            .filter(|usd| usd.0 > Decimal::ZERO)
            .collect();
        curves.low = amounts.iter().min().map_or(0.0, |usd| log(usd.0).floor());
        curves.high = amounts
            .iter()
            .max()
            .map_or(1.0, |usd| log(usd.0).ceil())
            .max(curves.low + 1.0);
        curves
    }

    /// A million executions as Express.
    fn express(&self, seconds: Decimal, mb: Decimal) -> Usd {
        let (_, request, gb_second) = self.benefit.prices;
        let ms = num::mul(seconds, Decimal::ONE_THOUSAND);
        let used = pricing::gb_seconds(pricing::billed_duration_ms(ms), mb);
        (request + gb_second * used) * Decimal::from(MILLION)
    }

    /// Where both types cost the same.
    fn equal(&self, svg: &mut String) {
        let (_, request, gb_second) = self.benefit.prices;
        let a_second = gb_second * pricing::gb_seconds(Decimal::ONE_THOUSAND, self.own);
        let left = self.standard - request * Decimal::from(MILLION);
        let all = a_second * Decimal::from(MILLION);
        let seconds = num::div_or_max(left.0, all.0);
        let (Some(first), Some(last)) = (self.seconds.first(), self.seconds.last()) else {
            return;
        };
        if seconds < *first || seconds > *last {
            return;
        }
        let (x, y) = (self.x(seconds), self.y(self.standard));
        _ = writeln!(
            svg,
            "<line class=\"equal\" stroke-dasharray=\"3 4\" x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{x:.1}\" y2=\"{}\"/>\
             <circle class=\"equal\" fill=\"var(--back)\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\
             <text x=\"{:.1}\" y=\"{}\" text-anchor=\"end\">the same at {} s</text>",
            HEIGHT - BOTTOM,
            x - 6.0,
            HEIGHT - BOTTOM - 8,
            short(seconds)
        );
    }

    fn x(&self, seconds: Decimal) -> f64 {
        let at = |end: Option<&Decimal>| end.map_or(0.0, |end| log(*end));
        let (first, last) = (at(self.seconds.first()), at(self.seconds.last()));
        let share = ((log(seconds) - first) / (last - first)).clamp(0.0, 1.0);
        pixels(LEFT) + share * pixels(WIDTH - LEFT - RIGHT)
    }

    fn y(&self, usd: Usd) -> f64 {
        let share = if usd.0 > Decimal::ZERO {
            ((log(usd.0) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        pixels(HEIGHT - BOTTOM) - share * pixels(HEIGHT - TOP - BOTTOM)
    }

    fn axes(&self, svg: &mut String) {
        let (right, foot) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (text, at) in SECONDS.iter().zip(&self.seconds) {
            let x = self.x(*at);
            _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{foot}\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{text} s</text>",
                foot + 18
            );
        }
        let mut power = self.low;
        while power <= self.high {
            let usd = Usd(ten_to(power));
            let y = self.y(usd);
            _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8,
                y + 4.0,
                usd.rounded()
            );
            power += 1.0;
        }
        _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"{}\">by the duration of an execution; the dot is this design as Express</text>\
             <text x=\"{LEFT}\" y=\"16\">US dollars for a million executions, without what they call</text>",
            HEIGHT - 10
        );
    }

    fn lines(&self, svg: &mut String) -> Vec<Label> {
        let level = self.y(self.standard);
        _ = writeln!(
            svg,
            "<line class=\"standard\" stroke-width=\"2\" x1=\"{LEFT}\" y1=\"{level:.1}\" x2=\"{}\" y2=\"{level:.1}\"/>",
            WIDTH - RIGHT
        );
        let transitions = short(self.benefit.transitions);
        let mut labels: Vec<Label> = vec![(
            level,
            "key-standard",
            format!("Standard, {transitions} transitions"),
        )];
        for mb in &self.sizes {
            let points: Vec<String> = self
                .seconds
                .iter()
                .map(|it| format!("{:.1},{:.1}", self.x(*it), self.y(self.express(*it, *mb))))
                .collect();
            let (class, key, width) = if *mb == self.own {
                ("own", "key-own", 2)
            } else {
                ("express", "key-express", 1)
            };
            _ = writeln!(
                svg,
                "<polyline class=\"{class}\" fill=\"none\" stroke-width=\"{width}\" points=\"{}\"/>",
                points.join(" ")
            );
            let end = self.seconds.last().copied().unwrap_or_default();
            labels.push((
                self.y(self.express(end, *mb)),
                key,
                format!("Express, {} MB", num::count(*mb)),
            ));
        }
        labels
    }
}

/// What stands beside the curves, never on each other.
fn keys(svg: &mut String, mut labels: Vec<Label>) {
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = pixels(TOP);
    for (at, class, text) in labels {
        let at = at.max(free);
        free = at + 15.0;
        _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{:.1}\">{text}</text>",
            WIDTH - RIGHT + 8,
            at + 4.0
        );
    }
}

/// Places in a picture need no exact money.
fn log(value: Decimal) -> f64 {
    f64::try_from(value).unwrap_or(1.0).max(1e-9).log10()
}

fn ten_to(power: f64) -> Decimal {
    Decimal::try_from(10_f64.powf(power)).unwrap_or_default()
}

fn pixels(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or_default())
}
