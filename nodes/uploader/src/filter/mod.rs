//! What must not leave is taken out of a recording before it goes: a new file is made, the original stays.

#[cfg(feature = "blur")]
mod blur;
mod copy;
mod images;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

#[cfg(feature = "blur")]
use blur::Blur;
pub use rules::FilterParams;

use crate::files::{remove, sync_folder_of};
use crate::progress::Progress;

/// Why a recording cannot be filtered. Then it does not go.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The parameters cannot be.
    #[error("{0}")]
    Params(String),
    /// The recording cannot be read.
    #[error("{}: expected a whole MCAP recording, found what cannot be read: {cause}", .file.display())]
    Read {
        /// The recording.
        file: PathBuf,
        /// Why.
        cause: mcap::McapError,
    },
    /// A file cannot be read or written; the disk may be full.
    #[error("{}: {cause}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The filtered recording cannot be written.
    #[error("{}: cannot be written: {cause}", .file.display())]
    Write {
        /// The filtered recording.
        file: PathBuf,
        /// Why.
        cause: mcap::McapError,
    },
    /// The detector cannot be used.
    #[error("`filter.blur_model`: {0}")]
    Model(String),
    /// It was asked to end.
    #[error("the filter was ended before the recording was through")]
    Ended,
}

/// What a filter did to a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterReport {
    /// What was asked for.
    pub rules: FilterParams,
    /// SHA-256 of the detector, where people were to be made unrecognisable.
    pub model_sha256: Option<String>,
    /// Topics of which something was left out or changed, by name.
    pub topics: BTreeMap<String, TopicReport>,
    /// Attachments that were left out, by name.
    pub attachments: Vec<String>,
}

/// What a filter did to a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicReport {
    /// Messages of the original.
    pub messages: u64,
    /// Those that went, changed or not.
    pub sent: u64,
    /// Those that went with something made unrecognisable.
    pub blurred: u64,
    /// Those that did not go because of each reason.
    pub left_out: BTreeMap<String, u64>,
}

/// Takes out of recordings what must not leave.
#[derive(Debug)]
pub struct Filter {
    name: String,
    params: FilterParams,
    model_sha256: Option<String>,
    #[cfg(feature = "blur")]
    blur: Option<Blur>,
}

impl Filter {
    /// Of parameters; `None` where they ask for nothing. The detector's file lies where `path` says.
    ///
    /// # Errors
    /// Where the parameters cannot be, or the detector cannot be loaded or knows no such class.
    pub fn new(params: &FilterParams, path: impl Fn(&Path) -> PathBuf) -> Result<Option<Self>, FilterError> {
        params.check().map_err(FilterError::Params)?;
        if params.is_empty() {
            return Ok(None);
        }
        #[cfg(feature = "blur")]
        let (blur, model_sha256) = match params.blur() {
            Some(model) => {
                let (blur, sha256) = Blur::load(&path(model), params)?;
                (Some(blur), Some(sha256))
            }
            None => (None, None),
        };
        #[cfg(not(feature = "blur"))]
        let model_sha256: Option<String> = {
            let _ = path;
            if params.blur().is_some() {
                return Err(FilterError::Params(
                    "`filter.blur_classes`: this program was built without a detector, build it with `--features \
                     perception`, or leave the topics of images out"
                        .to_owned(),
                ));
            }
            None
        };
        let rules = serde_json::to_string(params).map_err(|error| FilterError::Params(error.to_string()))?;
        let model = model_sha256.as_deref().unwrap_or_default();
        Ok(Some(Self {
            name: format!("{rules} {model}").trim_end().to_owned(),
            params: params.clone(),
            model_sha256,
            #[cfg(feature = "blur")]
            blur,
        }))
    }

    /// What it was told: another one makes another recording of the same original.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes of a recording a file without what must not leave. The file is whole or not there.
    ///
    /// # Errors
    /// Where the recording cannot be read to its end, or the file cannot be written.
    pub fn run(
        &mut self,
        from: &Path,
        to: &Path,
        original_sha256: &str,
        progress: &dyn Progress,
    ) -> Result<FilterReport, FilterError> {
        let half = to.with_extension("half");
        let written = self.write(from, &half, original_sha256, progress);
        if written.is_err() {
            // A half file would take the room that the disk may lack.
            remove(&half).map_err(file_error(&half))?;
        }
        let report = written?;
        fs::rename(&half, to).map_err(file_error(to))?;
        sync_folder_of(to).map_err(file_error(to))?;
        Ok(report)
    }
}

fn file_error(file: &Path) -> impl Fn(io::Error) -> FilterError {
    let file = file.to_owned();
    move |cause| FilterError::File {
        file: file.clone(),
        cause,
    }
}
