//! The client of releases behind the command line that `tuf-conformance` asks for, the test suite of The Update Framework:
//! `pytest tuf_conformance --entrypoint target/release/examples/tuf_conformance`. docs/releases.md says what comes of it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use sinew_releases::Limits;
use sinew_releases::client::Client;

/// What the suite reads of what is remembered.
const ROLES: [&str; 4] = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

#[derive(Debug, Default)]
struct Line {
    metadata_dir: PathBuf,
    metadata_url: String,
    target_names: Vec<String>,
    target_dir: PathBuf,
    command: Vec<String>,
}

impl Line {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut line = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word}: expected a value"));
            match word.as_str() {
                "--metadata-dir" => line.metadata_dir = value()?.into(),
                "--metadata-url" => line.metadata_url = value()?,
                "--target-name" => line.target_names.push(value()?),
                "--target-dir" => line.target_dir = value()?.into(),
                // The targets lie beside the metadata.
                "--target-base-url" => drop(value()?),
                _ => line.command.push(word),
            }
        }
        Ok(line)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let line = Line::read()?;
    // Beside what the suite reads is what it does not know.
    let trust = line.metadata_dir.with_extension("trust");
    let client = |pinned: Option<&Path>| {
        let place = line.metadata_url.trim_end_matches('/').trim_end_matches("metadata");
        Client::open(
            if place.is_empty() { "." } else { place },
            &trust,
            pinned,
            Limits::default(),
        )
    };
    let remembered = || -> std::io::Result<()> {
        for role in ROLES {
            let (from, to) = (trust.join(role), line.metadata_dir.join(role));
            if from.exists() {
                fs::copy(from, to)?;
            } else if to.exists() {
                fs::remove_file(to)?;
            }
        }
        Ok(())
    };
    match line.command.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["init", root] => client(Some(Path::new(root))).map(drop)?,
        ["refresh"] => {
            let refreshed = client(None)?.refresh();
            remembered()?;
            refreshed?;
        }
        ["download"] => {
            let client = client(None)?;
            let refreshed = client.refresh();
            remembered()?;
            let catalog = refreshed?;
            for name in &line.target_names {
                let target = catalog.file(name).ok_or_else(|| format!("{name}: no such target"))?;
                // What is downloaded in part stays out of the suite's sight.
                let file = trust.join("target");
                let place = line.target_dir.join(name);
                if place.exists() {
                    fs::copy(&place, &file)?;
                }
                if client.download_file(target, &file)? > 0 {
                    fs::rename(&file, &place)?;
                }
            }
        }
        _ => return Err("expected init ROOT, refresh or download".into()),
    }
    if line.command.first().is_some_and(|command| command == "init") {
        remembered()?;
    }
    Ok(())
}
