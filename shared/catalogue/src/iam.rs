//! What an IAM action can be limited to.
//!
//! `data/iam.bin` is `IAMR`, a version, the packed and plain length of the index, the index, and one packed part for each prefix;
//! all are packed with deflate. The index has a line for each prefix: its name, packed and plain length. A part is text: `=` and
//! the name of a kind of resource, a tab, its ARN; and for each action its name, a tab, and the kinds that it can be limited to,
//! with `!` behind those that the reference marks as required.

use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

static FILE: &[u8] = include_bytes!("../data/iam.bin");
const MAGIC: &[u8] = b"IAMR\x01";

/// A kind of resource that an IAM action can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `table`.
    pub kind: &'static str,
    /// `arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}`.
    pub arn: &'static str,
    /// Whether a policy that does not name one of them allows nothing. Of several that are alternatives, the reference marks each.
    pub required: bool,
}

/// What the action can be limited to, in the order of their names: `dynamodb:PutItem`. Empty where a policy has to allow it on
/// `*`; `None` where no such action is known.
pub fn limits(action: &str) -> Option<Vec<Limit>> {
    let (prefix, name) = action.split_once(':')?;
    let text = part(prefix)?;
    let (_, kinds) = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find(|(known, _)| *known == name)?;
    let limit = |kind: &'static str| {
        let (kind, required) = match kind.strip_suffix('!') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let (_, arn) = text
            .lines()
            .filter_map(|line| line.strip_prefix('=')?.split_once('\t'))
            .find(|(known, _)| *known == kind)?;
        Some(Limit {
            kind,
            arn,
            required,
        })
    };
    Some(
        kinds
            .split(',')
            .filter(|kind| !kind.is_empty())
            .filter_map(limit)
            .collect(),
    )
}

struct Part {
    prefix: String,
    packed: &'static [u8],
    plain: usize,
    text: OnceLock<String>,
}

fn part(prefix: &str) -> Option<&'static str> {
    static PARTS: OnceLock<Vec<Part>> = OnceLock::new();
    let parts = PARTS.get_or_init(|| parts().unwrap_or_default());
    let part = parts.iter().find(|part| part.prefix == prefix)?;
    let text = part.text.get_or_init(|| {
        decompress_to_vec_with_limit(part.packed, part.plain)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    });
    Some(text)
}

fn parts() -> Option<Vec<Part>> {
    let rest = FILE.strip_prefix(MAGIC)?;
    let (packed, rest) = length(rest)?;
    let (plain, rest) = length(rest)?;
    let (index, mut rest) = rest.split_at_checked(packed)?;
    let index = String::from_utf8(decompress_to_vec_with_limit(index, plain).ok()?).ok()?;
    let mut parts = Vec::new();
    for line in index.lines() {
        let mut words = line.split(' ');
        let prefix = words.next()?.to_owned();
        let (packed, after) = rest.split_at_checked(words.next()?.parse().ok()?)?;
        rest = after;
        parts.push(Part {
            prefix,
            packed,
            plain: words.next()?.parse().ok()?,
            text: OnceLock::new(),
        });
    }
    Some(parts)
}

fn length(bytes: &'static [u8]) -> Option<(usize, &'static [u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*length)).ok()?, rest))
}
