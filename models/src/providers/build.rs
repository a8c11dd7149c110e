//! How a session on a provider is built.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use ort::ep::{CUDA, ExecutionProviderDispatch, TensorRT, XNNPACK};
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use super::engines::EngineKey;
use super::{Precision, Provider};
use crate::limits::{MAX_FOLDED, Stop};
use crate::runtime::Runtime;

/// The calibration table's name beside the engines, where TensorRT looks for it.
const CALIBRATION: &str = "calibration";

/// A model, and how it is to be run.
#[derive(Debug)]
pub(super) struct SessionConfig {
    pub(super) runtime: &'static Runtime,
    /// ONNX, with all weights inside.
    pub(super) network: Arc<Vec<u8>>,
    pub(super) threads: usize,
    pub(super) device: u8,
    pub(super) precision: Precision,
    pub(super) calibration: Option<Vec<u8>>,
}

impl SessionConfig {
    /// The session, and where its engines are kept; or what the runtime says against it. TensorRT leaves the operators
    /// that it does not know to CUDA before they go to the CPU where `with_cuda`.
    pub(super) fn session(
        &self,
        provider: Provider,
        with_cuda: bool,
        stop: &Stop,
    ) -> Result<(Session, Option<PathBuf>), String> {
        let (providers, engines) = match provider {
            Provider::Cpu => (Vec::new(), None),
            Provider::Xnnpack => (vec![xnnpack(self.threads)], None),
            Provider::Cuda => (vec![cuda(self.device)], None),
            Provider::TensorRt => {
                let engines = self.engines()?;
                let mut providers = vec![self.tensorrt(&engines)];
                providers.extend(with_cuda.then(|| cuda(self.device)));
                (providers, Some(engines))
            }
        };
        let threads = match provider {
            // It has threads of its own.
            Provider::Xnnpack => 1,
            _ => self.threads,
        };
        let mut builder = session_builder(self.runtime, threads)
            .and_then(|builder| with_providers(builder, providers))
            .map_err(said)?;
        if let Some(folder) = &engines {
            self.make(folder)?;
        }
        let load = |builder: &mut SessionBuilder| builder.commit_from_memory(&self.network);
        let session = self.runtime.newer.stoppable(&mut builder, stop, load);
        Ok((session.map_err(said)?, engines))
    }

    /// Where the engines belong. TensorRT is brought in first: its version is part of it.
    fn engines(&self) -> Result<PathBuf, String> {
        session_builder(self.runtime, 1)
            .and_then(|builder| with_providers(builder, vec![TensorRT::default().build()]))
            .map_err(said)?;
        EngineKey::new(self).folder()
    }

    fn make(&self, engines: &Path) -> Result<(), String> {
        let made = fs::create_dir_all(engines).and_then(|()| match &self.calibration {
            Some(table) => fs::write(engines.join(CALIBRATION), table),
            None => Ok(()),
        });
        made.map_err(|error| {
            format!(
                "{}, where its engines belong, cannot be written: {error}",
                engines.display()
            )
        })
    }

    fn tensorrt(&self, engines: &Path) -> ExecutionProviderDispatch {
        let provider = TensorRT::default()
            .with_device_id(self.device.into())
            .with_engine_cache(true)
            .with_engine_cache_path(engines.display())
            .with_timing_cache(true)
            .with_timing_cache_path(engines.display());
        let provider = match self.precision {
            Precision::Fp32 => provider,
            Precision::Fp16 => provider.with_fp16(true),
            Precision::Int8 => provider.with_fp16(true).with_int8(true),
        };
        let provider = match &self.calibration {
            Some(table) => provider
                .with_int8_calibration_table_name(CALIBRATION)
                .with_int8_use_native_calibration_table(table.starts_with(b"TRT-")),
            None => provider,
        };
        provider.build()
    }
}

/// The runtime's words, without the place in its source that they come from.
fn said(error: ort::Error) -> String {
    words(&error.to_string()).to_owned()
}

fn words(text: &str) -> &str {
    let text = text.trim();
    let is_after_place = |mark: usize| text.starts_with('/') && mark > 0;
    let signature = " = void] ";
    let start = (text.find("[ONNXRuntimeError]").filter(|mark| is_after_place(*mark)))
        .or_else(|| Some(text.rfind(signature).filter(|mark| is_after_place(*mark))? + signature.len()));
    &text[start.unwrap_or(0)..]
}

const MAX_FOLDED_KEY: &str = "optimization.constant_folding_max_output_size_in_bytes";

/// What all sessions have in common.
pub(crate) fn session_builder(runtime: &Runtime, threads: usize) -> Result<SessionBuilder, ort::Error> {
    Ok(Session::builder(&runtime.environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_env_allocators()?
        .with_config_entry(MAX_FOLDED_KEY, MAX_FOLDED.to_string())?
        .with_config_entry("session.record_ep_graph_assignment_info", "1")?)
}

/// Unless it is told not to, the runtime takes the CPU in silence where a provider cannot be registered.
fn with_providers(
    builder: SessionBuilder,
    providers: Vec<ExecutionProviderDispatch>,
) -> Result<SessionBuilder, ort::Error> {
    let providers: Vec<_> = providers
        .into_iter()
        .map(ExecutionProviderDispatch::error_on_failure)
        .collect();
    Ok(builder.with_execution_providers(providers)?)
}

fn cuda(device: u8) -> ExecutionProviderDispatch {
    CUDA::default().with_device_id(device.into()).build()
}

fn xnnpack(threads: usize) -> ExecutionProviderDispatch {
    let threads = NonZeroUsize::new(threads).or_else(|| available_parallelism().ok());
    XNNPACK::default()
        .with_intra_op_num_threads(threads.unwrap_or(NonZeroUsize::MIN))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtimes_words_come_without_its_source() {
        // As ONNX Runtime 1.31.1 for GPUs said them on a machine without one, shortened.
        for (text, expected) in [
            (
                "/src/provider_bridge_ort.cc:2043 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() \
                 [ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: \
                 libcublasLt.so.13: cannot open shared object file: No such file or directory\n",
                "[ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: \
                 libcublasLt.so.13: cannot open shared object file: No such file or directory",
            ),
            (
                "/src/cuda_call.cc:154 std::conditional_t<THRW, void, Status> onnxruntime::CudaCall(ERRTYPE) \
                 [with ERRTYPE = cudaError; std::conditional_t<THRW, void, Status> = void] CUDA failure 35: CUDA driver \
                 version is insufficient for CUDA runtime version ; expr=cudaDeviceSynchronize(); ",
                "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; \
                 expr=cudaDeviceSynchronize();",
            ),
            (
                "CUDA execution provider is not enabled in this build. ",
                "CUDA execution provider is not enabled in this build.",
            ),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(words(text), expected);
        }
    }
}
