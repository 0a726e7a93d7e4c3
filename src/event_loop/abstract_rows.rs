//! The methods of `asyncio.AbstractEventLoop`: there to be replaced.

use super::coroutine::{Immediate, coroutine};
use super::loop_rows::ABSTRACT_EVENT_LOOP;
use crate::object::heap::Traverse;
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, TypeSpec, Value};

pub static METHODS: [NativeRow; 56] = [
    native("__new__", "", new, "A loop that can do nothing.").as_new(),
    native("_timer_handle_cancelled", "*args, **kwargs", not_implemented, ""),
    native("add_reader", "*args, **kwargs", not_implemented, ""),
    native("add_signal_handler", "*args, **kwargs", not_implemented, ""),
    native("add_writer", "*args, **kwargs", not_implemented, ""),
    native("call_at", "*args, **kwargs", not_implemented, ""),
    native("call_exception_handler", "*args, **kwargs", not_implemented, ""),
    native("call_later", "*args, **kwargs", not_implemented, ""),
    native("call_soon", "*args, **kwargs", not_implemented, ""),
    native("call_soon_threadsafe", "*args, **kwargs", not_implemented, ""),
    native("close", "*args, **kwargs", not_implemented, ""),
    native("create_future", "*args, **kwargs", not_implemented, ""),
    native("create_task", "*args, **kwargs", not_implemented, ""),
    native("default_exception_handler", "*args, **kwargs", not_implemented, ""),
    native("get_debug", "*args, **kwargs", not_implemented, ""),
    native("get_exception_handler", "*args, **kwargs", not_implemented, ""),
    native("get_task_factory", "*args, **kwargs", not_implemented, ""),
    native("is_closed", "*args, **kwargs", not_implemented, ""),
    native("is_running", "*args, **kwargs", not_implemented, ""),
    native("remove_reader", "*args, **kwargs", not_implemented, ""),
    native("remove_signal_handler", "*args, **kwargs", not_implemented, ""),
    native("remove_writer", "*args, **kwargs", not_implemented, ""),
    native("run_forever", "*args, **kwargs", not_implemented, ""),
    native("run_in_executor", "*args, **kwargs", not_implemented, ""),
    native("run_until_complete", "*args, **kwargs", not_implemented, ""),
    native("set_debug", "*args, **kwargs", not_implemented, ""),
    native("set_default_executor", "*args, **kwargs", not_implemented, ""),
    native("set_exception_handler", "*args, **kwargs", not_implemented, ""),
    native("set_task_factory", "*args, **kwargs", not_implemented, ""),
    native("stop", "*args, **kwargs", not_implemented, ""),
    native("time", "*args, **kwargs", not_implemented, ""),
    native("connect_accepted_socket", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("connect_read_pipe", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("connect_write_pipe", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("create_connection", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("create_datagram_endpoint", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("create_server", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("create_unix_connection", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("create_unix_server", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("getaddrinfo", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("getnameinfo", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sendfile", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("shutdown_asyncgens", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("shutdown_default_executor", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_accept", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_connect", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_recv", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_recv_into", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_recvfrom", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_recvfrom_into", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_sendall", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_sendfile", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("sock_sendto", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("start_tls", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("subprocess_exec", "*args, **kwargs", not_implemented_async, "").like_async(),
    native("subprocess_shell", "*args, **kwargs", not_implemented_async, "").like_async(),
];

/// An instance of the class itself, or what an instance of a script's subclass is made of.
struct AbstractLoop;

impl Traverse for AbstractLoop {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for AbstractLoop {
    fn spec(&self) -> &'static TypeSpec {
        &ABSTRACT_EVENT_LOOP
    }
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(AbstractLoop))
}

fn not_implemented(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise_args(CoreType::NotImplementedError, &[]))
}

fn not_implemented_async(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(coroutine(Immediate {
        qualname: "AbstractEventLoop.method",
        run: |interp, _| Err(interp.raise_args(CoreType::NotImplementedError, &[])),
        args: Default::default(),
    }))
}
