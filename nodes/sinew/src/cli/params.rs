//! `sinew params`

use std::io::Write;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use sinew::declared::{Reference, reference};
use sinew::node::{App, Common};

/// Says what parameters the nodes have: type, range, default, and what each does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sinew params control              the parameters of one node\n  \
    sinew params --markdown           docs/parameters.md")]
pub(crate) struct ParamsArgs {
    /// The node; all of them when left out.
    node: Option<String>,
    /// Write a page of documentation.
    #[arg(long)]
    markdown: bool,
}

impl ParamsArgs {
    pub(crate) fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        if let Some(node) = &self.node {
            let known = app.names().collect::<Vec<_>>().join(", ");
            ensure!(app.knows(node), "no node is called `{node}`: expected one of {known}");
        }
        let chosen = app
            .nodes()
            .filter(|node| self.node.as_ref().is_none_or(|name| name == node.name));
        let nodes: Vec<_> = chosen
            .map(|node| (node.name, node.description, app.reference(node.name)))
            .collect();
        let of_all = reference::<Common>();
        if self.markdown {
            // It is our own text, and whoever no longer reads it misses nothing.
            let _ = std::io::stdout().write_all(page(&nodes, &of_all).as_bytes());
            return Ok(ExitCode::SUCCESS);
        }
        for (name, _, references) in &nodes {
            for parameter in references {
                let default = parameter
                    .default
                    .as_deref()
                    .map(|value| format!(", by default {value}"));
                println!(
                    "{name}: {}: {}{}",
                    parameter.name,
                    parameter.takes,
                    default.unwrap_or_default()
                );
                println!("    {}", parameter.description);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The page that `--markdown` writes.
fn page(nodes: &[(&str, &str, Vec<Reference>)], of_all: &[Reference]) -> String {
    let mut text = "# Parameters\n\
        This page is written by `sinew params --markdown` from the declarations in the code, and a test holds it to \
        them. Parameters are given in files of ROS 2's form, in the section of their node or under `/**` for all nodes; \
        several files add up, and later ones win. Under `/**`, `extends` names files that a file adds to. Names may be \
        nested or dotted. Relative paths lie beside the file that has them. Units are SI.\n\n\
        A parameter that may change «while the node is not active» counts from the next activation; «any time» is with \
        `ros2 param set` while the robot moves.\n"
        .to_owned();
    text += "\n## All nodes\n";
    text += &table(of_all);
    for (name, description, references) in nodes {
        text += &format!("\n## {name}\n{description}\n");
        text += &table(references);
    }
    text
}

fn table(references: &[Reference]) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "\\<");
    let mut text = "\n| parameter | takes | default | changes | |\n|---|---|---|---|---|\n".to_owned();
    for parameter in references {
        let default = parameter.default.as_deref().map(|value| format!("`{}`", cell(value)));
        text += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            parameter.name,
            cell(&parameter.takes),
            default.unwrap_or_default(),
            parameter.changes,
            cell(&parameter.description)
        );
    }
    text
}
