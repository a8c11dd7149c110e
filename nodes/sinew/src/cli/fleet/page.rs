//! The page of `sinew fleet status --html`: one file, without a script.

use sinew::date::Date;
use sinew_releases::fleet::{Count, RobotReport};

use super::status::in_words;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Fleet</title>\
    <style>body{font:15px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}\
    td,th{padding:.2em .8em;border-bottom:1px solid #ccc;text-align:left}td.n{text-align:right}\
    tr.bad{background:#fdd}</style>";

/// The text of the page.
pub(super) fn page(counts: &[(String, Count)], reports: &[RobotReport]) -> String {
    let mut page = format!("{HEAD}<h1>{} robots</h1><p>{}", reports.len(), Date::now());
    page += "<table><tr><th>version<th>settled<th>on probation<th>candidate<th>refused<th>rolled back";
    for (version, count) in counts {
        let class = if count.bad() > 0 { " class=bad" } else { "" };
        page += &format!("<tr{class}><td>{}", escaped(version));
        for number in [
            count.settled,
            count.on_probation,
            count.candidates,
            count.refused,
            count.rolled_back,
        ] {
            page += &format!("<td class=n>{number}");
        }
    }
    page += "</table><table><tr><th>robot<th>said<th>releases";
    for report in reports {
        let class = if report.barred.is_empty() { "" } else { " class=bad" };
        page += &format!(
            "<tr{class}><td>{}<td>{}<td>{}",
            escaped(&report.robot),
            Date::of_secs(report.at_secs),
            escaped(&in_words(report))
        );
    }
    page + "</table>\n"
}

/// A text that anybody may have written, as text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use sinew_releases::rollout::Subscriber;
    use sinew_releases::store::State;

    #[test]
    fn what_a_robot_calls_itself_stays_text() {
        let subscriber = Subscriber {
            robot: "<script>".to_owned(),
            channel: "stable".to_owned(),
            groups: Vec::new(),
        };
        let page = page(&[], &[RobotReport::of(&subscriber, 0, &State::default())]);
        assert!(
            page.contains("<td>&lt;script&gt;") && !page.contains("<script>"),
            "{page}"
        );
    }
}
