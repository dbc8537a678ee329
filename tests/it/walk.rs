//! The page on designs: what its commands print, and its pictures, are what they are today.
//!
//! `SFN_ADVISOR_WRITE_DOCS=1 cargo nextest run -p it walk` writes them anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::bin::{advisor, root};

const PAGE: &str = "shared/docs/design.md";
const PICTURES: &str = "shared/docs/pictures";
const AGAIN: &str = "run `SFN_ADVISOR_WRITE_DOCS=1 cargo nextest run -p it walk`";

/// A shell command, where the requirements and what was designed before are.
fn printed(command: &str, here: &Path) -> String {
    let program = advisor().get_program().to_owned();
    let beside = Path::new(&program).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = vec![beside.to_owned()];
    all.extend(std::env::split_paths(&path));
    let ran = Command::new("sh")
        .args(["-c", command])
        .current_dir(here)
        .env("PATH", std::env::join_paths(all).unwrap())
        .env("LC_ALL", "C")
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).unwrap()
}

/// The page with what each block that begins with `$ ` prints.
fn fresh(page: &str, here: &Path) -> String {
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line != "```" {
            continue;
        }
        let Some(first) = lines.next() else { break };
        let is_command = first.starts_with("$ ");
        out.push_str(first);
        out.push('\n');
        if let Some(command) = first.strip_prefix("$ ") {
            let text = printed(command, here);
            out.push_str(text.trim_end());
            out.push('\n');
        }
        for line in lines.by_ref() {
            if line == "```" || !is_command {
                out.push_str(line);
                out.push('\n');
            }
            if line == "```" {
                break;
            }
        }
    }
    out
}

#[test]
fn the_page_on_designs_is_fresh() {
    let here = TempDir::new().unwrap();
    let examples = root().join("shared/design/examples");
    for name in ["card-payment", "order-fulfilment"] {
        let file = format!("{name}.yaml");
        fs::copy(examples.join(&file), here.path().join(&file)).unwrap();
    }
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let now = fresh(&page, here.path());
    let made = printed(
        "sfn-advisor design order-fulfilment.yaml -o order-fulfilment",
        here.path(),
    );
    assert!(made.starts_with("order-fulfilment: "), "{made}");
    let pictures = [
        "card-payment-diagram",
        "card-payment-cost",
        "order-fulfilment-diagram",
    ];
    let writes = std::env::var_os("SFN_ADVISOR_WRITE_DOCS").is_some();
    for picture in pictures {
        let (name, file) = picture.rsplit_once('-').unwrap();
        let drawn = fs::read(here.path().join(name).join(format!("{file}.svg"))).unwrap();
        let kept = root().join(PICTURES).join(format!("{picture}.svg"));
        if writes {
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::write(&kept, &drawn).unwrap();
        }
        assert!(
            fs::read(&kept).ok() == Some(drawn),
            "{PICTURES}/{picture}.svg is stale: {AGAIN}"
        );
        assert!(
            page.contains(&format!("(pictures/{picture}.svg)")),
            "{picture}"
        );
    }
    if writes {
        fs::write(root().join(PAGE), &now).unwrap();
        return;
    }
    let differs = now.lines().zip(page.lines()).find(|(now, was)| now != was);
    assert!(now == page, "{PAGE} is stale, {differs:?}: {AGAIN}");
}
