//! The matcher: a program runs over a text, going back to its last choice when it fails.

use super::fold;
use super::program::{One, Program, Step, below, is_word};
use super::tree::{Greed, Place, flag};
use crate::object::surrogate;

/// What is searched: bytes that are UTF-8, or bytes that are characters themselves.
#[derive(Clone, Copy)]
pub struct Subject<'t> {
    pub bytes: &'t [u8],
    pub is_text: bool,
}

impl Subject<'_> {
    /// The character at a place below `end`, and where the next one begins.
    #[inline]
    fn at(&self, place: usize, end: usize) -> Option<(u32, usize)> {
        if place >= end {
            return None;
        }
        let first = self.bytes[place];
        if first < 128 || !self.is_text {
            return Some((first.into(), place + 1));
        }
        Some(self.wide(place, first))
    }

    fn wide(&self, place: usize, first: u8) -> (u32, usize) {
        let part = |index: usize| u32::from(self.bytes[place + index] & 0x3f);
        let first = u32::from(first);
        match first {
            0..0xe0 => ((first & 0x1f) << 6 | part(1), place + 2),
            0xe0..0xf0 => ((first & 0xf) << 12 | part(1) << 6 | part(2), place + 3),
            _ => {
                let code = (first & 7) << 18 | part(1) << 12 | part(2) << 6 | part(3);
                (char::from_u32(code).map_or(code, surrogate::code), place + 4)
            }
        }
    }

    /// Where the character before a place begins.
    #[inline]
    fn back(&self, place: usize) -> Option<usize> {
        let mut place = place.checked_sub(1)?;
        if self.is_text {
            while self.bytes[place] & 0xc0 == 0x80 {
                place -= 1;
            }
        }
        Some(place)
    }

    fn before(&self, place: usize) -> Option<u32> {
        let start = self.back(place)?;
        self.at(start, place).map(|(code, _)| code)
    }
}

/// No place.
const NOWHERE: usize = usize::MAX;

/// What to do when a match fails: go on elsewhere, or undo something on the way there.
enum Choice {
    Branch {
        step: usize,
        place: usize,
    },
    /// A repetition of one character may give some back: to `low` at the least.
    Shrink {
        step: usize,
        low: usize,
        place: usize,
    },
    /// A lazy repetition of one character may take more.
    Grow {
        step: usize,
        place: usize,
        count: u32,
    },
    Mark {
        index: usize,
        old: usize,
    },
    Last {
        old: usize,
    },
    Counter {
        index: usize,
        count: u32,
        place: usize,
    },
}

/// Why matching stopped early.
pub enum Stop {
    /// The script is to be interrupted, or time is up.
    Interrupted,
    /// There are too many choices to be kept.
    Memory,
}

/// How a match is asked for.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Match,
    Full,
    Search,
}

/// A matcher for one text.
pub struct Machine<'m> {
    program: &'m Program,
    subject: Subject<'m>,
    end: usize,
    choices: Vec<Choice>,
    /// Starts and ends of groups.
    pub marks: Vec<usize>,
    /// The group that was closed last; 0 if none.
    pub last: usize,
    counters: Vec<(u32, usize)>,
    is_full: bool,
    /// A match that ends here would be empty where one just was.
    must_advance: usize,
    work: u32,
    /// Asked now and then whether to go on.
    poll: &'m mut dyn FnMut() -> bool,
}

/// Steps between two polls.
const POLL_EVERY: u32 = 1 << 16;
/// Choices that may be kept; some gigabyte of them.
const MOST_CHOICES: usize = 1 << 25;

impl<'m> Machine<'m> {
    pub fn new(
        program: &'m Program,
        subject: Subject<'m>,
        end: usize,
        poll: &'m mut dyn FnMut() -> bool,
    ) -> Self {
        Machine {
            program,
            subject,
            end,
            choices: Vec::new(),
            marks: vec![NOWHERE; program.groups * 2 + 2],
            last: 0,
            counters: vec![(0, NOWHERE); program.counters],
            is_full: false,
            must_advance: NOWHERE,
            work: 0,
            poll,
        }
    }

    /// The place of a group, if it matched.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.marks[group * 2], self.marks[group * 2 + 1]);
        (start != NOWHERE && end != NOWHERE).then_some((start, end))
    }

    /// Look for a match from `start` on; `must_advance` refuses an empty one there.
    pub fn run(&mut self, start: usize, mode: Mode, must_advance: bool) -> Result<bool, Stop> {
        self.is_full = mode == Mode::Full;
        self.must_advance = if must_advance { start } else { NOWHERE };
        let mut place = start;
        loop {
            if mode == Mode::Search {
                match self.candidate(place) {
                    Some(found) => place = found,
                    None => return Ok(false),
                }
            }
            self.marks.fill(NOWHERE);
            self.last = 0;
            self.choices.clear();
            if let Some(end) = self.attempt(0, place)? {
                self.marks[0] = place;
                self.marks[1] = end;
                return Ok(true);
            }
            if mode != Mode::Search {
                return Ok(false);
            }
            match self.subject.at(place, self.end) {
                Some((_, next)) => place = next,
                None => return Ok(false),
            }
            self.must_advance = NOWHERE;
        }
    }

    /// The first place from `place` on where a match may begin.
    fn candidate(&self, place: usize) -> Option<usize> {
        let text = &self.subject.bytes[..self.end];
        if !self.program.prefix.is_empty() {
            return memchr::memmem::find(&text[place..], &self.program.prefix).map(|at| place + at);
        }
        if ((self.end - place) as u64) < self.program.least {
            return None;
        }
        let Some(first) = &self.program.first else { return Some(place) };
        let mut place = place;
        while let Some((code, next)) = self.subject.at(place, self.end) {
            if first.fits(code) {
                return Some(place);
            }
            place = next;
        }
        None
    }

    fn set_mark(&mut self, index: usize, place: usize) {
        let old = std::mem::replace(&mut self.marks[index], place);
        self.choices.push(Choice::Mark { index, old });
    }

    fn set_counter(&mut self, index: usize, count: u32, place: usize) {
        let (old, before) = std::mem::replace(&mut self.counters[index], (count, place));
        self.choices.push(Choice::Counter { index, count: old, place: before });
    }

    /// Go back to the last choice above `base`: where to go on.
    fn go_back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.choices.len() > base {
            match self.choices.pop()? {
                Choice::Branch { step, place } => return Some((step, place)),
                Choice::Mark { index, old } => self.marks[index] = old,
                Choice::Last { old } => self.last = old,
                Choice::Counter { index, count, place } => self.counters[index] = (count, place),
                Choice::Shrink { step, low, place } => {
                    let place = self.subject.back(place).unwrap_or(low);
                    if place > low {
                        self.choices.push(Choice::Shrink { step, low, place });
                    }
                    return Some((step, place));
                }
                Choice::Grow { step, place, count } => {
                    let Step::RepeatOne { one, max, .. } = &self.program.steps[step] else { continue };
                    if let Some((code, next)) = self.subject.at(place, self.end)
                        && one.fits(code)
                    {
                        if below(count + 1, *max) {
                            self.choices.push(Choice::Grow { step, place: next, count: count + 1 });
                        }
                        return Some((step + 1, next));
                    }
                }
            }
        }
        None
    }

    /// Undo everything above `base`.
    fn undo(&mut self, base: usize) {
        while self.choices.len() > base {
            match self.choices.pop() {
                Some(Choice::Mark { index, old }) => self.marks[index] = old,
                Some(Choice::Last { old }) => self.last = old,
                Some(Choice::Counter { index, count, place }) => self.counters[index] = (count, place),
                _ => {}
            }
        }
    }

    /// Forget the choices above `base`, but not what is to be undone.
    fn commit(&mut self, base: usize) {
        let mut kept = base;
        for index in base..self.choices.len() {
            if matches!(
                self.choices[index],
                Choice::Mark { .. } | Choice::Last { .. } | Choice::Counter { .. }
            ) {
                self.choices.swap(kept, index);
                kept += 1;
            }
        }
        self.choices.truncate(kept);
    }

    /// Run from a step until `Accept`; where the match ends.
    fn attempt(&mut self, step: usize, place: usize) -> Result<Option<usize>, Stop> {
        let base = self.choices.len();
        let is_outer = step == 0;
        let program = self.program;
        let (mut step, mut place) = (step, place);
        loop {
            self.work += 1;
            if self.work >= POLL_EVERY {
                self.work = 0;
                if !(self.poll)() {
                    return Err(Stop::Interrupted);
                }
                if self.choices.len() > MOST_CHOICES {
                    return Err(Stop::Memory);
                }
            }
            let next = match &program.steps[step] {
                Step::One(one) => match self.subject.at(place, self.end) {
                    Some((code, next)) if one.fits(code) => Some((step + 1, next)),
                    _ => None,
                },
                Step::Literal(bytes) => {
                    let rest = &self.subject.bytes[place..self.end];
                    rest.starts_with(bytes).then(|| (step + 1, place + bytes.len()))
                }
                Step::At(where_, flags) => self.is_at(*where_, *flags, place).then_some((step + 1, place)),
                Step::Split(first, second) => {
                    self.choices.push(Choice::Branch { step: *second, place });
                    Some((*first, place))
                }
                Step::Jump(target) => Some((*target, place)),
                Step::Mark(index) => {
                    self.set_mark(*index, place);
                    if index % 2 == 1 {
                        self.choices.push(Choice::Last { old: self.last });
                        self.last = index / 2;
                    }
                    Some((step + 1, place))
                }
                Step::RepeatOne { one, min, max, greed } => {
                    self.repeat_one(step, place, one, (*min, *max), *greed).map(|place| (step + 1, place))
                }
                Step::Begin(counter) => {
                    self.set_counter(*counter, 0, NOWHERE);
                    Some((step + 1, place))
                }
                Step::Loop { counter, min, max, lazy, body } => {
                    Some(self.go_round(step, place, *counter, (*min, *max), *lazy, *body))
                }
                Step::Atomic { end } => {
                    let inner = self.choices.len();
                    let found = self.attempt(step + 1, place)?;
                    self.commit(inner);
                    found.map(|place| (*end, place))
                }
                Step::Look { behind, negate, end } => {
                    self.look(step, place, *behind, *negate)?.then_some((*end, place))
                }
                Step::Backreference { group, flags } => {
                    self.backreference(*group, *flags, place).map(|place| (step + 1, place))
                }
                Step::IfGroup { group, otherwise } => {
                    let is_there = self.group(*group).is_some();
                    Some((if is_there { step + 1 } else { *otherwise }, place))
                }
                Step::Fail => None,
                Step::Accept => {
                    let is_refused =
                        is_outer && (self.is_full && place != self.end || place == self.must_advance);
                    if !is_refused {
                        return Ok(Some(place));
                    }
                    None
                }
            };
            match next.or_else(|| self.go_back(base)) {
                Some(next) => (step, place) = next,
                None => return Ok(None),
            }
        }
    }

    /// A repetition of one character; where it first ends.
    fn repeat_one(
        &mut self,
        step: usize,
        place: usize,
        one: &One,
        (min, max): (u32, u32),
        greed: Greed,
    ) -> Option<usize> {
        let (mut count, mut place) = (0, place);
        let mut low = place;
        let wanted = if greed == Greed::Lazy { min } else { max };
        while greed != Greed::Lazy && below(count, wanted) || count < min {
            match self.subject.at(place, self.end) {
                Some((code, next)) if one.fits(code) => place = next,
                _ => break,
            }
            count += 1;
            if count == min {
                low = place;
            }
        }
        if count < min {
            return None;
        }
        self.work = self.work.saturating_add(count / 8);
        match greed {
            Greed::Greedy if place > low => self.choices.push(Choice::Shrink { step: step + 1, low, place }),
            Greed::Lazy if below(count, max) => self.choices.push(Choice::Grow { step, place, count }),
            _ => {}
        }
        Some(place)
    }

    /// The end of a loop's body: once more, or on.
    fn go_round(
        &mut self,
        step: usize,
        place: usize,
        counter: usize,
        (min, max): (u32, u32),
        lazy: bool,
        body: usize,
    ) -> (usize, usize) {
        let (count, last) = self.counters[counter];
        if count < min {
            self.set_counter(counter, count + 1, last);
            return (body, place);
        }
        // A body that took nothing would do so for ever.
        let may_repeat = below(count, max) && place != last;
        if lazy {
            if may_repeat {
                // The way back leads into the body; the counter is set on it.
                self.choices.push(Choice::Counter { index: counter, count, place: last });
                self.choices.push(Choice::Branch { step: body, place });
                self.choices.push(Choice::Counter { index: counter, count: count + 1, place });
            }
            return (step + 1, place);
        }
        if may_repeat {
            self.choices.push(Choice::Branch { step: step + 1, place });
            self.set_counter(counter, count + 1, place);
            return (body, place);
        }
        (step + 1, place)
    }

    fn look(&mut self, step: usize, place: usize, behind: Option<u64>, negate: bool) -> Result<bool, Stop> {
        let mut start = place;
        for _ in 0..behind.unwrap_or(0) {
            match self.subject.back(start) {
                Some(before) => start = before,
                None => return Ok(negate),
            }
        }
        let inner = self.choices.len();
        let found = self.attempt(step + 1, start)?.is_some();
        if negate {
            self.undo(inner);
        } else {
            self.commit(inner);
        }
        Ok(found != negate)
    }

    fn backreference(&self, group: usize, flags: u32, place: usize) -> Option<usize> {
        let (start, end) = self.group(group)?;
        let wanted = &self.subject.bytes[start..end];
        if flags & flag::IGNORECASE == 0 {
            return self.subject.bytes[place..self.end].starts_with(wanted).then(|| place + wanted.len());
        }
        let (mut from, mut place) = (start, place);
        while let Some((wanted, next)) = self.subject.at(from, end) {
            let (found, after) = self.subject.at(place, self.end)?;
            if fold::lower(wanted, flags) != fold::lower(found, flags) {
                return None;
            }
            (from, place) = (next, after);
        }
        Some(place)
    }

    fn is_at(&self, where_: Place, flags: u32, place: usize) -> bool {
        match where_ {
            Place::BeginningOfText => place == 0,
            Place::Beginning => {
                place == 0 || flags & flag::MULTILINE != 0 && self.subject.bytes[place - 1] == b'\n'
            }
            Place::EndOfText => place == self.end,
            Place::End => {
                place == self.end
                    || self.subject.bytes[place] == b'\n'
                        && (flags & flag::MULTILINE != 0 || place + 1 == self.end)
            }
            Place::Boundary => self.is_boundary(flags, place),
            // In an empty text there is neither.
            Place::NoBoundary => self.end > 0 && !self.is_boundary(flags, place),
        }
    }

    fn is_boundary(&self, flags: u32, place: usize) -> bool {
        let before = self.subject.before(place).is_some_and(|code| is_word(code, flags));
        let after = self.subject.at(place, self.end).is_some_and(|(code, _)| is_word(code, flags));
        before != after
    }
}
