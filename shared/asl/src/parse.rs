//! Bytes to a definition: decoding, the reader of the format, lowering, checks.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use crate::{
    Definition, Format, Level, Machine, Member, Node, Problem, Source, Span, Value, check, data,
    help::usual_help,
    json, lower,
    mend::mend,
    pointer_push,
    problem::quoted,
    shape,
    yaml::{self, Functions},
};

/// Levels of brackets that are read. AWS refuses deep definitions as `TOO_DEEPLY_NESTED` and does not say from where on;
/// the deepest of 1,200 public ones has 22 levels.
pub(crate) const MAX_DEPTH: usize = 200;

/// Problems of one kind of syntax that are reported: what follows is mostly a consequence of the first.
pub(crate) const MAX_SYNTAX_PROBLEMS: usize = 20;

/// Problems of a definition that are kept; AWS itself tells 100.
const MAX_PROBLEMS: usize = 1000;

/// Bytes that AWS accepts (service quotas, 2026-11-22).
pub(crate) const MAX_BYTES: usize = 1_048_576;

/// What a reader made of a text.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The outermost value.
    pub root: Option<Node>,
    /// What is wrong with the text as JSON or YAML.
    pub problems: Vec<Problem>,
    /// Set where a part of the text is not in the tree, so that nothing can be called missing: where reading ended.
    pub partial: Option<usize>,
}

impl Format {
    /// The format of a file by its name (`.json`, `.yaml`, `.yml`), else by its first character.
    pub fn guess(name: &str, bytes: &[u8]) -> Self {
        let ends = |suffix: &str| {
            name.len()
                .checked_sub(suffix.len())
                .and_then(|start| name.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        if ends(".json") {
            return Self::Json;
        }
        if ends(".yaml") || ends(".yml") {
            return Self::Yaml;
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None | Some(b'{' | b'[') => Self::Json,
            Some(_) => Self::Yaml,
        }
    }
}

impl Tree {
    /// Reads a file that is more than a definition, such as a template of CloudFormation. The functions of CloudFormation
    /// keep what they are applied to: `!Ref A` is read as `{"Ref": "A"}`.
    pub fn read(text: &str, format: Format) -> Self {
        match format {
            Format::Json => json::read(text),
            Format::Yaml => yaml::read(text, Functions::Kept),
        }
    }
}

impl Definition {
    /// Reads a definition. There is always an answer: what could be read, and the problems that were met.
    pub fn parse(bytes: &[u8], format: Format) -> Self {
        let mut problems = Vec::new();
        let text = decode(bytes, &mut problems);
        if text.len() > MAX_BYTES {
            problems.push(too_large(text.len()));
        }
        let mut read = match format {
            _ if text
                .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                .is_empty() =>
            {
                Tree::default()
            }
            Format::Json => json::read(&text),
            Format::Yaml => yaml::read(&text, Functions::Open),
        };
        problems.append(&mut read.problems);
        if let Some(root) = &read.root {
            locate(root, &mut problems);
        }
        let json = format == Format::Json;
        let machine = machine(read, &text, json, &mut problems);
        let source = Source::new(&text);
        let part = Span::new(0, text.len());
        if !json {
            rewrite(&text, &mut problems);
        }
        Self::new(&source, part, json, machine, problems)
    }

    /// Puts together what was read of a text.
    pub(crate) fn new(
        source: &Source,
        part: Span,
        editable: bool,
        machine: Machine,
        mut problems: Vec<Problem>,
    ) -> Self {
        let text = source.text();
        for problem in &mut problems {
            // Where one character stands for a whole object, it is not known how many bytes it has.
            problem.span.end = text.ceil_char_boundary(problem.span.end);
            let help = &mut problem.help;
            if help.is_none() {
                *help = usual_help(problem.id).map(str::to_owned);
            }
        }
        limit(&mut problems, part.end);
        problems.sort_by_key(|problem| problem.span.start);
        Self {
            text: Arc::clone(&source.text),
            lines: Arc::clone(&source.lines),
            part,
            editable,
            machine,
            problems,
        }
    }
}

/// Checks a tree. `json` is true where the text is JSON.
pub(crate) fn machine(read: Tree, text: &str, json: bool, problems: &mut Vec<Problem>) -> Machine {
    let Some(root) = read.root else {
        if !problems.iter().any(|problem| problem.level == Level::Error) {
            let all = Span::new(0, text.len());
            problems.push(
                Problem::error("definition-empty", all, "the definition is empty")
                    .aws("SCHEMA_VALIDATION_FAILED"),
            );
        }
        return Machine::default();
    };
    let (machine, mut found) = lower::lower(root, read.partial.is_some());
    found.append(&mut check::check(&machine, read.partial.is_some()));
    if read.partial.is_none() {
        // What was told of a value already says enough of it.
        let told: HashSet<usize> = problems
            .iter()
            .chain(&found)
            .filter(|problem| problem.level == Level::Error)
            .map(|problem| problem.span.start)
            .collect();
        let mut more = shape::check(&machine);
        more.append(&mut data::check(&machine, text));
        let more = more.into_iter();
        found.extend(more.filter(|problem| !told.contains(&problem.span.start)));
    }
    if let Some(end) = read.partial {
        // What touches the end is itself cut off, and says nothing of what the author wrote.
        found.retain(|problem| problem.span.end < end);
    }
    problems.append(&mut found);
    mend(&machine, text, json, problems);
    machine
}

/// Keeps of the changes those that are exact in a text that is not JSON, as that text writes them.
pub(crate) fn rewrite(text: &str, problems: &mut [Problem]) {
    for problem in problems {
        problem.rewrite(|edit| edit.in_other_text(text));
    }
}

/// Keeps the worst problems, and says how many are left out.
fn limit(problems: &mut Vec<Problem>, end: usize) {
    let more = problems.len().saturating_sub(MAX_PROBLEMS);
    if more > 0 {
        problems.sort_by_key(|problem| (Reverse(problem.level), problem.span.start));
        problems.truncate(MAX_PROBLEMS);
        let message = format!("there are {more} more problems, which are not told");
        problems.push(Problem::warning(
            "more-problems",
            Span::new(end, end),
            message,
        ));
    }
}

pub(crate) fn too_large(length: usize) -> Problem {
    let message = format!("the definition has {length} bytes, AWS accepts {MAX_BYTES}");
    Problem::error(
        "definition-too-large",
        Span::new(MAX_BYTES, length),
        message,
    )
    .help("move a part of it into a state machine of its own")
}

/// The bytes as text; what is not UTF-8 is replaced and reported once.
fn decode(bytes: &[u8], problems: &mut Vec<Problem>) -> String {
    let wide = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xfe, 0xff]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = wide {
        problems.push(not_utf8(0, "the text is UTF-16, not UTF-8"));
        let (pairs, _) = bytes.as_chunks::<2>();
        let units = pairs.iter().skip(1).map(|pair| unit(*pair));
        return char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) => {
            problems.push(not_utf8(error.valid_up_to(), "the text is not UTF-8"));
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

fn not_utf8(at: usize, message: &str) -> Problem {
    let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
    Problem::error("not-utf-8", span, message).help("save the file as UTF-8")
}

/// Gives the problems of a reader their JSON pointers.
pub(crate) fn locate(root: &Node, problems: &mut [Problem]) {
    for problem in problems {
        problem.pointer = root.pointer_at(problem.span.start);
        let mut tokens = problem.pointer.rsplit('/').skip(1);
        if problem.id == "duplicate-key" && tokens.next() == Some("States") {
            problem.aws_code = Some("DUPLICATE_STATE_NAME");
        }
    }
}

impl Node {
    /// The JSON pointer of the innermost value that stands at a byte offset.
    pub fn pointer_at(&self, offset: usize) -> String {
        let holds = |span: Span| span.start <= offset && offset < span.end;
        let mut pointer = String::new();
        let mut node = self;
        loop {
            let inner = match &node.value {
                Value::Object(members) => members
                    .iter()
                    .find(|member| holds(member.span()))
                    .map(|member| (pointer_push(&pointer, &member.key), &member.node)),
                Value::Array(items) => items
                    .iter()
                    .enumerate()
                    .find(|(_, item)| holds(item.span))
                    .map(|(index, item)| (pointer_push(&pointer, &index.to_string()), item)),
                _ => None,
            };
            let Some((longer, next)) = inner else {
                return pointer;
            };
            pointer = longer;
            node = next;
        }
    }
}

/// Reports the members whose name an earlier member of the same object has.
pub(crate) fn duplicates(members: &[Member], problems: &mut Vec<Problem>) {
    // Nearly all objects are small, and comparing a few names is cheaper than hashing them.
    const FEW: usize = 12;
    if members.len() <= FEW {
        for (index, member) in members.iter().enumerate() {
            if members
                .iter()
                .take(index)
                .any(|earlier| earlier.key == member.key)
            {
                duplicate(member, problems);
            }
        }
        return;
    }
    let mut seen = HashSet::with_capacity(members.len());
    for member in members {
        if !seen.insert(member.key.as_str()) {
            duplicate(member, problems);
        }
    }
}

fn duplicate(member: &Member, problems: &mut Vec<Problem>) {
    let reported = problems
        .iter()
        .filter(|problem| problem.id == "duplicate-key");
    if reported.count() < MAX_SYNTAX_PROBLEMS {
        let message = format!("{} is written twice in this object", quoted(&member.key));
        problems.push(
            Problem::error("duplicate-key", member.key_span, message)
                .help("only one of the two counts: remove or rename the other"),
        );
    }
}
