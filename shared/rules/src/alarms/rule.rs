//! Rules of composite alarms: `ALARM("a") AND NOT ALARM(b)`.

use facts::Alarm;

/// CloudWatch nests far less; deeper ones are not followed.
pub(crate) const DEEPEST: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Alarm,
    Ok,
    Insufficient,
}

/// A rule, `ALARM("a") AND NOT ALARM(b)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    State(Is, String),
    Constant(bool),
    Not(Box<Rule>),
    And(Vec<Rule>),
    Or(Vec<Rule>),
    /// So many, or so many of a hundred, of these alarms are in the state.
    AtLeast {
        count: usize,
        percent: bool,
        is: Is,
        alarms: Vec<String>,
    },
}

impl Rule {
    /// The rule; where it cannot be read, any of the alarms that it names is enough.
    pub(crate) fn of(text: &str, alarm: &Alarm) -> Self {
        let mut reader = Reader {
            tokens: tokens(text),
            at: 0,
        };
        let rule = reader.any(0).filter(|_| reader.at == reader.tokens.len());
        rule.unwrap_or_else(|| {
            let names = alarm.children().into_iter().map(str::to_owned);
            Self::Or(names.map(|name| Self::State(Is::Alarm, name)).collect())
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Name(String),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, rest.get(1..)),
            ')' => (Token::Close, rest.get(1..)),
            ',' => (Token::Comma, rest.get(1..)),
            '"' | '\'' => {
                let body = rest.get(1..).unwrap_or_default();
                let (name, after) = body.split_once(first).unwrap_or((body, ""));
                (Token::Name(name.to_owned()), Some(after))
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                (Token::Word(word.to_owned()), Some(after))
            }
        };
        tokens.push(token);
        rest = after.unwrap_or_default().trim_start();
    }
    tokens
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        self.take(&Token::Word(wanted.to_owned()))
    }

    fn any(&mut self, depth: usize) -> Option<Rule> {
        let mut rules = vec![self.all(depth)?];
        while self.word("OR") {
            rules.push(self.all(depth)?);
        }
        Some(if rules.len() == 1 {
            rules.remove(0)
        } else {
            Rule::Or(rules)
        })
    }

    fn all(&mut self, depth: usize) -> Option<Rule> {
        let mut rules = vec![self.one(depth)?];
        while self.word("AND") {
            rules.push(self.one(depth)?);
        }
        Some(if rules.len() == 1 {
            rules.remove(0)
        } else {
            Rule::And(rules)
        })
    }

    fn one(&mut self, depth: usize) -> Option<Rule> {
        if depth > DEEPEST {
            return None;
        }
        match self.next()? {
            Token::Open => {
                let rule = self.any(depth + 1)?;
                self.take(&Token::Close).then_some(rule)
            }
            Token::Word(word) => match word.as_str() {
                "NOT" => Some(Rule::Not(Box::new(self.one(depth + 1)?))),
                "TRUE" => Some(Rule::Constant(true)),
                "FALSE" => Some(Rule::Constant(false)),
                "AT_LEAST" => self.at_least(),
                state => {
                    let is = is(state)?;
                    let name = self.take(&Token::Open).then(|| self.name())??;
                    self.take(&Token::Close).then_some(Rule::State(is, name))
                }
            },
            Token::Close | Token::Comma | Token::Name(_) => None,
        }
    }

    /// `(2, ALARM, (a, b, c))`
    fn at_least(&mut self) -> Option<Rule> {
        let opened = self.take(&Token::Open);
        let Token::Word(count) = self.next()? else {
            return None;
        };
        let (count, percent) = count
            .strip_suffix('%')
            .map_or((count.as_str(), false), |count| (count, true));
        let count = count
            .parse()
            .ok()
            .filter(|_| opened && self.take(&Token::Comma))?;
        let Token::Word(state) = self.next()? else {
            return None;
        };
        let is = is(&state).filter(|_| self.take(&Token::Comma) && self.take(&Token::Open))?;
        let mut alarms = vec![self.name()?];
        while self.take(&Token::Comma) {
            alarms.push(self.name()?);
        }
        let closed = self.take(&Token::Close) && self.take(&Token::Close);
        closed.then_some(Rule::AtLeast {
            count,
            percent,
            is,
            alarms,
        })
    }

    fn name(&mut self) -> Option<String> {
        match self.next()? {
            Token::Word(name) | Token::Name(name) => Some(name),
            Token::Open | Token::Close | Token::Comma => None,
        }
    }
}

fn is(word: &str) -> Option<Is> {
    match word {
        "ALARM" => Some(Is::Alarm),
        "OK" => Some(Is::Ok),
        "INSUFFICIENT_DATA" => Some(Is::Insufficient),
        _ => None,
    }
}
