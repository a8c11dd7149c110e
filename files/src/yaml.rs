//! YAML whose cost is known before it is built.

use std::collections::HashMap;

use serde_yaml_ng::Value;

use crate::events::{Event, Events};

/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 100;
/// Most values in a text, those that aliases repeat included.
pub const MAX_VALUES: u64 = 1 << 20;
/// Most lines that begin like a `%TAG`: each is compared with all before it.
const MAX_TAG_LINES: usize = 100;

/// The value that a YAML text holds. A byte order mark before it is none of it.
///
/// # Errors
/// As [`check_yaml`], and where the text is no YAML; with line and column.
pub fn yaml(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_yaml(text)?;
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

/// Whether a YAML text can be read in time and memory that grow no faster than its length. To be asked before a
/// parser that builds values; what is wrong with the text otherwise is left to that one.
///
/// # Errors
/// Where it is nested deeper than [`MAX_DEPTH`], or has more than [`MAX_VALUES`] with what its aliases repeat.
pub fn check_yaml(text: &str) -> Result<(), String> {
    if text
        .lines()
        .filter(|line| line.starts_with("%TAG"))
        .nth(MAX_TAG_LINES)
        .is_some()
    {
        return Err(format!("it has more than {MAX_TAG_LINES} `%TAG` lines"));
    }
    let mut anchors: HashMap<Vec<u8>, u64> = HashMap::new();
    // Of what is open: its anchor, and the values in it so far. The first is the document.
    let mut open: Vec<(Option<Vec<u8>>, u64)> = vec![(None, 0)];
    let mut total = 0_u64;
    for event in Events::of(text) {
        let (anchor, values) = match event {
            Event::Scalar(anchor) => {
                total += 1;
                (anchor, 1)
            }
            Event::Alias(anchor) => {
                let values = anchor.and_then(|name| anchors.get(&name).copied()).unwrap_or(1);
                total = total.saturating_add(values);
                (None, values)
            }
            Event::Start(anchor) => {
                open.push((anchor, 1));
                total += 1;
                if open.len() > MAX_DEPTH + 1 {
                    return Err(format!("lists and mappings are nested more than {MAX_DEPTH} deep"));
                }
                continue;
            }
            Event::End if open.len() > 1 => open.pop().unwrap_or_default(),
            Event::Document => {
                anchors.clear();
                continue;
            }
            Event::End | Event::Other => continue,
        };
        if let Some(name) = anchor {
            anchors.insert(name, values);
        }
        if let Some((_, inside)) = open.last_mut() {
            *inside = inside.saturating_add(values);
        }
        if total > MAX_VALUES {
            return Err(format!(
                "it has more than {MAX_VALUES} values, counting what its aliases repeat"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    /// Far more than any of these takes, far less than quadratic time would.
    const SOON: Duration = Duration::from_secs(20);

    fn refusal(text: &str) -> String {
        let start = Instant::now();
        let error = yaml(text).unwrap_err();
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        error
    }

    #[test]
    fn deep_nesting_is_refused_in_time_that_grows_with_the_text() {
        for open in [
            "[",
            "{",
            "{a: ",
            "- ",
            "? ",
            "[{a: ",
            "[ # ]\n",
            "[ \"]\", ",
            "[ 'a\n]\n', ",
            "&a [",
            "!!a [",
        ] {
            for n in [1_000, 1_000_000 / open.len()] {
                let error = refusal(&open.repeat(n));
                assert!(error.contains("nested more than 100 deep"), "{open}: {error}");
            }
        }
        let closed = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert!(refusal(&closed).contains("nested more than 100 deep"));
        let below = (0..2_000)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect::<String>();
        assert!(refusal(&below).contains("nested more than 100 deep"));
    }

    #[test]
    fn what_is_as_deep_as_allowed_is_read() {
        let text = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(yaml(&text).is_ok());
        assert!(yaml(&format!("[{text}]")).is_err());
        // Brackets in comments, texts and patterns are no nesting.
        let texts = format!("a: '{0}'\nb: \"{0}\"\n# {0}\nc: |\n  {0}\nd: x{0}\n", "[{".repeat(500));
        assert_eq!(yaml(&texts).unwrap()["d"].as_str().unwrap().len(), 1001);
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut laughs = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        for i in 1..30 {
            laughs += &format!("a{i}: &a{i} [{}]\n", [format!("*a{}", i - 1).as_str(); 10].join(", "));
        }
        assert!(refusal(&laughs).contains("what its aliases repeat"));
        let square = format!("a: &a [{}]\nb: [{}]\n", "1,".repeat(200_000), "*a,".repeat(200_000));
        assert!(refusal(&square).contains("what its aliases repeat"));
        let own = "a: &a [1, 2]\nb: *a\nc: {<<: {d: *a}}\n";
        assert_eq!(yaml(own).unwrap()["b"], yaml("[1, 2]").unwrap());
    }

    #[test]
    fn tag_lines_are_bounded() {
        let tags = (0..100_000).map(|i| format!("%TAG !a{i}! x\n")).collect::<String>();
        assert!(refusal(&tags).contains("%TAG"));
    }

    #[test]
    fn many_values_are_refused_and_a_byte_order_mark_is_not() {
        assert!(refusal(&format!("[{}]", "0,".repeat(1 << 20))).contains("1048576 values"));
        assert_eq!(yaml("\u{feff}a: 1\n").unwrap()["a"], Value::from(1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([\\[\\]{}:,#&*!|>'\"%?a \\n-]|\\PC){0,200}") {
            let _ = yaml(&text);
        }

        #[test]
        fn a_text_without_aliases_is_as_large_as_it_is(values in proptest::collection::vec(any::<i64>(), 0..50)) {
            let text = format!("{values:?}");
            prop_assert!(check_yaml(&text).is_ok());
        }
    }
}
