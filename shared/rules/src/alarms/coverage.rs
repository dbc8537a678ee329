//! What each alarm is worth: whether it goes to ALARM when executions go wrong, and whether somebody hears it.

use facts::{Alarm, MachineFacts};

use super::composite::{Composites, Voice};
use super::reading::Of;
use super::sight::{Sight, sight};
use super::signal::Signal;

/// An alarm on executions of the state machine that go wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watch<'a> {
    pub(crate) alarm: &'a Alarm,
    /// What it watches, or was meant to.
    pub(crate) signals: Vec<Signal>,
    pub(crate) standing: Standing,
    /// True where it looks at every state machine of the account and Region.
    pub(crate) shared: bool,
}

/// Whether somebody is told. The words go on from the name of the alarm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// Of all that its signals count.
    Whole,
    /// Of some of it.
    Part(String),
    /// When too few executions end well, and not of those that fail beside them.
    Stops(String),
    /// Nobody is, though the alarm looks as if.
    Dead(Cause, String),
}

/// Why an alarm is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It does not go to ALARM.
    Blind,
    /// It did not go to ALARM for what happened. True where not even all that ran would have been enough.
    Unreached(bool),
    /// It is in ALARM already.
    Stuck,
    /// It has no action.
    Silent,
    /// Its actions are switched off.
    Off,
}

/// How well a signal is covered by all alarms together, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cover {
    Whole,
    Part,
    No,
}

pub(crate) fn cover(watches: &[Watch<'_>], signal: Signal) -> Cover {
    let of = |watch: &Watch<'_>| match &watch.standing {
        Standing::Whole => Cover::Whole,
        Standing::Part(_) | Standing::Stops(_) => Cover::Part,
        Standing::Dead(..) => Cover::No,
    };
    watches
        .iter()
        .filter(|watch| watch.signals.contains(&signal))
        .map(of)
        .min()
        .unwrap_or(Cover::No)
}

/// The alarms that have to do with executions going wrong, in their order. Composite alarms are not among them: they are
/// how the others are heard.
pub(crate) fn survey<'a>(facts: &MachineFacts, alarms: &'a [Alarm]) -> Vec<Watch<'a>> {
    let composites = Composites::new(alarms);
    let look = |alarm: &'a Alarm| {
        let (readings, sight) = sight(alarm, facts)?;
        let standing = standing(sight, &composites, alarm);
        let mut signals: Vec<Signal> = readings
            .iter()
            .flat_map(|reading| signals(reading.of))
            .collect();
        signals.sort_unstable();
        signals.dedup();
        let shared = readings.iter().all(|reading| reading.shared);
        Some(Watch {
            alarm,
            signals,
            standing,
            shared,
        })
    };
    alarms.iter().filter_map(look).collect()
}

fn signals(of: Of) -> Vec<Signal> {
    match of {
        Of::Trouble(signal) => vec![signal],
        Of::Successes => vec![Signal::Failed, Signal::TimedOut, Signal::Aborted],
    }
}

fn standing(sight: Sight, composites: &Composites<'_>, alarm: &Alarm) -> Standing {
    match (sight, composites.voice(alarm)) {
        (Sight::Blind(why), _) => Standing::Dead(Cause::Blind, why),
        (Sight::Stuck(why), _) => Standing::Dead(Cause::Stuck, why),
        (_, Voice::Off) => Standing::Dead(Cause::Off, "has its actions switched off".to_owned()),
        (_, Voice::Silent(None)) => {
            Standing::Dead(Cause::Silent, "has no action on ALARM".to_owned())
        }
        (_, Voice::Silent(Some(composite))) => {
            let words = format!(
                "has no action, and the composite alarm `{composite}` over it tells nobody"
            );
            Standing::Dead(Cause::Silent, words)
        }
        (Sight::Unreached(why, beyond), _) => Standing::Dead(Cause::Unreached(beyond), why),
        (Sight::Part(why), _) => Standing::Part(why),
        (Sight::Stops(why), _) => Standing::Stops(why),
        (Sight::Whole, Voice::Sometimes(composite)) => Standing::Part(format!(
            "is heard by the composite alarm `{composite}`, while others are in ALARM too"
        )),
        (Sight::Whole, Voice::Heard) => Standing::Whole,
    }
}
