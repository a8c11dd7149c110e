//! Definitions that are wrong are refused with file, line and what was expected; none makes the generator panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sinew_messages::generate::{Source, generate};

fn refusal_of_file(file: &str, text: &str) -> String {
    generate("hand_msgs", &[Source { file, text }], &[], "sinew_messages")
        .unwrap_err()
        .to_string()
}

fn refusal(text: &str) -> String {
    refusal_of_file("A.msg", text)
}

#[test]
fn a_refusal_names_file_line_expected_and_found() {
    assert_eq!(
        refusal("\n# x\nwstring name"),
        "A.msg:3: expected `string`, as `wstring` is not supported, found `wstring`"
    );
    assert_eq!(
        refusal_of_file("action/Do.action", "---\n---"),
        "action/Do.action:1: expected a .msg or a .srv file, found an action, which is not supported"
    );
    assert_eq!(
        refusal_of_file("Do.srv", "bool a"),
        "Do.srv:1: expected one `---` between request and response, found 0"
    );
    assert_eq!(refusal("---"), "A.msg:1: expected no `---` in a message, found 1");
    assert_eq!(
        refusal("bool"),
        "A.msg:1: expected a field name in lower case, such as `frame_id`, found nothing"
    );
    assert_eq!(
        refusal("bool a\nbool a"),
        "A.msg:2: expected each name once, found `a` again"
    );
    assert_eq!(
        refusal("uint8 X=256"),
        "A.msg:1: expected a whole number from 0 to 255 (u8), found `256`"
    );
}

#[test]
fn what_ros_2_does_not_know_is_refused() {
    for (text, expected) in [
        ("time stamp", "`builtin_interfaces/Time`"),
        ("int7 x", "a type, such as"),
        ("bool Upper", "a field name in lower case"),
        ("bool a__b", "a field name in lower case"),
        ("bool a_", "a field name in lower case"),
        ("bool lower=true", "a constant's name in upper case"),
        ("bool[] MANY=[true]", "a constant of a single value"),
        ("bool x maybe", "true or false"),
        ("float32 x one", "a number"),
        ("int8 x --1", "a whole number from -128 to 127"),
        ("string x 'open", "a string between two '"),
        ("string x 'a'b'", "a string between two '"),
        ("int8[2] x [1]", "2 values"),
        ("int8[] x 1", "values in brackets"),
        ("int8[0] x", "an array of 1 to 4096 elements"),
        ("int8[5000] x", "an array of 1 to 4096 elements"),
        ("int8[x] x", "`[]`, `[3]` or `[<=3]` after the type"),
        ("int8[3 x", "`[]`, `[3]` or `[<=3]` after the type"),
        ("int8<=3 x", "a string with a bound"),
        ("Finger finger", "one of the messages of the package hand_msgs"),
        (
            "foot_msgs/Toe toe",
            "a package whose definitions are here or which Sinew ships",
        ),
        ("std_msgs/msg/Header header", "a type, such as"),
        ("std_msgs/Header header 1", "no value here"),
        ("A again", "no message that contains itself"),
        ("hand_msgs/A[] again", "no message that contains itself"),
    ] {
        let error = refusal(text);
        assert!(
            error.starts_with("A.msg:1: expected ") && error.contains(expected),
            "{text}: {error}"
        );
    }
}

#[test]
fn messages_that_contain_each_other_are_refused() {
    let files = [
        Source {
            file: "A.msg",
            text: "B[] b",
        },
        Source {
            file: "B.msg",
            text: "bool x\nA[] a",
        },
    ];
    let error = generate("hand_msgs", &files, &[], "sinew_messages")
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected no message that contains itself"), "{error}");
}

#[test]
fn names_that_would_meet_in_rust_are_refused() {
    let files = [
        Source {
            file: "Go.srv",
            text: "---",
        },
        Source {
            file: "GoRequest.srv",
            text: "---",
        },
    ];
    let error = generate("hand_msgs", &files, &[], "sinew_messages")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected no service of this name beside Go.srv"),
        "{error}"
    );
    let files = [
        Source {
            file: "msg/A.msg",
            text: "",
        },
        Source {
            file: "more/A.msg",
            text: "",
        },
    ];
    let error = generate("hand_msgs", &files, &[], "sinew_messages")
        .unwrap_err()
        .to_string();
    assert!(error.contains("more/A.msg:1: expected each definition once"), "{error}");
    for (package, file) in [
        ("Hand", "A.msg"),
        ("type", "A.msg"),
        ("hand_msgs", "a.msg"),
        ("hand_msgs", "Self.msg"),
    ] {
        assert!(
            generate(package, &[Source { file, text: "" }], &[], "sinew_messages").is_err(),
            "{package} {file}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), file in "(A|a|)\\.(msg|srv|action|)") {
        let _ = generate("hand_msgs", &[Source { file: &file, text: &text }], &[], "sinew_messages");
    }

    #[test]
    fn any_mixture_of_tokens_is_read_or_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "bool", "uint8", "int64", "float32", "string", "wstring", "std_msgs/Header", "A", "/", "[", "]", "<=", "3",
                "-", "0x", "0xff", "é", " ", " ", " ", "\n", "\n", "=", "x", "X", "#", "'", "\"", "\\", ",", "---\n", "true",
                "1e9", "nan", "[1, 2]", "['a', \"b\"]", "string<=5", "\t", "\r\n",
            ]),
            0..30,
        ),
        service: bool,
    ) {
        let file = if service { "A.srv" } else { "A.msg" };
        let _ = generate("hand_msgs", &[Source { file, text: &tokens.concat() }], &[], "sinew_messages");
    }
}
