//! What a program says on standard error.

mod format;
mod json;
#[cfg(feature = "spans")]
mod spans;

use std::io::{IsTerminal, Write};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{self, FmtContext};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

pub use format::{LogFormat, VARIABLE};
use json::JsonLines;
#[cfg(feature = "spans")]
pub use spans::{SpanLayer, export_spans};

/// Shows what is logged at `level` and above, in the form that was [chosen](LogFormat::choose); the variable `RUST_LOG`
/// has the last word.
pub fn to_stderr(level: &str) {
    let filter = shown(&format!("{level},ort=error"));
    let log = tracing_subscriber::registry();
    #[cfg(feature = "spans")]
    let log = log.with(spans::exported(shown(&format!("{level},ort=error"))));
    match LogFormat::chosen() {
        LogFormat::Json => log.with(JsonLines(std::io::stderr).with_filter(filter)).init(),
        LogFormat::Text => {
            let screen = fmt::layer()
                .event_format(LevelAndNode)
                .with_writer(|| LogOutput)
                .with_ansi(std::io::stderr().is_terminal());
            log.with(screen.with_filter(filter)).init();
        }
    }
}

/// Hands what is logged to ROS 2: on the screen in its form, and on `/rosout`. JSON comes in addition to what ROS shows. `--log-level` of the ROS
/// arguments decides what of Sinew's own is shown, `RUST_LOG` what gets there at all.
#[cfg(feature = "ros2")]
pub fn to_ros() {
    const OWN: &str =
        "info,sinew=debug,sinew_control=debug,sinew_models=debug,sinew_robot=debug,sinew_sim=debug,ort=error";
    let ros = crate::bus::ros2::RosLog.with_filter(shown(OWN));
    let json = (LogFormat::chosen() == LogFormat::Json)
        .then(|| JsonLines(std::io::stderr).with_filter(shown("info,ort=error")));
    let log = tracing_subscriber::registry();
    #[cfg(feature = "spans")]
    let log = log.with(spans::exported(shown("info,ort=error")));
    log.with(ros).with(json).init();
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

/// The node whose crate has the module `target`, as crates of nodes are called: many nodes may be in a process, and each
/// says `blind` for itself.
pub(crate) fn node_of(target: &str) -> Option<&str> {
    target.split("::").next()?.strip_prefix("sinew_node_")
}

/// A line of the log: `INFO follow: blind`. What no single node says, as a library of theirs, begins with the level alone.
#[derive(Debug)]
struct LevelAndNode;

impl<S, N> FormatEvent<S, N> for LevelAndNode
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let level = *event.metadata().level();
        if writer.has_ansi_escapes() {
            let colour = match level {
                Level::ERROR => 31,
                Level::WARN => 33,
                Level::INFO => 32,
                Level::DEBUG => 34,
                Level::TRACE => 35,
            };
            write!(writer, "\x1b[{colour}m{level:>5}\x1b[0m ")?;
        } else {
            write!(writer, "{level:>5} ")?;
        }
        if let Some(node) = node_of(event.metadata().target()) {
            write!(writer, "{node}: ")?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
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
    match LogFormat::chosen() {
        LogFormat::Json => json::tell(&mut std::io::stderr(), Level::ERROR, &format!("{error:#}")),
        LogFormat::Text => tell(&format!("error: {error:#}")),
    }
}

/// Says something on standard error, [`printable`], and unlike `eprintln!` without a panic where that was closed.
pub fn tell(text: &str) {
    match LogFormat::chosen() {
        LogFormat::Json => json::tell(&mut std::io::stderr(), Level::INFO, text),
        LogFormat::Text => {
            let _ = writeln!(std::io::stderr(), "{}", printable(text));
        }
    }
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
            c if is_hidden(c) && !may_stay(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Control characters, and marks that reorder what is shown, or separate lines, without being such.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_line_says_which_node_of_the_process_it_is_from() {
        let lines = Lines::default();
        let screen = fmt::layer()
            .event_format(LevelAndNode)
            .with_writer(lines.clone())
            .with_ansi(false);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(screen), || {
            tracing::info!(target: "sinew_node_follow::node", "blind");
            tracing::warn!(target: "sinew_models::providers", topic = "odom", "slow \x1b[2J");
        });
        let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let expected = " INFO follow: blind\n WARN slow \\x1b[2J topic=\"odom\"\n";
        assert_eq!(said, expected);
    }

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
