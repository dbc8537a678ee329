//! Expressions of the requirements file, as values and conditions of a machine.

use std::collections::{BTreeMap, BTreeSet};

use iac::stack::ParameterKind;
use serde_json::Value;

use super::needs::Needs;
use crate::machine::json::placeholder;
use crate::machine::{Condition, Expr, Operand, Operator};

/// What a path of the requirements means in a scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// The data are an item of a Map, under `item`.
    pub(crate) item: bool,
    /// The data are a batch of such items.
    pub(crate) batch: bool,
    /// The data say only where the input is; the input itself is in the context object.
    pub(crate) claim: bool,
    /// Everything is below this: the answer that a condition is about.
    pub(crate) under: Option<String>,
    /// Names that steps put their results under.
    pub(crate) results: BTreeMap<String, Kept>,
}

/// What is kept of a result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The member of the answer that it is, where it is not all of it: `Payload`.
    pub(crate) member: Option<String>,
    /// The member that JSONPath puts in between.
    pub(crate) between: Option<String>,
}

/// Types of attributes of `DynamoDB` that are plain values in what is kept of a row.
const PLAIN: [&str; 3] = ["S", "N", "BOOL"];

impl View {
    /// The value at a path of the requirements.
    pub(crate) fn read(&self, mut path: Vec<String>) -> Expr {
        if let Some(under) = self
            .under
            .as_ref()
            .filter(|under| path.first() != Some(under))
        {
            path.insert(0, under.clone());
            return Expr::Data(path);
        }
        let Some(first) = path.first() else {
            return Expr::Data(path);
        };
        if let Some(kept) = self.results.get(first) {
            // `$.Load.Item.limit.N` and `$.Load.limit` are the same: some know the answer of the API, others what is kept of it.
            if kept.member.is_some() && path.get(1) == kept.member.as_ref() {
                path.remove(1);
                let is_row = kept.member.as_deref() == Some("Item") && path.len() > 2;
                if is_row
                    && path
                        .last()
                        .is_some_and(|last| PLAIN.contains(&last.as_str()))
                {
                    path.pop();
                }
            }
            if let Some(between) = &kept.between {
                path.insert(1, between.clone());
            }
            return Expr::Data(path);
        }
        let own = ["item", "index", "key", "error", "undoErrors"];
        if self.item && !own.contains(&first.as_str()) {
            path.insert(0, "item".to_owned());
        } else if self.claim && !self.item && !own.contains(&first.as_str()) {
            path.splice(0..0, ["Execution".to_owned(), "Input".to_owned()]);
            return Expr::Context(path);
        }
        Expr::Data(path)
    }

    /// A value of the requirements file.
    pub(crate) fn value(&self, value: &Value, needs: &mut Needs) -> Expr {
        match value {
            Value::Null => Expr::Null,
            Value::Bool(is) => Expr::Bool(*is),
            Value::Number(number) => Expr::Number(number.to_string()),
            Value::String(text) => self.text(text, needs),
            Value::Array(items) => {
                Expr::List(items.iter().map(|item| self.value(item, needs)).collect())
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| {
                    let value = self.value(value, needs);
                    let short = key.strip_suffix(".$").filter(|_| value.is_computed());
                    (short.unwrap_or(key).to_owned(), value)
                };
                Expr::Object(members.iter().map(member).collect())
            }
        }
    }

    fn text(&self, text: &str, needs: &mut Needs) -> Expr {
        if let Some(code) = braces(text) {
            return Expr::Code(code.to_owned());
        }
        if let Some(path) = text
            .strip_prefix("$$")
            .and_then(|rest| path_of(&format!("${rest}")))
        {
            return Expr::Context(path);
        }
        if let Some(path) = path_of(text) {
            return self.read(path);
        }
        for (at, _) in text.match_indices("${") {
            if let Some(name) = text.get(at..).and_then(placeholder) {
                needs.ask(name, "Said in the requirements", ParameterKind::Text, None);
            }
        }
        Expr::text(text)
    }

    /// A condition of the requirements file.
    pub(crate) fn condition(&self, text: &str) -> Condition {
        if let Some(code) = braces(text) {
            return Condition::Code(code.to_owned());
        }
        if let Some(condition) = Parser::read(text, self) {
            return condition;
        }
        // Anything else is JSONata, in which paths are those of the data. `and true` makes nothing of what is missing.
        Condition::Code(format!("({}) and true", self.in_code(text)))
    }

    /// JSONata in which `$.order.id` stands for the data.
    fn in_code(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("$.") {
            let (before, after) = rest.split_at(at);
            out.push_str(before);
            let name =
                |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
            let length = after
                .get(2..)
                .unwrap_or_default()
                .find(|letter| !name(letter));
            let end = length.map_or(after.len(), |length| length + 2);
            let (path, tail) = after.split_at(end);
            let path = path.trim_end_matches('.');
            match path_of(path) {
                Some(path) => out.push_str(&self.read(path).code()),
                None => out.push_str(path),
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// Whether a condition is one that both query languages can say.
pub(crate) fn is_comparison(text: &str) -> bool {
    Parser::read(text, &View::default()).is_some()
}

/// What is between `{%` and `%}`.
pub(crate) fn braces(text: &str) -> Option<&str> {
    Some(text.trim().strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

/// The names of `$.order.items[0]['first name']`; none for what is no such path.
pub(crate) fn path_of(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('$')?;
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, tail) = after.split_at(end);
            let good = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
            if name.is_empty() || !name.chars().all(good) {
                return None;
            }
            path.push(name.to_owned());
            rest = tail;
        } else {
            let (inner, tail) = rest.strip_prefix('[')?.split_once(']')?;
            rest = tail;
            if let Some(name) = inner
                .strip_prefix('\'')
                .and_then(|inner| inner.strip_suffix('\''))
            {
                path.push(name.to_owned());
            } else if !inner.is_empty() && inner.chars().all(|digit| digit.is_ascii_digit()) {
                path.push(format!("[{inner}]"));
            } else {
                return None;
            }
        }
    }
    Some(path)
}

/// The first names of all paths in a text.
pub(crate) fn names_in(text: &str, names: &mut BTreeSet<String>) {
    for mark in ["$.", "$states.input."] {
        for (at, _) in text.match_indices(mark) {
            let rest = text.get(at + mark.len()..).unwrap_or_default();
            let good = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
            let end = rest.find(|letter| !good(letter)).unwrap_or(rest.len());
            if let Some(name) = rest.get(..end).filter(|name| !name.is_empty()) {
                names.insert(name.to_owned());
            }
        }
    }
}

/// Reads `$.amount > 100 and not ($.kind = 'gift')`.
struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    view: &'a View,
    depth: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Path(Vec<String>),
    Operator(Operator),
    Text(String),
    Number(String),
    Word(String),
    Open,
    Close,
}

impl<'a> Parser<'a> {
    fn read(text: &str, view: &'a View) -> Option<Condition> {
        let mut parser = Self {
            tokens: tokens(text)?,
            at: 0,
            view,
            depth: 0,
        };
        let condition = parser.any()?;
        (parser.at == parser.tokens.len()).then_some(condition)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn word(&mut self, words: [&str; 2]) -> bool {
        let is = matches!(self.peek(), Some(Token::Word(word)) if words.contains(&word.as_str()));
        self.at += usize::from(is);
        is
    }

    fn any(&mut self) -> Option<Condition> {
        let mut parts = vec![self.all()?];
        while self.word(["or", "||"]) {
            parts.push(self.all()?);
        }
        Some(if parts.len() > 1 {
            Condition::Or(parts)
        } else {
            parts.pop()?
        })
    }

    fn all(&mut self) -> Option<Condition> {
        let mut parts = vec![self.one()?];
        while self.word(["and", "&&"]) {
            parts.push(self.one()?);
        }
        Some(if parts.len() > 1 {
            Condition::And(parts)
        } else {
            parts.pop()?
        })
    }

    fn one(&mut self) -> Option<Condition> {
        self.depth += 1;
        if self.depth > 32 {
            return None;
        }
        let found = if self.word(["not", "!"]) {
            Some(Condition::Not(Box::new(self.one()?)))
        } else if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.any()?;
            (self.peek() == Some(&Token::Close)).then(|| {
                self.at += 1;
                inner
            })
        } else {
            self.compared()
        };
        self.depth -= 1;
        found
    }

    fn data(&self, path: &[String]) -> Option<Vec<String>> {
        match self.view.read(path.to_vec()) {
            Expr::Data(path) => Some(path),
            _ => None,
        }
    }

    fn compared(&mut self) -> Option<Condition> {
        let Token::Path(path) = self.peek()?.clone() else {
            return None;
        };
        let path = self.data(&path)?;
        self.at += 1;
        let Some(Token::Operator(operator)) = self.peek().cloned() else {
            return Some(Condition::Compare(
                path,
                Operator::Equal,
                Operand::Bool(true),
            ));
        };
        self.at += 1;
        let operand = match self.peek()?.clone() {
            Token::Path(path) => Operand::Data(self.data(&path)?),
            Token::Text(text) => Operand::Text(text),
            Token::Number(number) => Operand::Number(number),
            Token::Word(word) if word == "true" => Operand::Bool(true),
            Token::Word(word) if word == "false" => Operand::Bool(false),
            _ => return None,
        };
        self.at += 1;
        Some(Condition::Compare(path, operator, operand))
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or_default();
        let operator = match (two, first) {
            ("==", _) => Some((Operator::Equal, 2)),
            ("!=" | "<>", _) => Some((Operator::NotEqual, 2)),
            ("<=", _) => Some((Operator::AtMost, 2)),
            (">=", _) => Some((Operator::AtLeast, 2)),
            (_, '=') => Some((Operator::Equal, 1)),
            (_, '<') => Some((Operator::Less, 1)),
            (_, '>') => Some((Operator::Greater, 1)),
            _ => None,
        };
        let (token, length) = if let Some((operator, length)) = operator {
            (Token::Operator(operator), length)
        } else {
            match first {
                '(' => (Token::Open, 1),
                ')' => (Token::Close, 1),
                '!' => (Token::Word("!".to_owned()), 1),
                '&' | '|' if two == "&&" || two == "||" => (Token::Word(two.to_owned()), 2),
                '\'' | '"' => {
                    let inner = rest.get(1..)?;
                    let end = inner.find(first)?;
                    let text = inner.get(..end)?;
                    if text.contains('\\') {
                        return None;
                    }
                    (Token::Text(text.to_owned()), end + 2)
                }
                '$' => {
                    let good = |letter: char| {
                        letter.is_alphanumeric()
                            || matches!(letter, '_' | '-' | '.' | '$' | '[' | ']' | '\'')
                    };
                    let end = rest.find(|letter| !good(letter)).unwrap_or(rest.len());
                    let path = path_of(rest.get(..end)?)?;
                    (Token::Path(path), end)
                }
                digit if digit.is_ascii_digit() || digit == '-' => {
                    let good =
                        |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-');
                    let end = rest.find(|letter| !good(letter)).unwrap_or(rest.len());
                    let number = rest.get(..end)?;
                    serde_json::from_str::<serde_json::Number>(number).ok()?;
                    (Token::Number(number.to_owned()), end)
                }
                letter if letter.is_ascii_alphabetic() => {
                    let end = rest
                        .find(|letter: char| !letter.is_ascii_alphanumeric())
                        .unwrap_or(rest.len());
                    (Token::Word(rest.get(..end)?.to_owned()), end)
                }
                _ => return None,
            }
        };
        tokens.push(token);
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}
