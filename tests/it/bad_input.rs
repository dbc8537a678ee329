//! Files that are no definitions, hardly text, or cannot be opened: each gets an answer, and the others are judged.

use std::fs;

use crate::bin::Ran;
use crate::cli::{DANGLING, GOOD, check, folder};

/// What is told of each file: `name severity rule`, and `name: why` for those that could not be read.
fn told(ran: &Ran) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let list = |name: &str| report[name].as_array().unwrap().clone();
    let text = |it: &serde_json::Value, name: &str| it[name].as_str().unwrap().to_owned();
    let mut told: Vec<String> = list("diagnostics")
        .iter()
        .map(|it| {
            format!(
                "{} {} {}",
                text(it, "file"),
                text(it, "severity"),
                text(it, "rule")
            )
        })
        .collect();
    told.dedup();
    told.extend(
        list("unread")
            .iter()
            .map(|it| format!("{}: {}", text(it, "file"), text(it, "why"))),
    );
    told
}

#[test]
fn texts_that_are_hardly_text_get_a_diagnostic_or_are_read() {
    let with = |from: &str, to: &[u8]| {
        let text = std::str::from_utf8(GOOD).unwrap();
        let (before, after) = text.split_once(from).unwrap();
        [before.as_bytes(), to, after.as_bytes()].concat()
    };
    let bom = [b"\xef\xbb\xbf".as_slice(), GOOD].concat();
    let wide: Vec<u8> = std::str::from_utf8(GOOD)
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files = folder(&[
        ("bom.asl.json", &bom),
        (
            "duplicate.asl.json",
            &with(r#""StartAt""#, br#""StartAt": "B", "StartAt""#),
        ),
        ("nul.asl.json", &with("\"Succeed\"", b"\"Succ\0eed\"")),
        ("nuls.asl.json", &[0; 4096]),
        (
            "surrogate.asl.json",
            &with("{\"StartAt\"", b"{\"Comment\": \"\\ud83d\", \"StartAt\""),
        ),
        ("utf-16.asl.json", &[b"\xff\xfe".as_slice(), &wide].concat()),
    ]);
    let ran = check(&files, &["--format", "json"]);
    insta::assert_snapshot!(told(&ran).join("\n"), @r"
    ./bom.asl.json warning byte-order-mark
    ./duplicate.asl.json error start-at-target-missing
    ./duplicate.asl.json error duplicate-key
    ./nul.asl.json error state-type-unknown
    ./nul.asl.json error invalid-json
    ./nuls.asl.json error invalid-json
    ./nuls.asl.json error not-a-state-machine
    ./surrogate.asl.json warning lone-surrogate
    ./utf-16.asl.json: not UTF-8: line 1 has a byte that is no text
    ");
}

#[test]
fn ten_megabytes_are_answered() {
    const MEGABYTE: usize = 1024 * 1024;
    let filled = |size: usize, start: &str, part: &str, end: &str| {
        let times = (size - start.len() - end.len()) / part.len();
        [start, &part.repeat(times), end].concat()
    };
    let line = r#"{"StartAt": "A", "States": {}, "Comment": ""#;
    let states = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}"#;
    let files = [
        ("line", filled(10 * MEGABYTE, line, "x", r#""}"#)),
        ("deep", filled(10 * MEGABYTE, "", r#"{"States":"#, "")),
        ("marks", filled(10 * MEGABYTE, "{", ":,", "")),
        // What makes many values takes longer in a debug build.
        (
            "members",
            filled(2 * MEGABYTE, states, r#", "A": {"Type": "Succeed"}"#, "}}"),
        ),
        (
            "items",
            filled(2 * MEGABYTE, r#"{"StartAt": ["#, "1, ", "1]}"),
        ),
        ("quotes", filled(2 * MEGABYTE, "{", "\"", "")),
    ];
    for (name, text) in files {
        let file = format!("{name}.asl.json");
        let folder = folder(&[(&file, text.as_bytes())]);
        let ran = check(&folder, &["--format", "json"]);
        assert_eq!(ran.code, 1, "{name}: {}", ran.err);
        assert!(!told(&ran).is_empty(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_named_and_the_others_are_judged() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    let files = folder(&[
        ("good.asl.json", GOOD),
        ("order.asl.json", DANGLING),
        ("shut.asl.json", GOOD),
        ("shut/a.asl.json", GOOD),
    ]);
    let path = |name: &str| files.path().join(name);
    symlink("nowhere.asl.json", path("broken.asl.json")).unwrap();
    symlink("self.asl.json", path("self.asl.json")).unwrap();
    let _socket = UnixListener::bind(path("socket.asl.json")).unwrap();
    let shut = |mode: u32| {
        for name in ["shut.asl.json", "shut"] {
            fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    shut(0o000);
    // Nothing is shut for the superuser.
    let is_shut = fs::read(path("shut.asl.json")).is_err();
    let ran = check(&files, &["--format", "json"]);
    shut(0o755);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let mut told = told(&ran);
    if is_shut {
        for name in ["./shut.asl.json", "./shut"] {
            assert!(
                told.contains(&format!("{name}: permission denied")),
                "{told:?}"
            );
        }
    }
    // Each system has its own words for a link to itself.
    let missed = |it: &String| it.starts_with("./self.asl.json: ");
    assert_eq!(told.iter().filter(|it| missed(it)).count(), 1, "{told:?}");
    told.retain(|it| !it.starts_with("./shut") && !missed(it));
    insta::assert_snapshot!(told.join("\n"), @r"
    ./order.asl.json error transition-target-missing
    ./broken.asl.json: no such file
    ./socket.asl.json: not a regular file
    ");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_ends() {
    let files = folder(&[("a/good.asl.json", GOOD)]);
    std::os::unix::fs::symlink(files.path(), files.path().join("a/loop")).unwrap();
    let ran = check(&files, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
