//! Identity of a finding over audits.

use sha2::{Digest, Sha256};

/// A stable id of 16 hexadecimal digits for what is wrong: the rule, the machine (its ARN, or the file's path), and the
/// parts that tell two findings of one rule on one machine apart (the state's name; not its position, not amounts).
pub fn fingerprint(rule: &str, machine: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [rule, machine].iter().chain(parts) {
        // The length first, so that ("a", "bc") and ("ab", "c") differ.
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let first = digest
        .iter()
        .take(8)
        .fold(0_u64, |id, byte| (id << 8) | u64::from(*byte));
    format!("{first:016x}")
}
