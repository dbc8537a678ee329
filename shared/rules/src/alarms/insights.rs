//! Metrics Insights queries: `SELECT SUM(ExecutionsFailed) FROM SCHEMA("AWS/States", StateMachineArn) WHERE …`.

/// What a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// The statistic that its function is.
    pub(crate) statistic: &'static str,
    pub(crate) metric: String,
    pub(crate) namespace: String,
    /// The dimensions that a metric has to have, no more and no fewer; none where any will do.
    pub(crate) dimensions: Option<Vec<String>>,
    /// What its metrics have to fulfil.
    pub(crate) conditions: Vec<Condition>,
}

/// `StateMachineArn = '…'`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) label: String,
    pub(crate) equal: bool,
    pub(crate) value: String,
}

impl Query {
    /// Reads a query as far as its conditions; none where it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text);
        let mut rest = tokens.as_slice();
        keyword(&mut rest, "SELECT").then_some(())?;
        let statistic = function(&word(&mut rest)?)?;
        let metric = symbol(&mut rest, "(").then(|| word(&mut rest))??;
        (symbol(&mut rest, ")") && keyword(&mut rest, "FROM")).then_some(())?;
        let (namespace, dimensions) = source(&mut rest)?;
        let mut conditions = Vec::new();
        if keyword(&mut rest, "WHERE") {
            conditions.push(condition(&mut rest)?);
            while keyword(&mut rest, "AND") {
                conditions.push(condition(&mut rest)?);
            }
        }
        let end = rest.is_empty()
            || keyword(&mut rest, "GROUP")
            || keyword(&mut rest, "ORDER")
            || keyword(&mut rest, "LIMIT");
        end.then_some(Self {
            statistic,
            metric,
            namespace,
            dimensions,
            conditions,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 6] = ["(", ")", ",", "!=", "=", "."];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
        let (token, after) = if let Some(symbol) = symbol {
            (
                Token::Symbol(symbol),
                rest.get(symbol.len()..).unwrap_or_default(),
            )
        } else if matches!(first, '"' | '\'') {
            let body = rest.get(1..).unwrap_or_default();
            let (value, after) = body.split_once(first).unwrap_or((body, ""));
            (Token::Quoted(value.to_owned()), after)
        } else {
            let stops = |c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | ',' | '!' | '=' | '.')
            };
            // At least one character, so that an odd one cannot hold the reader up.
            let end = rest.find(stops).unwrap_or(rest.len()).max(first.len_utf8());
            let (word, after) = rest.split_at(end);
            (Token::Word(word.to_owned()), after)
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

fn keyword(rest: &mut &[Token], wanted: &str) -> bool {
    let found =
        matches!(rest.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
    advance(rest, found)
}

fn symbol(rest: &mut &[Token], wanted: &'static str) -> bool {
    let found = rest.first() == Some(&Token::Symbol(wanted));
    advance(rest, found)
}

fn advance(rest: &mut &[Token], found: bool) -> bool {
    if found {
        *rest = rest.get(1..).unwrap_or_default();
    }
    found
}

fn word(rest: &mut &[Token]) -> Option<String> {
    let value = match rest.first()? {
        Token::Word(word) | Token::Quoted(word) => word.clone(),
        Token::Symbol(_) => return None,
    };
    advance(rest, true);
    Some(value)
}

fn function(name: &str) -> Option<&'static str> {
    let functions = [
        ("AVG", "Average"),
        ("COUNT", "SampleCount"),
        ("MAX", "Maximum"),
        ("MIN", "Minimum"),
        ("SUM", "Sum"),
    ];
    functions
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, statistic)| *statistic)
}

/// A namespace, or `SCHEMA("AWS/States", StateMachineArn)`.
fn source(rest: &mut &[Token]) -> Option<(String, Option<Vec<String>>)> {
    if !keyword(rest, "SCHEMA") {
        return Some((word(rest)?, None));
    }
    let namespace = symbol(rest, "(").then(|| word(rest))??;
    let mut dimensions = Vec::new();
    while symbol(rest, ",") {
        dimensions.push(word(rest)?);
    }
    symbol(rest, ")").then_some((namespace, Some(dimensions)))
}

/// A label may have two parts: `tag."Team"`.
fn condition(rest: &mut &[Token]) -> Option<Condition> {
    let mut label = word(rest)?;
    while symbol(rest, ".") {
        label = format!("{label}.{}", word(rest)?);
    }
    let equal = if symbol(rest, "=") {
        true
    } else {
        symbol(rest, "!=").then_some(false)?
    };
    Some(Condition {
        label,
        equal,
        value: word(rest)?,
    })
}
