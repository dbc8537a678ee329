//! The functions that an expression can call.
//!
//! Sources: docs.jsonata.org, version 2.0.6; Developer Guide, "JSONata functions provided by Step Functions", 2026-11-22.

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name behind the `$`.
    pub name: &'static str,
    /// The fewest arguments. One that is taken from the value at hand where it is missing is not counted.
    pub least: usize,
    /// The most arguments.
    pub most: usize,
    /// False for what is part of JSONata but not of the service.
    pub supported: bool,
}

const ANY: usize = usize::MAX;

/// All functions, by name.
pub const FUNCTIONS: &[Function] = &[
    of("abs", 0, 1),
    of("append", 2, 2),
    of("assert", 1, 2),
    of("average", 1, 1),
    of("base64decode", 0, 1),
    of("base64encode", 0, 1),
    of("boolean", 0, 1),
    of("ceil", 0, 1),
    of("clone", 0, 1),
    of("contains", 1, 2),
    of("count", 1, 1),
    of("decodeUrl", 0, 1),
    of("decodeUrlComponent", 0, 1),
    of("distinct", 1, 1),
    of("each", 1, 2),
    of("encodeUrl", 0, 1),
    of("encodeUrlComponent", 0, 1),
    of("error", 0, 1),
    Function {
        supported: false,
        ..of("eval", 1, 2)
    },
    of("exists", 1, 1),
    of("filter", 2, 2),
    of("floor", 0, 1),
    of("formatBase", 0, 2),
    of("formatInteger", 1, 2),
    of("formatNumber", 1, 3),
    of("fromMillis", 0, 3),
    of("hash", 2, 2),
    of("join", 1, 2),
    of("keys", 0, 1),
    of("length", 0, 1),
    of("lookup", 1, 2),
    of("lowercase", 0, 1),
    of("map", 2, 2),
    of("match", 1, 3),
    of("max", 1, 1),
    of("merge", 1, 1),
    of("millis", 0, 0),
    of("min", 1, 1),
    of("not", 0, 1),
    of("now", 0, 2),
    of("number", 0, 1),
    of("pad", 1, 3),
    of("parse", 1, 1),
    of("parseInteger", 1, 2),
    of("partition", 2, 2),
    of("power", 1, 2),
    of("random", 0, 1),
    of("range", 3, 3),
    of("reduce", 2, 3),
    of("replace", 2, 4),
    of("reverse", 1, 1),
    of("round", 0, 2),
    of("shuffle", 1, 1),
    of("sift", 0, 2),
    of("single", 1, 2),
    of("sort", 1, 2),
    of("split", 1, 3),
    of("spread", 0, 1),
    of("sqrt", 0, 1),
    of("string", 0, 2),
    of("substring", 1, 3),
    of("substringAfter", 1, 2),
    of("substringBefore", 1, 2),
    of("sum", 1, 1),
    of("toMillis", 0, 2),
    of("trim", 0, 1),
    of("type", 1, 1),
    of("uppercase", 0, 1),
    of("uuid", 0, 0),
    of("zip", 1, ANY),
];

const fn of(name: &'static str, least: usize, most: usize) -> Function {
    Function {
        name,
        least,
        most,
        supported: true,
    }
}

/// The function of that name.
pub fn function(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS
        .binary_search_by_key(&name, |function| function.name)
        .ok()?;
    FUNCTIONS.get(index)
}
