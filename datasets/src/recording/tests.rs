use serde_json::Value;

use super::*;

/// Times at which messages were recorded, as the suite's JSON has them, in their order.
fn expected(path: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let records = file["records"].as_array().unwrap().iter();
    let mut times: Vec<u64> = records
        .filter(|record| record["type"] == "Message")
        .flat_map(|record| record["fields"].as_array().unwrap())
        .filter(|field| field[0] == "log_time")
        .map(|field| field[1].as_str().unwrap().parse().unwrap())
        .collect();
    times.sort_unstable();
    times
}

fn read(path: &Path) -> Result<Vec<u64>, ExportError> {
    let recording = Recording::open(path)?;
    let topics: Vec<_> = recording.topics().iter().map(|topic| topic.name.as_str()).collect();
    let mut times = Vec::new();
    recording.read(&topics, |message| {
        times.push(message.log_time);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(times)
}

#[test]
fn a_file_of_the_conformance_suite_is_read_whole_or_refused_for_its_index() {
    let Some(folder) = std::env::var_os("SINEW_MCAP_CONFORMANCE") else {
        eprintln!("skipped: SINEW_MCAP_CONFORMANCE names no folder with the files of MCAP's conformance suite");
        return;
    };
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let files = inside(Path::new(&folder))
        .into_iter()
        .flat_map(|folder| inside(&folder));
    let (mut whole, mut refused) = (0, 0);
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "mcap")) {
        match read(&path) {
            Ok(times) => {
                whole += 1;
                assert_eq!(times, expected(&path), "{}", path.display());
            }
            Err(ExportError::NoIndex(_) | ExportError::Recording { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    eprintln!("{whole} files are read whole, {refused} refused as they have no whole index");
    assert!(whole > 0);
}
