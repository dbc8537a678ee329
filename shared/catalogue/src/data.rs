//! Reads `data/catalogue.bin`, and no more of it than is asked for.
//!
//! The file is `ASLC`, a version, the packed and plain lengths of four sections, the sections, and one packed part for each
//! service; all are packed with deflate. Numbers are LEB128; "ascending" is a count and then the distance of each number from
//! the one before; a text is its length and its bytes.
//!
//! - *words*: every word that names are made of, one a line, frequent ones first.
//! - *names*: a count; for each name a byte (words shared with the name before, in three bits, and words that follow, in five);
//!   then the words that follow, of all names. Each 32nd name shares nothing, so that reading can begin there.
//! - *index*: for each service its name, its error prefixes, what else it is called, its IAM prefix, how many actions it has and
//!   the lengths of its part; then the names of services that are known but not described, and of those that Step Functions is
//!   not known to offer.
//! - *integrations*: see `integration.rs`.
//! - *a service*: names of members (ascending); each member once for each type that it has; structures as lists of these; names
//!   of errors (ascending); actions (ascending names, then flags, structure, set of errors, IAM need); sets of errors; IAM needs.
//!
//! Nothing here panics: what cannot be read is not there.

use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

static FILE: &[u8] = include_bytes!("../data/catalogue.bin");
const MAGIC: &[u8] = b"ASLC\x01";
const BLOCK: usize = 32;

/// Reads numbers and texts from the front of some bytes.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<usize> {
        let mut value = 0usize;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.bytes(length)?.to_vec()).ok()
    }

    /// A count, and as many of what `item` reads.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.number()?;
        // No item is smaller than nothing, but no honest count is larger than the bytes that are left.
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(item(self)?);
        }
        Some(list)
    }

    pub(crate) fn texts(&mut self) -> Option<Vec<String>> {
        self.list(Self::text)
    }

    fn ascending(&mut self) -> Option<Vec<usize>> {
        let mut before = 0usize;
        self.list(|reader| {
            before = before.checked_add(reader.number()?)?;
            Some(before)
        })
    }
}

fn unpack(packed: &[u8], plain: usize) -> Option<Vec<u8>> {
    decompress_to_vec_with_limit(packed, plain).ok()
}

/// Where the parts of the file are.
struct Sections {
    packed: [(&'static [u8], usize); 4],
    services: &'static [u8],
}

fn sections() -> Option<Sections> {
    let mut reader = Reader(FILE.strip_prefix(MAGIC)?);
    let mut length = || {
        let bytes: [u8; 4] = reader.bytes(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let lengths = [
        (length()?, length()?),
        (length()?, length()?),
        (length()?, length()?),
        (length()?, length()?),
    ];
    let mut packed = [(FILE, 0); 4];
    for (slot, (small, plain)) in packed.iter_mut().zip(lengths) {
        *slot = (reader.bytes(small)?, plain);
    }
    Some(Sections {
        packed,
        services: reader.0,
    })
}

fn section(at: usize) -> Option<Vec<u8>> {
    let (packed, plain) = *sections()?.packed.get(at)?;
    unpack(packed, plain)
}

/// The optimized integrations, as bytes.
pub(crate) fn integrations() -> Vec<u8> {
    section(3).unwrap_or_default()
}

/// All names of the catalogue, as the words that they are made of.
struct Names {
    words: String,
    /// The ends of the words.
    ends: Vec<usize>,
    raw: Vec<u8>,
    /// Where the heads of the names begin.
    heads: usize,
    /// Where the words of each block begin.
    blocks: Vec<usize>,
}

impl Names {
    fn get() -> Option<&'static Self> {
        static NAMES: OnceLock<Option<Names>> = OnceLock::new();
        NAMES.get_or_init(Self::read).as_ref()
    }

    fn read() -> Option<Self> {
        let words = String::from_utf8(section(0)?).ok()?;
        let ends = words
            .match_indices('\n')
            .map(|(at, _)| at)
            .chain([words.len()])
            .collect();
        let raw = section(1)?;
        let mut reader = Reader(&raw);
        let count = reader.number()?;
        let heads = raw.len().checked_sub(reader.0.len())?;
        let head_bytes = reader.bytes(count)?;
        let mut blocks = Vec::with_capacity(count / BLOCK + 1);
        for block in head_bytes.chunks(BLOCK) {
            blocks.push(raw.len().checked_sub(reader.0.len())?);
            let words: usize = block.iter().map(|head| usize::from(head & 0x1f)).sum();
            for _ in 0..words {
                reader.number()?;
            }
        }
        Some(Self {
            words,
            ends,
            raw,
            heads,
            blocks,
        })
    }

    fn word(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.words.get(start..end)
    }

    /// The names of these places, which ascend.
    fn resolve(&self, places: &[usize]) -> Option<Vec<String>> {
        let mut out = Vec::with_capacity(places.len());
        let mut words: Vec<usize> = Vec::new();
        let mut next = usize::MAX; // the place that `reader` is at; none yet
        let mut reader = Reader(&[]);
        for &place in places {
            let block = place / BLOCK;
            if next > place || next / BLOCK != block {
                reader = Reader(self.raw.get(*self.blocks.get(block)?..)?);
                next = block * BLOCK;
            }
            while next <= place {
                let head = *self.raw.get(self.heads.checked_add(next)?)?;
                words.truncate(usize::from(head >> 5));
                for _ in 0..head & 0x1f {
                    words.push(reader.number()?);
                }
                next += 1;
            }
            let parts: Option<Vec<&str>> = words.iter().map(|&word| self.word(word)).collect();
            out.push(parts?.concat());
        }
        Some(out)
    }
}

/// A row of the index, and the service that it stands for once somebody has asked for it.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) prefixes: Vec<String>,
    pub(crate) also_called: Vec<String>,
    pub(crate) iam_prefix: String,
    pub(crate) actions: usize,
    packed: &'static [u8],
    plain: usize,
    described: OnceLock<Described>,
}

impl Entry {
    pub(crate) fn described(&self) -> &Described {
        self.described
            .get_or_init(|| Described::read(self.packed, self.plain).unwrap_or_default())
    }
}

/// The index.
#[derive(Default)]
pub(crate) struct Index {
    /// By name.
    pub(crate) services: Vec<Entry>,
    /// Names of services that are known but not described, in order.
    pub(crate) retired: Vec<String>,
    /// Names of services that Step Functions is not known to offer, in order.
    pub(crate) unlisted: Vec<String>,
}

impl Index {
    pub(crate) fn get() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| Self::read().unwrap_or_default())
    }

    fn read() -> Option<Self> {
        let raw = section(2)?;
        let mut reader = Reader(&raw);
        let mut parts = Reader(sections()?.services);
        let services = reader.list(|reader| {
            let name = reader.text()?;
            let prefixes = reader.texts()?;
            let also_called = reader.texts()?;
            let iam_prefix = reader.text()?;
            let actions = reader.number()?;
            let packed = parts.bytes(reader.number()?)?;
            Some(Entry {
                name,
                prefixes,
                also_called,
                iam_prefix,
                actions,
                packed,
                plain: reader.number()?,
                described: OnceLock::new(),
            })
        })?;
        Some(Self {
            services,
            retired: reader.texts()?,
            unlisted: reader.texts()?,
        })
    }

    pub(crate) fn service(&self, name: &str) -> Option<&Entry> {
        let at = self
            .services
            .binary_search_by(|entry| entry.name.as_str().cmp(name))
            .ok()?;
        self.services.get(at)
    }
}

/// What a member holds.
#[derive(Debug)]
pub(crate) enum Kind {
    String,
    Number,
    Boolean,
    Blob,
    Timestamp,
    List(Box<Kind>),
    Map(Box<Kind>),
    Structure(usize),
    Any,
}

impl Kind {
    fn read(tag: u8, reader: &mut Reader) -> Option<Self> {
        Some(match tag {
            0 => Self::String,
            1 => Self::Number,
            2 => Self::Boolean,
            3 => Self::Blob,
            4 => Self::Timestamp,
            5 => {
                let tag = reader.byte()?;
                Self::List(Box::new(Self::read(tag, reader)?))
            }
            6 => {
                let tag = reader.byte()?;
                Self::Map(Box::new(Self::read(tag, reader)?))
            }
            7 => Self::Structure(reader.number()?),
            8 => Self::Any,
            _ => return None,
        })
    }
}

/// A name with one of the types that it has in this service.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: usize,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

#[derive(Debug)]
pub(crate) struct ActionRow {
    pub(crate) api_name: String,
    pub(crate) name: String,
    pub(crate) flags: u8,
    pub(crate) structure: Option<usize>,
    pub(crate) errors: usize,
    pub(crate) need: usize,
}

/// What permits an action.
#[derive(Debug)]
pub(crate) struct Need {
    /// False where it is only the operation's own name under the service's prefix, which nobody has confirmed.
    pub(crate) certain: bool,
    /// Empty where it is the operation's own name.
    pub(crate) others: Vec<String>,
    /// What it may need besides, depending on its parameters.
    pub(crate) dependent: Vec<String>,
}

/// Everything that is known of one service.
#[derive(Debug, Default)]
pub(crate) struct Described {
    pub(crate) names: Vec<String>,
    pub(crate) members: Vec<Member>,
    pub(crate) structures: Vec<Vec<usize>>,
    pub(crate) errors: Vec<String>,
    pub(crate) actions: Vec<ActionRow>,
    pub(crate) error_sets: Vec<Vec<usize>>,
    pub(crate) needs: Vec<Need>,
}

impl Described {
    fn read(packed: &[u8], plain: usize) -> Option<Self> {
        let raw = unpack(packed, plain)?;
        let all = Names::get()?;
        let mut reader = Reader(&raw);
        let names = all.resolve(&reader.ascending()?)?;
        let mut name: Option<usize> = None;
        let members = reader.list(|reader| {
            let tag = reader.byte()?;
            let same = tag & 0x40 != 0;
            let at = match name {
                None => 0,
                Some(at) if same => at,
                Some(at) => at + 1,
            };
            name = Some(at);
            Some(Member {
                name: at,
                kind: Kind::read(tag & 0x0f, reader)?,
                required: tag & 0x80 != 0,
            })
        })?;
        let structures = reader.list(Reader::ascending)?;
        let errors = all.resolve(&reader.ascending()?)?;
        let api_names = all.resolve(&reader.ascending()?)?;
        let mut next = 0;
        let mut actions = Vec::with_capacity(api_names.len());
        for api_name in api_names {
            let flags = reader.byte()?;
            let structure = match reader.number()? {
                0 => None,
                1 => Some(next),
                more => Some(more - 2),
            };
            next = structure.map_or(next, |at| at + 1);
            actions.push(ActionRow {
                name: uncapitalized(&api_name),
                api_name,
                flags,
                structure,
                errors: reader.number()?,
                need: reader.number()?,
            });
        }
        actions.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let error_sets = reader.list(Reader::ascending)?;
        let needs = reader.list(|reader| {
            Some(Need {
                certain: reader.byte()? != 0,
                others: reader.texts()?,
                dependent: reader.texts()?,
            })
        })?;
        Some(Self {
            names,
            members,
            structures,
            errors,
            actions,
            error_sets,
            needs,
        })
    }
}

/// `PutItem` as ASL has it, `putItem`: the first capital, and those after it that do not begin a word.
pub(crate) fn uncapitalized(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut small = 1;
    while letters.get(small).is_some_and(char::is_ascii_uppercase)
        && !letters.get(small + 1).is_some_and(char::is_ascii_lowercase)
    {
        small += 1;
    }
    letters
        .iter()
        .enumerate()
        .map(|(at, letter)| {
            if at < small {
                letter.to_ascii_lowercase()
            } else {
                *letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_capitals_that_begin_no_word() {
        for (api, asl) in [
            ("PutItem", "putItem"),
            ("DBInstance", "dbInstance"),
            ("DescribeDBInstances", "describeDBInstances"),
            ("SSEKMSKeyId", "ssekmsKeyId"),
            ("ARN", "arn"),
            ("A", "a"),
            ("", ""),
        ] {
            assert_eq!(uncapitalized(api), asl);
        }
    }

    #[test]
    fn bytes_that_are_cut_short_are_nothing() {
        let mut reader = Reader(&[0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(reader.number(), None);
        assert_eq!(Reader(&[5, b'a']).text(), None);
        assert_eq!(Reader(&[200, 1]).list(Reader::byte), None);
        assert!(Described::read(&[1, 2, 3], 100).is_none());
    }

    #[test]
    fn every_service_can_be_read() {
        let index = Index::get();
        for entry in &index.services {
            let described = entry.described();
            assert_eq!(described.actions.len(), entry.actions, "{}", entry.name);
            for member in &described.members {
                assert!(member.name < described.names.len());
            }
            for action in &described.actions {
                assert!(
                    action
                        .structure
                        .is_none_or(|at| at < described.structures.len())
                );
                assert!(action.errors < described.error_sets.len());
                assert!(action.need < described.needs.len());
            }
        }
    }
}
