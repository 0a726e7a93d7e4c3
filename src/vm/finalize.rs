//! What runs when objects die: `__del__`, the `finally` of suspended generators, callbacks of
//! weak references; and the freeing of dead codes. The heap queues them, safe points come here.

use super::Vm;
use crate::object::{Interpreter, Raised, Tag, Value, heap};

/// Dead codes after which they are freed however deep the calls are: that looks at all records.
const LIMBO_LIMIT: usize = 256;
/// Depth of calls at which dead codes are freed at once.
const FEW_RECORDS: usize = 100;
/// Native levels beyond the limit in which an error at the limit is reported.
const REPORT_DEPTH: usize = 20;

impl Vm {
    /// Run the finalizers that wait, and what they make wait; free dead codes.
    pub fn run_finalizers(&mut self) {
        self.sweep_codes_if_due();
        let waiting = heap::take_finalizers();
        if waiting.is_empty() {
            return;
        }
        let handled = self.handled.take();
        // Depth first: what dies with an object goes before what died beside it.
        let mut queues = vec![waiting.into_iter()];
        while let Some(queue) = queues.last_mut() {
            let Some(value) = queue.next() else {
                queues.pop();
                continue;
            };
            self.finalize(&value);
            self.finalize_made_by_finalizer();
            drop(value);
            self.sweep_codes_if_due();
            let freed = heap::take_finalizers();
            if !freed.is_empty() {
                // A long chain of objects takes no room here.
                queues.pop_if(|queue| queue.len() == 0);
                queues.push(freed.into_iter());
            }
        }
        self.handled = handled;
    }

    /// Finalize what the last finalizer itself left to die, one level deeper: one that always leaves
    /// another behind ends by RecursionError, as where it dies within the call.
    fn finalize_made_by_finalizer(&mut self) {
        if !heap::attention() {
            return;
        }
        match self.enter_native() {
            Ok(()) => {
                self.run_finalizers();
                self.leave_native();
            }
            Err(raised) => {
                // The report needs some room.
                self.native_limit += REPORT_DEPTH;
                for value in heap::take_finalizers() {
                    self.report_failed_finalizer(&value, raised.clone());
                }
                self.native_limit -= REPORT_DEPTH;
            }
        }
    }

    fn sweep_codes_if_due(&mut self) {
        let dead_codes = heap::limbo_len();
        if dead_codes > LIMBO_LIMIT || dead_codes > 0 && self.records.len() < FEW_RECORDS {
            self.sweep_codes();
        }
    }

    fn finalize(&mut self, value: &Value) {
        let result = match value.tag() {
            Tag::Generator => self.finalize_generator(value),
            Tag::Object => value.as_object().expect("by its tag").finalize(value, self),
            _ => {
                let name = self.names.del.clone();
                self.special(value, &name, &[]).map(drop)
            }
        };
        if let Err(raised) = result {
            self.report_failed_finalizer(value, raised);
        }
    }

    fn report_failed_finalizer(&mut self, value: &Value, raised: Raised) {
        let method = if value.tag() == Tag::Instance {
            let class = self.class_of_value(value);
            class.as_type().and_then(|class| class.lookup_cached(&self.names.del)).unwrap_or_default()
        } else {
            value.clone()
        };
        self.report_unraisable(raised, "Exception ignored in", &method);
    }

    /// Free the dead codes that no frame runs.
    fn sweep_codes(&mut self) {
        let mut running: Vec<usize> = Vec::with_capacity(self.records.len() + 1);
        if !self.current.is_nowhere() {
            running.push(self.current.code() as *const _ as usize);
        }
        for record in self.records.all() {
            if !record.caller.is_nowhere() {
                running.push(record.caller.code() as *const _ as usize);
            }
        }
        for side in self.fibers.sides() {
            let (current, records) = side.place();
            let callers = records.all().iter().map(|record| record.caller);
            let cursors = callers.chain([current]).filter(|cursor| !cursor.is_nowhere());
            running.extend(cursors.map(|cursor| cursor.code() as *const _ as usize));
        }
        running.sort_unstable();
        heap::sweep_limbo(|code| running.binary_search(&code).is_ok());
    }
}
