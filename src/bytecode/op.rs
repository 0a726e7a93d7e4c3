//! The instruction set: one row per opcode, everything else derived from the rows.
//!
//! An instruction is a 32-bit word `[op a b c]` (one byte each, `op` lowest), followed by the
//! extra words its row names. `R` is the register file of the running frame, `K` the constants
//! of its code. Offsets are signed, counted in words from the position *of the offset word*.
//! "Window" of a call at `a` with `n` arguments: `R[a]` callee (or receiver), `R[a+1..=a+n]`
//! arguments; the callee's registers overlap it, so the compiler sees to it that nothing above
//! the window holds an object (in code that can suspend, whose registers lie elsewhere, it may);
//! the result replaces `R[a]`, and the argument registers are empty afterwards.

/// What a one-byte field of an instruction means; the verifier checks each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// Unused; must be zero.
    No,
    /// A register that is written.
    Dst,
    /// A register that is read.
    Reg,
    /// The first of two consecutive registers.
    Pair,
    /// The first of three consecutive registers.
    Triple,
    /// The first of four consecutive registers.
    Quad,
    /// The first register of a call window; the argument count is field `b`.
    Window,
    /// The first of a run of registers whose length is the next field.
    Range,
    /// The first of a run of registers of twice the length in the next field.
    PairRange,
    /// A number of registers or items.
    Count,
    /// An index into the constants, below 256.
    Const,
    /// The low byte of a 16-bit index into the constants; the next field is its high byte.
    ConstLow,
    /// The low byte of a signed 16-bit integer; the next field is its high byte.
    IntLow,
    /// The high byte that belongs to the field before.
    High,
    /// A signed 8-bit integer.
    Int,
    /// A small set of flags or a selector, explained by the row.
    Flags,
}

/// What an extra word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// A jump offset.
    Offset,
    /// An index into the inline caches.
    Cache,
    /// An index into the constants.
    Const,
    /// An index into the child codes.
    Child,
    /// A plain number.
    Number,
}

/// The fields of one opcode.
#[derive(Debug)]
pub struct OpInfo {
    pub name: &'static str,
    pub doc: &'static str,
    pub fields: [Operand; 3],
    pub extra: &'static [Extra],
}

macro_rules! opcodes {
    ($( $(#[doc = $doc:literal])+ $name:ident [$a:ident, $b:ident, $c:ident] $(+ $extra:ident)*; )+) => {
        /// An opcode.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])+ $name ),+ }

        impl Op {
            /// Every opcode, in the order of its number.
            pub const ALL: &'static [Op] = &[$(Op::$name),+];

            /// The rows, in the order of [`Op::ALL`].
            const INFO: &'static [OpInfo] = &[$(OpInfo {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),+),
                fields: [Operand::$a, Operand::$b, Operand::$c],
                extra: &[$(Extra::$extra),*],
            }),+];
        }
    };
}

opcodes! {
    // ---- moves ----
    /// Do nothing.
    Nop [No, No, No];
    /// `R[a] = R[b]`.
    Move [Dst, Reg, No];
    /// `R[a] = R[b]`, and `R[b]` is emptied: how a result leaves its temporary.
    Take [Dst, Reg, No];
    /// `R[a] = K[b|c<<8]`.
    LoadConst [Dst, ConstLow, High];
    /// `R[a] = K[extra]`.
    LoadConstWide [Dst, No, No] + Const;
    /// `R[a] =` the integer `b|c<<8`, signed.
    LoadInt [Dst, IntLow, High];
    /// `R[a] = None`.
    LoadNone [Dst, No, No];
    /// `R[a] = b != 0`, a bool.
    LoadBool [Dst, Flags, No];
    /// Empty `b` registers from `R[a]` on: their values are released, locals become unbound.
    Clear [Range, Count, No];
    /// Raise UnboundLocalError naming `K[b|c<<8]` if `R[a]` is empty.
    CheckLocal [Reg, ConstLow, High];
    /// `del` of a local: as `CheckLocal`, then empty `R[a]`.
    DeleteLocal [Reg, ConstLow, High];
    /// `R[a] =` a list of `extra` slots for variables that found no register. The first `extra 2`
    /// of them are taken from the registers from `R[b]` on, the others are empty.
    MakeSpill [Dst, Reg, No] + Number + Number;
    /// `R[a] =` slot `extra` of the spill list `R[b]`; may be empty (`CheckLocal` follows).
    LoadSpill [Dst, Reg, No] + Number;
    /// Slot `extra` of the spill list `R[a]` becomes `R[b]`, which may be empty.
    StoreSpill [Reg, Reg, No] + Number;

    // ---- cells ----
    /// `R[a] =` a new cell that holds what `R[a]` held (an empty cell if that was empty).
    MakeCell [Dst, No, No];
    /// `R[a] =` content of the cell `R[b]`. An empty one raises: UnboundLocalError if `c` is 0,
    /// NameError (free variable) if 1. `extra` is the name.
    LoadCell [Dst, Reg, Flags] + Const;
    /// The cell `R[a]` holds `R[b]`, which is emptied.
    StoreCell [Reg, Reg, No];
    /// Empty the cell `R[a]`; errors as in `LoadCell` (`c`, `extra`).
    DeleteCell [Reg, No, Flags] + Const;

    // ---- names ----
    /// `R[a] =` the global or builtin named by the cache.
    LoadGlobal [Dst, No, No] + Cache;
    /// The global named by the cache becomes `R[a]`, which is emptied.
    StoreGlobal [Reg, No, No] + Cache;
    /// Delete the global `K[b|c<<8]`.
    DeleteGlobal [No, ConstLow, High];
    /// `R[a] =` the name of the cache, looked up in the namespace `R[b]`, then globals, builtins.
    LoadName [Dst, Reg, No] + Cache;
    /// As `LoadName` for a name that is a free variable of a class body: the namespace `R[b]`,
    /// then the cell `R[c]`. `extra` is the name.
    LoadNameOrCell [Dst, Reg, Reg] + Const;
    /// Namespace `R[a]`: the name `extra` becomes `R[b]`, which is emptied.
    StoreName [Reg, Reg, No] + Const;
    /// Delete the name `extra` from the namespace `R[a]`.
    DeleteName [Reg, No, No] + Const;
    /// Make sure that the namespace `R[a]` (with `b` = 1: the globals) has `__annotations__`.
    SetupAnnotations [Reg, Flags, No];

    // ---- attributes and items ----
    /// `R[a] = R[b].name`, the name being the cache's.
    GetAttr [Dst, Reg, No] + Cache;
    /// `R[a].name = R[b]`.
    SetAttr [Reg, Reg, No] + Cache;
    /// `del R[a].name`.
    DeleteAttr [Reg, No, No] + Const;
    /// `R[a] = super(R[b], R[b+1]).name`: class, then instance.
    GetSuperAttr [Dst, Pair, No] + Cache;
    /// `R[a] = R[b][R[c]]`.
    GetItem [Dst, Reg, Reg];
    /// `R[a] = R[b][c]`, `c` a small integer.
    GetItemInt [Dst, Reg, Int];
    /// `R[a][R[b]] = R[c]`.
    SetItem [Reg, Reg, Reg];
    /// `del R[a][R[b]]`.
    DeleteItem [Reg, Reg, No];
    /// `R[a] = R[b][R[c]:R[c+1]]`.
    GetSlice [Dst, Reg, Pair];
    /// `R[a][R[b]:R[b+1]] = R[c]`.
    SetSlice [Reg, Pair, Reg];
    /// `R[a] = slice(R[b], R[b+1], R[b+2])`.
    BuildSlice [Dst, Triple, No];

    // ---- arithmetic ----
    /// `R[a] = R[b] + R[c]`.
    Add [Dst, Reg, Reg];
    /// `R[a] = R[b] - R[c]`.
    Sub [Dst, Reg, Reg];
    /// `R[a] = R[b] * R[c]`.
    Mul [Dst, Reg, Reg];
    /// `R[a] = R[b] / R[c]`.
    TrueDiv [Dst, Reg, Reg];
    /// `R[a] = R[b] // R[c]`.
    FloorDiv [Dst, Reg, Reg];
    /// `R[a] = R[b] % R[c]`.
    Mod [Dst, Reg, Reg];
    /// `R[a] = R[b] ** R[c]`.
    Pow [Dst, Reg, Reg];
    /// `R[a] = R[b] @ R[c]`.
    MatMul [Dst, Reg, Reg];
    /// `R[a] = R[b] << R[c]`.
    LShift [Dst, Reg, Reg];
    /// `R[a] = R[b] >> R[c]`.
    RShift [Dst, Reg, Reg];
    /// `R[a] = R[b] & R[c]`.
    BitAnd [Dst, Reg, Reg];
    /// `R[a] = R[b] | R[c]`.
    BitOr [Dst, Reg, Reg];
    /// `R[a] = R[b] ^ R[c]`.
    BitXor [Dst, Reg, Reg];
    /// `R[a] = R[b]; R[a] += R[c]`.
    InplaceAdd [Dst, Reg, Reg];
    /// `R[a] = R[b]; R[a] -= R[c]`.
    InplaceSub [Dst, Reg, Reg];
    /// `R[a] = R[b]; R[a] *= R[c]`.
    InplaceMul [Dst, Reg, Reg];
    /// `R[a] = R[b]`, then `R[a] op= R[c]`; `extra` is the number of the plain operator's [`Op`].
    Inplace [Dst, Reg, Reg] + Number;
    /// `R[a] = R[b] + c`, `c` a small integer.
    AddInt [Dst, Reg, Int];
    /// `R[a] = R[b] - c`.
    SubInt [Dst, Reg, Int];
    /// `R[a] = R[b]; R[a] += c`.
    InplaceAddInt [Dst, Reg, Int];
    /// `R[a] = R[b]; R[a] -= c`.
    InplaceSubInt [Dst, Reg, Int];
    /// `R[a] = b + R[c]`, `b` a small integer.
    IntAdd [Dst, Int, Reg];
    /// `R[a] = b - R[c]`.
    IntSub [Dst, Int, Reg];
    /// `R[a] = b * R[c]`.
    IntMul [Dst, Int, Reg];
    /// `R[a] = R[b] + K[c]`.
    AddConst [Dst, Reg, Const];
    /// `R[a] = R[b] - K[c]`.
    SubConst [Dst, Reg, Const];
    /// `R[a] = R[b] * K[c]`.
    MulConst [Dst, Reg, Const];
    /// `R[a] = R[b] / K[c]`.
    TrueDivConst [Dst, Reg, Const];
    /// `R[a] = R[b] // K[c]`.
    FloorDivConst [Dst, Reg, Const];
    /// `R[a] = R[b] % K[c]`.
    ModConst [Dst, Reg, Const];
    /// `R[a] = R[b] & c`, `c` a small integer.
    BitAndInt [Dst, Reg, Int];
    /// `R[a] = R[b] >> c`.
    RShiftInt [Dst, Reg, Int];
    /// `R[a] = -R[b]`.
    Neg [Dst, Reg, No];
    /// `R[a] = +R[b]`.
    Pos [Dst, Reg, No];
    /// `R[a] = ~R[b]`.
    Invert [Dst, Reg, No];
    /// `R[a] = not R[b]`.
    Not [Dst, Reg, No];

    // ---- comparison ----
    /// `R[a] = R[b] < R[c]`.
    Lt [Dst, Reg, Reg];
    /// `R[a] = R[b] <= R[c]`.
    Le [Dst, Reg, Reg];
    /// `R[a] = R[b] == R[c]`.
    Eq [Dst, Reg, Reg];
    /// `R[a] = R[b] != R[c]`.
    Ne [Dst, Reg, Reg];
    /// `R[a] = R[b] > R[c]`.
    Gt [Dst, Reg, Reg];
    /// `R[a] = R[b] >= R[c]`.
    Ge [Dst, Reg, Reg];
    /// `R[a] = R[b] is R[c]`.
    Is [Dst, Reg, Reg];
    /// `R[a] = R[b] is not R[c]`.
    IsNot [Dst, Reg, Reg];
    /// `R[a] = R[b] in R[c]`.
    In [Dst, Reg, Reg];
    /// `R[a] = R[b] not in R[c]`.
    NotIn [Dst, Reg, Reg];

    // ---- jumps ----
    /// Jump forward.
    Jump [No, No, No] + Offset;
    /// Jump back; polls for interrupts and the budget.
    JumpBack [No, No, No] + Offset;
    /// Jump if `R[a]` is true. May go back; polls.
    JumpIfTrue [Reg, No, No] + Offset;
    /// Jump forward if `R[a]` is false.
    JumpIfFalse [Reg, No, No] + Offset;
    /// Jump forward if `R[a] is None`.
    JumpIfNone [Reg, No, No] + Offset;
    /// Jump forward if `R[a] is not None`.
    JumpIfNotNone [Reg, No, No] + Offset;
    /// Jump forward if not `R[a] < R[b]`.
    JumpUnlessLt [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] <= R[b]`.
    JumpUnlessLe [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] == R[b]`.
    JumpUnlessEq [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] != R[b]`.
    JumpUnlessNe [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] > R[b]`.
    JumpUnlessGt [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] >= R[b]`.
    JumpUnlessGe [Reg, Reg, No] + Offset;
    /// Jump if `R[a] < R[b]`. May go back; polls.
    JumpIfLt [Reg, Reg, No] + Offset;
    /// Jump if `R[a] <= R[b]`. May go back; polls.
    JumpIfLe [Reg, Reg, No] + Offset;
    /// Jump if `R[a] == R[b]`. May go back; polls.
    JumpIfEq [Reg, Reg, No] + Offset;
    /// Jump if `R[a] != R[b]`. May go back; polls.
    JumpIfNe [Reg, Reg, No] + Offset;
    /// Jump if `R[a] > R[b]`. May go back; polls.
    JumpIfGt [Reg, Reg, No] + Offset;
    /// Jump if `R[a] >= R[b]`. May go back; polls.
    JumpIfGe [Reg, Reg, No] + Offset;
    /// Jump forward if not `R[a] < b`, `b` a small integer.
    JumpUnlessLtInt [Reg, Int, No] + Offset;
    /// Jump forward if not `R[a] <= b`.
    JumpUnlessLeInt [Reg, Int, No] + Offset;
    /// Jump forward if not `R[a] == b`.
    JumpUnlessEqInt [Reg, Int, No] + Offset;
    /// Jump forward if not `R[a] != b`.
    JumpUnlessNeInt [Reg, Int, No] + Offset;
    /// Jump forward if not `R[a] > b`.
    JumpUnlessGtInt [Reg, Int, No] + Offset;
    /// Jump forward if not `R[a] >= b`.
    JumpUnlessGeInt [Reg, Int, No] + Offset;
    /// Jump forward if `R[a] & b` is false.
    JumpUnlessBits [Reg, Int, No] + Offset;
    /// Jump if `R[a] & b` is true. May go back; polls.
    JumpIfBits [Reg, Int, No] + Offset;
    /// Jump if `R[a] < b`. May go back; polls.
    JumpIfLtInt [Reg, Int, No] + Offset;
    /// Jump if `R[a] <= b`. May go back; polls.
    JumpIfLeInt [Reg, Int, No] + Offset;
    /// Jump if `R[a] == b`. May go back; polls.
    JumpIfEqInt [Reg, Int, No] + Offset;
    /// Jump if `R[a] != b`. May go back; polls.
    JumpIfNeInt [Reg, Int, No] + Offset;
    /// Jump if `R[a] > b`. May go back; polls.
    JumpIfGtInt [Reg, Int, No] + Offset;
    /// Jump if `R[a] >= b`. May go back; polls.
    JumpIfGeInt [Reg, Int, No] + Offset;

    // ---- calls ----
    /// Call the window at `a` with `b` positional arguments.
    Call [Window, Count, No];
    /// As `Call`, the last arguments being keyword arguments named by the tuple `K[extra]`;
    /// `b` counts all of them.
    CallKw [Window, Count, No] + Const;
    /// `R[a] = R[a](*R[a+1], **R[a+2])`: a tuple, and a dict or None.
    CallEx [Triple, No, No];
    /// Call the global of the cache; `R[a]` is free for the callee, the arguments follow it.
    CallGlobal [Window, Count, No] + Cache;
    /// Call the method of the cache's name of the receiver `R[a]`; the arguments follow it.
    Invoke [Window, Count, No] + Cache;
    /// As `Invoke` with the keyword names `K[extra 2]`.
    InvokeKw [Window, Count, No] + Cache + Const;
    /// Look up the method of the cache's name of the receiver `R[a]`, before its arguments are
    /// evaluated: `R[a]` = the function and `R[a+1]` = the receiver, or if it is no method of the
    /// class, `R[a]` = the attribute and `R[a+1]` is emptied.
    LoadMethod [Pair, No, No] + Cache;
    /// Call what `LoadMethod` left; `b` counts the arguments and the register of the receiver.
    CallMethod [Window, Count, No];
    /// As `CallMethod` with the keyword names `K[extra]`.
    CallMethodKw [Window, Count, No] + Const;
    /// Return `R[a]`.
    Return [Reg, No, No];
    /// Return None.
    ReturnNone [No, No, No];
    /// `R[a] =` a function made of child `extra`. `c`: bit 0, `R[b]` is the tuple of positional
    /// defaults; bit 1, `R[b+1]` the dict of keyword-only defaults; bit 2, `R[b+2]` the dict of
    /// annotations. The cells come from the child's captures.
    MakeFunction [Dst, Triple, Flags] + Child;
    /// `R[a] =` the attribute `K[extra]` of the module `typing`, which makes type parameters.
    LoadTyping [Dst, No, No] + Const;
    /// `R[a] =` the builtin `__build_class__`.
    LoadBuildClass [Dst, No, No];

    // ---- iteration and unpacking ----
    /// `R[a] = iter(R[b])`.
    GetIter [Dst, Reg, No];
    /// `R[a] = next(R[b])` and jump; fall through, `R[a]` untouched, when exhausted. Polls.
    ForLoop [Dst, Reg, No] + Offset;
    /// Unpack `R[c]` into exactly `b` registers from `R[a]` on; all of them or, raising, none.
    UnpackSequence [Range, Count, Reg];
    /// Unpack `R[c]` into `b` registers from `R[a]` on, a list for the star, then `extra` more;
    /// all of them or none.
    UnpackEx [Range, Count, Reg] + Number;

    // ---- builders ----
    /// `R[a] =` the tuple of `c` registers from `R[b]` on, which are emptied.
    BuildTuple [Dst, Range, Count];
    /// `R[a] =` the list of `c` registers from `R[b]` on, which are emptied.
    BuildList [Dst, Range, Count];
    /// `R[a] =` the set of `c` registers from `R[b]` on, which are emptied.
    BuildSet [Dst, Range, Count];
    /// `R[a] =` the dict of `c` pairs (key, value, key, ...) from `R[b]` on, which are emptied.
    BuildDict [Dst, PairRange, Count];
    /// `R[a] =` the concatenation of `c` strings from `R[b]` on, which are emptied.
    BuildString [Dst, Range, Count];
    /// Append `R[b]` to the list `R[a]`.
    ListAppend [Reg, Reg, No];
    /// Extend the list `R[a]` by the iterable `R[b]` (star in a display or a call). `c` = 1: it
    /// is a call's argument, and the error for a non-iterable says so.
    ListExtend [Reg, Reg, Flags];
    /// Add `R[b]` to the set `R[a]`.
    SetAdd [Reg, Reg, No];
    /// Add all of `R[b]` to the set `R[a]`.
    SetUpdate [Reg, Reg, No];
    /// Dict `R[a]`: key `R[b]` becomes `R[c]`.
    DictSet [Reg, Reg, Reg];
    /// `R[a].update(R[b])` for `**` in a dict display.
    DictUpdate [Reg, Reg, No];
    /// As `DictUpdate` for the arguments of a call of `R[c]`: duplicate keys raise TypeError.
    DictMerge [Reg, Reg, Reg];
    /// `R[a] =` the tuple of the iterable `R[b]`, itself if it is a tuple: the only positional
    /// argument, a starred one, of a call of `R[c]` (named if `R[b]` is no iterable).
    StarTuple [Dst, Reg, Reg];
    /// `R[a] = tuple(R[b])`, `R[b]` a list made by the code itself.
    ListToTuple [Dst, Reg, No];
    /// `R[a] = format(R[b])`; `c` is a conversion first: 0 none, 1 str, 2 repr, 3 ascii.
    FormatSimple [Dst, Reg, Flags];
    /// `R[a] = format(R[b], R[b+1])`; `c` as in `FormatSimple`.
    FormatSpec [Dst, Pair, Flags];

    // ---- exceptions ----
    /// `raise R[a]`.
    Raise [Reg, No, No];
    /// `raise R[a] from R[b]`.
    RaiseFrom [Reg, Reg, No];
    /// Bare `raise`: the exception being handled, or RuntimeError.
    RaiseCurrent [No, No, No];
    /// Raise the exception object `R[a]` again as it is (end of `finally`, no handler matched).
    Reraise [Reg, No, No];
    /// The exception `R[a]` becomes the one being handled; `R[a+1]` keeps the one before.
    PushHandled [Pair, No, No];
    /// The one kept in `R[a+1]` is the one being handled again; both registers are emptied.
    PopHandled [Pair, No, No];
    /// Jump forward unless the exception `R[a]` matches the class or tuple `R[b]`.
    JumpUnlessMatch [Reg, Reg, No] + Offset;
    /// `R[a] =` the builtin AssertionError.
    LoadAssertionError [Dst, No, No];
    /// `R[a], R[a+1], R[a+2] = type(e), e, e.__traceback__` with `e = R[b]`.
    ExceptionInfo [Triple, Reg, No];

    /// `except*`: `R[a]`, `R[a+1]` = the parts of the exception `R[b]` that do not and that do
    /// match the class or tuple `R[c]`, None where there is no such part. An exception that is
    /// no group and matches becomes one.
    MatchGroup [Pair, Reg, Reg];
    /// End of `except*`: `R[a] =` the exception to raise, or None, when the handlers of `R[b]`
    /// left the list `R[c]`: what they raised, and what none of them matched or None.
    PrepareReraise [Dst, Reg, Reg];

    // ---- with ----
    /// Manager `R[b]`: `R[a]` and `R[a+1]` = its `__exit__` as `LoadMethod` leaves a method,
    /// `R[a+2]` and `R[a+3]` = its `__enter__`.
    BeforeWith [Quad, Reg, No];
    /// As `BeforeWith` for `__aexit__` and `__aenter__`.
    BeforeAsyncWith [Quad, Reg, No];

    // ---- generators and coroutines ----
    /// Yield `R[b]`; resumed with a value, `R[a]` is that value. In an async generator the
    /// value goes to the awaiter of `__anext__`.
    Yield [Dst, Reg, No];
    /// `R[a] =` what `await R[b]` waits for: a coroutine, a future, or `R[b].__await__()`.
    /// `c`: 0 plain await, 1 the value of `__aenter__`, 2 of `__aexit__` (for the message).
    GetAwaitable [Dst, Reg, Flags];
    /// `R[a] =` the iterator that `yield from R[b]` delegates to.
    GetYieldFromIter [Dst, Reg, No];
    /// Delegate to `R[b]` (made by `GetAwaitable` or `GetYieldFromIter`) until it is done: send
    /// it `R[a]` (None at first); while it yields, suspend with its values; its result is
    /// `R[a]`, and `R[b]` is emptied.
    Await [Dst, Reg, No];
    /// `R[a] = aiter(R[b])`.
    GetAiter [Dst, Reg, No];
    /// `R[a] =` the awaitable of `anext(R[b])`, ready for `Await`.
    GetAnext [Dst, Reg, No];
    /// Exception `R[a]` in the head of `async for`: StopAsyncIteration is swallowed and the
    /// code jumps; anything else is raised again.
    EndAsyncFor [Reg, No, No] + Offset;

    // ---- patterns ----
    /// `R[a] =` whether sequence patterns may match `R[b]`, a bool.
    MatchSequence [Dst, Reg, No];
    /// `R[a] =` whether mapping patterns may match `R[b]`, a bool.
    MatchMapping [Dst, Reg, No];
    /// `R[a] = len(R[b])`.
    MatchLength [Dst, Reg, No];
    /// `R[a] =` the tuple of the values that the mapping `R[b]` has for the keys in the tuple
    /// `R[c]`, or None if it lacks one.
    MatchKeys [Dst, Reg, Reg];
    /// `R[a] =` the tuple of what `R[b]`, as an instance of the class `R[b+1]`, has for `c`
    /// positional patterns and the attributes `K[extra]`, or None if that does not match.
    MatchClass [Dst, Pair, Count] + Const;

    // ---- imports ----
    /// `R[a] = __import__(K[extra 1], fromlist=K[extra 2], level=b)`.
    ImportName [Dst, Flags, No] + Const + Const;
    /// `R[a] =` the name `K[extra]` of the module `R[b]`, or ImportError.
    ImportFrom [Dst, Reg, No] + Const;
    /// All public names of the module `R[a]` become globals.
    ImportStar [Reg, No, No];
}

impl Op {
    /// The opcode with number `byte`.
    pub fn from_byte(byte: u8) -> Option<Op> {
        Op::ALL.get(byte as usize).copied()
    }

    /// The row of this opcode.
    pub fn info(self) -> &'static OpInfo {
        &Op::INFO[self as usize]
    }

    /// Length of the instruction in words, extra words included.
    pub fn length(self) -> usize {
        1 + self.info().extra.len()
    }

    /// The binary operator of an instruction with an operand that is a register, an integer or a
    /// constant, as the instruction for registers.
    pub fn general(self) -> Op {
        match self {
            Op::AddInt | Op::AddConst | Op::IntAdd => Op::Add,
            Op::SubInt | Op::SubConst | Op::IntSub => Op::Sub,
            Op::MulConst | Op::IntMul => Op::Mul,
            Op::TrueDivConst => Op::TrueDiv,
            Op::FloorDivConst => Op::FloorDiv,
            Op::ModConst => Op::Mod,
            Op::BitAndInt => Op::BitAnd,
            Op::RShiftInt => Op::RShift,
            other => other,
        }
    }

    /// Whether execution never goes on to the next instruction.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Op::Jump
                | Op::JumpBack
                | Op::Return
                | Op::ReturnNone
                | Op::Raise
                | Op::RaiseFrom
                | Op::RaiseCurrent
                | Op::Reraise
        )
    }
}

/// One instruction word, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub op: Op,
    pub a: u8,
    pub b: u8,
    pub c: u8,
}

impl Word {
    /// The word as stored.
    pub fn encode(self) -> u32 {
        u32::from_le_bytes([self.op as u8, self.a, self.b, self.c])
    }

    /// The fields of a stored word; `None` if the opcode number is unknown.
    pub fn decode(word: u32) -> Option<Word> {
        let [op, a, b, c] = word.to_le_bytes();
        Some(Word { op: Op::from_byte(op)?, a, b, c })
    }
}
