//! Calls, and functions that an expression defines.

use std::borrow::Cow;

use super::super::lex::{Sign, Token, fail};
use super::{BindingKind, Call, Group, Kind, Left, Parsed, Parser, ReadKind, SyntaxError, new};
use crate::Span;

impl<'a> Parser<'a> {
    /// Behind the opening parenthesis of a call.
    pub(super) fn call(&mut self, left: &Left<'a>) -> Parsed<'a> {
        if let Kind::Name(name) = &left.kind
            && matches!(name.as_ref(), "function" | "λ")
            && !left.filtered
        {
            return self.function(left.start);
        }
        let reference = match &left.kind {
            Kind::Variable(_) if !left.filtered && left.group == Group::None => left.reference,
            Kind::Name(Cow::Borrowed(name)) if !self.inside => {
                let last = self.found.reads.last_mut();
                if let Some(read) = last.filter(|read| read.span.start == left.start) {
                    read.kind = ReadKind::Function(name);
                }
                None
            }
            _ => None,
        };
        let (arguments, partial) = self.arguments()?;
        let span = Span::new(left.start, self.span.end);
        self.expect(Sign::CloseParen, true)?;
        if let Some(reference) = reference.and_then(|index| self.found.references.get_mut(index)) {
            reference.call = Some(Call {
                span,
                arguments,
                partial,
            });
        }
        Ok(new(left.start, Kind::Call(reference)))
    }

    /// The arguments of a call: how many, and whether one is left open.
    pub(super) fn arguments(&mut self) -> Result<(usize, bool), SyntaxError> {
        let mut count = 0;
        let mut partial = false;
        if self.at(Sign::CloseParen) {
            return Ok((count, partial));
        }
        loop {
            count += 1;
            if self.at(Sign::Question) {
                partial = true;
                self.advance(false)?;
            } else {
                self.expression(0)?;
            }
            if !self.at(Sign::Comma) {
                return Ok((count, partial));
            }
            self.advance(false)?;
        }
    }

    /// A definition of a function, behind its opening parenthesis.
    pub(super) fn function(&mut self, start: usize) -> Parsed<'a> {
        self.scope.enter(true);
        let mut wrong = None;
        if !self.at(Sign::CloseParen) {
            loop {
                wrong = self.parameter()?.or(wrong);
                if !self.at(Sign::Comma) {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect(Sign::CloseParen, true)?;
        if let Some(span) = wrong {
            let why = "a parameter of a function is no variable";
            return Err(fail("S0208", span, why, "write `function($name) {…}`"));
        }
        if self.at(Sign::Less) {
            self.signature()?;
        }
        self.expect(Sign::OpenBrace, false)?;
        self.expression(0)?;
        self.expect(Sign::CloseBrace, false)?;
        self.scope.leave(&mut self.found);
        Ok(new(start, Kind::Other))
    }

    /// A parameter in the definition of a function. The place of it, if it is none.
    pub(super) fn parameter(&mut self) -> Result<Option<Span>, SyntaxError> {
        let span = self.span;
        if self.at(Sign::Question) {
            self.advance(false)?;
            return Ok(Some(span));
        }
        let read = self.expression(0)?;
        let Some(name) = self.take_variable(&read) else {
            return Ok(Some(span));
        };
        self.scope
            .bind(&mut self.found, name, span, BindingKind::Parameter);
        Ok(None)
    }

    /// `<s-n?:s>`: the types of a function, at its `<`.
    pub(super) fn signature(&mut self) -> Result<(), SyntaxError> {
        let mut depth = 1;
        let mut wrong = None;
        // The last thing of what is read that types can be given to; groups of choices that are open.
        let mut before = "";
        let mut choices = 0_usize;
        while depth > 0 && !self.at(Sign::OpenBrace) && self.token != Token::End {
            self.advance(false)?;
            match self.token {
                Token::Sign(Sign::Greater) => depth -= 1,
                Token::Sign(Sign::Less) => {
                    depth += 1;
                    if choices > 0 {
                        let why = "a choice of types holds a type with a parameter";
                        let error = fail("S0402", self.span, why, "write a choice as `(sn)`");
                        wrong = wrong.or(Some(error));
                    } else if depth == 2 && !before.ends_with(['a', 'f']) {
                        let why = "only arrays and functions have a type in `<…>`";
                        let error = fail("S0401", self.span, why, "write `a<s>` or `f<s:n>`");
                        wrong = wrong.or(Some(error));
                    }
                }
                Token::Sign(Sign::OpenParen) => choices += 1,
                Token::Sign(Sign::CloseParen) => choices = choices.saturating_sub(1),
                _ => {}
            }
            before = match self.token {
                Token::Name(name) => name,
                _ => "",
            };
        }
        self.expect(Sign::Greater, false)?;
        wrong.map_or(Ok(()), Err)
    }
}
