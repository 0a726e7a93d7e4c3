//! Making decisions: by drawing, or from a list.

use super::random::Random;
use super::{Choice, Schedule};

/// How a run under `explore` is: runs of different tempers find different bugs, so each seed draws
/// one.
#[derive(Clone, Copy)]
struct Temper {
    /// Percent of the decisions in which any task but the first may be taken.
    shuffle: u64,
    /// Percent of the decisions in which the taken task is held back ...
    hold: u64,
    /// ... for at most so many turns.
    longest: u64,
    /// Percent of the slices of threads that are cut short.
    cut: u64,
}

/// Races over one await want many short delays, races over several want few long ones.
const TEMPERS: [Temper; 8] = [
    Temper { shuffle: 100, hold: 0, longest: 1, cut: 90 },
    Temper { shuffle: 100, hold: 30, longest: 1, cut: 100 },
    Temper { shuffle: 100, hold: 30, longest: 3, cut: 50 },
    Temper { shuffle: 50, hold: 50, longest: 2, cut: 100 },
    Temper { shuffle: 25, hold: 15, longest: 6, cut: 100 },
    Temper { shuffle: 50, hold: 10, longest: 20, cut: 80 },
    Temper { shuffle: 0, hold: 20, longest: 4, cut: 100 },
    Temper { shuffle: 10, hold: 5, longest: 60, cut: 90 },
];

enum Source {
    Draw(Random, Temper),
    /// The choices that are still to be made.
    List(std::vec::IntoIter<Choice>, Option<Choice>),
}

/// Makes the decisions of a run, one after the other.
pub struct Chooser {
    source: Source,
    decision: u64,
    /// Tasks that are held back, by address, and for how many turns still. Such a task stands in
    /// a ready queue, which keeps it alive.
    held: Vec<(usize, u32)>,
}

impl Chooser {
    /// `None` for FIFO.
    pub fn new(schedule: &Schedule) -> Option<Chooser> {
        let source = match schedule {
            Schedule::Fifo => return None,
            Schedule::Shuffle(seed) => {
                Source::Draw(Random::new(*seed), Temper { shuffle: 100, hold: 0, longest: 1, cut: 0 })
            }
            Schedule::Explore(seed) => {
                let mut random = Random::new(*seed);
                let temper = TEMPERS[random.below(TEMPERS.len() as u64) as usize];
                Source::Draw(random, temper)
            }
            Schedule::Replay(choices) => {
                let mut choices = choices.clone().into_iter();
                let next = choices.next();
                Source::List(choices, next)
            }
        };
        Some(Chooser { source, decision: 0, held: Vec::new() })
    }

    pub fn decisions(&self) -> u64 {
        self.decision
    }

    /// The next decision between `count` entries, at least 1.
    pub fn choose(&mut self, count: usize) -> Choice {
        let decision = self.decision;
        self.decision += 1;
        let first = Choice { decision, place: 0, turns: 0 };
        match &mut self.source {
            Source::Draw(random, temper) => {
                let place = match count > 1 && random.chance(temper.shuffle) {
                    true => random.below(count as u64) as u32,
                    false => 0,
                };
                let turns = match random.chance(temper.hold) {
                    true => 1 + random.below(temper.longest) as u32,
                    false => 0,
                };
                Choice { decision, place, turns }
            }
            Source::List(rest, next) => {
                while next.is_some_and(|choice| choice.decision < decision) {
                    *next = rest.next();
                }
                next.filter(|choice| choice.decision == decision).unwrap_or(first)
            }
        }
    }

    /// The next decision of how much of a thread's `full` slice is cut off.
    pub fn shorten(&mut self, full: u32) -> Choice {
        let decision = self.decision;
        let Source::Draw(random, temper) = &mut self.source else { return self.choose(1) };
        self.decision += 1;
        let place = match random.chance(temper.cut) {
            // Short slices matter most: each power of two is as likely as any other.
            true => {
                let most = 1 << random.below(u64::from(u32::BITS - full.leading_zeros()));
                full.saturating_sub(1 + random.below(most) as u32)
            }
            false => 0,
        };
        Choice { decision, place, turns: 0 }
    }

    /// Hold a task back for so many turns, the present one included.
    pub fn hold(&mut self, task: usize, turns: u32) {
        if turns > 1 {
            self.held.push((task, turns - 1));
        }
    }

    /// Whether a task is held back in this turn, too.
    pub fn is_held(&mut self, task: usize) -> bool {
        if self.held.is_empty() {
            return false;
        }
        let Some(place) = self.held.iter().position(|(held, _)| *held == task) else { return false };
        let left = self.held[place].1 - 1;
        if left == 0 {
            self.held.swap_remove(place);
        } else {
            self.held[place].1 = left;
        }
        true
    }
}
