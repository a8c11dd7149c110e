//! The page for a browser: one file with everything in it.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use base64ct::{Base64, Encoding};
use sinew_node::report::DurationSummary;

use super::{Inspection, LoopSummary};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1100px;padding:0 1rem;color:#1c2430;\
background:#f6f7f9}h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;background:#fff}\
td,th{padding:.3rem .8rem;border:1px solid #dfe3e8;text-align:left;vertical-align:top}td.n{text-align:right;\
font-variant-numeric:tabular-nums}img{max-width:100%}.bad{color:#b3261e;font-weight:600}code{overflow-wrap:anywhere}";

/// Writes the page.
///
/// # Errors
/// Where the file cannot be written. The error does not name the file.
pub fn write_html(inspection: &Inspection, file: &Path) -> io::Result<()> {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(inspection, &mut page)?;
    std::fs::write(file, page)
}

fn write_page(inspection: &Inspection, page: &mut String) -> io::Result<std::fmt::Result> {
    let png = Base64::encode_string(&inspection.picture.png()?);
    Ok(fill(inspection, &png, page))
}

fn fill(inspection: &Inspection, png: &str, page: &mut String) -> std::fmt::Result {
    let name = inspection.files.first().and_then(|file| file.file_name());
    let name = escaped(&name.unwrap_or_default().to_string_lossy());
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title><style>{STYLE}</style></head>\
         <body>\n<h1>{name}</h1>\n"
    )?;
    let began = inspection.began.as_deref().unwrap_or("unknown");
    writeln!(
        page,
        "<p>{} messages in {:.1} s, from {began} UTC, written by {}.</p>",
        inspection.messages,
        inspection.seconds,
        escaped(&inspection.library)
    )?;
    if !inspection.is_complete {
        page.push_str("<p class=\"bad\">The file has no end: what was written last is missing.</p>\n");
    }
    for note in &inspection.notes {
        writeln!(page, "<p class=\"bad\">{}</p>", escaped(note))?;
    }
    if let Some(control) = &inspection.control {
        writeln!(page, "<img alt=\"The run\" src=\"data:image/png;base64,{png}\">")?;
        fill_loop(control, page)?;
    }
    if !inspection.interventions.is_empty() {
        page.push_str(
            "<h2>Who asked for what</h2>\n<table><tr><th>since start, s</th><th>node</th><th>what</th><th>from</th></tr>\n",
        );
    }
    for intervention in &inspection.interventions {
        writeln!(
            page,
            "<tr><td class=\"n\">{:.2}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            inspection.secs_of(intervention),
            escaped(&intervention.node),
            escaped(&intervention.what),
            escaped(&intervention.origin)
        )?;
    }
    if !inspection.interventions.is_empty() {
        page.push_str("</table>\n");
    }
    page.push_str("<h2>Topics</h2>\n<table><tr><th>topic</th><th>type</th><th>messages</th><th>Hz</th></tr>\n");
    for topic in &inspection.topics {
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escaped(&topic.topic),
            escaped(&topic.schema),
            topic.messages,
            topic.rate_hz.map_or(String::new(), |rate| format!("{rate:.1}"))
        )?;
    }
    page.push_str("</table>\n</body></html>\n");
    Ok(())
}

fn fill_loop(control: &LoopSummary, page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "<h2>The control loop</h2>\n<p>{} ticks in {:.1} s, {} of them not in the recording, {} deadlines missed.</p>",
        control.ticks + control.missing,
        control.seconds,
        control.missing,
        control.missed_deadlines
    )?;
    page.push_str("<table><tr><th>since start, s</th><th>mode</th><th>why</th></tr>\n");
    for change in &control.modes {
        writeln!(
            page,
            "<tr><td class=\"n\">{:.2}</td><td>{}</td><td>{}</td></tr>",
            change.secs,
            change.mode,
            escaped(change.reason.as_deref().unwrap_or(""))
        )?;
    }
    for change in &control.policies {
        writeln!(
            page,
            "<tr><td class=\"n\">{:.2}</td><td>policy {} takes charge</td><td>{} deadlines missed in the second after it</td></tr>",
            change.secs, change.number, change.missed_deadlines
        )?;
    }
    page.push_str(
        "</table>\n<h2>Times, µs</h2>\n<table><tr><th></th><th>p50</th><th>p99</th><th>p99.9</th><th>longest</th></tr>\n",
    );
    for (name, times) in [
        ("tick", &control.tick_us),
        ("observation and inference", &control.inference_us),
        ("jitter", &control.jitter_us),
    ] {
        let DurationSummary { p50, p99, p999, max } = times;
        writeln!(
            page,
            "<tr><td>{name}</td><td class=\"n\">{p50:.1}</td><td class=\"n\">{p99:.1}</td><td class=\"n\">{p999:.1}</td>\
             <td class=\"n\">{max:.1}</td></tr>"
        )?;
    }
    page.push_str("</table>\n<h2>Verdicts of the safety gate</h2>\n");
    if control.verdicts.is_empty() {
        page.push_str("<p>None.</p>\n");
    } else {
        page.push_str("<table><tr><th>check</th><th>times</th></tr>\n");
        for (check, count) in &control.verdicts {
            writeln!(page, "<tr><td>{check}</td><td class=\"n\">{count}</td></tr>")?;
        }
        page.push_str("</table>\n");
    }
    page.push_str("<h2>What ran</h2>\n<table>\n");
    for (key, value) in &control.facts {
        writeln!(
            page,
            "<tr><td>{}</td><td><code>{}</code></td></tr>",
            escaped(key),
            escaped(value).replace('\n', "<br>")
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

/// Text of a recording is no markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
