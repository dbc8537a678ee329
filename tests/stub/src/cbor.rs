//! As much of CBOR (RFC 8949) as `rpc-v2-cbor` needs.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map with text keys, in its order.
    Map(Vec<(String, Value)>),
    /// True or false.
    Bool(bool),
    /// Seconds since the epoch (tag 1).
    Time(f64),
    /// Null, undefined, and what is not needed here.
    Null,
}

impl Value {
    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Text; empty for anything else.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// A number or a time; 0 for anything else.
    pub fn number(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::Float(value) | Self::Time(value) => *value,
            _ => 0.0,
        }
    }
}

/// A map, shorter to write.
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

/// Text, shorter to write.
pub fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// Writes a value.
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(value) if *value >= 0 => head(0, *value as u64, out),
        Value::Int(value) => head(1, !*value as u64, out),
        Value::Float(value) => {
            out.push(0xfb);
            out.extend(value.to_be_bytes());
        }
        Value::Text(value) => {
            head(3, value.len() as u64, out);
            out.extend(value.as_bytes());
        }
        Value::List(items) => {
            head(4, items.len() as u64, out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Map(entries) => {
            head(5, entries.len() as u64, out);
            for (key, value) in entries {
                head(3, key.len() as u64, out);
                out.extend(key.as_bytes());
                encode(value, out);
            }
        }
        Value::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
        Value::Time(value) => {
            head(6, 1, out);
            encode(&Value::Float(*value), out);
        }
        Value::Null => out.push(0xf6),
    }
}

fn head(major: u8, value: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match value {
        0..=23 => out.push(major | value as u8),
        24..=0xff => out.extend([major | 0x18, value as u8]),
        0x100..=0xffff => {
            out.push(major | 0x19);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 0x1a);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 0x1b);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Reads a value; `None` where the bytes end early.
pub fn decode(bytes: &[u8]) -> Option<Value> {
    Reader { bytes, at: 0 }.value()
}

/// What ends an item of indefinite length.
const BREAK: u8 = 0xff;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn unsigned(&mut self, size: usize) -> Option<u64> {
        Some(
            self.take(size)?
                .iter()
                .fold(0, |value, byte| (value << 8) | u64::from(*byte)),
        )
    }

    fn at_break(&mut self) -> bool {
        let found = self.bytes.get(self.at) == Some(&BREAK);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Option<Value> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 31);
        if major == 7 {
            return self.simple(info);
        }
        let length = match info {
            0..=23 => Some(u64::from(info)),
            24..=27 => Some(self.unsigned(1 << (info - 24))?),
            _ => None,
        };
        Some(match major {
            0 => Value::Int(length? as i64),
            1 => Value::Int(!(length? as i64)),
            2 | 3 => Value::Text(self.string(length)?),
            4 => Value::List(self.list(length)?),
            5 => {
                let flat = self.list(length.map(|pairs| pairs * 2))?;
                let mut flat = flat.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (flat.next(), flat.next()) {
                    entries.push((key.text().to_owned(), value));
                }
                Value::Map(entries)
            }
            _ => match (length, self.value()?) {
                (Some(1), value) => Value::Time(value.number()),
                (_, value) => value,
            },
        })
    }

    fn simple(&mut self, info: u8) -> Option<Value> {
        Some(match info {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            26 => Value::Float(f64::from(f32::from_bits(self.unsigned(4)? as u32))),
            27 => Value::Float(f64::from_bits(self.unsigned(8)?)),
            _ => Value::Null,
        })
    }

    fn string(&mut self, length: Option<u64>) -> Option<String> {
        if let Some(length) = length {
            return Some(String::from_utf8_lossy(self.take(length as usize)?).into_owned());
        }
        let mut text = String::new();
        while !self.at_break() {
            text.push_str(self.value()?.text());
        }
        Some(text)
    }

    fn list(&mut self, length: Option<u64>) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        while length.map_or_else(|| !self.at_break(), |length| (items.len() as u64) < length) {
            items.push(self.value()?);
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = map([
            ("Id", text("q1")),
            (
                "Values",
                Value::List(vec![
                    Value::Float(1.5),
                    Value::Int(-3),
                    Value::Int(70_000),
                    Value::Null,
                ]),
            ),
            ("Time", Value::Time(1_700_000_000.25)),
            ("Done", Value::Bool(true)),
        ]);
        let mut bytes = Vec::new();
        encode(&value, &mut bytes);
        assert_eq!(decode(&bytes), Some(value));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None, "cut short");
    }

    #[test]
    fn indefinite_lengths_are_read() {
        // {_ "a": [_ 1, 2], "b": (_ "x", "y")}
        let bytes = [
            0xbf, 0x61, b'a', 0x9f, 1, 2, 0xff, 0x61, b'b', 0x7f, 0x61, b'x', 0x61, b'y', 0xff,
            0xff,
        ];
        let list = Value::List(vec![Value::Int(1), Value::Int(2)]);
        assert_eq!(decode(&bytes), Some(map([("a", list), ("b", text("xy"))])));
    }
}
