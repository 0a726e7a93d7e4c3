//! The words of the language: one row per kind of token.
//!
//! logos recognises the shapes; strings, numbers and layout are finished by hand in `layout`,
//! which alone produces tokens. Knows nothing of the tree.

use crate::source::Span;
use logos::Logos;
use std::fmt;

/// A token: its kind and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

macro_rules! token_kinds {
    (
        shapes { $( $(#[$($shape_attr:tt)*])* $shape:ident $shape_name:literal, )* }
        keywords { $( $keyword:ident $keyword_text:tt, )* }
        soft_keywords { $( $soft:ident $soft_text:tt, )* }
        operators { $( $operator:ident $operator_text:tt, )* }
    ) => {
        /// What a token is.
        #[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[logos(skip r"[ \t\x0C]+")]
        pub enum TokenKind {
            $( $(#[$($shape_attr)*])* $shape, )*
            $( #[doc = concat!("The keyword `", $keyword_text, "`.")] #[token($keyword_text)] $keyword, )*
            $( #[doc = concat!("The soft keyword `", $soft_text, "`: also a name.")] #[token($soft_text)] $soft, )*
            $( #[doc = concat!("`", $operator_text, "`.")] #[token($operator_text)] $operator, )*
        }

        /// The reserved words.
        pub const KEYWORDS: &[(&str, TokenKind)] = &[$( ($keyword_text, TokenKind::$keyword), )*];

        /// Words that are names except where a statement makes them more.
        pub const SOFT_KEYWORDS: &[(&str, TokenKind)] = &[$( ($soft_text, TokenKind::$soft), )*];

        /// Operators and delimiters.
        pub const OPERATORS: &[(&str, TokenKind)] = &[$( ($operator_text, TokenKind::$operator), )*];

        impl TokenKind {
            /// All of them.
            pub const ALL: &[TokenKind] = &[
                $( Self::$shape, )* $( Self::$keyword, )* $( Self::$soft, )* $( Self::$operator, )*
            ];

            /// The fixed text of a keyword or operator; the name of any other kind.
            pub const fn text(self) -> &'static str {
                match self {
                    $( Self::$shape => $shape_name, )*
                    $( Self::$keyword => $keyword_text, )*
                    $( Self::$soft => $soft_text, )*
                    $( Self::$operator => $operator_text, )*
                }
            }

            /// The name that token dumps print.
            pub const fn label(self) -> &'static str {
                match self {
                    $( Self::$shape => $shape_name, )*
                    $( Self::$keyword => concat!("'", $keyword_text, "'"), )*
                    $( Self::$soft => concat!("'", $soft_text, "'"), )*
                    $( Self::$operator => concat!("'", $operator_text, "'"), )*
                }
            }
        }
    };
}

token_kinds! {
    shapes {
        /// The end of a logical line.
        #[regex(r"\r?\n|\r")]
        Newline "NEWLINE",
        /// A deeper block begins.
        Indent "INDENT",
        /// A block ends.
        Dedent "DEDENT",
        /// A character that begins no token.
        #[token("<>")]
        Error "ERROR",
        /// Kept apart from the other tokens: the parser never sees one.
        #[regex(r"#[^\r\n]*", allow_greedy = true)]
        Comment "COMMENT",
        /// A backslash that joins two lines; never reaches the parser.
        #[regex(r"\\(\r?\n|\r)")]
        Continuation "CONTINUATION",
        /// An identifier.
        #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
        Name "NAME",
        /// An integer. logos sees its first digit only.
        #[regex(r"\.?[0-9]")]
        Int "INT",
        /// A number with a fraction or an exponent.
        Float "FLOAT",
        /// A number that ends in `j`.
        Imaginary "IMAGINARY",
        /// A whole string or bytes literal. logos sees prefix and first quote only.
        #[regex(r#"([rR]|[uU]|[bB]|[bB][rR]|[rR][bB])?['"]"#)]
        String "STRING",
        /// Prefix and opening quotes of an f-string.
        #[regex(r#"([fF]|[fF][rR]|[rR][fF])['"]"#)]
        FStringStart "FSTRING_START",
        /// Text of an f-string or of a format spec, escapes included.
        FStringMiddle "FSTRING_MIDDLE",
        /// The same in a raw f-string: backslashes mean themselves.
        FStringRawMiddle "FSTRING_RAW_MIDDLE",
        /// The closing quotes of an f-string.
        FStringEnd "FSTRING_END",
    }
    keywords {
        False "False",
        None "None",
        True "True",
        And "and",
        As "as",
        Assert "assert",
        Async "async",
        Await "await",
        Break "break",
        Class "class",
        Continue "continue",
        Def "def",
        Del "del",
        Elif "elif",
        Else "else",
        Except "except",
        Finally "finally",
        For "for",
        From "from",
        Global "global",
        If "if",
        Import "import",
        In "in",
        Is "is",
        Lambda "lambda",
        Nonlocal "nonlocal",
        Not "not",
        Or "or",
        Pass "pass",
        Raise "raise",
        Return "return",
        Try "try",
        While "while",
        With "with",
        Yield "yield",
    }
    soft_keywords {
        Case "case",
        Match "match",
        Type "type",
    }
    operators {
        LeftParen "(",
        RightParen ")",
        LeftBracket "[",
        RightBracket "]",
        LeftBrace "{",
        RightBrace "}",
        Comma ",",
        Colon ":",
        Semicolon ";",
        Dot ".",
        Ellipsis "...",
        Arrow "->",
        Walrus ":=",
        Equal "=",
        At "@",
        Bang "!",
        Plus "+",
        Minus "-",
        Star "*",
        DoubleStar "**",
        Slash "/",
        DoubleSlash "//",
        Percent "%",
        LeftShift "<<",
        RightShift ">>",
        Ampersand "&",
        Pipe "|",
        Caret "^",
        Tilde "~",
        Less "<",
        Greater ">",
        LessEqual "<=",
        GreaterEqual ">=",
        EqualEqual "==",
        NotEqual "!=",
        PlusEqual "+=",
        MinusEqual "-=",
        StarEqual "*=",
        SlashEqual "/=",
        DoubleSlashEqual "//=",
        PercentEqual "%=",
        AtEqual "@=",
        AmpersandEqual "&=",
        PipeEqual "|=",
        CaretEqual "^=",
        RightShiftEqual ">>=",
        LeftShiftEqual "<<=",
        DoubleStarEqual "**=",
    }
}

impl TokenKind {
    /// A name, soft keywords included.
    pub const fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Case | Self::Match | Self::Type)
    }

    /// A reserved word.
    pub fn is_keyword(self) -> bool {
        (Self::False..=Self::Yield).contains(&self)
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_texts_lex_as_themselves() {
        for &(text, kind) in KEYWORDS.iter().chain(SOFT_KEYWORDS).chain(OPERATORS) {
            let mut lexer = TokenKind::lexer(text);
            assert_eq!(lexer.next(), Some(Ok(kind)), "{text}");
            assert_eq!(lexer.next(), None, "{text}");
            assert_eq!(kind.text(), text);
        }
        assert!(KEYWORDS.iter().all(|(_, kind)| kind.is_keyword()));
        assert!(!OPERATORS.iter().any(|(_, kind)| kind.is_keyword()));
    }
}
