//! The grammar of JSONata: operators by how tightly they bind.

mod functions;

use std::borrow::Cow;

use super::super::{cursor::step, short};
use super::lex::{Lexer, Sign, Token, fail};
use super::scope::Scope;
use super::{BindingKind, Call, Expression, Read, ReadKind, Reference, SyntaxError};
use crate::Span;

/// Expressions inside of each other: far more than anybody writes, far less than a stack holds. Chains of operators and of
/// `? :` do not count.
const DEEPEST: usize = 200;

pub(super) fn parse(text: &str, span: Span) -> Expression<'_> {
    let mut parser = Parser {
        lexer: Lexer::new(text, span),
        token: Token::End,
        span: Span::new(span.start, span.start),
        inside: false,
        depth: 0,
        too_deep: false,
        later: None,
        scope: Scope::default(),
        found: Expression {
            span,
            ..Expression::default()
        },
    };
    let error = parser.whole().err().or(parser.later.take());
    let judged = !parser.lexer.placeholder && !parser.too_deep;
    parser.found.complete = judged && error.is_none();
    parser.found.error = error.filter(|_| judged);
    parser.found
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    span: Span,
    /// What is read has a value of its own to start with: behind a dot, in a filter and so on.
    inside: bool,
    depth: usize,
    too_deep: bool,
    /// The first error that shows only when all has been read.
    later: Option<SyntaxError>,
    scope: Scope<'a>,
    found: Expression<'a>,
}

/// What has been read before an operator.
struct Left<'a> {
    start: usize,
    kind: Kind<'a>,
    /// The end of its first word.
    end: usize,
    /// Its last step has a filter.
    filtered: bool,
    /// A field behind it is not a field of what its last name names.
    stops: bool,
    /// What a `{…}` behind it groups.
    group: Group,
    /// One of its steps is a number, `true`, `false` or `null`.
    literal: bool,
    /// The reference that goes on with fields.
    reference: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Group {
    None,
    Whole,
    /// A value, which then became the first step of a path.
    Step,
}

#[derive(PartialEq)]
enum Kind<'a> {
    Number,
    Value,
    Text(Cow<'a, str>),
    Name(Cow<'a, str>),
    Variable(&'a str),
    /// A call of the reference of that index, or of something else.
    Call(Option<usize>),
    Path,
    /// A path that ends with an order.
    Sorted,
    Other,
}

type Parsed<'a> = Result<Left<'a>, SyntaxError>;

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Result<(), SyntaxError> {
        self.scope.enter(false);
        self.advance(false)?;
        self.expression(0)?;
        self.scope.leave(&mut self.found);
        if self.token == Token::End {
            return Ok(());
        }
        let what = self.told();
        Err(fail(
            "S0201",
            self.span,
            format!("the expression goes on behind its end, with {what}"),
            "put an operator between two values, or separate them by `;` in parentheses",
        ))
    }

    /// Goes to the next token.
    fn advance(&mut self, behind_value: bool) -> Result<(), SyntaxError> {
        step();
        (self.token, self.span) = self.lexer.next(behind_value)?;
        Ok(())
    }

    fn at(&self, sign: Sign) -> bool {
        self.token == Token::Sign(sign)
    }

    /// Goes behind a sign, which has to be next.
    fn expect(&mut self, sign: Sign, behind_value: bool) -> Result<(), SyntaxError> {
        if self.at(sign) {
            return self.advance(behind_value);
        }
        let sign = sign.text();
        let help = format!("add `{sign}`");
        Err(if self.token == Token::End {
            let why = format!("the expression ends before `{sign}`");
            fail("S0203", self.span, why, help)
        } else {
            let why = format!("`{sign}` is missing before {}", self.told());
            fail("S0202", self.span, why, help)
        })
    }

    /// The token, for a message.
    fn told(&self) -> String {
        match &self.token {
            Token::End => "the end".to_owned(),
            Token::Name(name) => format!("`{}`", short(name)),
            Token::Variable(name) => format!("`${}`", short(name)),
            Token::Text(_) => "a text".to_owned(),
            Token::Number => "a number".to_owned(),
            Token::Value => "a value".to_owned(),
            Token::Regex => "a regular expression".to_owned(),
            Token::Sign(sign) => format!("`{}`", sign.text()),
            Token::Placeholder => "a placeholder".to_owned(),
        }
    }

    fn later(&mut self, code: &'static str, span: Span, why: &str, help: &str) {
        if self.later.is_none() {
            self.later = Some(fail(code, span, why, help));
        }
    }

    /// Reads a value and all operators behind it that bind more tightly than `power`.
    fn expression(&mut self, power: u8) -> Parsed<'a> {
        if self.depth == DEEPEST {
            self.too_deep = true;
            return Err(fail(
                "",
                self.span,
                "the expression is nested too deeply to be read",
                "take a part of it out, into a variable",
            ));
        }
        self.depth += 1;
        let mut power = power;
        let mut conditional = false;
        let start = self.span.start;
        let mut left = self.value()?;
        while let Token::Sign(sign) = self.token
            && sign.power() > power
        {
            if sign != Sign::Question {
                left = self.operator(sign, left)?;
                continue;
            }
            self.advance(false)?;
            self.expression(0)?;
            conditional = true;
            left = new(start, Kind::Other);
            if self.at(Sign::Colon) {
                // What follows is the rest of the expression, however tightly things bind around it. To go on here instead of
                // one level deeper makes long chains of conditions possible.
                self.advance(false)?;
                power = 0;
                left = self.value()?;
            }
        }
        self.depth -= 1;
        Ok(if conditional {
            new(start, Kind::Other)
        } else {
            left
        })
    }

    /// Reads an expression that starts with a value of its own.
    fn inner(&mut self, power: u8) -> Parsed<'a> {
        let outer = std::mem::replace(&mut self.inside, true);
        let result = self.expression(power);
        self.inside = outer;
        result
    }

    /// A value: what can stand where none is before.
    fn value(&mut self) -> Parsed<'a> {
        let span = self.span;
        let start = span.start;
        let token = std::mem::replace(&mut self.token, Token::End);
        self.advance(true)?;
        let kind = match token {
            Token::End => {
                let help = "write what is missing";
                self.later(
                    "S0207",
                    span,
                    "the expression ends where a value is missing",
                    help,
                );
                Kind::Other
            }
            Token::Name(name) => self.name(name, span),
            Token::Variable(name) => return Ok(self.variable(name, span)),
            Token::Text(text) => Kind::Text(text),
            Token::Number => Kind::Number,
            Token::Value => Kind::Value,
            Token::Regex | Token::Placeholder => Kind::Other,
            Token::Sign(sign) => return self.signed(sign, span),
        };
        Ok(Left {
            end: span.end,
            literal: matches!(kind, Kind::Number | Kind::Value),
            ..new(start, kind)
        })
    }

    /// A value that begins with a sign, which is read.
    fn signed(&mut self, sign: Sign, span: Span) -> Parsed<'a> {
        let kind = match sign {
            Sign::And | Sign::Or | Sign::In => self.name(sign.text(), span),
            Sign::Minus => match self.expression(70)?.kind {
                Kind::Number => Kind::Number,
                _ => Kind::Other,
            },
            Sign::Star | Sign::Descendants => {
                self.read(ReadKind::Wildcard, span);
                Kind::Other
            }
            Sign::Percent => {
                self.read(ReadKind::Parent, span);
                Kind::Other
            }
            Sign::OpenParen => self.block()?,
            Sign::OpenBracket => self.array()?,
            Sign::OpenBrace => {
                self.object()?;
                Kind::Other
            }
            Sign::Bar => self.transform()?,
            _ => return Err(no_value(sign, span)),
        };
        Ok(Left {
            literal: kind == Kind::Number,
            ..new(span.start, kind)
        })
    }

    fn name(&mut self, name: &'a str, span: Span) -> Kind<'a> {
        // A definition of a function is no field; a call of a name is told at the call.
        if !(self.at(Sign::OpenParen) && matches!(name, "function" | "λ")) {
            self.read(ReadKind::Field(Cow::Borrowed(name)), span);
        }
        Kind::Name(Cow::Borrowed(name))
    }

    /// Something is read from the value at hand: it matters where there is none.
    fn read(&mut self, kind: ReadKind<'a>, span: Span) {
        if !self.inside || kind == ReadKind::Root {
            self.found.reads.push(Read { kind, span });
        }
    }

    fn variable(&mut self, name: &'a str, span: Span) -> Left<'a> {
        let mut left = new(span.start, Kind::Variable(name));
        match name {
            "" => self.read(ReadKind::Context, span),
            "$" => self.read(ReadKind::Root, span),
            _ => {
                let index = self.found.references.len();
                self.found.references.push(Reference {
                    name,
                    span,
                    fields: Vec::new(),
                    fields_span: span,
                    bound: false,
                    call: None,
                });
                let bound = self.scope.refer(name, index);
                if let Some(reference) = self.found.references.last_mut() {
                    reference.bound = bound;
                }
                left.reference = Some(index);
            }
        }
        left
    }

    fn block(&mut self) -> Result<Kind<'a>, SyntaxError> {
        self.scope.enter(false);
        while !self.at(Sign::CloseParen) {
            self.expression(0)?;
            if !self.at(Sign::Semicolon) {
                break;
            }
            self.advance(false)?;
        }
        self.expect(Sign::CloseParen, true)?;
        self.scope.leave(&mut self.found);
        Ok(Kind::Other)
    }

    fn array(&mut self) -> Result<Kind<'a>, SyntaxError> {
        if !self.at(Sign::CloseBracket) {
            loop {
                self.expression(0)?;
                if self.at(Sign::Range) {
                    self.advance(false)?;
                    self.expression(0)?;
                }
                if !self.at(Sign::Comma) {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect(Sign::CloseBracket, true)?;
        Ok(Kind::Other)
    }

    fn object(&mut self) -> Result<(), SyntaxError> {
        if !self.at(Sign::CloseBrace) {
            loop {
                self.expression(0)?;
                self.expect(Sign::Colon, false)?;
                self.expression(0)?;
                if !self.at(Sign::Comma) {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect(Sign::CloseBrace, true)
    }

    fn transform(&mut self) -> Result<Kind<'a>, SyntaxError> {
        self.inner(0)?;
        self.expect(Sign::Bar, false)?;
        self.inner(0)?;
        if self.at(Sign::Comma) {
            self.advance(false)?;
            self.inner(0)?;
        }
        self.expect(Sign::Bar, false)?;
        Ok(Kind::Other)
    }

    /// An operator, which is the token, and what is behind it.
    fn operator(&mut self, sign: Sign, left: Left<'a>) -> Parsed<'a> {
        let span = self.span;
        self.advance(false)?;
        match sign {
            Sign::Dot => self.dot(&left),
            Sign::OpenBracket => self.filter(left, span),
            Sign::OpenBrace => self.group(left, span),
            Sign::OpenParen => self.call(&left),
            Sign::Caret => self.order(&left),
            Sign::At | Sign::Hash => self.position(left, sign, span),
            Sign::Bind => self.bind(&left, span),
            Sign::Chain => {
                let right = self.expression(sign.power())?;
                if let Kind::Call(Some(index)) = right.kind
                    && !right.filtered
                    && let Some(reference) = self.found.references.get_mut(index)
                    && let Some(call) = &mut reference.call
                {
                    call.arguments += 1;
                }
                Ok(new(left.start, Kind::Other))
            }
            _ => {
                self.expression(sign.power())?;
                Ok(new(left.start, Kind::Other))
            }
        }
    }

    fn dot(&mut self, left: &Left<'a>) -> Parsed<'a> {
        let right_span = self.span;
        if let Kind::Text(text) = &left.kind {
            // A text is the name of a field, as a step of a path.
            let span = Span::new(left.start, left.end);
            self.read(ReadKind::Field(text.clone()), span);
        }
        let right = self.inner(Sign::Dot.power())?;
        let literals = [
            (left.literal, Span::new(left.start, left.end)),
            (right.literal, right_span),
        ];
        if let Some((_, span)) = literals.into_iter().find(|(literal, _)| *literal) {
            let help = "write the name of a field; an unusual one stands in backticks";
            self.later("S0213", span, "a literal is no step of a path", help);
        }
        let mut result = new(left.start, Kind::Path);
        result.filtered = right.filtered;
        result.group = left.group_of_path();
        if right.kind == Kind::Sorted {
            result.kind = Kind::Sorted;
        }
        if let (Some(index), Kind::Name(name) | Kind::Text(name)) = (left.reference, right.kind)
            && !left.stops
            && let Some(reference) = self.found.references.get_mut(index)
        {
            reference.fields.push(name);
            reference.fields_span.end = right_span.end;
            if !right.stops {
                result.reference = Some(index);
            }
        }
        Ok(result)
    }

    fn filter(&mut self, mut left: Left<'a>, span: Span) -> Parsed<'a> {
        if self.at(Sign::CloseBracket) {
            self.advance(false)?;
            return Ok(left);
        }
        if left.group != left.group_of_path() {
            let help = "put the filter before the `{…}`";
            self.later("S0209", span, "a filter follows `{…}`", help);
        }
        self.inner(0)?;
        self.expect(Sign::CloseBracket, true)?;
        left.filtered = true;
        left.stops = true;
        Ok(left)
    }

    fn group(&mut self, mut left: Left<'a>, span: Span) -> Parsed<'a> {
        if left.group == Group::Whole {
            let help = "group once, or put the first grouping in parentheses";
            self.later("S0210", span, "a `{…}` follows another", help);
        }
        let outer = std::mem::replace(&mut self.inside, true);
        let result = self.object();
        self.inside = outer;
        result?;
        left.group = Group::Whole;
        left.stops = true;
        Ok(left)
    }

    fn order(&mut self, left: &Left<'a>) -> Parsed<'a> {
        self.expect(Sign::OpenParen, false)?;
        loop {
            if self.at(Sign::Less) || self.at(Sign::Greater) {
                self.advance(false)?;
            }
            self.inner(0)?;
            if !self.at(Sign::Comma) {
                break;
            }
            self.advance(false)?;
        }
        self.expect(Sign::CloseParen, false)?;
        let mut result = new(left.start, Kind::Sorted);
        result.literal = left.literal;
        result.group = left.group_of_path();
        Ok(result)
    }

    /// `@$name`, `#$name`
    fn position(&mut self, mut left: Left<'a>, sign: Sign, span: Span) -> Parsed<'a> {
        let name_span = self.span;
        let right = self.inner(sign.power())?;
        let Some(name) = self.take_variable(&right) else {
            let sign = sign.text();
            return Err(fail(
                "S0214",
                name_span,
                format!("`{sign}` is not followed by a variable"),
                format!("write `{sign}$name`"),
            ));
        };
        let kind = if sign == Sign::At {
            if left.filtered {
                let help = "put it before the filter";
                self.later("S0215", span, "`@` stands behind a filter", help);
            } else if left.kind == Kind::Sorted {
                let help = "put it before the `^(…)`";
                self.later("S0216", span, "`@` stands behind an order", help);
            }
            BindingKind::Focus
        } else {
            if !is_path(&left.kind) {
                left.kind = Kind::Path;
                if left.group == Group::Whole {
                    left.group = Group::Step;
                }
            }
            BindingKind::Index
        };
        self.scope.bind(&mut self.found, name, name_span, kind);
        left.stops = true;
        Ok(left)
    }

    fn bind(&mut self, left: &Left<'a>, span: Span) -> Parsed<'a> {
        let name_span = Span::new(left.start, span.start);
        let Some(name) = self.take_variable(left) else {
            let help = "write `$name := …`; `=` compares";
            let why = "`:=` does not stand behind a variable";
            return Err(fail("S0212", name_span, why, help));
        };
        self.expression(Sign::Bind.power() - 1)?;
        let name_span = Span::new(left.start, left.start + name.len() + 1);
        self.scope
            .bind(&mut self.found, name, name_span, BindingKind::Assigned);
        Ok(new(left.start, Kind::Other))
    }

    /// The name of what is a variable and nothing else. It is bound here, so that it is no reference.
    fn take_variable(&mut self, left: &Left<'a>) -> Option<&'a str> {
        let Kind::Variable(name) = left.kind else {
            return None;
        };
        if left.filtered || left.group != Group::None {
            return None;
        }
        match name {
            "" | "$" => {
                self.found
                    .reads
                    .pop_if(|read| read.span.start == left.start);
            }
            _ => {
                self.found.references.pop();
                self.scope.forget(self.found.references.len());
            }
        }
        Some(name)
    }
}

impl Left<'_> {
    /// The group of a path that goes on behind it: what is no path yet becomes a step, and its group with it.
    fn group_of_path(&self) -> Group {
        match self.group {
            Group::Whole if is_path(&self.kind) => Group::Whole,
            _ => Group::None,
        }
    }
}

fn new(start: usize, kind: Kind<'_>) -> Left<'_> {
    Left {
        start,
        kind,
        end: start,
        filtered: false,
        stops: false,
        group: Group::None,
        literal: false,
        reference: None,
    }
}

/// A sign stands where a value has to begin.
fn no_value(sign: Sign, span: Span) -> SyntaxError {
    let help = match sign {
        Sign::Question | Sign::Colon => {
            "JSONata 2.0.6 has no `??` and `?:`; write `$exists($x) ? $x : 0`"
        }
        _ => "write a value, or remove the sign",
    };
    let why = format!("`{}` stands where a value is missing", sign.text());
    fail("S0211", span, why, help)
}

fn is_path(kind: &Kind<'_>) -> bool {
    matches!(kind, Kind::Path | Kind::Sorted | Kind::Name(_))
}
