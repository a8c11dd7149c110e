//! Parquet files, written row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::ExportError;

/// A Parquet file that is being written, compressed with zstd.
pub(crate) struct Table {
    path: PathBuf,
    schema: Arc<Schema>,
    writer: ArrowWriter<File>,
}

impl Table {
    pub(crate) fn create(
        path: &Path,
        fields: Vec<Field>,
        metadata: Vec<(String, String)>,
    ) -> Result<Self, ExportError> {
        let file = File::create_new(path).map_err(ExportError::write(path))?;
        let metadata: Vec<_> = metadata
            .into_iter()
            .map(|(key, value)| KeyValue::new(key, value))
            .collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata((!metadata.is_empty()).then_some(metadata))
            .build();
        let schema = Arc::new(Schema::new(fields));
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        Ok(Self {
            path: path.to_owned(),
            schema,
            writer: writer.map_err(ExportError::parquet(path))?,
        })
    }

    /// Adds rows, as a row group of their own where they are many.
    pub(crate) fn write(&mut self, columns: Vec<ArrayRef>) -> Result<(), ExportError> {
        let wrong = ExportError::parquet(&self.path);
        let batch =
            RecordBatch::try_new(self.schema.clone(), columns).map_err(|error: ArrowError| wrong(error.into()))?;
        self.writer.write(&batch).map_err(&wrong)
    }

    /// Ends the row group.
    pub(crate) fn flush(&mut self) -> Result<(), ExportError> {
        self.writer.flush().map_err(ExportError::parquet(&self.path))
    }

    /// About how many bytes the rows that are not yet written will take.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.writer.in_progress_size()
    }

    /// How many bytes were written.
    pub(crate) fn bytes(&self) -> usize {
        self.writer.bytes_written()
    }

    pub(crate) fn close(self) -> Result<(), ExportError> {
        self.writer.close().map(drop).map_err(ExportError::parquet(&self.path))
    }
}
