//! Tokens, lines and blocks.

use apy_grammar::{SourceFile, TokenKind as T, dump_tokens, tokenize};

/// Labels of the tokens, with words as they are.
fn tokens(text: &str) -> String {
    let source = SourceFile::new("test", text);
    let tokens = tokenize(&source).tokens;
    let words = tokens.iter().map(|token| match token.kind {
        T::Name | T::Int | T::Float | T::Imaginary | T::String | T::FStringMiddle | T::FStringRawMiddle => {
            source.slice(token.span).replace('\n', "\\n")
        }
        kind => kind.text().to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn blocks_and_lines() {
    for (text, expected) in [
        ("", ""),
        ("\n\n  # only this\n", ""),
        ("a", "a NEWLINE"),
        ("a\r\nb\rc\n", "a NEWLINE b NEWLINE c NEWLINE"),
        ("if a:\n  b\nc", "if a : NEWLINE INDENT b NEWLINE DEDENT c NEWLINE"),
        ("if a:\n  b\n\n# c\n  d\n", "if a : NEWLINE INDENT b NEWLINE d NEWLINE DEDENT"),
        ("if a:\n  if b:\n    c", "if a : NEWLINE INDENT if b : NEWLINE INDENT c NEWLINE DEDENT DEDENT"),
        ("(a\n  ,\nb)\n", "( a , b ) NEWLINE"),
        ("a \\\n  + b\n", "a + b NEWLINE"),
        ("if a:\n\tb\n\tc\n", "if a : NEWLINE INDENT b NEWLINE c NEWLINE DEDENT"),
        ("if a:\n  \\\n    b\n  c\n", "if a : NEWLINE INDENT b NEWLINE c NEWLINE DEDENT"),
        ("\x0cif a:\n  b\n", "if a : NEWLINE INDENT b NEWLINE DEDENT"),
        ("a;b # c\n", "a ; b NEWLINE"),
        ("\u{feff}a\n", "a NEWLINE"),
        ("match case type _", "match case type _ NEWLINE"),
    ] {
        assert_eq!(tokens(text), expected, "{text:?}");
    }
}

#[test]
fn f_strings() {
    for (text, expected) in [
        ("f''", "FSTRING_START FSTRING_END NEWLINE"),
        ("f'a{b}c'", "FSTRING_START a { b } c FSTRING_END NEWLINE"),
        ("f'{{a}}'", "FSTRING_START {{a}} FSTRING_END NEWLINE"),
        ("f'{a!r:>{w}}'", "FSTRING_START { a ! r : > { w } } FSTRING_END NEWLINE"),
        ("f'{a:=5}'", "FSTRING_START { a : =5 } FSTRING_END NEWLINE"),
        ("f'{(a:=5)}'", "FSTRING_START { ( a := 5 ) } FSTRING_END NEWLINE"),
        ("f'{a[b:c]}'", "FSTRING_START { a [ b : c ] } FSTRING_END NEWLINE"),
        ("f'{a!=b}'", "FSTRING_START { a != b } FSTRING_END NEWLINE"),
        ("f'{f'{a}'}'", "FSTRING_START { FSTRING_START { a } FSTRING_END } FSTRING_END NEWLINE"),
        ("f'{'b'}'", "FSTRING_START { 'b' } FSTRING_END NEWLINE"),
        ("f'''a\n'{b\n}'''", "FSTRING_START a\\n' { b } FSTRING_END NEWLINE"),
        ("rf'\\{a}\\N{b}'", "FSTRING_START \\ { a } \\N { b } FSTRING_END NEWLINE"),
        ("f'\\N{BULLET}{a}'", "FSTRING_START \\N{BULLET} { a } FSTRING_END NEWLINE"),
        ("f'{ {1: 2} }'", "FSTRING_START { { 1 : 2 } } FSTRING_END NEWLINE"),
        ("f'{a:{b}{c}d}'", "FSTRING_START { a : { b } { c } d } FSTRING_END NEWLINE"),
        ("f'\\'{a}'", "FSTRING_START \\' { a } FSTRING_END NEWLINE"),
    ] {
        assert_eq!(tokens(text), expected, "{text:?}");
    }
}

#[test]
fn numbers_and_strings() {
    for (text, expected) in [
        ("1 0x_f 1.5 .5 1. 1e5 1_0J", "1 0x_f 1.5 .5 1. 1e5 1_0J NEWLINE"),
        ("1..real", "1. . real NEWLINE"),
        ("a.b...c", "a . b ... c NEWLINE"),
        ("1if a", "1 if a NEWLINE"),
        ("rb'\\'' Rb\"a\" u'''b'c'''", "rb'\\'' Rb\"a\" u'''b'c''' NEWLINE"),
        ("bu'a'", "bu 'a' NEWLINE"),
        ("a:=b**=c->d", "a := b **= c -> d NEWLINE"),
    ] {
        assert_eq!(tokens(text), expected, "{text:?}");
    }
}

#[test]
fn comments_are_kept_apart() {
    let source = SourceFile::new("test", "#!first\na # second\n  # third\n(b, # fourth\n)#end");
    let comments: Vec<&str> = tokenize(&source).comments.iter().map(|span| source.slice(*span)).collect();
    assert_eq!(comments, ["#!first", "# second", "# third", "# fourth", "#end"]);
}

#[test]
fn dumps_have_places_and_texts() {
    let source = SourceFile::new("test", "é = 'a'\n");
    assert_eq!(
        dump_tokens(&source),
        "1:0-1:2 NAME \"é\"\n1:3-1:4 '=' \"=\"\n1:5-1:8 STRING \"'a'\"\n1:8-2:0 NEWLINE \"\\n\"\n"
    );
}
