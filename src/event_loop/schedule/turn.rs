//! A turn of the loop under a schedule that is not FIFO.

use super::{Departure, Entry, STATE, choose};
use crate::event_loop::EventLoop;
use crate::event_loop::ready::Ready;
use crate::event_loop::timers::Due;
use crate::object::{Interpreter, Raised, Value, audit};
use std::collections::VecDeque;

/// Run what is ready, in the order that the schedule chooses.
#[cold]
pub fn run_turn(loop_: &EventLoop, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let mut left = set_held_aside(&mut loop_.ready.borrow_mut());
    while left > 0 {
        let next = take_next(&mut loop_.ready.borrow_mut(), left);
        left -= 1;
        if let Some(next) = next {
            if audit::is_on() {
                let Entry { name, function, file, line } = Entry::of(&next);
                audit::went_on(audit::Step { name, function, file: file.to_string(), line });
            }
            loop_.run_entry(this, interp, next)?;
        }
    }
    Ok(())
}

/// Move the tasks that are held back to the end of the queue; how many entries are left.
fn set_held_aside(ready: &mut VecDeque<Ready>) -> usize {
    let count = ready.len();
    let mut left = 0;
    STATE.with_borrow_mut(|state| {
        let Some(chooser) = &mut state.chooser else { return left = count };
        for _ in 0..count {
            let is_held = ready.get(left).and_then(Ready::task).is_some_and(|t| chooser.is_held(t.address()));
            if !is_held {
                left += 1;
            } else if let Some(entry) = ready.remove(left) {
                ready.push_back(entry);
            }
        }
    });
    left
}

/// The next entry to run, of the first `left` of the queue; `None` if one was held back instead.
fn take_next(ready: &mut VecDeque<Ready>, left: usize) -> Option<Ready> {
    STATE.with_borrow_mut(|state| {
        let Some(chooser) = &mut state.chooser else { return ready.pop_front() };
        let mut choice = chooser.choose(left);
        let mut place = choice.place as usize;
        if place >= left {
            place = 0;
        }
        let entry = &ready[place];
        let task = entry.task().map(Value::address);
        if task.is_none() {
            // Callbacks run in the order in which they were scheduled.
            place = ready.iter().position(|entry| entry.task().is_none()).unwrap_or(0);
            choice.turns = 0;
        }
        choice.place = place as u32;
        if place != 0 || choice.turns != 0 {
            let instead_of = (place != 0).then(|| Entry::of(&ready[0]));
            state.departures.push(Departure { choice, taken: Entry::of(&ready[place]), instead_of });
        }
        let entry = ready.remove(place)?;
        match task {
            Some(task) if choice.turns > 0 => {
                chooser.hold(task, choice.turns);
                ready.push_back(entry);
                None
            }
            _ => Some(entry),
        }
    })
}

/// Move the timers that are due into the ready queue: by deadline, equal ones with a callback
/// among them in the order that the schedule chooses.
#[cold]
pub fn take_due(loop_: &EventLoop, now: i64) {
    loop {
        let mut group: VecDeque<Due> = VecDeque::new();
        {
            let mut timers = loop_.timers.borrow_mut();
            let Some(when) = timers.first() else { return };
            if when > now {
                return;
            }
            while let Some(due) = timers.pop_due(when) {
                group.push_back(due);
            }
        }
        // Whom plain sleeps wake is decided when the tasks are ready.
        let matters = group.iter().any(|due| matches!(due, Due::Handle(_) | Due::Alarm(_)));
        while !group.is_empty() {
            let place = match matters && group.len() > 1 {
                true => choose(group.len(), |_| Entry::named("timer")),
                false => 0,
            };
            if let Some(due) = group.remove(place) {
                loop_.push_due(due);
            }
        }
    }
}
