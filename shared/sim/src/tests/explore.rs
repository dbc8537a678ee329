use std::path::Path;

use asl::{Definition, Format};
use serde_json::{Value, json};

use crate::{
    Answer, Covered, Exploration, ExploreOptions, Options, ReachedBy, Status, explore, simulate,
};

fn read(definition: &Value) -> Definition {
    Definition::parse(definition.to_string().as_bytes(), Format::Json)
}

fn explored(definition: &Value) -> Exploration {
    explore(&read(definition), &ExploreOptions::default())
}

fn unreached(parts: &[Covered]) -> Vec<(&str, &str)> {
    let parts = parts.iter().filter(|part| part.path.is_none());
    parts
        .map(|part| (part.pointer.as_str(), part.why.as_deref().unwrap()))
        .collect()
}

/// Every path is taken again with what it says.
fn holds(definition: &Definition, exploration: &Exploration) {
    for path in &exploration.paths {
        let options = Options {
            limits: crate::Limits {
                steps: ExploreOptions::default().steps,
                ..crate::Limits::default()
            },
            ..Options::new(path.trial.input.clone())
        };
        let outcome = simulate(definition, &options, &mut path.trial.mocks());
        assert_eq!(outcome.entered().collect::<Vec<_>>(), path.entered);
        assert_eq!(
            (outcome.status, outcome.error, outcome.transitions),
            (path.status, path.error.clone(), path.transitions)
        );
    }
}

fn shared() -> Option<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/definitions");
    folder.is_dir().then_some(folder)
}

#[test]
fn real_definitions_are_explored() {
    let Some(folder) = shared() else {
        println!("skipped: there is no corpus");
        return;
    };
    let options = ExploreOptions {
        paths: 100,
        runs: 1_000,
        steps: 1_000,
        all_steps: 30_000,
        ..ExploreOptions::default()
    };
    let (mut all, mut paths, mut runs, mut stopped) = ([(0, 0); 4], 0, 0, 0);
    let mut whys = std::collections::BTreeMap::<String, u32>::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let definition = Definition::parse(&bytes, Format::Json);
        let start = std::time::Instant::now();
        let found = explore(&definition, &options);
        if start.elapsed().as_millis() > 1500 {
            println!(
                "SLOW {} {:?} runs {}",
                file.display(),
                start.elapsed(),
                found.runs
            );
        }
        paths += found.paths.len();
        runs += found.runs;
        stopped += usize::from(found.stopped.is_some());
        let kinds = [
            &found.coverage.states,
            &found.coverage.outcomes,
            &found.coverage.retriers,
            &found.coverage.catchers,
        ];
        for (at, ((reached, of), parts)) in all.iter_mut().zip(kinds).enumerate() {
            *of += parts.len();
            *reached += parts.iter().filter(|part| part.path.is_some()).count();
            for part in parts.iter().filter(|part| part.path.is_none()) {
                let why = part.why.clone().unwrap();
                let why = why.split('`').step_by(2).collect::<Vec<_>>().join("X");
                if std::env::var("SHOW").is_ok_and(|it| why.contains(&it)) {
                    println!("{} {}", file.display(), part.pointer);
                }
                *whys.entry(format!("{at} {why}")).or_default() += 1;
            }
        }
    }
    println!(
        "{paths} paths, {runs} runs, {stopped} stopped; states, outcomes, retriers, catchers: {all:?}"
    );
    let mut whys: Vec<_> = whys.into_iter().collect();
    whys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (why, count) in whys.iter().take(40) {
        println!("{count:6} {why}");
    }
}
