//! What a program says on standard error.

use std::io::{IsTerminal, Write};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Shows what is logged at `level` and above; the variable `RUST_LOG` has the last word.
pub fn to_stderr(level: &str) {
    let screen = fmt::layer()
        .with_writer(|| LogOutput)
        .without_time()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(shown(&format!("{level},ort=error")));
    tracing_subscriber::registry().with(screen).init();
}

/// Hands what is logged to ROS 2: on the screen in its form, and on `/rosout`. `--log-level` of the ROS
/// arguments decides what of Sinew's own is shown, `RUST_LOG` what gets there at all.
#[cfg(feature = "ros2")]
pub fn to_ros() {
    const OWN: &str =
        "info,sinew=debug,sinew_control=debug,sinew_models=debug,sinew_robot=debug,sinew_sim=debug,ort=error";
    let ros = crate::bus::ros2::RosLog.with_filter(shown(OWN));
    tracing_subscriber::registry().with(ros).init();
}

/// What of the log is shown: what `RUST_LOG` says (`debug`, `info,sinew_control=debug`), where it says something.
fn shown(usual: &str) -> Targets {
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let asked = Some(asked.trim()).filter(|asked| !asked.is_empty());
    let parsed = asked
        .and_then(|asked| asked.parse().ok())
        .or_else(|| usual.parse().ok());
    parsed.unwrap_or_default()
}

/// Standard error for what is logged, one event at a time: names in it are shown as [`printable`] shows them, and the
/// colours are the log's own. Where nobody reads it, nothing goes wrong.
#[derive(Debug)]
struct LogOutput;

impl Write for LogOutput {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        // The formatter has escaped what would be a terminal's command in a name; its own are the colours.
        let shown = escaped(line, |c| c == '\x1b');
        let _ = writeln!(std::io::stderr(), "{shown}");
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says on standard error what has gone wrong. Where nobody can be told, nothing more goes wrong.
pub fn complain(error: &anyhow::Error) {
    tell(&format!("error: {error:#}"));
}

/// Says something on standard error, [`printable`], and unlike `eprintln!` without a panic where that was closed.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

/// Text as a terminal may show it, whatever names from files are in it: control characters are escaped, and a line after
/// the first is indented where it is not yet, so that it cannot be taken for one that Sinew begins.
pub fn printable(text: &str) -> String {
    escaped(text, |_| false)
}

fn escaped(text: &str, may_stay: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' => {
                shown.push('\n');
                if characters.peek().is_some_and(|next| !next.is_whitespace()) {
                    shown.push_str("  ");
                }
            }
            '\t' => shown.push('\t'),
            c if (c.is_control() || is_invisible(c)) && !may_stay(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Marks that reorder what is shown, or separate lines, without being control characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn the_usual_filters_show_warnings_and_no_chatter_of_the_runtime() {
        let filter = super::shown("warn,ort=error");
        if std::env::var_os("RUST_LOG").is_none() {
            assert!(filter.would_enable("sinew_node::node", &tracing::Level::WARN));
            assert!(!filter.would_enable("sinew_node::node", &tracing::Level::INFO));
            assert!(!filter.would_enable("ort::logging", &tracing::Level::WARN));
        }
    }

    #[test]
    fn no_name_moves_the_cursor_or_forges_a_line() {
        let joint = "knee\u{1b}[2J\u{1b}]0;title\u{7}\r\u{9b}31m\nERROR the robot is on fire\n\u{202e}x";
        let shown = printable(&format!("joint {joint}"));
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(shown.lines().skip(1).all(|line| line.starts_with(' ')), "{shown:?}");
        assert!(shown.contains("\\u{1b}[2J") && shown.contains("\\u{202e}x"), "{shown}");
        assert_eq!(printable("naïve 12.5 µs → ok\n  a\tb"), "naïve 12.5 µs → ok\n  a\tb");
    }
}
