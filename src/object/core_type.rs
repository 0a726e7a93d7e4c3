//! The classes that the machine itself must know: the core kinds and the built-in exceptions.

macro_rules! core_types {
    (types: $($name:ident = $text:literal),+ $(,)?; exceptions: $($exception:ident : $base:ident),+ $(,)?) => {
        /// A class known to the machine; its number is its place in the interpreter's table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum CoreType { $($name,)+ $($exception),+ }

        impl CoreType {
            /// Every core type, in the order of its number; bases stand before their subclasses.
            pub const ALL: &'static [CoreType] = &[$(CoreType::$name,)+ $(CoreType::$exception),+];

            /// `__name__`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(CoreType::$name => $text,)+
                    $(CoreType::$exception => stringify!($exception)),+
                }
            }

            /// For a built-in exception its base class.
            pub const fn exception_base(self) -> Option<CoreType> {
                match self {
                    $(CoreType::$name => None,)+
                    $(CoreType::$exception => Some(CoreType::$base)),+
                }
            }
        }
    };
}

core_types! {
    types:
        Object = "object", Type = "type", NoneType = "NoneType", Bool = "bool", Int = "int",
        Float = "float", Complex = "complex", Ellipsis = "ellipsis",
        NotImplementedType = "NotImplementedType", Str = "str", Bytes = "bytes", Range = "range",
        Tuple = "tuple", List = "list", Dict = "dict", Set = "set", FrozenSet = "frozenset",
        Slice = "slice", Function = "function", BuiltinFunction = "builtin_function_or_method",
        MethodDescriptor = "method_descriptor", WrapperDescriptor = "wrapper_descriptor",
        MethodWrapper = "method-wrapper", ClassMethodDescriptor = "classmethod_descriptor", Method = "method", Generator = "generator",
        Coroutine = "coroutine", AsyncGenerator = "async_generator", Cell = "cell",
        Module = "module", Code = "code", RangeIterator = "range_iterator",
        ListIterator = "list_iterator", TupleIterator = "tuple_iterator", Property = "property",
        ClassMethod = "classmethod", StaticMethod = "staticmethod", Super = "super",
        GetSetDescriptor = "getset_descriptor", Traceback = "traceback",
        BaseException = "BaseException";
    exceptions:
        Exception: BaseException,
        BaseExceptionGroup: BaseException,
        GeneratorExit: BaseException,
        KeyboardInterrupt: BaseException,
        SystemExit: BaseException,
        CancelledError: BaseException,
        ArithmeticError: Exception,
        FloatingPointError: ArithmeticError,
        OverflowError: ArithmeticError,
        ZeroDivisionError: ArithmeticError,
        AssertionError: Exception,
        AttributeError: Exception,
        BufferError: Exception,
        EOFError: Exception,
        ExceptionGroup: BaseExceptionGroup,
        ImportError: Exception,
        ModuleNotFoundError: ImportError,
        LookupError: Exception,
        IndexError: LookupError,
        KeyError: LookupError,
        MemoryError: Exception,
        NameError: Exception,
        UnboundLocalError: NameError,
        OSError: Exception,
        BlockingIOError: OSError,
        ChildProcessError: OSError,
        ConnectionError: OSError,
        BrokenPipeError: ConnectionError,
        ConnectionAbortedError: ConnectionError,
        ConnectionRefusedError: ConnectionError,
        ConnectionResetError: ConnectionError,
        FileExistsError: OSError,
        FileNotFoundError: OSError,
        InterruptedError: OSError,
        IsADirectoryError: OSError,
        NotADirectoryError: OSError,
        PermissionError: OSError,
        ProcessLookupError: OSError,
        TimeoutError: OSError,
        ReferenceError: Exception,
        RuntimeError: Exception,
        NotImplementedError: RuntimeError,
        PythonFinalizationError: RuntimeError,
        RecursionError: RuntimeError,
        StopAsyncIteration: Exception,
        StopIteration: Exception,
        SyntaxError: Exception,
        IndentationError: SyntaxError,
        TabError: IndentationError,
        SystemError: Exception,
        TypeError: Exception,
        ValueError: Exception,
        UnicodeError: ValueError,
        UnicodeDecodeError: UnicodeError,
        UnicodeEncodeError: UnicodeError,
        UnicodeTranslateError: UnicodeError,
        InvalidStateError: Exception,
        QueueEmpty: Exception,
        QueueFull: Exception,
        QueueShutDown: Exception,
        BrokenBarrierError: RuntimeError,
        Warning: Exception,
        BytesWarning: Warning,
        DeprecationWarning: Warning,
        EncodingWarning: Warning,
        FutureWarning: Warning,
        ImportWarning: Warning,
        PendingDeprecationWarning: Warning,
        ResourceWarning: Warning,
        RuntimeWarning: Warning,
        SyntaxWarning: Warning,
        UnicodeWarning: Warning,
        UserWarning: Warning,
}

impl CoreType {
    /// `__module__`: asyncio's exceptions do not live in `builtins`.
    pub const fn module(self) -> &'static str {
        match self {
            CoreType::CancelledError | CoreType::InvalidStateError | CoreType::BrokenBarrierError => {
                "asyncio.exceptions"
            }
            CoreType::QueueEmpty | CoreType::QueueFull | CoreType::QueueShutDown => "asyncio.queues",
            _ => "builtins",
        }
    }
}
