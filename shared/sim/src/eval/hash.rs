//! The algorithms of `States.Hash` and `$hash`.

use md5::Digest;

/// The digest in hexadecimal digits; nothing for an algorithm that there is not. Upper and lower case are different.
pub(super) fn digest(algorithm: &str, data: &[u8]) -> Option<String> {
    let bytes: Vec<u8> = match algorithm {
        "MD5" => md5::Md5::digest(data).to_vec(),
        "SHA-1" => sha1::Sha1::digest(data).to_vec(),
        "SHA-256" => sha2::Sha256::digest(data).to_vec(),
        "SHA-384" => sha2::Sha384::digest(data).to_vec(),
        "SHA-512" => sha2::Sha512::digest(data).to_vec(),
        _ => return None,
    };
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    Some(
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)])
            .flatten()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn known_digests() {
        let of = |algorithm| digest(algorithm, b"input data").unwrap();
        assert_eq!(of("MD5"), "812f45842bc6d66ee14572ce20db8e86");
        assert_eq!(of("SHA-1"), "aaff4a450a104cd177d28d18d74485e8cae074b7");
        assert_eq!(
            of("SHA-256"),
            "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"
        );
        assert_eq!(of("SHA-384").len(), 96);
        assert_eq!(of("SHA-512").len(), 128);
        assert_eq!(digest("sha-256", b""), None);
    }
}
