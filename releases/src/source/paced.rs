//! Reading within limits of size, time and bandwidth.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Pieces, Source, SourceError};

/// What a server may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Longest time without a byte.
    pub silence: Duration,
    /// Fewest bytes a second, as the mean over [`Limits::window`].
    pub min_bytes_per_sec: f64,
    /// How long a server may be slower than that.
    pub window: Duration,
    /// Longest time for one file of metadata.
    pub max_metadata: Duration,
    /// Longest time for one target.
    pub max_target: Duration,
    /// Most bytes a second that are taken from the network; as many as come where there is none.
    pub bandwidth: Option<f64>,
    /// Bytes that stay free on the disk to which files are downloaded.
    pub keep_free: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(30),
            min_bytes_per_sec: 1e3,
            window: Duration::from_secs(30),
            max_metadata: Duration::from_secs(60),
            max_target: Duration::from_secs(6 * 3600),
            bandwidth: None,
            keep_free: 0,
        }
    }
}

impl Limits {
    /// Who is held back by the bandwidth is not slow.
    fn expected_bytes_per_sec(&self) -> f64 {
        let ours = self.bandwidth.map_or(f64::INFINITY, |bandwidth| bandwidth / 2.0);
        self.min_bytes_per_sec.min(ours)
    }
}

/// A file that is read within limits.
pub(crate) struct Paced<'a> {
    name: &'a str,
    pieces: Pieces,
    limits: &'a Limits,
    max_bytes: u64,
    ends_at: Instant,
    began: Instant,
    bytes: u64,
    window_began: Instant,
    window_bytes: u64,
}

impl<'a> Paced<'a> {
    /// At most `max_bytes`, within `max_time`.
    pub(crate) fn new(name: &'a str, pieces: Pieces, limits: &'a Limits, max_bytes: u64, max_time: Duration) -> Self {
        let now = Instant::now();
        Self {
            name,
            pieces,
            limits,
            max_bytes,
            ends_at: now + max_time,
            began: now,
            bytes: 0,
            window_began: now,
            window_bytes: 0,
        }
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let left = self.ends_at.saturating_duration_since(Instant::now());
        let patience = self.limits.silence.min(left);
        let Ok(piece) = timeout(patience, self.pieces.next(self.name)).await else {
            return Err(if patience < self.limits.silence {
                self.slow("it is not there after the longest time that it may take".to_owned())
            } else {
                silent(self.name, self.limits)
            });
        };
        let Some(piece) = piece? else { return Ok(None) };
        self.bytes += piece.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(SourceError::Endless {
                name: self.name.to_owned(),
                max: self.max_bytes,
            });
        }
        self.window_bytes += piece.len() as u64;
        let window = self.window_began.elapsed();
        if window >= self.limits.window {
            let (found, expected) = (
                self.window_bytes as f64 / window.as_secs_f64(),
                self.limits.expected_bytes_per_sec(),
            );
            if found < expected {
                return Err(self.slow(format!("expected {expected:.0} bytes a second, found {found:.1}")));
            }
            (self.window_began, self.window_bytes) = (Instant::now(), 0);
        }
        if let Some(bandwidth) = self.limits.bandwidth.filter(|bandwidth| *bandwidth > 0.0) {
            // A day is longer than a piece takes at any limit that makes sense.
            let paid = Duration::from_secs_f64((self.bytes as f64 / bandwidth).min(86_400.0));
            sleep_until(self.began + paid).await;
        }
        Ok(Some(piece))
    }

    fn slow(&self, reason: String) -> SourceError {
        SourceError::Slow {
            name: self.name.to_owned(),
            reason,
        }
    }
}

/// Nothing came for too long.
pub(super) fn silent(name: &str, limits: &Limits) -> SourceError {
    SourceError::Slow {
        name: name.to_owned(),
        reason: format!("silence for {:.0} s", limits.silence.as_secs_f64()),
    }
}

/// All of a file of metadata.
pub(crate) async fn read_whole(
    source: &Source,
    name: &str,
    limits: &Limits,
    max_bytes: u64,
) -> Result<Vec<u8>, SourceError> {
    let opened = source.open(name, 0, limits).await?;
    let mut paced = Paced::new(name, opened.pieces, limits, max_bytes, limits.max_metadata);
    let mut whole = Vec::new();
    while let Some(piece) = paced.next().await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}
