//! Parquet files, written row group by row group.

use std::collections::HashMap;
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
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        // In the schema, which readers built on Arrow believe before the file's own metadata.
        let schema = Arc::new(Schema::new_with_metadata(
            fields,
            metadata.clone().into_iter().collect::<HashMap<_, _>>(),
        ));
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        let mut writer = writer.map_err(ExportError::parquet(path))?;
        for (key, value) in metadata {
            writer.append_key_value_metadata(KeyValue::new(key, value));
        }
        Ok(Self {
            path: path.to_owned(),
            schema,
            writer,
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
