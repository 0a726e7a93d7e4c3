//! `gc`: the collector of cycles. Everything else dies when its last reference goes.

use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Value, heap};
use std::cell::{Cell, RefCell};

pub static GC: ModuleSpec = ModuleSpec {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.",
    functions: FUNCTIONS,
    constants: &[
        ("garbage", |_| Value::list(Vec::new())),
        ("callbacks", |_| Value::list(Vec::new())),
        ("DEBUG_STATS", |_| Value::int(1)),
        ("DEBUG_COLLECTABLE", |_| Value::int(2)),
        ("DEBUG_UNCOLLECTABLE", |_| Value::int(4)),
        ("DEBUG_SAVEALL", |_| Value::int(32)),
        ("DEBUG_LEAK", |_| Value::int(38)),
    ],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "collect",
        "generation=2",
        collect,
        "Run the garbage collector.\n\nThe number of unreachable objects is returned.",
    ),
    native("disable", "", disable, "Disable automatic garbage collection."),
    native("enable", "", enable, "Enable automatic garbage collection."),
    native(
        "freeze",
        "",
        freeze,
        "Freeze all current tracked objects and ignore them for future collections.",
    ),
    native("get_count", "", get_count, "Return a three-tuple of the current collection counts."),
    native("get_debug", "", get_debug, "Get the garbage collection debugging flags."),
    native(
        "get_freeze_count",
        "",
        get_freeze_count,
        "Return the number of objects in the permanent generation.",
    ),
    native(
        "get_objects",
        "generation=None",
        get_objects,
        "Return a list of objects tracked by the collector (excluding the list returned).",
    ),
    native(
        "get_referents",
        "*objs",
        get_referents,
        "Return the list of objects that are directly referred to by 'objs'.",
    ),
    native(
        "get_referrers",
        "*objs",
        get_referrers,
        "Return the list of objects that directly refer to any of 'objs'.",
    ),
    native("get_stats", "", get_stats, "Return a list of dictionaries containing per-generation statistics."),
    native("get_threshold", "", get_threshold, "Return the current collection thresholds."),
    native(
        "is_finalized",
        "obj, /",
        is_finalized,
        "Returns true if the object has been already finalized by the GC.",
    ),
    native(
        "is_tracked",
        "obj, /",
        is_tracked,
        "Returns true if the object is tracked by the garbage collector.",
    ),
    native("isenabled", "", isenabled, "Returns true if automatic garbage collection is enabled."),
    native("set_debug", "flags, /", set_debug, "Set the garbage collection debugging flags."),
    native(
        "set_threshold",
        "threshold0, threshold1=10, threshold2=10, /",
        set_threshold,
        "Set the collection thresholds (the collection frequency).",
    ),
    native("unfreeze", "", unfreeze, "Unfreeze all objects in the permanent generation."),
];

thread_local! {
    static THRESHOLDS: Cell<[i64; 3]> = const { Cell::new([2000, 10, 10]) };
    static DEBUG: Cell<i64> = const { Cell::new(0) };
    /// How often scripts asked for a collection, by generation.
    static COLLECTIONS: RefCell<[u64; 3]> = const { RefCell::new([0; 3]) };
    static FROZEN: Cell<i64> = const { Cell::new(0) };
}

fn collect(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let generation = interp.expect_int(&args[0])?;
    if !(0..=2).contains(&generation) {
        return Err(interp.value_error("invalid generation"));
    }
    tell(interp, "start", generation, 0)?;
    COLLECTIONS.with_borrow_mut(|counts| counts[generation as usize] += 1);
    let mut count = heap::collect();
    // Finalizers run before the caller goes on, and what they leave behind is freed, as in
    // CPython.
    let has_finalizers = heap::attention();
    interp.poll()?;
    if has_finalizers {
        count += heap::collect();
        interp.poll()?;
    }
    tell(interp, "stop", generation, count as i64)?;
    Ok(Value::int(count as i64))
}

/// Call the functions in `gc.callbacks`.
fn tell(interp: &mut dyn Interpreter, phase: &str, generation: i64, collected: i64) -> Result<(), Raised> {
    let module = interp.import("gc")?;
    let Some(callbacks) = interp.find_attr(&module, &intern("callbacks"))? else { return Ok(()) };
    let callbacks = callbacks.list_like().map(|list| list.items.borrow().clone()).unwrap_or_default();
    for callback in callbacks {
        let info = DictObject::new();
        for (name, count) in [("generation", generation), ("collected", collected), ("uncollectable", 0)] {
            info.set_str(name, Value::int(count));
        }
        if let Err(raised) = interp.call(&callback, &[Value::str(phase), Value::dict(info)]) {
            interp.report_unraisable(raised, "Exception ignored while calling GC callback", &callback);
        }
    }
    Ok(())
}

fn enable(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    heap::set_automatic(true);
    Ok(Value::NONE)
}

fn disable(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    heap::set_automatic(false);
    Ok(Value::NONE)
}

fn isenabled(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::bool(heap::is_automatic()))
}

fn get_count(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::tuple(vec![Value::int(heap::tracked_count() as i64), Value::int(0), Value::int(0)]))
}

fn get_threshold(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::tuple(THRESHOLDS.get().map(Value::int).to_vec()))
}

fn set_threshold(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut thresholds = THRESHOLDS.get();
    for (threshold, arg) in thresholds.iter_mut().zip(args) {
        *threshold = interp.expect_int(arg)?;
    }
    // Remembered only: the collector runs when allocation has doubled.
    THRESHOLDS.set(thresholds);
    Ok(Value::NONE)
}

fn get_debug(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(DEBUG.get()))
}

fn set_debug(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = interp.expect_int(&args[0])?;
    if flags != 0 {
        return Err(interp.raise(CoreType::NotImplementedError, "gc.set_debug() is not supported yet by apy"));
    }
    DEBUG.set(flags);
    Ok(Value::NONE)
}

fn get_freeze_count(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(FROZEN.get()))
}

/// There are no generations, so there is nothing to keep out of them: only the number is kept.
fn freeze(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    FROZEN.set(heap::tracked_count() as i64);
    Ok(Value::NONE)
}

fn unfreeze(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    FROZEN.set(0);
    Ok(Value::NONE)
}

fn get_stats(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let (collections, collected) = heap::history();
    // There is one generation: the oldest.
    let of = |collections: u64, collected: u64| {
        let stats = DictObject::new();
        for (name, count) in [("collections", collections), ("collected", collected), ("uncollectable", 0)] {
            stats.set_str(name, Value::int(count as i64));
        }
        Value::dict(stats)
    };
    let [young, middle, _] = COLLECTIONS.with_borrow(|counts| *counts);
    let old = collections.saturating_sub(young + middle);
    Ok(Value::list(vec![of(young, 0), of(middle, 0), of(old, collected)]))
}

fn get_objects(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].is_none() {
        return Ok(Value::list(heap::tracked()));
    }
    let Some(generation) = args[0].int_like() else {
        let class = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("argument should be integer or None, not '{class}'")));
    };
    match generation {
        0 | 1 => Ok(Value::list(Vec::new())),
        -1 | 2 => Ok(Value::list(heap::tracked())),
        3.. => Err(interp
            .value_error("generation parameter must be less than the number of available generations (3)")),
        _ => Err(interp.value_error("generation parameter cannot be negative")),
    }
}

fn get_referents(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let objects = args[0].as_tuple().map(|tuple| tuple.to_vec()).unwrap_or_default();
    Ok(Value::list(objects.iter().flat_map(heap::referents).collect()))
}

fn get_referrers(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let objects = args[0].as_tuple().map(|tuple| tuple.to_vec()).unwrap_or_default();
    let mut found = Vec::new();
    for candidate in heap::tracked() {
        interp.poll()?;
        let refers =
            heap::referents(&candidate).iter().any(|child| objects.iter().any(|object| object.is(child)));
        if refers && !candidate.is(&args[0]) {
            found.push(candidate);
        }
    }
    Ok(Value::list(found))
}

fn is_tracked(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(heap::is_tracked(&args[0])))
}

fn is_finalized(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let header = args[0].heap_header();
    Ok(Value::bool(header.is_some_and(|header| header.has_flag(heap::flag::FINALIZED))))
}
