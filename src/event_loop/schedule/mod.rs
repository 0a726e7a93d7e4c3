//! In which order ready tasks run: asyncio's own, or another one that asyncio allows.
//!
//! What asyncio promises is kept under every schedule: callbacks (`call_soon`, done callbacks) run
//! in the order in which they were scheduled, timers in the order of their deadlines, waiters of
//! one lock, semaphore or queue are served in the order of their coming, since these orders do not
//! rest on the order of task steps. What it does not promise is up for choice: which of several
//! ready tasks goes on first, how its step lies between the callbacks, after how many turns it
//! goes on, which of two timers with the same deadline goes off first, which ready thread runs
//! next, and for how long.
//!
//! Every step of the ready queue is a *decision*, numbered from 0. A [`Departure`] is a decision
//! that was not FIFO's; the same departures repeat the same run, and each of them can be left out.

mod chooser;
mod random;
mod turn;

pub use turn::{run_turn, take_due};

use super::explain::stack;
use super::ready::Ready;
use super::task::Task;
use crate::object::Value;
use chooser::Chooser;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

/// An order of ready tasks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Schedule {
    /// asyncio's order: first come, first served.
    #[default]
    Fifo,
    /// The tasks of each turn in an order drawn from this seed.
    Shuffle(u64),
    /// As `Shuffle`, and some ready tasks are held back for some turns: finds races that need
    /// one task to be late by several steps of another.
    Explore(u64),
    /// FIFO but for these choices, sorted by decision.
    Replay(Vec<Choice>),
}

/// What is done at one decision in place of running the first ready entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    /// The number of the decision.
    pub decision: u64,
    /// How many entries before the chosen one are passed over.
    pub place: u32,
    /// 0: the chosen entry runs. Otherwise it is held back for so many turns.
    pub turns: u32,
}

/// A task, or something else, that was ready when a decision was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The task's name; for what is no task, what it is.
    pub name: String,
    /// The function that goes on, innermost of its awaits; empty if that is not script code.
    pub function: String,
    pub file: Rc<str>,
    /// The line at which it goes on; 0 if that is not script code.
    pub line: u32,
}

/// A choice that was made, and what it was between.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Departure {
    pub choice: Choice,
    /// What was taken or held back.
    pub taken: Entry,
    /// What FIFO would have run; `None` if that was held back itself.
    pub instead_of: Option<Entry>,
}

/// What the interpreter of this thread does about schedules.
#[derive(Default)]
struct State {
    /// `None`: FIFO, without looking.
    chooser: Option<Chooser>,
    departures: Vec<Departure>,
    schedule: Schedule,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Event loops made from now on in this thread follow `schedule`; its decisions are numbered from
/// 0, its departures recorded afresh.
pub fn install(schedule: &Schedule) {
    let chooser = Chooser::new(schedule);
    STATE.set(State { chooser, departures: Vec::new(), schedule: schedule.clone() });
}

/// Whether loops made now have to ask.
pub fn is_installed() -> bool {
    STATE.with_borrow(|state| state.chooser.is_some())
}

/// The departures from FIFO up to now.
pub fn departures() -> Vec<Departure> {
    STATE.with_borrow(|state| state.departures.clone())
}

/// How many decisions have been made.
pub fn decisions() -> u64 {
    STATE.with_borrow(|state| state.chooser.as_ref().map_or(0, Chooser::decisions))
}

/// A decision outside of the ready queue: which of `count` equals comes first (0 under FIFO).
/// `entry` names the candidates for the record.
pub fn choose(count: usize, entry: impl Fn(usize) -> Entry) -> usize {
    STATE.with_borrow_mut(|state| {
        let Some(chooser) = &mut state.chooser else { return 0 };
        let choice = chooser.choose(count);
        let place = choice.place as usize;
        if place == 0 || place >= count {
            return 0;
        }
        state.departures.push(Departure { choice, taken: entry(place), instead_of: Some(entry(0)) });
        place
    })
}

/// For how many safe points a thread may run before another one's turn comes: `full`, or less
/// where the schedule explores.
pub fn slice(full: u32) -> u32 {
    STATE.with_borrow_mut(|state| {
        let Some(chooser) = &mut state.chooser else { return full };
        let choice = chooser.shorten(full);
        let short = full.saturating_sub(choice.place).max(1);
        if choice.place != 0 {
            let taken = Entry::named(&format!("after {short} steps of a thread, another"));
            state.departures.push(Departure { choice, taken, instead_of: None });
        }
        short
    })
}

/// The options that repeat this run, if its order is not FIFO's.
pub fn repeat_by() -> Option<String> {
    STATE.with_borrow(|state| state.chooser.as_ref().map(|_| state.schedule.to_string()))
}

impl Entry {
    /// What is known of an entry of the ready queue.
    pub fn of(ready: &Ready) -> Entry {
        let task = match ready {
            Ready::Step(task) | Ready::Throw(task, _) | Ready::Wake(task) => task,
            Ready::Handle(_) => return Entry::named("callback"),
            Ready::Alarm(_) | Ready::Resolve(_) => return Entry::named("timer"),
            Ready::Native(..) | Ready::Call(_) => return Entry::named("done callback"),
        };
        Entry::of_task(task)
    }

    /// Where a task will go on.
    pub fn of_task(value: &Value) -> Entry {
        let Some(task) = value.downcast::<Task>() else { return Entry::named("task") };
        let mut entry = Entry::named(task.name().str_like().unwrap_or_default());
        let (links, _) = stack::chain(&task.coroutine.get());
        if let Some(place) = stack::innermost(&links) {
            entry.file = place.file();
            entry.line = place.line();
            let innermost = links.iter().rev().find(|link| link.place.is_some());
            entry.function = innermost.map(|link| link.name.clone()).unwrap_or_default();
        }
        entry
    }

    /// Something that is no task.
    pub fn named(name: &str) -> Entry {
        Entry { name: name.to_owned(), function: String::new(), file: "".into(), line: 0 }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.line != 0 {
            write!(f, " at {}:{} in {}", self.file, self.line, self.function)?;
        }
        Ok(())
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.choice.turns {
            0 => write!(f, "{} goes on", self.taken)?,
            1 => write!(f, "{} is held back for 1 turn", self.taken)?,
            turns => write!(f, "{} is held back for {turns} turns", self.taken)?,
        }
        match &self.instead_of {
            Some(first) => write!(f, " before {first}"),
            None => Ok(()),
        }
    }
}

/// `DECISION:PLACE`, with `+TURNS` if the entry is held back.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.decision, self.place)?;
        if self.turns == 0 { Ok(()) } else { write!(f, "+{}", self.turns) }
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Choice, String> {
        let parse = || {
            let (decision, rest) = text.split_once(':')?;
            let (place, turns) = rest.split_once('+').unwrap_or((rest, "0"));
            Some(Choice {
                decision: decision.parse().ok()?,
                place: place.parse().ok()?,
                turns: turns.parse().ok()?,
            })
        };
        parse().ok_or_else(|| format!("'{text}' is not DECISION:PLACE or DECISION:PLACE+TURNS"))
    }
}

impl Schedule {
    /// The schedule of this name; a list of choices is a replay. A seed may be given with the name
    /// (`explore=7`) to leave `seed` to other random numbers.
    pub fn parse(text: &str, seed: u64) -> Result<Schedule, String> {
        match text {
            "fifo" => Ok(Schedule::Fifo),
            "shuffle" => Ok(Schedule::Shuffle(seed)),
            "explore" => Ok(Schedule::Explore(seed)),
            _ => {
                let seeded = text.split_once('=').and_then(|(name, own)| Some((name, own.parse().ok()?)));
                if let Some((name @ ("shuffle" | "explore"), own)) = seeded {
                    return Schedule::parse(name, own);
                }
                let Some(list) = text.strip_prefix("replay=") else {
                    return Err(format!(
                        "'{text}' is not one of fifo, shuffle, explore, replay=DECISION:PLACE[+TURNS],..."
                    ));
                };
                let choices = list.split(',').filter(|part| !part.is_empty()).map(str::parse);
                Ok(Schedule::replay(choices.collect::<Result<Vec<Choice>, String>>()?))
            }
        }
    }

    /// FIFO but for these choices.
    pub fn replay(mut choices: Vec<Choice>) -> Schedule {
        choices.sort_unstable();
        choices.dedup_by_key(|choice| choice.decision);
        Schedule::Replay(choices)
    }
}

/// As options of the command: `--schedule` and `--seed`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Fifo => f.write_str("--schedule fifo"),
            Schedule::Shuffle(seed) => write!(f, "--schedule shuffle --seed {seed}"),
            Schedule::Explore(seed) => write!(f, "--schedule explore --seed {seed}"),
            Schedule::Replay(choices) => {
                let parts: Vec<String> = choices.iter().map(Choice::to_string).collect();
                write!(f, "--schedule replay={}", parts.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_as_text() {
        let list = "replay=3:1,7:0+5,12:2+1";
        let schedule = Schedule::parse(list, 0).unwrap();
        assert_eq!(schedule.to_string(), format!("--schedule {list}"));
        let Schedule::Replay(choices) = schedule else { panic!("a replay") };
        assert_eq!(choices[1], Choice { decision: 7, place: 0, turns: 5 });
        assert_eq!(Schedule::parse("explore", 9), Ok(Schedule::Explore(9)));
        assert_eq!(Schedule::parse("explore=4", 9), Ok(Schedule::Explore(4)));
        assert_eq!(Schedule::parse("replay=", 9), Ok(Schedule::Replay(Vec::new())));
        assert!(Schedule::parse("replay=3", 0).is_err() && Schedule::parse("lifo", 0).is_err());
    }
}
