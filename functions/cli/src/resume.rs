//! What an audit found out so far, in a file: one that was broken off goes on where it was.
//!
//! Lines of JSON: what was asked for and when, then an answer each, written when it arrives. A line that cannot be read, as
//! the last one of a killed process, is asked anew.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use aws::Memory;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::args::Account;
use crate::output::complain;

/// What was seen longer ago is no longer taken for today's.
const OLDEST: SignedDuration = SignedDuration::from_hours(6);

/// Where answers are kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// Somebody asked for it: then it is not thrown away where it does not fit, and not done without.
    asked: bool,
}

impl Place {
    /// The file that the option names, or one beside the account file that is to be written. None beside what is no file, such
    /// as a pipe.
    pub(crate) fn of(resume: Option<&Path>, out: Option<&Path>) -> Option<Self> {
        if let Some(path) = resume {
            return Some(Self {
                path: path.to_owned(),
                asked: true,
            });
        }
        let out = out?;
        let special = out.metadata().is_ok_and(|found| !found.is_file());
        let mut name = out.file_name()?.to_owned();
        name.push(".partial");
        (!special).then(|| Self {
            path: out.with_file_name(name),
            asked: false,
        })
    }
}

/// An open file of answers.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    /// The instant of the collection: that of the first run.
    now: Timestamp,
    /// How long ago the run before wrote last.
    called: Option<Duration>,
    known: Mutex<BTreeMap<String, String>>,
    file: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    /// Answers in it.
    entries: usize,
    /// Said once that nothing can be written.
    broken: bool,
}

/// What has to be the same for answers to be used again.
fn settings(args: &Account, regions: &[String]) -> Value {
    #[expect(
        clippy::disallowed_methods,
        reason = "an entry point reads the environment"
    )]
    let from = |given: Option<&String>, name: &str| {
        let set = std::env::var(name).ok().filter(|value| !value.is_empty());
        given.cloned().or(set)
    };
    let mut regions = regions.to_vec();
    regions.sort();
    regions.dedup();
    json!({
        "regions": regions,
        "window_days": args.window_days,
        "endpoint": from(args.connection.endpoint_url.as_ref(), "AWS_ENDPOINT_URL"),
        "profile": from(args.connection.profile.as_ref(), "AWS_PROFILE"),
    })
}

/// What the settings are called.
const WORDS: [(&str, &str); 4] = [
    ("regions", "of other Regions"),
    ("window_days", "of another window"),
    ("endpoint", "of another endpoint"),
    ("profile", "of another profile"),
];

impl Journal {
    /// Opens or makes the file; none where there is to be none.
    pub(crate) fn open(
        place: Option<&Place>,
        args: &Account,
        regions: &[String],
        now: Timestamp,
    ) -> anyhow::Result<Option<Arc<Self>>> {
        let Some(place) = place else { return Ok(None) };
        match Self::open_file(place, settings(args, regions), now) {
            Ok(journal) => Ok(Some(Arc::new(journal))),
            Err(error) if place.asked => Err(error),
            Err(error) => {
                complain(&format!(
                    "what is read is not kept for another try: {error:#}"
                ));
                Ok(None)
            }
        }
    }

    fn open_file(place: &Place, settings: Value, now: Timestamp) -> anyhow::Result<Self> {
        let path = &place.path;
        let shown = path.display();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Definitions are in it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(path)
            .with_context(|| format!("cannot open {shown}"))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!("{shown} is in use by another sfn-advisor: wait for it, or name another file")
            }
            // Not every file system knows locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let written = file.metadata().and_then(|found| found.modified());
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {shown}"))?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let text = String::from_utf8_lossy(bytes.get(..whole).unwrap_or_default());
        let mut lines = text.lines();
        let mut journal = Self {
            path: path.clone(),
            now,
            called: None,
            known: Mutex::default(),
            file: Mutex::new(Writer {
                file,
                entries: 0,
                broken: false,
            }),
        };
        if bytes.is_empty() {
            journal.begin(settings)?;
            return Ok(journal);
        }
        let head: Option<Value> = lines
            .next()
            .and_then(|line| serde_json::from_str(line).ok());
        let head = head.filter(|head| head.get("sfn-advisor").is_some());
        let Some(head) = head else {
            bail!("{shown} is not what an audit left: name another file")
        };
        if let Some(why) = unfit(&head, &settings, now) {
            if place.asked {
                bail!("{shown} is {why}: remove it, or name another file");
            }
            complain(&format!("{shown} is {why}: everything is read anew"));
            journal.begin(settings)?;
            return Ok(journal);
        }
        journal.now = instant(&head).unwrap_or(now);
        // A clock that was set back: just now.
        journal.called = written.ok().map(|at| at.elapsed().unwrap_or_default());
        let entries = lines.filter_map(|line| serde_json::from_str::<(String, String)>(line).ok());
        let known: BTreeMap<String, String> = entries.collect();
        if !known.is_empty() {
            complain(&format!(
                "{} answers of {} are known from {shown} and are not asked for again",
                known.len(),
                journal.now.strftime("%Y-%m-%d %H:%M UTC"),
            ));
        }
        {
            let mut writer = journal.writer();
            writer.entries = known.len();
            writer
                .cut(whole as u64)
                .with_context(|| format!("cannot write {shown}"))?;
        }
        journal.known = Mutex::new(known);
        Ok(journal)
    }

    /// Writes the first line, and nothing else is there.
    fn begin(&self, settings: Value) -> anyhow::Result<()> {
        let mut head = json!({"sfn-advisor": "answers", "version": 1, "now": self.now});
        if let (Some(head), Value::Object(settings)) = (head.as_object_mut(), settings) {
            head.extend(settings);
        }
        let mut writer = self.writer();
        let written = writer.cut(0).and_then(|()| writer.line(&head.to_string()));
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The instant of the collection.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// How long ago the run before called AWS; none where there was none.
    pub(crate) fn called(&self) -> Option<Duration> {
        self.called
    }

    /// Removes the file: all of it was used.
    pub(crate) fn finish(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != ErrorKind::NotFound
        {
            complain(&format!("cannot remove {}: {error}", self.path.display()));
        }
    }

    /// After a failure: removes the file where there is nothing in it.
    pub(crate) fn give_up(&self) {
        if self.writer().entries == 0 {
            self.finish();
        }
    }
}

impl Writer {
    /// Keeps the first bytes, and goes on behind them.
    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length)).map(|_| ())
    }

    /// In one write: a process that is killed leaves whole lines, and at most the last one torn.
    fn line(&mut self, text: &str) -> std::io::Result<()> {
        self.file.write_all(format!("{text}\n").as_bytes())
    }
}

impl Memory for Journal {
    fn recall(&self, key: &str) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Each is asked for once.
        known.remove(key)
    }

    fn keep(&self, key: &str, value: String) {
        let mut writer = self.writer();
        if writer.broken {
            return;
        }
        writer.entries += 1;
        if let Err(error) = writer.line(&json!([key, value]).to_string()) {
            writer.broken = true;
            complain(&format!(
                "what is read is no longer kept for another try: cannot write {}: {error}",
                self.path.display()
            ));
        }
    }
}

fn instant(head: &Value) -> Option<Timestamp> {
    head.get("now")?.as_str()?.parse().ok()
}

/// Why the answers cannot be used.
fn unfit(head: &Value, settings: &Value, now: Timestamp) -> Option<String> {
    if head.get("version") != Some(&json!(1)) {
        return Some("of another version of sfn-advisor".to_owned());
    }
    for (key, words) in WORDS {
        if head.get(key) != settings.get(key) {
            return Some(words.to_owned());
        }
    }
    let Some(then) = instant(head) else {
        return Some("without a date".to_owned());
    };
    let age = now.duration_since(then);
    (age > OLDEST || age < -OLDEST).then(|| {
        format!(
            "of {then}, and answers are used again for {} hours",
            OLDEST.as_hours()
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "tests write files")]

    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn args(more: &[&str]) -> Account {
        let command = ["sfn-advisor", "audit"].iter().chain(more);
        match Cli::parse_from(command).command {
            Command::Audit(audit) => audit.account,
            other => panic!("{other:?}"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-11-22T06:00:00.25Z";

    fn open(path: &Path, asked: bool, more: &[&str], now: &str) -> anyhow::Result<Journal> {
        let place = Place {
            path: path.to_owned(),
            asked,
        };
        let regions = ["us-east-1".to_owned()];
        Journal::open_file(&place, settings(&args(more), &regions), at(now))
    }

    #[test]
    fn what_was_kept_is_known_and_keeps_its_instant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.partial");
        let first = open(&path, true, &[], NOW).unwrap();
        first.keep("one", "{\"a\": \"\\n\"}".to_owned());
        first.keep("two", "2".to_owned());
        drop(first);
        // Killed in the middle of a line.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"[\"three\",\"3").unwrap();
        drop(file);
        let again = open(&path, true, &[], "2026-11-22T11:59:00Z").unwrap();
        assert_eq!(again.now(), at(NOW));
        assert!(
            again
                .called()
                .is_some_and(|ago| ago < Duration::from_mins(1))
        );
        assert_eq!(again.recall("one").as_deref(), Some("{\"a\": \"\\n\"}"));
        assert_eq!((again.recall("one"), again.recall("three")), (None, None));
        again.keep("three", "3".to_owned());
        drop(again);
        let third = open(&path, true, &[], NOW).unwrap();
        let all = ["one", "two", "three"].map(|key| third.recall(key).is_some());
        assert_eq!(all, [true; 3]);
        third.finish();
        assert!(!path.exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = folder.path().join("private");
            let journal = open(&private, true, &[], NOW).unwrap();
            let mode = private.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            journal.give_up();
            assert!(!private.exists(), "nothing was kept");
        }
    }

    #[test]
    fn answers_to_other_questions_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        open(&path, true, &[], NOW)
            .unwrap()
            .keep("one", "1".to_owned());
        for (more, now, why) in [
            (&["--window-days", "7"][..], NOW, "is of another window:"),
            (&["--profile", "prod"], NOW, "is of another profile:"),
            (
                &["--endpoint-url", "http://127.0.0.1:1"],
                NOW,
                "is of another endpoint:",
            ),
            (
                &[],
                "2026-11-22T12:01:00Z",
                "is of 2026-11-22T06:00:00.25Z, and answers are used again for 6 hours:",
            ),
        ] {
            let told = open(&path, true, more, now).unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
        let place = Place {
            path: path.clone(),
            asked: true,
        };
        let other = settings(&args(&[]), &["eu-west-1".to_owned()]);
        let told = Journal::open_file(&place, other, at(NOW))
            .unwrap_err()
            .to_string();
        assert!(told.contains("is of other Regions"), "{told}");
        assert!(
            open(&path, true, &[], NOW).unwrap().recall("one").is_some(),
            "left as it is"
        );

        // One that nobody asked for is begun anew.
        let anew = open(&path, false, &["--window-days", "7"], NOW).unwrap();
        assert_eq!(anew.recall("one"), None);
        let held = open(&path, true, &["--window-days", "7"], NOW).unwrap_err();
        assert!(held.to_string().contains("in use"), "{held}");

        let foreign = folder.path().join("notes.txt");
        std::fs::write(&foreign, "my notes\n").unwrap();
        let told = open(&foreign, true, &[], NOW).unwrap_err().to_string();
        assert!(told.contains("is not what an audit left"), "{told}");
        assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "my notes\n");
    }

    #[test]
    fn a_place_beside_the_account_file() {
        let of = |resume: Option<&str>, out: &str| {
            let place = Place::of(resume.map(Path::new), Some(Path::new(out)));
            place.map(|place| (place.path.display().to_string(), place.asked))
        };
        assert_eq!(
            of(None, "x/a.json"),
            Some(("x/a.json.partial".to_owned(), false))
        );
        assert_eq!(of(Some("b"), "a"), Some(("b".to_owned(), true)));
        assert_eq!(of(None, "/dev/null"), None);
        assert!(Place::of(None, None).is_none());
    }
}
