//! Records and stacks beyond what scripts do with them. `tests/memory.py --unit` runs these under
//! valgrind and Miri.

use super::*;

#[test]
fn records_come_back_in_order_and_stop_at_the_limit() {
    let mut records = Records::with_capacity(100, 1000);
    assert_eq!((records.len(), records.limit(), records.is_full()), (0, 100, false));
    let mut pushed = 0;
    while records.push_plain(Cursor::NOWHERE, pushed as u8) {
        pushed += 1;
    }
    assert_eq!((pushed, records.len(), records.is_full()), (100, 100, true));
    // A limit beyond what there is room for is cut down; a lower one takes nothing away.
    records.set_limit(5000);
    assert_eq!(records.limit(), 1000 - 64);
    let extra = Value::list(Vec::new());
    let record = records.push(Cursor::NOWHERE, 7, RecordKind::Init, std::ptr::null_mut());
    record.extra = extra.clone();
    assert_eq!((extra.ref_count(), records.top().dst, records.top().kind), (2, 7, RecordKind::Init));
    assert!(records.all().iter().take(100).all(|record| record.kind == RecordKind::Plain));
    drop(records.top_mut().extra.take());
    records.pop();
    records.set_limit(10);
    assert!(records.is_full() && !records.push_plain(Cursor::NOWHERE, 0));
    for number in (0..100).rev() {
        assert_eq!((records.top().dst, records.top().extra.is_unbound()), (number, true));
        records.pop();
    }
    assert_eq!((records.len(), extra.ref_count()), (0, 1));
}

#[test]
fn a_stack_begins_empty_and_knows_its_end() {
    let stack = Stack::with_length(5000);
    let bottom = stack.bottom();
    assert!(window(bottom, 5000).iter().all(Value::is_unbound));
    assert!(stack.has_room(bottom, 5000 - 1024) && !stack.has_room(bottom, 5000 - 1023));
    // A window holds what is put into it, and is given back empty.
    let value = Value::list(Vec::new());
    for (index, slot) in window(bottom, 100).iter_mut().enumerate() {
        *slot = if index % 2 == 0 { value.clone() } else { Value::int(index as i64) };
    }
    assert_eq!(value.ref_count(), 51);
    for slot in window(bottom, 100) {
        drop(slot.take());
    }
    assert_eq!(value.ref_count(), 1);
}
