//! The price table as text: one row a line, so that a difference between two tables shows what
//! changed and nothing else.

use crate::table::{CloudWatch, Express, Standard, Table};
use serde::Serialize;
use serde_json::ser::Formatter;
use std::collections::BTreeMap;
use std::io::{self, Write};

impl Table {
    /// The text of which [`crate::Prices::from_json`] makes this table.
    pub(crate) fn to_text(&self) -> String {
        block(
            0,
            vec![
                ("about", line(&self.about)),
                ("as_of", line(&self.as_of)),
                ("sources", rows(1, &self.sources)),
                ("standard", standard(&self.standard)),
                ("express", express(&self.express)),
                ("other_currencies", rows(1, &self.other_currencies)),
                ("cloudwatch", cloudwatch(&self.cloudwatch)),
                ("other", rows(1, &self.other)),
            ],
        ) + "\n"
    }
}

fn standard(part: &Standard) -> String {
    let free = line(&part.free_transitions_per_month);
    block(
        1,
        vec![
            ("free_transitions_per_month", free),
            ("default", line(&part.default)),
            ("regions", rows(2, &part.regions)),
            ("conflicting", rows(2, &part.conflicting)),
        ],
    )
}

fn express(part: &Express) -> String {
    block(
        1,
        vec![
            ("default", line(&part.default)),
            ("regions", rows(2, &part.regions)),
            ("page_gb_hours", line(&part.page_gb_hours)),
        ],
    )
}

fn cloudwatch(part: &CloudWatch) -> String {
    block(
        1,
        vec![
            ("free_log_gb_per_month", line(&part.free_log_gb_per_month)),
            ("log_tier_bounds_gb", line(&part.log_tier_bounds_gb)),
            ("default", line(&part.default)),
            ("regions", rows(2, &part.regions)),
        ],
    )
}

fn rows<T: Serialize>(depth: usize, rows: &BTreeMap<String, T>) -> String {
    let entries = rows.iter().map(|(name, row)| (name.as_str(), line(row)));
    block(depth, entries.collect())
}

/// An object with an entry a line.
fn block(depth: usize, entries: Vec<(&str, String)>) -> String {
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let indent = "  ".repeat(depth + 1);
    let entries = entries.into_iter();
    let entries: Vec<String> = entries
        .map(|(name, text)| format!("{indent}{}: {text}", line(&name)))
        .collect();
    format!("{{\n{}\n{}}}", entries.join(",\n"), "  ".repeat(depth))
}

/// A value on one line. Text, decimals and lists of them cannot fail to be written; should they,
/// the empty line is no JSON, and the table is refused when it is read back.
fn line<T: Serialize>(value: &T) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, OneLine);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// JSON on one line with a blank after each comma and colon.
struct OneLine;

impl Formatter for OneLine {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}
