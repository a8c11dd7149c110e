//! How fast ticks are written, beside the crate `mcap` alone, which neither numbers, chains nor signs them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use sinew::params::Params;
use sinew::run::{PolicyOnRobot, RunRecorder, simulated_loop};
use sinew_messages::sinew_msgs::msg::Tick;
use sinew_messages::{Message, cdr, schema};
use sinew_node_recorder::{RecordedLoop, tick_message};
use sinew_recording::{ChannelSpec, Identity, Writer, WriterOptions};

use crate::Figures;

/// Writes the same ticks in three ways.
pub(crate) fn measure(params: &Path, ticks: usize) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let messages = messages(params, ticks, folder.path())?;
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let rate = |secs: f64| bytes as f64 * 1e-6 / secs;
    Ok(Figures::from([
        (
            "plain_mb_per_s".to_owned(),
            rate(ours(&folder.path().join("plain.mcap"), &messages, None)?),
        ),
        (
            "signed_mb_per_s".to_owned(),
            rate(ours(
                &folder.path().join("signed.mcap"),
                &messages,
                Some(Identity::generate()?),
            )?),
        ),
        (
            "mcap_mb_per_s".to_owned(),
            rate(theirs(&folder.path().join("mcap.mcap"), &messages)?),
        ),
        ("bytes_per_tick".to_owned(), bytes as f64 / ticks as f64),
    ]))
}

/// Messages of a walk's ticks, again and again.
fn messages(params: &Path, ticks: usize, folder: &Path) -> Result<Vec<Vec<u8>>> {
    let params = Params::load(params)?;
    let loaded = PolicyOnRobot::new(&params.loop_source())?;
    let (mut control, _) = simulated_loop(&loaded, &params, false, 64)?;
    let file = folder.join("walk.mcap");
    let mut recorder = RunRecorder::begin(&file, &loaded, &control, &params.loop_source(), false, None)?;
    control.begin();
    for _ in 0..2000 {
        control.tick();
        recorder.drain();
    }
    recorder.finish()?;
    let mut walked = Vec::new();
    RecordedLoop::open(&[&file])?.for_each_tick(|_, record| {
        let (mut tick, mut bytes) = (Tick::default(), Vec::new());
        tick_message::write(&record, &mut tick);
        cdr::encode(&tick, &mut bytes)?;
        walked.push(bytes);
        anyhow::Ok(())
    })?;
    Ok(walked.iter().cycle().take(ticks).cloned().collect())
}

fn ours(file: &Path, messages: &[Vec<u8>], identity: Option<Identity>) -> Result<f64> {
    let options = WriterOptions {
        identity,
        sync: false,
        ..WriterOptions::default()
    };
    let began = Instant::now();
    let mut writer = Writer::create(file, options)?;
    let channel = writer.channel(&ChannelSpec {
        topic: "/control/tick",
        schema: Tick::TYPE,
        definition: &schema::<Tick>(),
        metadata: &BTreeMap::new(),
    })?;
    for (i, bytes) in messages.iter().enumerate() {
        let nanos = i as u64 * 5_000_000;
        writer.write(channel, nanos, nanos, bytes)?;
    }
    writer.finish()?;
    Ok(began.elapsed().as_secs_f64())
}

fn theirs(file: &Path, messages: &[Vec<u8>]) -> Result<f64> {
    let began = Instant::now();
    let mut writer = mcap::WriteOptions::new()
        .profile("ros2")
        .chunk_size(Some(1 << 20))
        .compression(Some(mcap::Compression::Zstd))
        .compression_level(1)
        .compression_threads(0)
        .create(BufWriter::new(File::create(file)?))?;
    let schema_id = writer.add_schema(Tick::TYPE, "ros2msg", schema::<Tick>().as_bytes())?;
    let channel_id = writer.add_channel(schema_id, "/control/tick", "cdr", &BTreeMap::new())?;
    for (i, bytes) in messages.iter().enumerate() {
        let nanos = i as u64 * 5_000_000;
        let header = mcap::records::MessageHeader {
            channel_id,
            sequence: i as u32,
            log_time: nanos,
            publish_time: nanos,
        };
        writer.write_to_known_channel(&header, bytes)?;
    }
    writer.finish()?;
    Ok(began.elapsed().as_secs_f64())
}
